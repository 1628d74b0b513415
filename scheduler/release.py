"""Releasing pushes: what is planned and due becomes messages in the outbox, kindly.

For each person what falls on one day is said in one message; nothing goes in a quiet time, over the
limits, or to somebody who asked for silence. What may not go now waits or is muted, with the reason.
Only a few messages are handed out at a time, so a reply never waits behind many and what is cleared
meanwhile is never sent. All of it happens in one transaction a handful of people: a kill between two
loses nothing and repeats nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from handlers.pushes import Words, queued
from handlers.turn import Turns
from scheduler.rules.caps import FIRST, first_day, fits
from scheduler.rules.quiet_hours import Place, Tone
from scheduler.rules.rounds import Rules
from storage.domain.effects import (
    Effect,
    PushesEnded,
    PushesPutOff,
    PushesQueued,
    PushesReleased,
    PushesTakenBack,
)
from storage.domain.messages import Address
from storage.domain.people import Seat
from storage.domain.pushes import ASKED_FOR, Pause, Push
from storage.plan.periods import VIETNAM
from storage.plan.quiet import Limits
from storage.queries import pushes
from storage.writer import Reader

#: People served in one transaction: at 1 to 2 ms each a reply that comes meanwhile hardly waits, though it
#: may wait for two of them (the one under way, and the next in its own group).
PEOPLE = 6

#: Pushes that may wait in a channel's outbox: what the fastest sends between two looks of the clock.
WAITING = 125

#: Whoever wrote within this time and has a question open is not spoken to: her next words are its answer.
ANSWERING = timedelta(minutes=20)

#: A reminder asked for within this time takes the place of a nudge about the same report.
WISH_AHEAD = timedelta(hours=24)

#: Kinds that somebody who wants no reminders has all the same: her work as staff, answers to herself, and
#: what a person of the unit above wants of her.
UNMUTED = frozenset({"digest", "escalation", "result", "correction"})

#: How long the tree of units is taken for unchanged.
_TREE_LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class _Facts:
    """What a handful of people's pushes are decided by."""

    reader: Reader
    now: datetime
    seats: Mapping[int, Seat]
    addresses: Mapping[int, Address]
    sent: Mapping[int, Mapping[date, int]]
    silent: frozenset[int]
    wished: frozenset[tuple[int, int]]
    pauses: Sequence[Pause]
    answering: Mapping[int, datetime]
    kept: dict[Any, Any] = field(default_factory=dict)
    reasons: dict[tuple[Tone, int], str] = field(default_factory=dict)


