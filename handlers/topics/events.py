"""Events in chat: staff fix, move, postpone or cancel a date; those invited say whether they come.

Staff of the province write, diacritics or not: SỰ KIỆN (the list), NGÀY HD44 18/5 07:30 tại ..., DỜI the
same, HOÃN HD44, HỦY HD44, DỰ HD44 (who comes), TẠM DỪNG NHẮC đến 20/9, NHẮC LẠI. Everybody: LỊCH.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar

from handlers.language.dates import find_day
from handlers.texts import render
from handlers.topic import EventFacts, Facts, reply, utc
from storage.domain.effects import (
    AttendanceAnswered,
    Effect,
    EventMoved,
    MessageReceived,
    PauseSet,
    StepPlanned,
)
from storage.domain.folding import fold
from storage.domain.messages import Inbound
from storage.domain.pushes import EventChange
from storage.plan.model import Event
from storage.plan.periods import VIETNAM

#: Whose word moves a date of the plan.
STAFF = frozenset({"TI", "BAN"})

#: A "1" answers an invitation only while it is the last thing that was said, and not for long.
INVITED = timedelta(hours=48)

_SET = re.compile(r"(?:ngay|chot|doi|doi lich|chuyen)\s+(?P<id>[a-z]+[0-9][a-z0-9-]*)\s+(?P<rest>.+)")
_OFF = re.compile(r"(?P<how>hoan|huy)\s+(?P<id>[a-z]+[0-9][a-z0-9-]*)")
_COMING = re.compile(r"du\s+(?P<id>[a-z]+[0-9][a-z0-9-]*)")
_PAUSE = re.compile(r"tam dung nhac(?:\s+den)?\s+(?P<day>.+)")
_TIME = re.compile(r"\b([01]?\d|2[0-3])(?:[:h]([0-5]\d)?)\b")
_YES = re.compile(r"(?:1|se du|du|co|co du|chi du|chi se du)")
_NO = re.compile(r"(?:2|khong|khong du|ko du|k du|chi khong du|ban khong du duoc)")


class Events:
    """Takes what is said about events; `handlers.turn` loads ``facts.events`` where it may be so."""

    name: ClassVar[str] = "events"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """A button of an invitation, an answer to one just read, a command of staff, LỊCH."""
        return facts.events is not None and _command(inbound, facts, facts.events) is not None

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """Do it and say so."""
        said = facts.events
        assert said is not None  # noqa: S101 - see takes
        command = _command(inbound, facts, said)
        received = MessageReceived(replace(inbound, text=""), "", f"events.{command}")
        return (received, *_ACTS[command or "list"](inbound, facts, said))


def may_concern(inbound: Inbound, staff: bool) -> bool:
    """Whether a message may be one of these: looked at before anything is read from the database."""
    if inbound.choice is not None:
        return inbound.choice.startswith("rsvp|")
    text = fold(inbound.text)
    if _YES.fullmatch(text) or _NO.fullmatch(text) or text == "lich":
        return True
    return staff and _staff_command(text) is not None


def _staff_command(text: str) -> str | None:
    if text in ("su kien", "cac su kien"):
        return "list"
    if text in ("nhac lai", "bo tam dung", "bat nhac lai"):
        return "resume"
    for name, pattern in (("set", _SET), ("off", _OFF), ("coming", _COMING), ("pause", _PAUSE)):
        if pattern.fullmatch(text):
            return name
    return None


def _command(inbound: Inbound, facts: Facts, said: EventFacts) -> str | None:
    text = fold(inbound.text)
    if inbound.choice is not None:
        return "answer" if inbound.choice.startswith("rsvp|") else None
    if text == "lich":
        return "calendar"
    if any(seat.unit.kind in STAFF for seat in facts.seats) and (found := _staff_command(text)):
        return found
    asked = said.invitation
    open_ = asked is not None and said.last_said and facts.now - asked.asked_at < INVITED
    return "answer" if open_ and (_YES.fullmatch(text) or _NO.fullmatch(text)) else None


def _said(inbound: Inbound, facts: Facts, key: str, **params: object) -> Effect:
    return reply(inbound, facts.now, render(key, facts.form, **params))


# --- whether she comes


def _answer(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    asked = said.invitation
    if asked is None or (event := said.events.get(asked.event)) is None:
        return (_said(inbound, facts, "event.no_invitation"),)
    if inbound.choice is not None:
        coming = inbound.choice.endswith(":1")
    else:
        coming = _YES.fullmatch(fold(inbound.text)) is not None
    answered = AttendanceAnswered(asked.event, asked.day, asked.seat_id, coming, utc(facts.now))
    day = date.fromisoformat(asked.day)
    key = "event.will_come" if coming else "event.will_not_come"
    return answered, _said(inbound, facts, key, event=event.name, day=f"{day.day}/{day.month}")


# --- staff


def _list(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    lines = [render("event.list", facts.form)]
    for event in said.events.values():
        if event.kind not in ("traditional", "closing"):
            lines.append(
                render("event.line", facts.form, id=event.id, event=event.name, day=_when(event, said, facts))
            )
    lines.append(render("event.list.foot", facts.form))
    return (reply(inbound, facts.now, "\n".join(lines)),)


def _when(event: Event, said: EventFacts, facts: Facts) -> str:
    day = said.days.get(event.id)
    change = said.changes.get(event.id)
    if day is not None:
        return f"{day.day}/{day.month}"
    if change is not None:
        key = "event.is_postponed" if change.status == "postponed" else "event.is_cancelled"
        return render(key, facts.form)
    return (
        render("event.month_only", facts.form, month=event.month)
        if event.month
        else render("event.no_day", facts.form)
    )


def _find(said: EventFacts, code: str) -> Event | None:
    return next((event for event in said.events.values() if event.id.lower() == code), None)


def _set(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    match = _SET.fullmatch(fold(inbound.text))
    event = _find(said, match["id"]) if match else None
    if match is None or event is None:
        return (_said(inbound, facts, "event.unknown"),)
    found = find_day(match["rest"], facts.now.date(), "future")
    if found is None or found.value is None:
        return (_said(inbound, facts, "event.which_day", id=event.id),)
    day = found.value
    if day < facts.now.date():
        return (_said(inbound, facts, "event.past", day=f"{day.day}/{day.month}"),)
    change = EventChange(event.id, "fixed", day.isoformat(), _time(match["rest"]), _place(inbound.text))
    old = said.days.get(event.id)
    moved = EventMoved(change, utc(facts.now), facts.seats[0].id)
    key = "event.set.moved" if old is not None and old != day else "event.set"
    text = _said(inbound, facts, key, event=event.name, day=f"{day.day}/{day.month}")
    return (moved, *_news(event, change, old, facts), text)


def _time(text: str) -> str:
    found = _TIME.search(text)
    return f"{int(found[1]):02}:{found[2] or '00'}" if found else ""


def _place(text: str) -> str:
    """What stands behind "tại", as she wrote it."""
    _, mark, place = text.partition(" tại ")
    return place.strip()[:120] if mark else ""


def _off(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    match = _OFF.fullmatch(fold(inbound.text))
    event = _find(said, match["id"]) if match else None
    if match is None or event is None:
        return (_said(inbound, facts, "event.unknown"),)
    change = EventChange(event.id, "postponed" if match["how"] == "hoan" else "cancelled")
    moved = EventMoved(change, utc(facts.now), facts.seats[0].id)
    key = "event.set.postponed" if change.status == "postponed" else "event.set.cancelled"
    news = _news(event, change, said.days.get(event.id), facts)
    return (moved, *news, _said(inbound, facts, key, event=event.name))


def _news(event: Event, change: EventChange, old: date | None, facts: Facts) -> Sequence[Effect]:
    """Those who were told the old day are told."""
    if old is None or (change.status == "fixed" and old.isoformat() == change.day):
        return ()
    at = utc(facts.now)
    params = {"status": change.status, "old": old.isoformat(), "day": change.day,
              "time": change.time, "place": change.place}  # fmt: skip
    step = f"news:{event.id}:{at:%Y%m%dT%H%M%S}"
    told = f"event:{event.id}:{old}:"
    today, ends = facts.now.date().isoformat(), at + timedelta(days=7)
    news = StepPlanned(step, "news", event.audience, "news", today, at, ends, at, event=event.id,
                       params=params, told=told)  # fmt: skip
    return (news,)


def _coming(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    match = _COMING.fullmatch(fold(inbound.text))
    event = _find(said, match["id"]) if match else None
    if event is None:
        return (_said(inbound, facts, "event.unknown"),)
    asked, yes, no = said.coming.get(event.id, (0, 0, 0))
    return (_said(inbound, facts, "event.coming_count", event=event.name, asked=asked, yes=yes, no=no),)


def _pause(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    match = _PAUSE.fullmatch(fold(inbound.text))
    found = find_day(match["day"], facts.now.date(), "future") if match else None
    if found is None or found.value is None or found.value < facts.now.date():
        return (_said(inbound, facts, "pause.which_day"),)
    until = datetime.combine(found.value + timedelta(days=1), time(), VIETNAM).astimezone(UTC)
    pause = PauseSet(None, utc(facts.now), until)
    return pause, _said(inbound, facts, "pause.set", day=f"{found.value.day}/{found.value.month}")


def _resume(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    at = utc(facts.now)
    return PauseSet(None, at, at), _said(inbound, facts, "pause.ended")


def _calendar(inbound: Inbound, facts: Facts, said: EventFacts) -> Sequence[Effect]:
    """The next events, and the calendar file where the channel takes one."""
    level = facts.seats[0].unit.kind if facts.seats else "CH"
    coming = sorted(
        (day, event)
        for event_id, day in said.days.items()
        if day >= facts.now.date() and (event := said.events[event_id].name)
        and level in said.events[event_id].audience and said.events[event_id].kind != "closing"
    )[:6]  # fmt: skip
    if not coming:
        return (_said(inbound, facts, "calendar.empty"),)
    lines = [render("calendar.head", facts.form)]
    lines += [
        render("calendar.line", facts.form, day=f"{day.day}/{day.month}", event=name) for day, name in coming
    ]
    queued = reply(inbound, facts.now, "\n".join(lines))
    return (replace(queued, outbound=replace(queued.outbound, file=f"calendar:{level}")),)


_ACTS = {
    "answer": _answer,
    "list": _list,
    "set": _set,
    "off": _off,
    "coming": _coming,
    "pause": _pause,
    "resume": _resume,
    "calendar": _calendar,
}
