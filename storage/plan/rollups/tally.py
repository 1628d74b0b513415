"""What is added up for an area, and how it goes up the tree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from storage.domain.figures import Number, Said
from storage.domain.tree import Tree


@dataclass(slots=True)
class Tally:
    """A sum in the making; None stays None until somebody says a number. ``estimates``: how many of its
    units' figures are estimates."""

    number: Number | None = None
    whole: Number | None = None
    reached: int = 0
    failed: int = 0
    expected: int = 0
    answered: int = 0
    estimates: int = 0
    choices: dict[str, int] = field(default_factory=dict)
    texts: list[Said] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Add another area's."""
        self.number = plus(self.number, other.number)
        self.whole = plus(self.whole, other.whole)
        self.reached += other.reached
        self.failed += other.failed
        self.expected += other.expected
        self.answered += other.answered
        self.estimates += other.estimates
        for choice, count in other.choices.items():
            self.choices[choice] = self.choices.get(choice, 0) + count
        self.texts += other.texts


def plus(one: Number | None, other: Number | None) -> Number | None:
    """A sum in which nothing said is nothing, not 0."""
    if one is None or other is None:
        return other if one is None else one
    return one + other


def spread(own: Mapping[int, Tally], tree: Tree, wanted: Collection[int]) -> dict[int, Tally]:
    """The sums of the wanted areas, of what each unit says of itself."""
    found: dict[int, Tally] = {}
    for unit_id, tally in own.items():
        for above in tree.paths.get(unit_id, ()):
            if above in wanted:
                found.setdefault(above, Tally()).add(tally)
    return found