class Release:
    """Decides what goes out now."""

    def __init__(self, rules: Rules, turns: Turns) -> None:
        self._rules, self._words = rules, Words(turns, rules.span)
        self._tree: tuple[datetime, dict[int, Place]] | None = None

    def decide(self, reader: Reader, now: datetime, people: int = PEOPLE) -> Sequence[Effect]:
        """The next handful; no effects when nothing more is due or enough waits. ``now`` aware, local."""
        late = pushes.too_late(reader, now)
        if late:
            return (PushesTakenBack(late, now.astimezone(UTC)),)
        room = max(WAITING, people) - max(pushes.waiting_pushes(reader).values(), default=0)
        persons = pushes.persons_due(reader, now, min(people, room)) if room > 0 else []
        if not persons:
            return ()
        midnight = datetime.combine(now.date() + timedelta(days=1), time(), VIETNAM)
        planned: dict[int, list[Push]] = defaultdict(list)
        for push in pushes.scheduled_of(reader, persons, midnight - timedelta(seconds=1)):
            planned[push.person_id].append(push)
        facts = self._facts(reader, now, planned)
        decided = [each for person, parts in planned.items() for each in self._person(facts, person, parts)]
        return together(decided)

    def _facts(self, reader: Reader, now: datetime, planned: Mapping[int, Sequence[Push]]) -> _Facts:
        seat_ids = {push.seat_id for parts in planned.values() for push in parts}
        persons = list(planned)
        return _Facts(
            reader,
            now,
            pushes.seats_by_id(reader, seat_ids),
            pushes.addresses_of(reader, persons),
            pushes.sent_by_day(reader, persons, now.date() - timedelta(days=8)),
            pushes.asked_off(reader, seat_ids),
            pushes.wished(reader, seat_ids, now + WISH_AHEAD),
            pushes.pauses_on(reader, now),
            pushes.answering(reader, persons, now - ANSWERING),
        )

    # --- one person

    def _person(self, facts: _Facts, person: int, parts: Sequence[Push]) -> Iterator[Effect | PushesQueued]:
        ended: dict[tuple[str, str], list[int]] = defaultdict(list)
        open_parts = []
        for part in parts:
            end = self._ends(facts, person, part)
            if end is None:
                open_parts.append(part)
            else:
                ended[end].append(part.id)
        at = facts.now.astimezone(UTC)
        for (state, reason), ids in ended.items():
            yield PushesEnded(tuple(ids), state, at, reason)  # type: ignore[arg-type]
        if open_parts:
            yield from self._say(facts, person, open_parts)

    def _ends(self, facts: _Facts, person: int, part: Push) -> tuple[str, str] | None:
        """Why this one is never sent (state, reason); None if it may be."""
        if part.expires_at <= facts.now:
            return "muted", part.reason or "late"
        seat = facts.seats.get(part.seat_id)
        if seat is None or seat.person is None or seat.person.id != person:
            return "muted", "seat_changed"
        if person not in facts.addresses:
            return "failed", "unreachable"
        if part.kind == "reminder":
            return None
        if part.seat_id in facts.silent and part.kind not in UNMUTED:
            return "muted", "asked_off"
        if part.kind == "nudge" and (part.seat_id, part.round_id) in facts.wished:
            return "muted", "asked_time"
        return None

    def _say(self, facts: _Facts, person: int, parts: Sequence[Push]) -> Iterator[Effect | PushesQueued]:
        ready, held = self._sorted(facts, parts)
        if person in facts.answering:
            held += [(part, "answering") for part in ready]
            ready = []
        asked = any(part.kind in ASKED_FOR for part in ready)
        sent = facts.sent.get(person, {})
        limits = self._limits(facts, parts)
        if ready and not asked:
            first = any(_takes_last(part) for part in ready)
            if not fits(sent, facts.now.date(), limits, first):
                held += [(part, "caps") for part in ready]
                ready = []
        if ready:
            yield from self._send(facts, person, ready)
        yield from self._hold(facts, held, sent, limits)

    def _sorted(self, facts: _Facts, parts: Sequence[Push]) -> tuple[list[Push], list[tuple[Push, str]]]:
        """What may go now, and what may not, with why. What is due later today comes along."""
        ready: list[Push] = []
        held: list[tuple[Push, str]] = []
        for part in parts:
            reason = self._reason(facts, part)
            if part.kind == "reminder" and part.due_at > facts.now:
                continue
            if not reason:
                ready.append(part)
            elif part.due_at <= facts.now:
                held.append((part, reason))
        if not any(part.due_at <= facts.now for part in ready):
            ready = []
        return ready, held

    def _reason(self, facts: _Facts, part: Push) -> str:
        """Why it may not go now where she sits; "" if it may."""
        place = self._place(facts, part)
        alone = facts.pauses or place.codes & self._rules.quiet.local_codes
        key = (tone_of(part), facts.seats[part.seat_id].unit.id if alone else 0)
        if key not in facts.reasons:
            facts.reasons[key] = self._rules.quiet.reason(facts.now, key[0], place, facts.pauses)
        return facts.reasons[key]

    def _send(self, facts: _Facts, person: int, ready: Sequence[Push]) -> Iterator[Effect | PushesQueued]:
        address = facts.addresses[person]
        solemn = self._rules.calendar.solemn(facts.now.date())
        message = self._words.compose(
            facts.reader, facts.seats, address, ready, facts.now, solemn, facts.kept
        )
        at = facts.now.astimezone(UTC)
        for why, ids in message.done.items():
            yield PushesEnded(tuple(ids), "cleared", at, why)
        if not message.said:
            return
        yield from message.effects
        asked = any(part.kind == "reminder" for part in message.said)
        end = facts.now + timedelta(hours=1) if asked else self._rules.quiet.slot_end(facts.now)
        yield PushesQueued(
            tuple(part.id for part in message.said),
            queued(message, address, at, f"push:{message.said[0].key}"),
            facts.now.date().isoformat(),
            end.astimezone(UTC),
        )

    def _hold(
        self, facts: _Facts, held: Sequence[tuple[Push, str]], sent: Mapping[date, int], limits: Limits
    ) -> Iterator[Effect]:
        """Put each off to the first kind moment, or mute it where that would be too late."""
        at = facts.now.astimezone(UTC)
        for part, reason in held:
            then = self._next(facts, part, reason, sent, limits)
            if then is None or then >= part.expires_at:
                yield PushesEnded((part.id,), "muted", at, reason)
            else:
                yield PushesPutOff((part.id,), then.astimezone(UTC), at, reason)

    def _next(
        self, facts: _Facts, part: Push, reason: str, sent: Mapping[date, int], limits: Limits
    ) -> datetime | None:
        moment = facts.now
        if reason == "answering":
            moment = facts.answering[part.person_id].astimezone(VIETNAM) + ANSWERING
        if reason == "caps":
            day = first_day(sent, facts.now.date() + timedelta(days=1), limits, _takes_last(part))
            due = part.due_at.astimezone(VIETNAM)
            moment = datetime.combine(day, due.timetz().replace(tzinfo=None), VIETNAM)
        return self._rules.quiet.next_allowed(moment, tone_of(part), self._place(facts, part), facts.pauses)

    # --- where somebody is

    def _limits(self, facts: _Facts, parts: Sequence[Push]) -> Limits:
        quiet = self._rules.plan.quiet
        kinds = {facts.seats[part.seat_id].unit.kind for part in parts}
        return max(
            (quiet.limits_of.get(kind, quiet.limits) for kind in kinds), key=lambda limits: limits.week
        )

    def _place(self, facts: _Facts, part: Push) -> Place:
        if self._tree is None or not self._tree[0] <= facts.now < self._tree[0] + _TREE_LASTS:
            self._tree = (facts.now, _places(pushes.unit_parents(facts.reader)))
        return self._tree[1].get(facts.seats[part.seat_id].unit.id, Place())


