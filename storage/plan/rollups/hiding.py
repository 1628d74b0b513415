"""Small cells of sensitive figures: 1 and 2 are not shown above the commune that owns them, and no others
that are shown let them be worked out (complementary cell suppression; Hundepool et al., Statistical
Disclosure Control, 2012, chapter 4).

What a reader knows: "<3" is 1 or 2, "…" is any number, and a total is the sum of those right below it.
So each small cell must be able to be another number, with the cells beside it making up for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from storage.domain.figures import HIDDEN_BELOW, Number
from storage.domain.tree import Tree

UP, DOWN = 1, -1
#: As far as a cell of which nothing is known may rise.
FAR = 10**12


def hidden_cells(
    values: Mapping[int, Number | None], tree: Tree, parts: Mapping[int, int] | None = None
) -> dict[int, bool]:
    """The areas whose value is not shown; True of those shown as "<3". ``values`` holds every area of the
    tree, so that each table hides the same cells. ``parts``: by area in how many of the shorter periods
    within this one it is hidden: there the whole is withheld, or it less the others would tell."""
    parts = parts or {}
    known = {area: value for area, value in values.items() if value is not None}
    hidden = {area: False for area, value in known.items() if parts.get(area) and value > 0}
    for area, value in known.items():
        if 0 < value < HIDDEN_BELOW and parts.get(area, 0) < 2:
            hidden[area] = True
    if hidden:
        table = _Table(known, tree, hidden)
        for parent in sorted(tree.children, key=lambda unit: -len(tree.paths[unit])):
            table.settle(parent)
    return hidden


@dataclass
class _Table:
    values: Mapping[int, Number]
    tree: Tree
    hidden: dict[int, bool]
    _below: dict[int, tuple[int, ...]] = field(default_factory=dict)

    def settle(self, parent: int) -> None:
        """Hide more until no small cell right below can be worked out from what is shown beside it."""
        if not any(area in self.hidden for area in self.below(parent)):
            return
        while wanted := self.unmet(parent):
            if parent in self.hidden:
                if not all(self._own_slack(parent, way) for way in wanted):
                    self.hidden[parent] = False  # "<3" would bound it
                return
            self._withhold(parent)

    def below(self, parent: int) -> tuple[int, ...]:
        """The areas whose figures add up to this one's; none where they do not."""
        known = self._below.get(parent)
        if known is None:
            inside = tuple(area for area in self.tree.children.get(parent, ()) if self.values.get(area))
            adds = sum(self.values[area] for area in inside) == self.values.get(parent)
            known = self._below[parent] = inside if adds else ()
        return known

    def unmet(self, parent: int) -> set[int]:
        """The ways in which some area below must be able to move, and those beside it do not make up."""
        inside = [area for area in self.below(parent) if area in self.hidden]
        if not inside:
            return set()
        slack = {way: {area: self.slack(area, way) for area in inside} for way in (UP, DOWN)}
        total = {way: sum(each.values()) for way, each in slack.items()}
        return {way for area in inside for way in self._needs(area) if total[-way] - slack[-way][area] < 1}

    def _needs(self, area: int) -> set[int]:
        """The ways in which a hidden area must be able to move, or it or one below it would be known."""
        own = {UP if self.values[area] == 1 else DOWN} if self.hidden[area] else set()
        return own | self.unmet(area)

    def slack(self, area: int, way: int) -> Number:
        """How much more or less an area could be, by what is shown of it and below it."""
        if area not in self.hidden:
            return 0
        own, inside = self._own_slack(area, way), self.below(area)
        return min(own, sum(self.slack(each, way) for each in inside)) if inside else own

    def _own_slack(self, area: int, way: int) -> Number:
        value = self.values[area]
        if self.hidden[area]:
            return HIDDEN_BELOW - 1 - value if way == UP else value - 1
        return FAR if way == UP else value

    def _withhold(self, parent: int) -> None:
        """One more of the areas below: the smallest that is shown, else one that is shown as "<3" becomes
        "…", else the total goes."""
        inside = self.below(parent)
        beside = [area for area in inside if area not in self.hidden]
        beside = beside or [area for area in inside if self.hidden[area]]
        if beside:
            self._loosen(min(beside, key=self._size))
        else:
            self.hidden[parent] = False

    def _loosen(self, area: int) -> None:
        """Withhold an area, and below it as much as would tell it."""
        self.hidden[area] = False
        inside = self.below(area)
        if inside and not sum(self.slack(each, DOWN) for each in inside if self.hidden.get(each) is False):
            shown = [each for each in inside if each not in self.hidden]
            self._loosen(min(shown or inside, key=self._size))

    def _size(self, area: int) -> tuple[Number, str]:
        return self.values[area], self.tree.units[area].code
