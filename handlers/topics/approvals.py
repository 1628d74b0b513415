"""DUYỆT SỐ: a unit confirms the reports below it, from the bottom up, where the plan wants it (``approve``
of a pack). What is confirmed is changed by request only; HỦY DUYỆT takes it back while nobody above has
confirmed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from handlers.facts import ToApprove
from handlers.language.reading import Expectation
from handlers.staffing import BACK, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, first_big, read_as
from storage.domain.effects import Effect
from storage.domain.messages import Inbound
from storage.domain.staff_effects import ApprovalUndone, ReportsApproved

#: As many units as are named in one message.
NAMED = 6


class Approvals:
    """Takes DUYỆT SỐ and HỦY DUYỆT, and DUYỆT where nobody asks for a seat."""

    name: ClassVar[str] = "approvals"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or an answer while its question is open."""
        if facts.staff is None or "approve_report" not in facts.who.powers:
            return False
        return _Approving(inbound, facts).takes()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Approving(inbound, facts).step())


@dataclass(frozen=True)
class _Approving(StaffTalk):
    kind: ClassVar[str] = "approvals"

    def takes(self) -> bool:
        if self.ordered in ("approve_reports", "unapprove"):
            # Plain DUYỆT is about people who ask for a seat too: theirs, where there is nothing to confirm.
            return self.facts.who.order is None or bool(self._open(undo=False))
        if not self.answering:
            return False
        if self.leaves or self.words in BACK:
            return True
        return self._listed() is not None if self.stage == "list" else self._verdict() is not None

    def step(self) -> Iterator[Effect]:
        if self.ordered:
            return self._list(self.ordered == "unapprove")
        undo = bool(self.details.get("undo"))
        if self.leaves:
            return self.say(render("staff.left", self.facts.form), self.closed)
        if self.words in BACK:
            return self._list(undo)
        found = self._listed() if self.stage == "list" else self._by_id(self.details.get("round"))
        if found is None:
            return self._list(undo)
        if self.stage == "list":
            return self._show(found, undo)
        if not self._verdict():
            return self.say(render("staff.left", self.facts.form), self.closed)
        return self._undo(found) if undo else self._approve(found)

    def _by_id(self, round_id: object) -> ToApprove | None:
        return next((each for each in self.staff.approvals if each.line.round.id == round_id), None)

    def _listed(self) -> ToApprove | None:
        listed = self.details.get("rounds", ())
        number = self.number(len(listed))
        return self._by_id(listed[number - 1]) if number else None

    def _open(self, undo: bool) -> list[ToApprove]:
        return [each for each in self.staff.approvals if (each.line.approval is not None) == undo]

    # --- which

    def _list(self, undo: bool) -> Iterator[Effect]:
        found, form = self._open(undo), self.facts.form
        if not found:
            return self.say(render("approvals.none_done" if undo else "approvals.none", form), self.closed)
        if len(found) == 1:
            return self._show(found[0], undo)
        rows = [self._row(each) for each in found]
        text = self.listing(render("approvals.undo_which" if undo else "approvals.which", form), rows)
        return self.say(text, self.opened("list", undo=undo, rounds=[each.line.round.id for each in found]))

    def _row(self, found: ToApprove) -> str:
        line = found.line
        level = self.facts.house.levels.get(line.level, line.level)
        return render(
            "progress.round", self.facts.form, subject=first_big(line.subject),
            level=level[:1].lower() + level[1:], count=f"{line.actual}/{line.expected}",
        )  # fmt: skip

    def _show(self, found: ToApprove, undo: bool) -> Iterator[Effect]:
        form, row = self.facts.form, self._row(found)
        if undo and found.above:
            return self.say(render("approvals.above", form, row=row, who=found.above), self.closed)
        if not undo and found.lacking:
            names = self._named(found.lacking)
            return self.say(render("approvals.lacking", form, row=row, units=names), self.closed)
        key = "approvals.undo_sure" if undo else "approvals.sure"
        missing = render("approvals.missing", form, units=self._named(found.missing)) if found.missing else ""
        text = render(key, form, row=row, missing=missing).replace("  ", " ")
        labels = [render("approvals.undo" if undo else "approvals.yes", form), render("staff.leave", form)]
        opened = self.opened("sure", undo=undo, round=found.line.round.id)
        return self.say(text, opened, choices=self.choices("sure", labels))

    def _named(self, names: Sequence[str]) -> str:
        more = len(names) - NAMED
        said = ", ".join(names[:NAMED])
        return f"{said}, {render('lookup.more', self.facts.form, count=more)}" if more > 0 else said

    # --- sure

    def _verdict(self) -> bool | None:
        number = self.number(2)
        if number is not None:
            return number == 1
        if self.inbound.choice is not None:
            return None
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return bool(said.value) if said.kind == "answer" else None

    def _approve(self, found: ToApprove) -> Iterator[Effect]:
        line, seat = found.line, self.staff.seat or self.facts.seats[0]
        if found.lacking or line.approval is not None:
            return self._list(undo=False)
        approved = ReportsApproved(line.round.id, seat.unit.id, seat.id, line.actual, line.expected, self.at)
        done = render("approvals.done", self.facts.form, row=self._row(found))
        return self.say(done, approved, self.closed)

    def _undo(self, found: ToApprove) -> Iterator[Effect]:
        approval, seat = found.line.approval, self.staff.seat or self.facts.seats[0]
        if approval is None or found.above:
            return self._list(undo=True)
        undone = ApprovalUndone(approval.id, seat.id, self.at)
        return self.say(
            render("approvals.undone", self.facts.form, row=self._row(found)), undone, self.closed
        )
