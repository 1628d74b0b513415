"""TIẾN ĐỘ: how far the open rounds are, one level down; a number picks a unit and goes down the tree, LẠI
goes up, MENU leaves. A unit's name shows that unit: what it sent, when, and who holds its seat.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from handlers.facts import Board, Card, Reported, RoundLine
from handlers.staffing import LISTED, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, first_big, say
from storage.domain.effects import Effect, ReadRecorded
from storage.domain.messages import Inbound
from storage.domain.staff import Below


class Progress:
    """Takes TIẾN ĐỘ, a unit's name, and a number of the list that was shown, from who may see."""

    name: ClassVar[str] = "progress"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """`handlers.desk` has loaded what is to be shown."""
        if facts.staff is None or "see" not in facts.who.powers:
            return False
        looking = _Looking(inbound, facts)
        if looking.ordered == "progress":
            return True
        return looking.ordered == "" and looking.shows()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Show it."""
        return tuple(_Looking(inbound, facts).step())


@dataclass(frozen=True)
class _Looking(StaffTalk):
    kind: ClassVar[str] = "progress"

    def shows(self) -> bool:
        """Whether there is something to show that she did not order by its name."""
        staff = self.staff
        if self.facts.matter is not None and self.facts.matter.kind != self.kind and not staff.named:
            return False
        return bool(staff.card or staff.board or staff.rounds or (staff.named and staff.found))

    def step(self) -> Iterator[Effect]:
        staff = self.staff
        if staff.card is not None:
            return self._card(staff.card, staff.board)
        if len(staff.found) > 1:
            return self._which()
        if staff.board is not None:
            return self._board(staff.board)
        if staff.rounds:
            return self._rounds(staff.rounds)
        named = staff.order is not None and staff.order.target
        key = "staff.not_found" if named else "progress.none"
        return self.say(render(key, self.facts.form), self.closed)

    def _which(self) -> Iterator[Effect]:
        found = self.staff.found
        labels = [self.facts.house.whole(seat) for seat in found]
        opened = self.opened("listed", units=[seat.unit.id for seat in found])
        return self.say(
            render("staff.which", self.facts.form), opened, choices=self.choices("listed", labels)
        )

    # --- lists

    def _rounds(self, rounds: Sequence[RoundLine]) -> Iterator[Effect]:
        rows = [
            render(
                "progress.round", self.facts.form, subject=first_big(line.subject),
                level=self._level(line.level), count=_count(line.actual, line.expected),
            )
            for line in rounds
        ]  # fmt: skip
        text = self.listing(render("progress.head", self.facts.form), rows, self._foot())
        return self.say(text, self.opened("rounds", rounds=[line.round.id for line in rounds]))

    def _board(self, board: Board) -> Iterator[Effect]:
        head = render(
            "progress.board", self.facts.form, unit=board.unit.name, subject=board.line.subject,
            count=_count(board.line.actual, board.line.expected),
        )  # fmt: skip
        rows = self._rows(board)
        more = len(board.rows) - LISTED
        foot = self._foot()
        if more > 0:
            foot = "\n".join([render("lookup.more", self.facts.form, count=more), foot])
        return self.say(self.listing(head, rows, foot), self._opened(board))

    def _opened(self, board: Board, card: bool = False) -> Effect:
        units = [row.unit.id for row in board.rows]
        return self.opened("units", round=board.line.round.id, unit=board.unit.id, units=units, card=card)

    def _rows(self, board: Board) -> list[str]:
        rows = []
        for row in board.rows:
            said = self._row(row, board.line.level)
            confirmed = row.unit.id in board.confirmed
            rows.append(render("progress.confirmed", self.facts.form, row=said) if confirmed else said)
        return rows

    def _row(self, row: Below, level: str) -> str:
        if row.unit.kind != level:
            return render(
                "progress.area", self.facts.form, unit=row.unit.name, count=_count(row.actual, row.expected)
            )
        if row.submitted_at is None:
            return render("progress.absent", self.facts.form, unit=row.unit.name)
        return render("progress.sent", self.facts.form, unit=row.unit.name, at=self._when(row.submitted_at))

    def _foot(self) -> str:
        return render("progress.foot", self.facts.form)

    def _level(self, level: str) -> str:
        name = self.facts.house.levels.get(level, level)
        return name[:1].lower() + name[1:]

    def _when(self, moment: datetime) -> str:
        at = moment.astimezone(self.facts.now.tzinfo)
        return f"{at:%H:%M} {at.day}/{at.month}"

    # --- one unit

    def _card(self, card: Card, board: Board | None) -> Iterator[Effect]:
        seat, form = card.seat, self.facts.form
        lines = [self.facts.house.whole(seat), self._holder(card)]
        lines += [self._reported(report) for report in card.reports]
        shown = next((report for report in card.reports if report.lines), None)
        lines += [say(line, form) for line in shown.lines] if shown else []
        more: list[Effect] = []
        if shown is not None:  # her figures, counts of violence included, were looked at
            me = self.me.id if self.me else None
            more.append(ReadRecorded("report_shown", self.at, seat.id, me, {"round": shown.round.id}))
            lines.append(render("progress.ask", form, unit=self.facts.house.place(seat).upper()))
        if board is not None and board.rows:
            head = render(
                "progress.below", form, subject=board.line.subject,
                count=_count(board.line.actual, board.line.expected),
            )  # fmt: skip
            lines.append(self.listing(head, self._rows(board)))
            return self.say("\n".join(lines), *more, self._opened(board, card=True))
        details = {
            name: self.details.get(name) for name in ("round", "unit", "units") if name in self.details
        }
        stage = "card" if "round" in details else "listed"
        return self.say("\n".join(lines), *more, self.opened(stage, **details))

    def _holder(self, card: Card) -> str:
        person, form = card.seat.person, self.facts.form
        if person is None:
            return render("progress.empty", form)
        title = self.facts.house.titles.get(card.seat.role, "")
        key = "progress.holder" if card.reachable else "progress.holder.unreachable"
        return render(key, form, title=title, name=person.name)

    def _reported(self, report: Reported) -> str:
        subject = first_big(report.subject)
        if report.submitted_at is None:
            return render("progress.absent", self.facts.form, unit=subject)
        return render("progress.sent", self.facts.form, unit=subject, at=self._when(report.submitted_at))


def _count(actual: int, expected: int) -> str:
    """ "1.812/2.140"."""
    return f"{actual:,}/{expected:,}".replace(",", ".")
