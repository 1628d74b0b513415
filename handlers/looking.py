"""The figures of one indicator, as staff look at them: which one her words or her number name, in the latest
period asked, and where in the tree she stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.facts import IndicatorLook, StaffFacts
from handlers.language.indicator_names import by_name
from handlers.language.period_named import period_named
from handlers.language.staff_orders import StaffOrder
from handlers.office import Office
from handlers.staffing import BACK
from handlers.topic import picked
from storage import scope
from storage.domain.folding import fold
from storage.domain.rounds import Round
from storage.plan.model import Indicator
from storage.plan.periods import period_span
from storage.plan.rollups.catalogue import fields_of, main_fields
from storage.queries import rounds, staff
from storage.queries.figures import figure_table, indicator_row

#: So many indicators are named to choose from.
NAMED = 20


@dataclass(frozen=True)
class Looking(Office):
    """The loaders of `handlers.topics.indicators`."""

    def indicators(self, order: StaffOrder | None) -> StaffFacts:
        """What the number she typed stands for, or one level up for LẠI."""
        details = self.facts.matter.details if self.facts.matter else {}
        stage = str(details.get("stage", ""))
        if fold(self.inbound.text).strip(" .!") in BACK and self.inbound.choice is None:
            return self._back(details) if stage == "areas" else StaffFacts()
        number = picked(self.inbound, "indicators", stage)
        listed = details.get("names" if stage == "which" else "units")
        if number is None or not listed or not 1 <= number <= len(listed):
            return StaffFacts()
        chosen = listed[number - 1]
        if stage == "which":
            return self._look(str(chosen), self.home.unit.id)
        return self._look(str(details["indicator"]), int(chosen), str(details["period"]))

    def named_indicators(self, sure: bool) -> StaffFacts | None:
        """Her words as the name of indicators; ``sure``: only where they can hardly be anything else."""
        text, period = period_named(self.inbound.text, self.facts.now.date())
        found, certain = by_name(self.inbound.text, self.plan.indicators)
        if period and not (found and certain):
            found, certain = by_name(text, self.plan.indicators)
        else:
            period = ""
        if not found or (sure and not certain):
            return None
        if len(found) == 1:
            return self._look(found[0].id, self.home.unit.id, period)
        return StaffFacts(indicators=found[:NAMED])

    def _back(self, details: Mapping[str, Any]) -> StaffFacts:
        period, unit_id = str(details["period"]), int(details["unit"])
        day = period_span(period)[1]
        above = staff.parent_on(self.reader, unit_id, day)
        up = above if above is not None and self._reaches(above, day) else unit_id
        return self._look(str(details["indicator"]), up, period)

    def _reaches(self, unit_id: int, day: date) -> bool:
        return scope.reaches(self.reader, self.facts.seats, unit_id, day)

    def _look(self, name: str, unit_id: int, period: str = "") -> StaffFacts:
        """An indicator of a unit; without a period, in the latest that was asked."""
        indicator = next((each for each in self.plan.indicators if each.id == name), None)
        if indicator is None:
            return StaffFacts()
        period = period or self._latest(indicator)
        if not period:
            return StaffFacts(look=IndicatorLook(indicator, ""))
        if not self._reaches(unit_id, period_span(period)[1]):
            return StaffFacts(look=IndicatorLook(indicator, period))
        table = figure_table(
            self.reader, self.plan, period, unit_id, indicators=[name], compare=False,
            viewer=self.home.unit.id,
        )  # fmt: skip
        too_low = self._too_low(indicator, period)
        rows = tuple(
            each
            for row in table.rows
            if (each := row.figures[name]).main.state != "not_asked" and row.area.kind not in too_low
        )
        if rows:
            return StaffFacts(look=IndicatorLook(indicator, period, table.total.figures[name], rows))
        own = indicator_row(self.reader, self.plan, name, period, unit_id, self.home.unit.id)
        return StaffFacts(look=IndicatorLook(indicator, period, own, labels=self._labels(indicator)))

    def _latest(self, indicator: Indicator) -> str:
        """The period of the round that last asked what the indicator's own figure is made of; "" if none
        has yet."""
        asked = self._rounds(indicator)
        return max(asked, key=lambda each: each.opens_at).period if asked else ""

    def _too_low(self, indicator: Indicator, period: str) -> set[str]:
        """The levels below the lowest that is asked in the period: their silence says nothing. The plan
        names its levels from below."""
        first, last = period_span(period)
        packs, order = self._packs(indicator), list(self.plan.levels)
        asked = [
            order.index(packs[each.pack])
            for each in self._rounds(indicator)
            if first <= period_span(each.period)[0] and period_span(each.period)[1] <= last
        ]
        return set(order[: min(asked)]) if asked else set()

    def _rounds(self, indicator: Indicator) -> list[Round]:
        packs, now = self._packs(indicator), self.facts.now
        return [
            each for each in rounds.all_rounds(self.reader) if each.pack in packs and each.opens_at <= now
        ]

    def _packs(self, indicator: Indicator) -> dict[str, str]:
        """The packs that ask what its own figure is made of, each with its level."""
        fields = fields_of(self.plan)
        names = {*main_fields(indicator, fields), indicator.rollup.override or ""}
        asking = {pack for name in names if name in fields for pack in fields[name].packs}
        return {pack.id: pack.level for pack in self.plan.packs if pack.id in asking}

    def _labels(self, indicator: Indicator) -> dict[str, str]:
        """What the choices of its questions are called."""
        return {
            choice.name: choice.label
            for pack in self.plan.packs
            for question in pack.questions
            if question.name in indicator.fields
            for choice in question.choices
        }
