"""The virtual year: the clock jumps from one thing to the next, the sweeps look, messages go, people answer.

Everything goes the real way: `scheduler.run`, `handlers.turn` and the one writer. Only the platform is
missing: what waits in the outbox counts as sent at once.
"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count

from bot.cli.simulating.people import Person
from handlers.facts import ONWARD
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from scheduler.run import Scheduler
from storage.database import Database
from storage.domain.effects import (
    DraftMoved,
    Effect,
    MessageQueued,
    MessageSent,
    ReminderRequested,
    ReportSubmitted,
)
from storage.domain.messages import Address, Inbound
from storage.plan.model import Plan
from storage.queries import answers, conversations, outbox, rounds
from storage.writer import Outcome, Reader, Writer

CHANNEL = "web"

#: When the clock looks on a day on which nothing else happens: the starts of the sending slots and the
#: moments at which the plan's messages are due.
LOOKS = (time(7, 30), time(8, 0), time(8, 30), time(14, 0), time(19, 30))

#: People who sit down within so many minutes answer side by side.
BIN = timedelta(minutes=30)

#: Between two messages of one person.
PAUSE = timedelta(seconds=25)

#: A conversation longer than this has gone wrong, and she gives up.
MOST_MESSAGES = 60


@dataclass
class Session:
    """Somebody answering: what is open, how often the same thing was asked."""

    person: Person
    pack: str = ""
    state: dict[str, object] | None = None
    tries: int = 0
    said: int = 0
    offered: bool = False


@dataclass
class Year:
    """Runs from ``start`` to ``end`` (aware, local)."""

    plan: Plan
    database: Database
    writer: Writer
    clock: ManualClock
    turns: Turns
    scheduler: Scheduler
    people: dict[str, Person]
    inbound: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    _events: list[tuple[datetime, int, str]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _packs: dict[int, str] = field(default_factory=dict)
    levels: dict[str, str] = field(default_factory=dict)
    _said: list[Effect] = field(default_factory=list)

    async def run(self, start: datetime, end: datetime) -> None:
        """Let it happen."""
        day = start.date()
        while day <= end.date():
            for look in LOOKS:
                self._at(datetime.combine(day, look, VIETNAM), "")
            await self._day(day, end)
            day += timedelta(days=1)

    def _at(self, moment: datetime, code: str) -> None:
        heapq.heappush(self._events, (moment, next(self._order), code))

    async def _day(self, day: date, end: datetime) -> None:
        while self._events and self._events[0][0].date() <= day and self._events[0][0] <= end:
            moment = self._events[0][0]
            codes = self._take(moment + BIN if self._events[0][2] else moment)
            self.clock.set(max(moment, self.clock.now()))
            if "" in codes:
                await self._tick()
            await self._sit([self.people[code] for code in codes if code])

    def _take(self, until: datetime) -> dict[str, None]:
        """What happens up to a moment; a look of the clock is never passed over."""
        codes: dict[str, None] = {}
        while self._events and self._events[0][0] <= until:
            if self._events[0][2] == "" and codes:
                break
            codes[heapq.heappop(self._events)[2]] = None
            if "" in codes and not (self._events and self._events[0][2] == ""):
                break
        return codes

    # --- the clock

    async def _tick(self) -> None:
        await self.scheduler.tick(everything=False)
        while await self._deliver():
            await self.scheduler.release()

    async def _deliver(self) -> int:
        """What waits is sent now; people who hear a push may answer it."""
        now = self.clock.now()
        waiting = await self.database.read(lambda reader: outbox.waiting(reader, CHANNEL, now, 500))
        at = now.astimezone(UTC)
        sent = [MessageSent(message.id, at, f"p{message.id}") for message in waiting]
        if sent:
            await self.writer.run("sent", lambda reader: sent)
        for message in waiting:
            self._heard(message.outbound.address.account, now)
        return len(sent)

    def _heard(self, code: str, now: datetime) -> None:
        person = self.people[code]
        when = person.answers_when(now)
        if when is not None and (person.session_at is None or when < person.session_at):
            person.session_at = when
            self._at(when, code)

    # --- people

    async def _sit(self, people: Sequence[Person]) -> None:
        """They answer side by side, a message each in turn."""
        ready = [
            person for person in people if person.session_at and person.session_at <= self.clock.now() + BIN
        ]
        for person in ready:
            person.session_at = None
        if not ready:
            return
        sessions = await self.database.read(lambda reader: self._sessions(reader, ready))
        while sessions:
            self.clock.advance(PAUSE)
            sessions = [session for session in await self._say(sessions) if session is not None]
        await self._arrive()

    def _sessions(self, reader: Reader, people: Iterable[Person]) -> list[Session]:
        """Those who still have something to answer. She does not think of what she has sent already."""
        asked = rounds.rounds_open(reader, self.clock.now())
        self._packs = {each.id: each.pack for each in asked}
        found = []
        for person in people:
            talk = conversations.conversation(reader, Address(CHANNEL, person.code))
            open_ids = [each.id for each in asked if self._level(each.pack) == self.levels[person.code]]
            done = [
                r for r in open_ids if (s := answers.submission(reader, person.seat_id, r)) and s.submitted_at
            ]
            if talk is not None and len(done) < len(open_ids):
                found.append(Session(person))
        return found

    def _level(self, pack_id: str) -> str:
        pack = self.plan.pack(pack_id)
        return pack.level if pack else ""

    async def _say(self, sessions: Sequence[Session]) -> list[Session | None]:
        today = self.clock.now().date()
        said: list[tuple[Session, str]] = []
        for session in sessions:
            text = self._next(session, today)
            if text is not None:
                said.append((session, text))
        arriving = asyncio.create_task(self._arrive())  # what was said before comes first, in the same commit
        outcomes = await asyncio.gather(*(self._turn(session, text) for session, text in said))
        await arriving
        at = self.clock.now().astimezone(UTC)
        ids = [outbox_id for outcome in outcomes for outbox_id in outcome.outbox_ids]
        self._said += [MessageSent(outbox_id, at, f"p{outbox_id}") for outbox_id in ids]
        return [self._after(session, outcome) for (session, _), outcome in zip(said, outcomes, strict=True)]

    async def _arrive(self) -> None:
        """The replies said last are with the people."""
        sent, self._said = self._said, []
        if sent:
            await self.writer.run("sent", lambda reader: sent)

    def _next(self, session: Session, today: date) -> str | None:
        person = session.person
        if session.state is None:
            return person.begins()
        if session.offered:
            return person.goes_on()
        if session.said > MOST_MESSAGES or person.stops():
            return None
        pack = self.plan.pack(session.pack)
        return person.types(pack, session.state, session.tries, today) if pack else None

    async def _turn(self, session: Session, text: str) -> Outcome:
        self.inbound += 1
        session.said += 1
        person = session.person
        now = self.clock.now().astimezone(UTC)
        inbound = Inbound(Address(CHANNEL, person.code), f"s{self.inbound:09}", now, text)
        return await self.writer.run(person.code, self.turns(inbound))

    def _after(self, session: Session, outcome: Outcome) -> Session | None:
        """Where she stands; None when she gets up."""
        for effect in outcome.effects:
            if isinstance(effect, ReminderRequested):
                self._at(effect.due_at.astimezone(VIETNAM), "")
                return None
            if isinstance(effect, ReportSubmitted):
                self.kinds["submitted"] += 1
        moved = next((effect for effect in outcome.effects if isinstance(effect, DraftMoved)), None)
        if moved is None:
            return None
        place = (moved.state["stage"], moved.state["asking"])
        before = (session.state["stage"], session.state["asking"]) if session.state else None
        session.tries = session.tries + 1 if place == before else 0
        session.pack, session.state = self._packs.get(moved.round_id, ""), moved.state
        session.offered = _offers(outcome)
        return session if session.offered or moved.state["stage"] != "done" else None


def _offers(outcome: Outcome) -> bool:
    """Whether the words that a report is in offer the next one."""
    said = [effect for effect in outcome.effects if isinstance(effect, MessageQueued)]
    return any(choice.token.endswith(ONWARD) for each in said for choice in each.outbound.choices)
