"""PHIẾU HỎI: one to three questions made in chat and asked below as a round of their own, by the ordinary
dialogue; KẾT QUẢ shows what was answered.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from handlers.facts import Audience, SheetResult, Tally
from handlers.language.dates import find_day
from handlers.language.reading import Expectation
from handlers.staffing import BACK, StaffTalk
from handlers.texts import render
from handlers.topic import Facts, read_as, utc
from storage.domain.effects import Effect, RoundOpened
from storage.domain.folding import fold
from storage.domain.messages import Inbound
from storage.domain.staff_effects import ChatPackMade
from storage.plan.expressions import format_value
from storage.plan.model import Choice, Pack, Question, QuestionType
from storage.plan.periods import DUE_TIME, VIETNAM

#: Questions of a sheet, choices of a question, days until its deadline.
MOST, MOST_CHOICES, MOST_DAYS = 3, 6, 60

TITLE, LABEL = (3, 60), (8, 220)

#: What may be asked, in the order of its numbers, and the words for it.
TYPES: tuple[tuple[QuestionType, str], ...] = (
    ("integer", "sheet.number"), ("yes_no", "sheet.yes_no"), ("text", "sheet.words"),
    ("select_one", "sheet.choice"),
)  # fmt: skip

#: Signs that mean something in a label of the plan: none in what staff type.
_SIGNS = re.compile(r"[{}$\[\]]")


class Sheets:
    """Takes PHIẾU HỎI, KẾT QUẢ and the answers to their questions, from who may ask below."""

    name: ClassVar[str] = "sheet"

    def takes(self, inbound: Inbound, facts: Facts) -> bool:
        """The order, or an answer while its question is open."""
        if facts.staff is None or "ask" not in facts.who.powers:
            return False
        return _Making(inbound, facts).takes()

    def step(self, inbound: Inbound, facts: Facts) -> Sequence[Effect]:
        """One step."""
        return tuple(_Making(inbound, facts).step())


@dataclass(frozen=True)
class _Making(StaffTalk):
    kind: ClassVar[str] = "sheet"

    def takes(self) -> bool:
        if self.ordered in ("sheet", "results"):
            return True
        if not self.answering:
            return False
        if self.leaves:
            return True
        if self.stage in _WRITTEN:
            return self.writes
        return self._number() is not None or self.words in BACK

    def _number(self) -> int | None:
        number = self.number(len(self._options()))
        if number is None and self.stage == "sure" and self.inbound.choice is None:
            said = read_as(self.inbound, Expectation("confirm"), self.facts.now)
            return (1 if said.value else 3) if said.kind == "answer" else None
        return number

    def _options(self) -> Sequence[object]:
        """What the open question offers."""
        offered: dict[str, Sequence[object]] = {
            "type": TYPES, "more": (1, 2), "audience": self._audiences(), "sure": (1, 2, 3),
            "results": self.details.get("sheets", ()),
        }  # fmt: skip
        return offered.get(self.stage, ())

    def step(self) -> Iterator[Effect]:
        if self.ordered == "results":
            return self._results()
        if self.ordered == "sheet" or (self.words in BACK and self.stage not in _WRITTEN):
            return self._ask("title", "sheet.title")
        if self.leaves:
            return self.say(render("staff.left", self.facts.form), self.closed)
        steps = {
            "title": self._titled, "question": self._questioned, "type": self._typed,
            "options": self._optioned, "more": self._more, "audience": self._aimed, "due": self._dated,
            "sure": self._decided, "results": self._result,
        }  # fmt: skip
        return steps[self.stage]()

    # --- what she has said so far

    @property
    def made(self) -> dict[str, Any]:
        """The sheet so far."""
        return dict(self.details.get("sheet", {}))

    @property
    def typed(self) -> str:
        """Her words, without signs that mean something to the plan."""
        return " ".join(_SIGNS.sub("", self.inbound.text).split())

    def _ask(self, stage: str, key: str, labels: Sequence[str] = (), **sheet: Any) -> Iterator[Effect]:
        opened = self.opened(stage, sheet={**self.made, **sheet} if stage != "title" else {})
        number = len(sheet.get("questions", self.made.get("questions", ()))) + 1
        text = render(key, self.facts.form, number=number)
        return self.say(text, opened, choices=self.choices(stage, labels))

    def _say(self, *keys: str) -> list[str]:
        return [render(key, self.facts.form) for key in keys]

    # --- one after the other

    def _titled(self) -> Iterator[Effect]:
        if not TITLE[0] <= len(self.typed) <= TITLE[1]:
            return self._ask("title", "sheet.title")
        return self._ask("question", "sheet.question", title=self.typed)

    def _questioned(self) -> Iterator[Effect]:
        if not LABEL[0] <= len(self.typed) <= LABEL[1]:
            return self._ask("question", "sheet.question")
        return self._ask("type", "sheet.type", self._say(*(key for _, key in TYPES)), label=self.typed)

    def _typed(self) -> Iterator[Effect]:
        kind = TYPES[(self._number() or 1) - 1][0]
        if kind == "select_one":
            return self._ask("options", "sheet.options")
        return self._added(kind, [])

    def _optioned(self) -> Iterator[Effect]:
        options = [each.strip() for each in re.split(r"[;,\n]", _SIGNS.sub("", self.inbound.text))]
        options = [each for each in dict.fromkeys(options) if each]
        if not 2 <= len(options) <= MOST_CHOICES or any(len(each) > 40 for each in options):
            return self._ask("options", "sheet.options")
        return self._added("select_one", options)

    def _added(self, kind: str, options: Sequence[str]) -> Iterator[Effect]:
        made = self.made
        questions = [*made.get("questions", ()), {"label": made["label"], "type": kind, "choices": options}]
        if len(questions) < MOST:
            return self._ask(
                "more", "sheet.more", self._say("sheet.add", "sheet.enough"), questions=questions
            )
        return self._whom(questions=questions)

    def _more(self) -> Iterator[Effect]:
        return self._ask("question", "sheet.question") if self._number() == 1 else self._whom()

    def _audiences(self) -> list[Audience]:
        return [each for each in self.staff.audiences if len(each.levels) == 1]

    def _whom(self, **sheet: Any) -> Iterator[Effect]:
        levels = self.facts.house.levels
        labels = [f"{levels[each.levels[0]]} ({each.reach.people})" for each in self._audiences()]
        return self._ask("audience", "sheet.whom", labels, **sheet)

    def _aimed(self) -> Iterator[Effect]:
        level = self._audiences()[(self._number() or 1) - 1].levels[0]
        return self._ask("due", "sheet.due", level=level)

    def _dated(self) -> Iterator[Effect]:
        today = self.facts.now.date()
        found = find_day(fold(self.inbound.text), today, "future")
        day = found.value if found else None
        if day is None or not today < day <= today + timedelta(days=MOST_DAYS):
            return self._ask("due", "sheet.due")
        return self._preview(day)

    # --- sure

    def _preview(self, day: date) -> Iterator[Effect]:
        made, form = {**self.made, "due": day.isoformat()}, self.facts.form
        people = next((e.reach.people for e in self._audiences() if e.levels[0] == made["level"]), 0)
        lines = [render("sheet.head", form, title=made["title"])]
        for number, question in enumerate(made["questions"], start=1):
            kind = render(dict(TYPES)[question["type"]], form)
            options = " · ".join(f"{place} {label}" for place, label in enumerate(question["choices"], 1))
            lines.append(f"{number}. {question['label']} ({options or kind})")
        level = self.facts.house.levels[made["level"]]
        lines.append(render("sheet.sure", form, level=level, count=people, day=f"{day.day}/{day.month}"))
        labels = self._say("sheet.send", "sheet.again", "staff.leave")
        return self.say(
            "\n".join(lines), self.opened("sure", sheet=made), choices=self.choices("sure", labels)
        )

    def _decided(self) -> Iterator[Effect]:
        number = self._number()
        if number == 2:
            return self._ask("title", "sheet.title")
        if number != 1:
            return self.say(render("staff.left", self.facts.form), self.closed)
        return self._send()

    def _send(self) -> Iterator[Effect]:
        made, at = self.made, self.at
        seat = self.staff.seat or self.facts.seats[0]
        pack = _pack(self.staff.next_sheet, made, render("sheet.subject", "chị", title=made["title"]))
        due = datetime.combine(date.fromisoformat(made["due"]), DUE_TIME, VIETNAM)
        definition = pack.model_dump(mode="json", exclude_defaults=True)
        period = self.facts.now.date().isoformat()
        return self.say(
            render("sheet.done", self.facts.form, title=made["title"]),
            ChatPackMade(pack.id, seat.id, seat.unit.id, definition, at),
            RoundOpened(pack.id, period, at, utc(due), seat.unit.id),
            self.closed,
        )

    # --- results

    def _results(self) -> Iterator[Effect]:
        sheets, form = self.staff.sheets, self.facts.form
        if not sheets:
            return self.say(render("sheet.none", form), self.closed)
        if len(sheets) == 1:
            return self._shown(sheets[0])
        rows = [f"{sheet.title}: {sheet.actual}/{sheet.expected}" for sheet in sheets]
        opened = self.opened("results", sheets=[sheet.pack for sheet in sheets])
        return self.say(self.listing(render("sheet.which", form), rows), opened)

    def _result(self) -> Iterator[Effect]:
        number = self._number()
        chosen = self.details["sheets"][number - 1] if number else ""
        sheet = next((each for each in self.staff.sheets if each.pack == chosen), None)
        return self._shown(sheet) if sheet else self._results()

    def _shown(self, sheet: SheetResult) -> Iterator[Effect]:
        head = render(
            "sheet.result", self.facts.form, title=sheet.title, actual=sheet.actual, expected=sheet.expected
        )
        lines = [self._tally(number, tally) for number, tally in enumerate(sheet.tallies, start=1)]
        return self.say("\n".join([head, *lines]), self.opened("shown"))

    def _tally(self, number: int, tally: Tally) -> str:
        form = self.facts.form
        if tally.total is not None:
            said = render("sheet.sum", form, total=format_value(tally.total), count=tally.answered)
        elif tally.texts:
            said = "\n".join(f"- {unit}: {text}" for unit, text in tally.texts)
            said = f"{tally.answered}\n{said}"
        else:
            said = ", ".join(f"{label} {count}" for label, count in tally.counts) or "0"
        return f"{number}. {tally.label}: {said}"


_WRITTEN = frozenset({"title", "question", "options", "due"})


def _pack(pack_id: str, made: Mapping[str, Any], subject: str) -> Pack:
    """The sheet as a pack of the plan."""
    questions = tuple(
        _question(f"{pack_id}.{number}", question)
        for number, question in enumerate(made["questions"], start=1)
    )
    return Pack(
        id=pack_id, title=made["title"], level=made["level"], frequency="PH", minutes=1, subject=subject,
        questions=questions,
    )  # fmt: skip


def _question(name: str, made: Mapping[str, Any]) -> Question:
    choices = tuple(
        Choice(name=str(number), label=label) for number, label in enumerate(made["choices"], start=1)
    )
    summary = made["label"] if len(made["label"]) <= 40 else f"{made['label'][:39].rstrip()}…"
    least = 0 if made["type"] == "integer" else None
    return Question(
        name=name, type=made["type"], label=made["label"], summary=summary, choices=choices, minimum=least
    )
