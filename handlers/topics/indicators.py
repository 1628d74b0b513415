"""An indicator by its name or code: the figure of her area, then of the areas one level down; a number goes
down the tree, LẠI up, MENU leads out. The lowest unit is shown with the period before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.facts import IndicatorLook
from handlers.reports.words import number, period_words
from handlers.staffing import LISTED, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, first_big
from storage.domain.effects import Effect, ReadRecorded
from storage.domain.figures import Figure, IndicatorFigures
from storage.domain.messages import Inbound
from storage.plan.model import Indicator
from storage.plan.rollups.asked import before

_VERDICTS = {
    "exceeded": "indicators.verdict.exceeded", "reached": "indicators.verdict.reached",
    "not_reached": "indicators.verdict.not_reached", "not_reported": "indicators.verdict.not_reported",
}  # fmt: skip
_WHY_NOT = {"not_reported": "indicators.not_reported", "not_asked": "indicators.not_asked"}


class Indicators:
    """Takes an indicator's name or code, and a number of the list that was shown, from who may see."""

    name: ClassVar[str] = "indicators"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """`handlers.desk` has loaded what is to be shown, if no question of hers is open."""
        if facts.staff is None or "see" not in facts.who.powers:
            return False
        return facts.staff.look is not None or bool(facts.staff.indicators)

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Show it."""
        return tuple(_Showing(inbound, facts).step())


@dataclass(frozen=True)
class _Showing(StaffTalk):
    kind: ClassVar[str] = "indicators"

    def step(self) -> Iterator[Effect]:
        look = self.staff.look
        if look is None:
            return self._which(self.staff.indicators)
        if look.total is None:
            key = "indicators.not_there" if look.period else "indicators.never"
            return self.say(self._say(key, title=_title(look.indicator)), self.closed)
        return self._shown(look, look.total)

    def _say(self, key: str, **params: object) -> str:
        return render(key, self.facts.form, **params)

    def _which(self, found: Sequence[Indicator]) -> Iterator[Effect]:
        text = self.listing(self._say("indicators.which"), [_title(each) for each in found])
        return self.say(text, self.opened("which", names=[each.id for each in found]))

    def _shown(self, look: IndicatorLook, total: IndicatorFigures) -> Iterator[Effect]:
        lines = [
            _title(look.indicator),
            self._say(
                "indicators.whole", period=first_big(period_words(look.period)), unit=total.area.name,
                figure=self._figure(look, total),
            ),
        ]  # fmt: skip
        lines += self._target(look, total)
        noted: list[Effect] = []
        if look.rows:
            rows = [
                self._say("indicators.area", unit=row.area.name, figure=self._figure(look, row))
                for row in look.rows
            ]
            lines.append(self.listing("", rows).strip())
            more = len(rows) - LISTED
            lines += [self._say("lookup.more", count=more)] if more > 0 else []
        else:
            lines += self._before(look, total)
            me = self.me.id if self.me else None
            what = {"indicator": total.indicator, "period": look.period, "unit": total.area.code}
            noted.append(ReadRecorded("figure_shown", self.at, None, me, what))
        lines.append(self._say("indicators.foot" if look.rows else "indicators.foot.lowest"))
        units = [row.area.id for row in look.rows[:LISTED]]
        opened = self.opened(
            "areas", indicator=total.indicator, period=look.period, unit=total.area.id, units=units
        )
        return self.say("\n".join(lines), *noted, opened)

    def _target(self, look: IndicatorLook, total: IndicatorFigures) -> list[str]:
        """What the plan asks of an area; of a unit that is tested itself the figure says it."""
        if total.target is None or total.main.state != "reported" or _is_alone(look, total, total.main):
            return []
        space = "" if total.target_unit.startswith("%") else " "
        target = f"{number(total.target)}{space}{total.target_unit}"
        verdict = self._say(_VERDICTS[total.verdict])
        return [self._say("indicators.target", target=target, verdict=verdict)]

    def _before(self, look: IndicatorLook, total: IndicatorFigures) -> list[str]:
        period = before(look.period)
        if period is None:
            return []
        figure = (
            self._of_unit(look, total, total.before) if total.before else self._say("indicators.no_figure")
        )
        return [self._say("indicators.before", period=period_words(period), figure=figure)]

    # --- one figure in words

    def _figure(self, look: IndicatorLook, row: IndicatorFigures) -> str:
        """The figure of an area; of a unit that is tested itself, whether it passes, and its own number."""
        own = next((each for each in row.fields if each.value is not None and not each.counts), None)
        return self._of_unit(look, row, row.main, own)

    def _of_unit(
        self, look: IndicatorLook, row: IndicatorFigures, figure: Figure, own: Figure | None = None
    ) -> str:
        if figure.hidden:
            return self._say("hidden.small" if figure.small else "indicators.veiled")
        if figure.state != "reported":
            return self._say(_WHY_NOT[figure.state])
        if figure.counts is None:
            return self._silent(figure, self._value(look, figure))
        if not _is_alone(look, row, figure):
            return self._counts(figure)
        return self._alone(look, figure, own)

    def _counts(self, figure: Figure) -> str:
        counts = figure.counts
        assert counts is not None  # noqa: S101 - see the caller
        return self._say(
            "indicators.counts", reached=number(counts.reached), total=number(counts.total),
            rate=number(counts.percent or 0), missed=number(counts.not_reached),
            silent=number(counts.not_reported),
        )  # fmt: skip

    def _alone(self, look: IndicatorLook, figure: Figure, own: Figure | None) -> str:
        """A single unit: reached, not reached, not reported."""
        counts = figure.counts
        assert counts is not None  # noqa: S101 - see the caller
        if counts.not_reported:
            return self._say("indicators.not_reported")
        said = self._say("indicators.verdict.reached" if counts.reached else "indicators.verdict.not_reached")
        behind = figure if figure.denominator is not None and look.indicator.rollup.level else own
        if behind is None or not (look.indicator.unit or behind.percent):
            return said
        return self._say("indicators.behind", figure=said, value=self._value(look, behind))

    def _value(self, look: IndicatorLook, figure: Figure) -> str:
        if figure.choices:
            parts = [
                f"{look.labels.get(name, name)}: {number(count)}" for name, count in figure.choices.items()
            ]
            return ", ".join(parts)
        if figure.value is None:
            return self._say("indicators.no_figure")
        if not figure.percent:
            return f"{number(figure.value)} {look.indicator.unit}".strip()
        shares = figure.numerator is not None and figure.denominator is not None
        if not shares:
            return f"{number(figure.value)}%"
        return self._say(
            "indicators.percent", value=number(figure.value), part=number(figure.numerator or 0),
            whole=number(figure.denominator or 0),
        )  # fmt: skip

    def _silent(self, figure: Figure, said: str) -> str:
        """With how many of those asked have not answered."""
        silent = figure.asked - figure.answered
        return self._say("indicators.silent", figure=said, count=number(silent)) if silent > 0 else said


def _title(indicator: Indicator) -> str:
    return f"{indicator.title} ({indicator.id})"


def _is_alone(look: IndicatorLook, row: IndicatorFigures, figure: Figure) -> bool:
    """Whether this is one of the units that are tested one by one."""
    rollup = look.indicator.rollup
    counted = (rollup.denominator or "").removeprefix("count.")
    tested = (rollup.level or counted, *rollup.with_levels)
    return figure.counts is not None and figure.counts.total == 1 and row.area.kind in tested
