"""Enrolment: who she is, what she agrees to, then her account is tied to a seat.

Nothing but a hash of her account is kept until she has agreed in clear words (Luật 91/2025; domain.md
6.2 and 8.2). A code of her letter ties her at once; without one the unit above decides. No account is
ever tied in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from handlers.language.orders import read_name
from handlers.language.reading import Expectation
from handlers.texts import render
from handlers.topic import (
    Facts,
    Talk,
    Told,
    asked,
    first_big,
    numbered,
    picked,
    push,
    read_as,
    reply,
    request_line,
    utc,
)
from storage.domain.effects import (
    AccountUnlinked,
    ConsentGiven,
    ConsentWithdrawn,
    ConversationMoved,
    Effect,
    MatterClosed,
    MatterOpened,
    MessageQueued,
    MessageReceived,
    PersonChanged,
    SeatHandedOver,
    SeatLinked,
    SeatRequested,
)
from storage.domain.folding import fold
from storage.domain.messages import Choice, Inbound, Outbound
from storage.domain.people import AddressForm, Seat

#: Issue 4: five wrong codes, then an hour's pause.
TRIES = 5
PAUSE = timedelta(hours=1)

#: What the bot asked longer ago is asked anew of somebody who has an account already.
STALE = timedelta(days=1)

#: So many places fit on one message; more means she must say the commune too.
SHOWN = 5

FORMS: tuple[AddressForm, ...] = ("chị", "cô", "bác")

MORE = frozenset({"doc them", "xem them", "them", "noi them", "doc"})


class Enrol:
    """Takes a code from anybody, and everything from somebody without a seat."""

    name: ClassVar[str] = "enrol"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """A code, an enrolment under way, or nobody we know."""
        if facts.code or not facts.seats:  # a code is never anything else, nor kept as an answer
            return True
        return _under_way(facts) and _wants_words(facts)

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step; a stranger's words are not kept."""
        return _Talk(inbound, facts).step()


def _under_way(facts: Facts) -> bool:
    matter = facts.matter
    if matter is None or matter.kind != Enrol.name:
        return False
    return matter.moved_at is None or utc(facts.now) - matter.moved_at < STALE


def _wants_words(facts: Facts) -> bool:
    """Of somebody with a seat only the answers to what was asked are taken; where she said that the
    phone is in other hands, everything."""
    details = facts.matter.details if facts.matter else {}
    return details.get("stage") != "who" or bool(details.get("other"))


