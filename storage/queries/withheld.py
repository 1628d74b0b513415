"""What of sensitive figures is not shown: small cells, and what would tell them (docs/figures.md)."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from storage.domain.tree import Tree
from storage.plan.model import Indicator
from storage.plan.rollups.asked import Span
from storage.plan.rollups.ground import Cells
from storage.plan.rollups.hiding import hidden_cells
from storage.plan.rollups.land import Land
from storage.plan.rollups.reckoning import Reckoning
from storage.queries.facts import HeldFacts
from storage.queries.held import HeldRound

#: The name of an indicator's own figure, beside those of its fields, one of which may have its id.
OWN = ""

#: The areas hidden in a period, by figure.
_Hidden: TypeAlias = Mapping[str, Collection[int]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was hidden in a period, while the indicator is the same and these rounds say the same."""

    indicator: Indicator
    rounds: tuple[HeldRound | None, ...]
    hidden: _Hidden

    def holds(self, indicator: Indicator, rounds: tuple[HeldRound | None, ...]) -> bool:
        """A round in which anything changed is another object."""
        same = self.indicator is indicator and len(self.rounds) == len(rounds)
        return same and all(one is now for one, now in zip(self.rounds, rounds, strict=True))


@dataclass(frozen=True)
class Withheld:
    """What is hidden in the tables of sensitive indicators. ``reckon`` counts over any span asked about, and
    over those within it."""

    facts: HeldFacts
    reckon: Callable[[Land, Span], Reckoning]

    def hidden(
        self, indicator: Indicator, name: str, cells: Cells, land: Land, span: Span
    ) -> dict[int, bool]:
        """By hidden area whether it is shown as "<3", of one figure of an indicator: its own (``name`` is
        `OWN`) or a field's. A span is withheld where a shorter period in it is hidden."""
        parts: Counter[int] = Counter()
        for part in self._shorter(indicator, span):
            hidden = self._hidden_then(indicator, part).get(name, ())
            parts.update(_counting(hidden, self.facts.held.forest.on(part.last), land.tree))
        return hidden_cells(cells.values(), land.tree, parts)

    def prepare(self, indicator: Indicator, span: Span) -> None:
        """Find out what is hidden in the periods within a span, before anybody asks."""
        for part in self._shorter(indicator, span):
            self._hidden_then(indicator, part)

    def _shorter(self, indicator: Indicator, span: Span) -> set[Span]:
        """The periods within a span for which the indicator was asked."""
        packs = {pack for each in indicator.fields for pack in self.facts.fields[each].packs}
        inside = [one for one in self.facts.asking.rounds if one.pack in packs and span.holds(one, "sum")]
        return {Span(one.first, one.last) for one in inside} - {span}

    def _hidden_then(self, indicator: Indicator, span: Span) -> _Hidden:
        """By figure what was hidden of a period in the tree of its time."""
        held, rounds = self.facts.held, self._rounds(indicator, span)
        key = (self.facts.asking.rounds, indicator.id, span)
        kept: _Kept | None = held.withheld.get(key)
        if kept is None or not kept.holds(indicator, rounds):
            land = held.forest.land(span.last)
            then = self.reckon(land, span)
            made = {OWN: then.main(indicator), **then.by_field(indicator)}
            hidden = {name: tuple(hidden_cells(cells.values(), land.tree)) for name, cells in made.items()}
            kept = held.withheld[key] = _Kept(indicator, rounds, hidden)
        return kept.hidden

    def _rounds(self, indicator: Indicator, span: Span) -> tuple[HeldRound | None, ...]:
        """The rounds a period's figures may come from: its own, and for stocks those opened before."""
        rounds, time = self.facts.asking.rounds, indicator.rollup.time
        last = max((one.opens_at for one in rounds if span.holds(one, time)), default=None)
        held = self.facts.held.rounds
        return tuple(held.get(one.id) for one in rounds if last is not None and one.opens_at <= last)


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
