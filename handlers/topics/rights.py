"""Her rights over what is kept of her: XEM, SỬA, TẮT, BẬT NHẮC, RÚT, XÓA (domain.md 6.2 and 8.8).

Every wish is acknowledged at once; what people must answer becomes a task of theirs, due in two
working days (NĐ 356/2025). Erasing works without a human and is asked for twice: XÓA, then XÓA LUÔN.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

from handlers.language.orders import read_name
from handlers.language.reading import Expectation
from handlers.texts import render
from handlers.topic import Facts, Talk, asked, numbered, picked, read_as, reply, utc
from storage.domain.effects import (
    AccountUnlinked,
    ConsentWithdrawn,
    Effect,
    MatterClosed,
    MatterOpened,
    MessageQueued,
    MessageReceived,
    PersonChanged,
    PersonErased,
    RemindersSilenced,
    TaskRaised,
)
from storage.domain.folding import fold
from storage.domain.messages import Choice, Inbound
from storage.domain.people import AddressForm

#: What was asked longer ago than this is asked again: nobody is erased by a word said days later.
STALE = timedelta(days=1)

WISHES = frozenset({"mute", "unmute", "delete_request", "withdraw_consent"})
ORDERS = frozenset({"rights", "my_data", "my_edit"})
ERASE = frozenset({"xoa luon", "xoa luon di", "xoa luon nhe"})
KEEP = frozenset({"thoi", "khong", "khong xoa", "thoi khong xoa", "huy"})
FORMS: tuple[AddressForm, ...] = ("chị", "cô", "bác")


class Rights:
    """Takes what somebody with an account wishes about herself."""

    name: ClassVar[str] = "rights"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """A wish, at any time; XEM and SỬA where no report is talked about; the answer to a question of
        ours."""
        if facts.who.person is None:
            return False
        order = facts.who.order
        if facts.who.reading in WISHES or (order is not None and order.kind in ORDERS):
            return True
        if facts.report is None and inbound.choice is None and facts.who.reading in ("show", "edit"):
            return True
        return _Wish(inbound, facts).answers()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Do it, or ask whether it is meant."""
        return _Wish(inbound, facts).step()


