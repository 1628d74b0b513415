"""Invented people: when they answer, and what they type.

A person is early, punctual, late, never, clumsy (types what is not understood) or chatty. She knows of
the house only what she reads: the question that is open and its kind. Everything is drawn from one seed.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from storage.plan.model import Pack, Question

Kind = Literal["early", "punctual", "late", "never", "clumsy", "chatty"]

#: How many of a hundred are of each kind.
SHARES: Mapping[Kind, int] = {"early": 26, "punctual": 32, "late": 17, "never": 8, "clumsy": 9, "chatty": 8}

#: After a message that asks for a report: how many of a hundred answer it, and within how many days.
ANSWERS: Mapping[Kind, tuple[int, float]] = {
    "early": (92, 0.6),
    "punctual": (72, 1.6),
    "late": (42, 2.4),
    "never": (0, 0.0),
    "clumsy": (70, 1.8),
    "chatty": (74, 1.4),
}

#: Of a hundred who begin, how many put it off first, and how many stop in the middle.
PUTS_OFF, STOPS = 6, 4

#: Of a hundred to whom a second report is offered, how many give it at once.
GOES_ON = 75

_NOISE = ("alo", "em ơi", "???", "chị gửi rồi mà", "ko bt", "ừ", "xóm chị nhé", "20h", "abc")
_CHAT = ("cảm ơn em nhé", "em ăn cơm chưa", "hôm nay nóng quá em ạ", "ok em", "bao giờ chốt hả em")
_WISHES = ("đường xóm mưa là ngập", "không", "không có", "xin thêm sách cho chị em", "nước sạch hay mất")
_LATER = ("8h tối nhắc chị", "để sau", "mai chị làm", "tí nữa")


@dataclass
class Person:
    """One of them: ``code`` of her seat, how she is, how many members her branch has."""

    code: str
    seat_id: int
    kind: Kind
    members: int
    rng: random.Random
    session_at: datetime | None = None
    wants: bool = False

    # --- when

    def answers_when(self, now: datetime) -> datetime | None:
        """When she sits down to answer a message that came at ``now``; None if she does not."""
        share, days = ANSWERS[self.kind]
        if self.rng.randrange(100) >= share:
            return None
        delay = self.rng.expovariate(1.0 / days) if days else 0.0
        return self._awake(now + timedelta(minutes=5) + timedelta(days=min(delay, 6.0)))

    def _awake(self, moment: datetime) -> datetime:
        """Mostly in the evening, never at night."""
        if self.rng.randrange(100) < 60:
            evening = datetime.combine(moment.date(), time(19, 30), moment.tzinfo)
            moment = max(moment, evening + timedelta(minutes=self.rng.randrange(0, 90)))
        if moment.time() < time(5, 30):
            moment = datetime.combine(moment.date(), time(5, 40), moment.tzinfo)
        if moment.time() > time(22, 30):
            moment = datetime.combine(moment.date() + timedelta(days=1), time(6, 10), moment.tzinfo)
        return moment

    # --- what

    def begins(self) -> str:
        """Her first words."""
        if self.rng.randrange(100) < PUTS_OFF:
            return self.rng.choice(_LATER)
        return self.rng.choice(("tiếp", "bắt đầu", "ok em", "1", "TIẾP"))

    def goes_on(self) -> str | None:
        """Her words when a second report is offered to her; None if she leaves it for later."""
        return "1" if self.rng.randrange(100) < GOES_ON else None

    def stops(self) -> bool:
        """Whether something comes up just now."""
        return self.rng.randrange(1000) < STOPS * 2

    def types(self, pack: Pack, state: Mapping[str, Any], tries: int, today: date) -> str | None:
        """Her next message where the dialogue stands so; None when she is done."""
        stage = state["stage"]
        if tries == 0 and self.kind == "clumsy" and self.rng.randrange(100) < 18:
            return self.rng.choice(_NOISE)
        if tries == 0 and self.kind == "chatty" and self.rng.randrange(100) < 12:
            return self.rng.choice(_CHAT)
        if stage == "asking":
            question = _question(pack, state.get("asking") or "")
            return self._answer(question, tries, today) if question else "bỏ qua"
        return _STAGES.get(stage)

    def _answer(self, question: Question, tries: int, today: date) -> str:
        if tries >= 2:
            return ("bỏ qua", "chưa rõ", "tiếp")[min(tries - 2, 2)]
        if question.parts:
            return self._parts(question)
        return self._plain(question, tries, today)

    def _parts(self, question: Question) -> str:
        values = []
        for part in question.parts:
            if part.type == "yes_no":
                values.append("có")
            else:
                values.append(f"{self._number(part.minimum, part.maximum)} {part.label}")
        return ", ".join(values)

    def _plain(self, question: Question, tries: int, today: date) -> str:
        match question.type:
            case "yes_no":
                return self.rng.choice(("1", "1", "rồi", "2")) if tries == 0 else "1"
            case "integer":
                return self._integer(question, tries)
            case "ratio":
                return str(self.rng.randrange(5, max(self.members, 6)))
            case "money":
                return self.rng.choice(("350k", "500k", "1tr2", "200.000", "0"))
            case "percent":
                return "95%"
            case "date":
                return f"{today.day}/{today.month}" if question.tense != "future" else "mai"
            case "text":
                return self.rng.choice(_WISHES) if tries == 0 else "không"
            case "image" | "url":
                return "bỏ qua"
            case _:
                return "1"

    def _integer(self, question: Question, tries: int) -> str:
        if question.name.startswith("NEN."):
            return str(self.members if question.name == "NEN.1" else self.members * 3)
        low = question.minimum if isinstance(question.minimum, int) else 0
        high = question.maximum if isinstance(question.maximum, int) else None
        return str(self._number(low, high)) if tries == 0 else str(low)

    def _number(self, low: int | None, high: int | None) -> int:
        first = low or 0
        last = first + 4 if high is None else min(high, first + 4)
        return self.rng.choice((first, first, self.rng.randint(first, max(first, last))))


_STAGES = {
    "new": "bắt đầu",
    "greeting": "1",
    "checking": "đúng",
    "summary": "1",
    "editing": "tiếp",
    "menu": "1",
    "restarting": "2",
}


def _question(pack: Pack, name: str) -> Question | None:
    """The question of that name; a repeated one's name has its entry behind it."""
    exact = next((question for question in pack.questions if question.name == name), None)
    return exact or next((q for q in pack.questions if q.repeat and name.startswith(f"{q.name}.")), None)


def draw(seed: int, code: str, seat_id: int, members: int) -> Person:
    """The person of a seat: the same for the same seed, whatever happens to the others."""
    rng = random.Random(f"{seed}:{code}")  # noqa: S311 - invented people, no secret
    kind = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
    return Person(code, seat_id, kind, members or 60, rng)