@dataclass(frozen=True)
class _Talk(Talk):
    """One message in an enrolment."""

    kind: ClassVar[str] = "enrol"

    @property
    def details(self) -> Mapping[str, Any]:
        return self.facts.matter.details if self.facts.matter and _under_way(self.facts) else {}

    @property
    def stage(self) -> str:
        return str(self.details.get("stage", "who"))

    # --- what comes back

    def reply(
        self, key: str, choices: Sequence[Choice] = (), *more: Effect, **params: object
    ) -> Sequence[Effect]:
        return self.say(render(key, self.facts.form, **params), choices, *more)

    def say(self, text: str, choices: Sequence[Choice], *more: Effect) -> Sequence[Effect]:
        silent = replace(self.inbound, text="", start_code=None, choice=None, attachment=None)
        received = MessageReceived(silent, "", Enrol.name)
        return received, *more, reply(self.inbound, self.facts.now, asked(text, choices), choices)

    def at_stage(self, stage: str, **details: Any) -> MatterOpened:
        kept = {name: value for name, value in self.details.items() if name in ("tries", "until", "other")}
        return MatterOpened(self.inbound.address, Enrol.name, {**kept, "stage": stage, **details}, self.at)

    @property
    def closed(self) -> MatterClosed:
        return MatterClosed(self.inbound.address)

    # --- the steps

    def step(self) -> Sequence[Effect]:
        until = self._paused_until()
        if until is not None:
            return self.reply("enrol.paused", time=f"{until:%H:%M}")
        if self.facts.code and self.inbound.choice is None:
            return self._code()
        own = self.facts.places.own_request
        if own is not None and self.stage == "who":
            return self._waiting()
        return {
            "who": self._who,
            "choose": self._choose,
            "confirm": self._confirm,
            "consent": self._consent,
            "name": self._name,
            "form": self._form,
        }.get(self.stage, self._who)()

    def _paused_until(self) -> datetime | None:
        until = self.details.get("until")
        moment = datetime.fromisoformat(until) if until else None
        return moment if moment and moment > self.facts.now else None

    def _code(self) -> Sequence[Effect]:
        seat = self.facts.invited
        if seat is not None:
            return self._ask_consent(seat, self.facts.code)
        tries = int(self.details.get("tries", 0)) + 1
        if tries >= TRIES:
            until = self.facts.now + PAUSE
            opened = self.at_stage("who", tries=0, until=until.isoformat())
            return self.reply("enrol.paused", (), opened, time=f"{until:%H:%M}")
        return self.reply("enrol.wrong", (), self.at_stage("who", tries=tries))

    def _who(self) -> Sequence[Effect]:
        found = self.facts.places.found
        if len(found) == 1:
            return self._ask_which(found[0])
        if 1 < len(found) <= SHOWN:
            labels = [self.facts.house.whole(seat) for seat in found]
            choices = numbered(Enrol.name, "choose", labels)
            opened = self.at_stage("choose", seats=[seat.id for seat in found])
            text = "\n".join([render("enrol.choose", self.facts.form),
                              *(f"{number}. {label}" for number, label in enumerate(labels, 1))])  # fmt: skip
            return self._listed(text, choices, opened)
        if found:
            return self.reply("enrol.too_many", (), self.at_stage("who"))
        if self.facts.who.reading == "identity":
            return self.reply("enrol.identity", (), self.at_stage("who"))
        return self.reply(self._hello(), (), self.at_stage("who"))

    def _listed(self, text: str, choices: Sequence[Choice], *more: Effect) -> Sequence[Effect]:
        silent = replace(self.inbound, text="", start_code=None, choice=None, attachment=None)
        received = MessageReceived(silent, "", Enrol.name)
        return received, *more, reply(self.inbound, self.facts.now, text, choices)

    def _hello(self) -> str:
        if self.facts.who.person is not None and not self.facts.seats:
            return "enrol.former"
        asked_before = self.facts.matter is not None and self.facts.who.reading not in (
            "start",
            "greet",
            "next",
        )
        searched = asked_before and len(fold(self.inbound.text).split()) > 1
        return "enrol.not_found" if searched else "enrol.who"

    def _ask_which(self, seat: Seat) -> Sequence[Effect]:
        labels = [render(key, self.facts.form) for key in ("enrol.right", "enrol.other")]
        return self.reply(
            "enrol.confirm", numbered(Enrol.name, "confirm", labels), self.at_stage("confirm", seat=seat.id),
            unit=self.facts.house.whole(seat),
        )  # fmt: skip

    def _choose(self) -> Sequence[Effect]:
        seat = self.facts.places.wanted
        return self._without_code(seat) if seat is not None else self._who()

    def _confirm(self) -> Sequence[Effect]:
        number = picked(self.inbound, Enrol.name, "confirm")
        said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
        if number == 1 or (number is None and said.kind == "answer" and said.value):
            seat = self.facts.places.wanted
            return self._without_code(seat) if seat is not None else self._who()
        if number == 2 or (said.kind == "answer" and not said.value):
            return self.reply("enrol.again", (), self.at_stage("who"))
        return self._who()

    def _without_code(self, seat: Seat) -> Sequence[Effect]:
        if self.facts.places.approver is None:
            above = first_big(self.facts.house.above(seat))
            return self.reply("enrol.no_approver", (), self.closed, unit=seat.unit.name, superior=above)
        return self._ask_consent(seat, "")

    # --- consent

    def _ask_consent(self, seat: Seat, code: str, more: str = "") -> Sequence[Effect]:
        form: AddressForm = seat.person.address_form if seat.person and code else "chị"
        account = render(
            "consent.account", form, channel=CHANNELS.get(self.inbound.address.channel, "")
        ).strip()
        hello = self._greeting(seat, code, form)
        lines = [more or hello, render("consent.text", form, account=account)]
        labels = [render(key, form) for key in ("consent.yes", "consent.no", "consent.more")]
        text = "\n".join([*lines, render("consent.ask", form)])
        # The choices stand beside the question, as in domain.md 8.2.
        choices = numbered(Enrol.name, "consent", labels)
        text = f"{text} {' · '.join(f'{c.number} {c.label}' for c in choices)}"
        return self._listed(text, choices, self.at_stage("consent", seat=seat.id, code=code))

    def _greeting(self, seat: Seat, code: str, form: AddressForm) -> str:
        house = self.facts.house
        if not code:
            return render("consent.hello.uncoded", form, unit=house.whole(seat))
        name = seat.person.given_name if seat.person and seat.person.name else ""
        key = "consent.hello" if name else "consent.hello.unnamed"
        return render(key, form, name=name, superior=first_big(house.above(seat)), post=house.post(seat))

    def _consent(self) -> Sequence[Effect]:
        seat, code = self.facts.places.wanted, str(self.details.get("code", ""))
        if seat is None:
            return self.reply("enrol.who", (), self.at_stage("who"))
        if code and (self.facts.invited is None or self.facts.invited.id != seat.id):
            return self.reply("enrol.used", (), self.at_stage("who"))
        answer = self._answer()
        if answer == "more":
            return self._ask_consent(seat, code, render("consent.notice", self.facts.form))
        if answer == "no":
            kept = "enrol.kept" if self.facts.who.person else "consent.refused"
            return self.reply(kept, (), self.closed)
        if answer == "yes":
            return self._agreed(seat, code)
        return self._ask_consent(seat, code, render("consent.unclear", self.facts.form))

    def _answer(self) -> str:
        number = picked(self.inbound, Enrol.name, "consent")
        if number is not None:
            return {1: "yes", 2: "no", 3: "more"}.get(number, "")
        if self.inbound.choice is not None:
            return ""
        if fold(self.inbound.text).strip(" .!") in MORE:
            return "more"
        said = read_as(self.inbound, Expectation("consent"), self.facts.now)
        if said.kind != "answer":
            return ""
        return "yes" if said.value else "no"

    def _agreed(self, seat: Seat, code: str) -> Sequence[Effect]:
        consent = ConsentGiven(self.inbound.address, render("consent.version", "chị"), seat.id, self.at)
        named = seat.person is not None and seat.person.name
        if code and named:
            return self._tie(seat, code, consent)
        opened = self.at_stage("name", seat=seat.id, code=code)
        return self.reply("enrol.name", (), consent, opened)

    def _tie(self, seat: Seat, code: str, *before: Effect) -> Sequence[Effect]:
        """The code of her letter: she is tied at once, then asked how to be called."""
        person = seat.person
        form: AddressForm = person.address_form if person else "chị"
        gone = tuple(
            AccountUnlinked(address, self.at, "replaced")
            for address in self.facts.places.elsewhere
            if address != self.inbound.address
        )
        told = tuple(replace(self._farewell(unlinked, form), veiled=True) for unlinked in gone)
        opened = self.at_stage("form", seat=seat.id)
        linked = SeatLinked(self.inbound.address, seat.id, self.at, code)
        moved = ConversationMoved(self.inbound.address, self.at, seat.id, None)
        choices = numbered(Enrol.name, "form", [form.capitalize() for form in FORMS])
        text = " ".join(render(key, form) for key in ("enrol.thanks", "enrol.form"))
        return self.say(text, choices, *before, *gone, linked, moved, opened, *told)

    def _farewell(self, unlinked: AccountUnlinked, form: AddressForm) -> MessageQueued:
        text = render("enrol.replaced", form)
        return MessageQueued(Outbound(unlinked.address, text), self.at, "push")

    # --- her name and how she is called

    def _name(self) -> Sequence[Effect]:
        seat, code = self.facts.places.wanted, str(self.details.get("code", ""))
        name = read_name(self.inbound.text)
        if self.facts.who.reading in ("cancel", "stop", "withdraw_consent", "delete_request"):
            withdrawn = ConsentWithdrawn(self.inbound.address, render("consent.version", "chị"), self.at)
            return self.reply("consent.refused", (), withdrawn, self.closed)
        if seat is None or not name:
            return self.reply("enrol.name_again", ())
        if code:
            if self.facts.invited is None:
                return self.reply("enrol.used", (), self.at_stage("who"))
            return self._tie(seat, code, SeatHandedOver(seat.id, name, "chị", self.at))
        choices = numbered(Enrol.name, "form", [form.capitalize() for form in FORMS])
        opened = self.at_stage("form", seat=seat.id, asking=True, name=name)
        return self.reply("enrol.form", choices, opened)

    def _form(self) -> Sequence[Effect]:
        seat, form = self.facts.places.wanted, self._chosen_form()
        if seat is None:
            return self.reply("enrol.who", (), self.at_stage("who"))
        if form is None and not self.details.get("asking"):
            return self._welcome(seat, self.facts.form)  # never stuck on a courtesy
        if form is None:
            choices = numbered(Enrol.name, "form", [form.capitalize() for form in FORMS])
            return self.reply("enrol.form", choices)
        if self.details.get("asking"):
            return self._request(seat, str(self.details["name"]), form)
        return self._welcome(seat, form)

    def _chosen_form(self) -> AddressForm | None:
        number = picked(self.inbound, Enrol.name, "form")
        if number is not None:
            return FORMS[number - 1] if 1 <= number <= len(FORMS) else None
        words = fold(self.inbound.text).split()
        said: dict[str, AddressForm] = {"chi": "chị", "co": "cô", "bac": "bác", "anh": "anh"}
        named = [said[word] for word in words if word in said]
        return named[-1] if named else None

    def _welcome(self, seat: Seat, form: AddressForm) -> Sequence[Effect]:
        person = self.facts.who.person
        changed = (PersonChanged(person.id, self.at, address_form=form),) if person else ()
        name = person.given_name if person else ""
        text = render("enrol.welcome", form, name=name, unit=seat.unit.name)
        return self.say("\n".join([text, render("enrol.start", form)]), (), *changed, self.closed)

    # --- without a code: the unit above decides

    def _request(self, seat: Seat, name: str, form: AddressForm) -> Sequence[Effect]:
        told = self.facts.places.approver
        if told is None:
            return self.reply("enrol.no_approver", (), self.closed, unit=seat.unit.name,
                              superior=first_big(self.facts.house.above(seat)))  # fmt: skip
        requested = SeatRequested(self.inbound.address, seat.id, name, form, self.at)
        text = render("enrol.requested", form, superior=_called(told), unit=seat.unit.name)
        asked_above = self._ask_above(told, seat, name)
        return self.say(text, (), requested, self.closed, *asked_above)

    def _ask_above(self, told: Told, seat: Seat, name: str) -> Sequence[Effect]:
        form = told.person.address_form
        key = f"request:{seat.id}:{self.at:%Y%m%dT%H%M%S.%f}"
        text = request_line(form, told.person.given_name, seat, name)
        if told.busy:
            later = render("approve.later", form)
            return (push(told.address, self.facts.now, f"{text} {later}", (), key),)
        labels = [render(name, form) for name in ("approve.yes", "approve.no")]
        choices = numbered("approve", "new", labels)
        opened = MatterOpened(told.address, "approve", {"stage": "new", "of": seat.id}, self.at)
        return opened, push(told.address, self.facts.now, asked(text, choices), choices, key)

    def _waiting(self) -> Sequence[Effect]:
        own = self.facts.places.own_request
        assert own is not None  # noqa: S101 - see step
        if self.facts.who.reading in ("delete_request", "withdraw_consent", "cancel"):
            gone = AccountUnlinked(self.inbound.address, self.at, "withdrawn")
            return self.reply("enrol.request_gone", (), gone)
        return self.reply("enrol.waiting", (), unit=own.seat.unit.name)


#: What the notice calls the account, by channel; the page's phone has none of its own.
CHANNELS: Mapping[str, str] = {"telegram": "Telegram", "zalo_bot": "Zalo", "zalo_oa": "Zalo", "zalo": "Zalo"}


def _called(told: Told) -> str:
    return f"{told.person.address_form} {told.person.given_name}"