@dataclass(frozen=True)
class _Wish(Talk):
    """One message about her own data."""

    kind: ClassVar[str] = "rights"

    @property
    def details(self) -> Mapping[str, Any]:
        matter = self.facts.matter
        fresh = matter and (matter.moved_at is None or utc(self.facts.now) - matter.moved_at < STALE)
        return matter.details if matter and fresh and matter.kind == Rights.name else {}

    @property
    def words(self) -> str:
        return fold(self.inbound.text).strip(" .!") if self.inbound.choice is None else ""

    def answers(self) -> bool:
        """Whether it answers the question of ours that is open."""
        if self.stage == "erase":
            return self.words in ERASE | KEEP
        if self.stage in ("withdraw", "edit", "form"):
            return self._number() is not None or self._verdict() is not None or self.stage == "form"
        return self.stage == "name"

    def _number(self) -> int | None:
        return picked(self.inbound, Rights.name, self.stage)

    def _verdict(self) -> bool | None:
        if self.inbound.choice is not None:
            return None
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        return bool(said.value) if said.kind == "answer" else None

    def step(self) -> Sequence[Effect]:
        if self.stage and self.answers():
            answers: Mapping[str, Callable[[], Sequence[Effect]]] = {
                "erase": self._erase, "withdraw": self._withdraw, "edit": self._edit,
                "name": self._name, "form": self._form,
            }  # fmt: skip
            return answers[self.stage]()
        order = self.facts.who.order
        kind = order.kind if order is not None and order.kind in ORDERS else self.facts.who.reading
        acts: Mapping[str, Callable[[], Sequence[Effect]]] = {
            "rights": lambda: self.reply("rights.list", contact=self._above()),
            "my_data": self._show,
            "show": self._show,
            "my_edit": self._ask_edit,
            "edit": self._ask_edit,
            "mute": lambda: self.reply("rights.muted", (), self._silenced(True)),
            "unmute": lambda: self.reply("rights.unmuted", (), self._silenced(False)),
            "delete_request": self._ask_erase,
            "withdraw_consent": self._ask_withdraw,
        }
        return acts[kind]()

    def reply(
        self, key: str, choices: Sequence[Choice] = (), *more: Effect, **params: object
    ) -> Sequence[Effect]:
        received = MessageReceived(replace(self.inbound, text=""), "", Rights.name)
        text = render(key, self.facts.form, **params)
        said = reply(self.inbound, self.facts.now, asked(text, choices), choices)
        return received, *more, replace(said, about=self._id())

    def _id(self) -> int:
        assert self.facts.who.person is not None  # noqa: S101 - see takes
        return self.facts.who.person.id

    def _opened(self, stage: str) -> MatterOpened:
        return MatterOpened(self.inbound.address, Rights.name, {"stage": stage}, self.at)

    @property
    def _closed(self) -> MatterClosed:
        return MatterClosed(self.inbound.address)

    def _task(self, kind: str) -> tuple[Effect, ...]:
        """For the staff, due in two working days; without a seat there is nobody to hang it on."""
        due = utc(self.facts.house.due) if self.facts.house.due else None
        seats = self.facts.seats[:1]
        return tuple(TaskRaised(kind, seat.id, None, "", self.at, due) for seat in seats)

    def _above(self) -> str:
        seats = self.facts.seats
        return self.facts.house.above(seats[0]) if seats else render("superior.unknown", self.facts.form)

    def _silenced(self, silent: bool) -> Effect:
        return RemindersSilenced(self._id(), self.at, silent)

    # --- XEM

    def _show(self) -> Sequence[Effect]:
        person, seats = self.facts.who.person, self.facts.seats
        assert person is not None  # noqa: S101 - see takes
        agreed = self.facts.who.agreed
        when = agreed[1].astimezone(self.facts.now.tzinfo) if agreed else None
        said = (
            render(
                "rights.agreed", self.facts.form, version=agreed[0] if agreed else "", day=f"{when:%d/%m/%Y}"
            )
            if when
            else render("rights.not_asked", self.facts.form)
        )
        posts = ", ".join(f"{self.facts.house.post(seat)} ({seat.parent_name})" for seat in seats)
        return self.reply(
            "rights.show", (), *self._task("show_request"), name=person.name, called=person.address_form,
            posts=posts or render("rights.no_seat", self.facts.form),
            channel=self.inbound.address.channel, agreed=said,
        )  # fmt: skip

    # --- SỬA

    def _ask_edit(self) -> Sequence[Effect]:
        labels = [
            render(key, self.facts.form) for key in ("rights.edit.name", "rights.edit.form", "rights.edit.no")
        ]
        return self.reply("rights.edit", numbered(Rights.name, "edit", labels), self._opened("edit"))

    def _edit(self) -> Sequence[Effect]:
        number = self._number()
        if number == 1:
            return self.reply("rights.name", (), self._opened("name"))
        if number == 2:
            choices = numbered(Rights.name, "form", [form.capitalize() for form in FORMS])
            return self.reply("rights.form", choices, self._opened("form"))
        return self.reply("rights.kept", (), self._closed)

    def _name(self) -> Sequence[Effect]:
        name = read_name(self.inbound.text)
        if not name:
            return self.reply("rights.kept", (), self._closed)
        changed = PersonChanged(self._id(), self.at, name=name)
        return self.reply("rights.renamed", (), changed, self._closed, *self._task("edit_request"), name=name)

    def _form(self) -> Sequence[Effect]:
        number = self._number()
        if number is None or not 1 <= number <= len(FORMS):
            return self.reply("rights.kept", (), self._closed)
        changed = PersonChanged(self._id(), self.at, address_form=FORMS[number - 1])
        return self.reply("rights.changed", (), changed, self._closed)

    # --- RÚT

    def _ask_withdraw(self) -> Sequence[Effect]:
        labels = [render(key, self.facts.form) for key in ("rights.withdraw.yes", "rights.withdraw.no")]
        return self.reply(
            "rights.withdraw", numbered(Rights.name, "withdraw", labels), self._opened("withdraw")
        )

    def _withdraw(self) -> Sequence[Effect]:
        number = self._number()
        if number == 1 or (number is None and self._verdict()):
            version = self.facts.who.agreed[0] if self.facts.who.agreed else ""
            withdrawn = ConsentWithdrawn(self.inbound.address, version, self.at)
            task = self._task("withdraw_consent")
            gone = AccountUnlinked(self.inbound.address, self.at, "withdrawn")
            return self._leaving(self.reply("rights.withdrawn", (), withdrawn, *task, gone, self._closed))
        return self.reply("rights.kept", (), self._closed)

    # --- XÓA

    def _ask_erase(self) -> Sequence[Effect]:
        return self.reply("rights.erase", (), self._opened("erase"), *self._task("delete_request"))

    def _erase(self) -> Sequence[Effect]:
        if self.words not in ERASE:
            return self.reply("rights.kept", (), self._closed)
        house = self.facts.house
        erased = PersonErased(self._id(), self.at, house.texts, house.photos)
        return self._leaving(self.reply("rights.erased", (), erased))

    def _leaving(self, effects: Sequence[Effect]) -> Sequence[Effect]:
        """Her account is gone in this turn: what is said last goes out and is veiled then."""
        return tuple(_veiled(effect) for effect in effects)


def _veiled(effect: Effect) -> Effect:
    if isinstance(effect, MessageReceived):
        return replace(effect, veiled=True)
    return replace(effect, veiled=True, about=None) if isinstance(effect, MessageQueued) else effect