def together(decided: Sequence[Effect | PushesQueued]) -> list[Effect]:
    """The same decisions, those of a kind for many people in one effect."""
    others: list[Effect] = []
    ended: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    put_off: dict[tuple[datetime, datetime, str], list[int]] = defaultdict(list)
    messages: list[PushesQueued] = []
    for each in decided:
        match each:
            case PushesQueued():
                messages.append(each)
            case PushesEnded(ids, state, at, reason):
                ended[state, at, reason] += ids
            case PushesPutOff(ids, due_at, at, reason):
                put_off[due_at, at, reason] += ids
            case _:
                others.append(each)
    others += [PushesEnded(tuple(ids), *how) for how, ids in ended.items()]
    others += [PushesPutOff(tuple(ids), *how) for how, ids in put_off.items()]
    return [*others, PushesReleased(tuple(messages))] if messages else others


def tone_of(push: Push) -> Tone:
    """How pressing or festive a push is (`scheduler.rules.quiet_hours`)."""
    if push.kind == "reminder":
        return "asked"
    if push.kind == "event":
        tone: Tone = push.params.get("tone", "event")
        return tone
    if push.kind == "feedback":
        return "event"
    return "urgent" if push.step == "T-1" else "deadline"


def _takes_last(part: Push) -> bool:
    """Whether it may take the last place of a week."""
    return part.kind in FIRST or tone_of(part) == "greeting"


def _places(units: Mapping[int, tuple[str, int | None]]) -> dict[int, Place]:
    found: dict[int, Place] = {}
    for unit_id in units:
        ids: dict[int, None] = {}
        above: int | None = unit_id
        while above is not None and above in units and above not in ids:
            ids[above] = None
            above = units[above][1]
        found[unit_id] = Place(frozenset(ids), frozenset(units[each][0] for each in ids))
    return found
