"""A year of random answers in small trees of every shape, written through the writer, from a seed."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from storage.domain.answers import Answer
from storage.domain.effects import (
    AnswerRecorded,
    DraftMoved,
    Effect,
    ReportSubmitted,
    RoundOpened,
    UnitsImported,
)
from storage.domain.messages import Address
from storage.domain.units import UnitRecord
from storage.plan.model import Choice, Pack, Plan, Question
from storage.plan.periods import period_of, period_span
from tests.kh83 import kh83

SINCE = date(2021, 1, 1)
JULY = date(2024, 7, 1)
BY = Address("web", "x")
EVENT_DAYS = (date(2024, 3, 8), date(2024, 6, 28), date(2024, 10, 20))


@cache
def plan() -> Plan:
    """KH 83 with targets of the Congress loaded, and one question asked again for the final figures."""
    base = kh83()
    yearly = base.pack("CH-N")
    assert yearly is not None
    final = yearly.model_copy(update={"id": "CH-N-CHOT", "frequency": "N+", "months": (), "asked_with": None})
    lists = {**base.lists, "targets": (Choice(name="t1", label="Một"), Choice(name="t2", label="Hai"))}
    return base.model_copy(update={"packs": (*base.packs, final), "lists": lists})


def unit(code: str, kind: str, parent: str | None, **changes: Any) -> UnitRecord:
    """A row of a units file."""
    values: dict[str, Any] = {
        "code": code, "name": f"Đơn vị {code}", "kind": kind, "area_kind": "", "parent": parent,
        "valid_from": SINCE, "valid_to": None, "figures": {}, "head": f"Chị {code}", "address_form": "chị",
        **changes,
    }  # fmt: skip
    return UnitRecord(**values)


@dataclass(frozen=True)
class Shape:
    """A tree as it began, and the file that changed it on 1 July 2024."""

    name: str
    start: tuple[UnitRecord, ...]
    change: tuple[UnitRecord, ...] = ()


def _communes(parents: list[str], count: int = 3, branches: int = 3) -> Iterator[UnitRecord]:
    kinds = ("xa", "phuong", "xa", "thi_tran", "")
    number = 0
    for parent in parents:
        for _ in range(count):
            number += 1
            code = f"10{number:02}"
            yield unit(code, "XA", parent, area_kind=kinds[number % len(kinds)])
            for each in range(1, branches + 1):
                figures = {"members": 30 + 7 * number + each} if (number + each) % 4 else {}
                yield unit(f"{code}-{each:02}", "CH", code, figures=figures)


def shapes() -> tuple[Shape, ...]:
    """With districts; without; and with districts until July, then without. Communes merge in each, a
    branch moves, one is closed, one becomes part of another."""
    top = (
        unit("36", "TI", None),
        unit("36TT", "TT", "36"),
        unit("36B1", "BAN", "36"),
        unit("36B2", "BAN", "36"),
    )
    districts = (unit("351", "HU", "36"), unit("352", "HU", "36"))
    last = JULY - timedelta(days=1)
    merged = (
        unit("2001", "XA", "351", valid_from=JULY, area_kind="xa"),
        unit("1001", "XA", "351", valid_to=last, merged_into="2001", area_kind="phuong"),
        unit("1002", "XA", "351", valid_to=last, merged_into="2001", area_kind="xa"),
        *(unit(f"100{n}-{b:02}", "CH", "2001") for n in (1, 2) for b in (1, 2)),
        unit("1001-03", "CH", "1001", valid_to=last, merged_into="1002-03"),
        unit("1002-03", "CH", "2001"),
        unit("1003-03", "CH", "1003", valid_to=last),
        unit("1004-01", "CH", "1005"),
    )
    flat = tuple(_lifted(each) for each in merged)
    gone = tuple(unit(code, "HU", "36", valid_to=last) for code in ("351", "352"))
    rest = tuple(unit(f"10{n:02}", "XA", "36") for n in (3, 4, 5, 6))
    with_districts = (*top, *districts, *_communes(["351", "352"]))
    return (
        Shape("districts", with_districts, merged),
        Shape("flat", (*top, *_communes(["36", "36"])), flat),
        Shape("districts end", with_districts, (*gone, *rest, *flat)),
    )


def _lifted(record: UnitRecord) -> UnitRecord:
    from dataclasses import replace

    return replace(record, parent="36") if record.parent == "351" else record


def periods_of(pack: Pack) -> list[str]:
    """The periods a pack is asked for in 2023-2024; few, that the tests stay short."""
    if pack.frequency == "SK":
        return [day.isoformat() for day in EVENT_DAYS[:2]]
    months = pack.months or ((1, 2, 6, 7, 12) if pack.frequency == "T" else (11,))
    found = [period_of(pack.frequency, date(2024, month, 1)) for month in months]
    earlier = [period_of(pack.frequency, date(2023, month, 1)) for month in months[-2:]]
    return list(dict.fromkeys(earlier + found))


def value_of(question: Question, kind: str, chance: random.Random) -> Any:
    """A random value of a question or part type; often 0, so that small cells occur."""
    makers: dict[str, Callable[[], Any]] = {
        "yes_no": lambda: chance.random() < 0.7,
        "integer": lambda: chance.choice((0, 0, 1, 2, 3, 5, 20, 35, 60)),
        "money": lambda: chance.choice((0, 500_000, 1_250_000)),
        "percent": lambda: chance.choice((95.5, 80, 12.25)),
        "ratio": lambda: [chance.randint(0, 40), chance.choice((None, 40, 45))],
        "select_one": lambda: chance.choice(question.choices).name,
        "select_multiple": lambda: (
            [one.name for one in question.choices if chance.random() < 0.5] or [question.choices[0].name]
        ),
        "date": lambda: "2024-05-06",
        "text": lambda: chance.choice(("", "đường xóm mưa là ngập", "tốt")),
        "url": lambda: "https://facebook.com/hoi",
        "image": lambda: ["2024/03/ab12.jpg"],
    }
    return makers[kind]()


def answer(question: Question, name: str, chance: random.Random) -> Answer:
    """A random answer in one of the four states."""
    if chance.random() < 0.15:
        return Answer(name, chance.choice(("unknown", "skipped", "not_applicable")))
    if question.parts:
        return Answer(
            name, "given", {part.name: value_of(question, part.type, chance) for part in question.parts}
        )
    values = {name: value_of(question, question.type, chance)}
    if question.date_field and values[name]:
        values[question.date_field] = "2024-05-06"
    return Answer(name, "given", values, raw="x")


def questions(pack: Pack, branches: list[str]) -> Iterator[tuple[Question, str]]:
    """Each question with the name it is answered under."""
    for question in pack.questions:
        if question.type in ("calculate", "note"):
            continue
        if question.repeat is None:
            yield question, question.name
        else:
            entries = branches if question.repeat == "branches" else ["t1", "t2"]
            yield from ((question, f"{question.name}.{entry}") for entry in entries)


@dataclass
class Year:
    """Writes a year; ``seats`` by unit code."""

    shape: Shape
    seed: int
    said: int = 0

    def rounds(self) -> list[tuple[Pack, str, datetime]]:
        """Each round with its opening, in order."""
        found = []
        for pack in plan().packs:
            for period in periods_of(pack):
                first, last = period_span(period)
                opens = min(last, first + timedelta(days=11))
                if pack.frequency == "N+":
                    opens = last + timedelta(days=2)
                found.append((pack, period, datetime(opens.year, opens.month, opens.day, tzinfo=UTC)))
        return sorted(found, key=lambda one: (one[2], one[0].id))

    def opened(self) -> list[Effect]:
        """All rounds."""
        return [
            RoundOpened(pack.id, period, at, at + timedelta(days=6)) for pack, period, at in self.rounds()
        ]

    def units(self) -> list[Effect]:
        """The tree, then its change."""
        at = datetime(2023, 1, 1, tzinfo=UTC)
        effects: list[Effect] = [UnitsImported(self.shape.start, at)]
        if self.shape.change:
            effects.append(UnitsImported(self.shape.change, datetime(2024, 7, 1, tzinfo=UTC), JULY))
        return effects

    def report(
        self, seat: int, asked: int, pack: Pack, at: datetime, branches: list[str], chance: random.Random
    ) -> Iterator[Effect]:
        """One report: a draft that stays one, or submitted early or late, sometimes corrected after."""
        asked_questions = list(questions(pack, branches))
        for question, name in asked_questions:
            if chance.random() < 0.85:
                yield self._recorded(seat, asked, at, answer(question, name, chance))
        if chance.random() < 0.2:
            yield DraftMoved(seat, asked, at, {"stage": "asking"})
            return
        yield ReportSubmitted(seat, asked, at + timedelta(days=chance.choice((1, 9))))
        for question, name in asked_questions:
            if chance.random() < 0.1:
                yield self._recorded(seat, asked, at + timedelta(days=10), answer(question, name, chance))
        if chance.random() < 0.2:
            yield ReportSubmitted(seat, asked, at + timedelta(days=11))

    def _recorded(self, seat: int, asked: int, at: datetime, given: Answer) -> Effect:
        self.said += 1
        return AnswerRecorded(seat, asked, at, given, BY, f"m{self.said}")
