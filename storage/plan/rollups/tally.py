"""What is added up for an area, and how it goes up the tree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from storage.domain.figures import Counts, Number, Said
from storage.plan.rollups.land import Array, Land


@dataclass(slots=True)
class Tally:
    """A sum; None where nobody said a number. ``estimates``: how many of its units' figures are estimates."""

    number: Number | None = None
    whole: Number | None = None
    answered: int = 0
    estimates: int = 0
    choices: dict[str, int] = field(default_factory=dict)
    texts: Sequence[Said] = ()


@cache
def nothing(size: int) -> Array:
    """Zeros, one array for all who say nothing; never to be written to."""
    zeros = np.zeros(size, np.int64)
    zeros.flags.writeable = False
    return zeros


@dataclass(slots=True)
class Own:
    """What each unit says of itself, by its place; ``said`` and ``has_whole``: 1 where there is a number.
    ``texts``: the answers (in order) that wrote something, each with the place where it counts."""

    size: int
    number: Array | None = None
    said: Array | None = None
    whole: Array | None = None
    has_whole: Array | None = None
    reached: Array | None = None
    failed: Array | None = None
    expected: Array | None = None
    answered: Array | None = None
    estimates: Array | None = None
    choices: dict[str, Array] = field(default_factory=dict)
    texts: list[tuple[int, Said]] = field(default_factory=list)

    def of(self, name: str) -> Array:
        """One of the arrays; zeros, not to be written to, where nobody said anything."""
        found: Array | None = getattr(self, name)
        return nothing(self.size) if found is None else found

    def add(self, name: str, places: Array, numbers: Array | int = 1) -> None:
        """Add to one of the arrays at these places."""
        known, more = self.of(name), np.asarray(numbers)
        found = known.astype(np.result_type(known.dtype, more.dtype))
        np.add.at(found, places, more)
        setattr(self, name, found)

    def mark(self, name: str, places: Array) -> None:
        """Set one of the arrays to 1 at these places."""
        found = self.of(name).copy()
        found[places] = 1
        setattr(self, name, found)

    def add_number(self, places: Array, numbers: Array) -> None:
        """Add numbers to the units at these places."""
        self.add("number", places, numbers)
        self.mark("said", places)

    def add_whole(self, places: Array, numbers: Array) -> None:
        """The same of wholes."""
        self.add("whole", places, numbers)
        self.mark("has_whole", places)


class Totals:
    """The sums of every area, each worked out when it is asked for."""

    def __init__(self, own: Own, land: Land) -> None:
        """Of what each unit says of itself."""
        self._own, self._land = own, land
        self._sums: dict[str, Array] = {}

    def of(self, name: str) -> Array:
        """One of `Own`'s arrays, summed, by place."""
        found = self._sums.get(name)
        if found is None:
            own = self._own.of(name)
            found = self._sums[name] = own if own is nothing(len(own)) else self._land.sums(own)
        return found

    @cached_property
    def _choices(self) -> dict[str, Array]:
        return {choice: self._land.sums(one) for choice, one in sorted(self._own.choices.items())}

    def at(self, place: int) -> Tally:
        """What an area's units say together."""
        choices = {choice: int(sums[place]) for choice, sums in self._choices.items() if sums[place]}
        return Tally(
            self.number_at("number", "said", place), self.number_at("whole", "has_whole", place),
            self.int_at("answered", place), self.int_at("estimates", place), choices, self._texts(place),
        )  # fmt: skip

    def number_at(self, name: str, said: str, place: int) -> Number | None:
        """A sum of an area, exact; None where nobody said a number."""
        return exact_at(self.of(name), place) if self.of(said)[place] else None

    def int_at(self, name: str, place: int) -> int:
        """A count of an area."""
        return int(self.of(name)[place])

    def _texts(self, place: int) -> Sequence[Said]:
        if not self._own.texts:
            return ()
        inside = set(self._land.below(place).tolist())
        return [said for unit, said in self._own.texts if unit in inside]

    def numbers(self) -> Array:
        """The numbers of all areas as floats, NaN where nobody said one: to compare, not to show."""
        return np.where(self.of("said") > 0, self.of("number").astype(float), np.nan)


def exact_at(values: Array, place: int) -> Number:
    """One number of an array."""
    value = values[place]
    return int(value) if values.dtype != object else value


@dataclass(frozen=True, slots=True)
class Three:
    """Reached, not reached and all, by place of the area."""

    reached: Array
    failed: Array
    total: Array

    def at(self, place: int) -> Counts | None:
        """Those of an area; None where there is no unit to test."""
        reached, failed, total = int(self.reached[place]), int(self.failed[place]), int(self.total[place])
        return Counts(reached, failed, total - reached - failed) if total else None

    def percents(self) -> Array:
        """Percents of all areas as floats, NaN where nobody answered."""
        return percents(self.reached, np.where(self.reached + self.failed > 0, self.total, 0))


def percents(part: Array, whole: Array) -> Array:
    """100 a / b as floats, NaN where b is 0: to compare, not to show."""
    parts, wholes = part.astype(float), whole.astype(float)
    found: Array = np.divide(100 * parts, wholes, out=np.full(len(parts), np.nan), where=wholes != 0)
    return found


Values = Callable[[], Array]
