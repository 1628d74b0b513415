"""What of sensitive figures is not shown: small cells, and what would tell them (docs/figures.md)."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from storage.domain.figures import Figure
from storage.domain.tree import Tree
from storage.plan.model import Indicator
from storage.plan.rollups.asked import Asked, Span
from storage.plan.rollups.catalogue import FieldInfo
from storage.plan.rollups.hiding import hidden_cells
from storage.plan.rollups.reckoning import Reckoning

#: The name of an indicator's own figure, beside those of its fields, one of which may have its id.
OWN = ""


@dataclass
class Withheld:
    """What is hidden in the tables of sensitive indicators. ``tree_on`` gives the tree of a day, ``reckon``
    counts over a span; both have what was said in all spans asked about."""

    fields: Mapping[str, FieldInfo]
    rounds: Sequence[Asked]
    tree_on: Callable[[date], Tree]
    reckon: Callable[[Tree, Span], Reckoning]
    _parts: dict[tuple[Span, str], dict[str, Collection[int]]] = field(default_factory=dict)

    def hidden(
        self, indicator: Indicator, name: str, cells: Mapping[int, Figure], tree: Tree, span: Span
    ) -> dict[int, bool]:
        """By hidden area whether it is shown as "<3", of one figure of an indicator: its own (``name`` is
        `OWN`) or a field's. A span is withheld where a shorter period in it is hidden."""
        parts: Counter[int] = Counter()
        for part in self._shorter(indicator, span):
            hidden = self._hidden_then(indicator, part).get(name, ())
            parts.update(_counting(hidden, self.tree_on(part.last), tree))
        return hidden_cells({area: figure.value for area, figure in cells.items()}, tree, parts)

    def _shorter(self, indicator: Indicator, span: Span) -> set[Span]:
        """The periods within a span for which the indicator was asked."""
        packs = {pack for each in indicator.fields for pack in self.fields[each].packs}
        inside = [one for one in self.rounds if one.pack in packs and span.holds(one, "sum")]
        return {Span(one.first, one.last) for one in inside} - {span}

    def _hidden_then(self, indicator: Indicator, span: Span) -> dict[str, Collection[int]]:
        """By figure what was hidden of a period in the tree of its time."""
        key = (span, indicator.id)
        if key not in self._parts:
            tree = self.tree_on(span.last)
            then = _nonzero(self.reckon(tree, span))
            made = {OWN: then.main(indicator), **then.by_field(indicator)}
            self._parts[key] = {
                name: hidden_cells({area: figure.value for area, figure in cells.items()}, tree)
                for name, cells in made.items()
            }
        return self._parts[key]


def _nonzero(then: Reckoning) -> Reckoning:
    """Only of the areas in which anything was counted over the span, for most months most say 0."""
    units = {
        unit
        for said in then.facts.values()
        for unit, entries in said.items()
        if any(one.fact.number and then.span.holds(one.asked, "sum") for one in entries)
    }
    homes = {home for unit in units if (home := then.tree.home(unit)) is not None}
    areas = {area for home in homes for area in then.tree.paths[home]}
    facts = {
        name: {unit: entries for unit, entries in said.items() if then.tree.home(unit) in areas}
        for name, said in then.facts.items()
    }
    return replace(then, wanted=areas, facts=facts)


def _counting(areas: Collection[int], then: Tree, now: Tree) -> set[int]:
    """Where what was hidden in an earlier tree counts now: in the areas themselves, or what became of them.
    Of those above only where it came or went since: their sums hold one part of a hidden pair."""
    if then is now:
        return set(areas)
    found: set[int] = set()
    for area in areas:
        home = now.home(area)
        above = {each for old in then.paths[area][1:] if (each := now.home(old)) is not None}
        if home is not None:
            found |= {home} | (above ^ set(now.paths[home][1:]))
    return found
