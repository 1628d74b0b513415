"""``chihoi replay``: play a script of messages through the real turn and print what is said.

The script and the output are a contract for outsiders, described in docs/replay.md: the same script
gives the same output, byte for byte. It runs over a real database in a temporary folder.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from bot.settings import Settings
from handlers.turn import Turns
from scheduler.clock import VIETNAM, ManualClock
from storage.domain.answers import Answer
from storage.domain.effects import Effect, MessageQueued, RoundOpened, SeatLinked, UnitsImported
from storage.domain.messages import Address, Attachment, Choice, Inbound, Outbound
from storage.domain.problems import Finding, NotFound, Problem
from storage.domain.units import UnitRecord
from storage.migrations import open_database
from storage.plan.model import Pack, Plan
from storage.plan.periods import period_of, round_window
from storage.plan_files import load_plan
from storage.queries import answers, people, rounds
from storage.writer import Reader
from storage.writer.opening import writer_of

CHANNEL = "replay"
FOREVER = date(2000, 1, 1)
#: The numbers a script hears are the defaults, whatever this machine's settings: the same everywhere.
HOTLINES = Settings.model_construct().hotlines


@dataclass(frozen=True)
class Said:
    """One line of the script."""

    at: datetime
    seat: str
    message_id: str
    text: str = ""
    choice: int | None = None
    photo: str | None = None


class ScriptProblem(Problem):
    """The script cannot be read. Mend the lines named."""


def replay(
    script: Annotated[Path, typer.Argument(help="Tệp JSONL, mỗi dòng một tin nhắn.")],
    pack: Annotated[str, typer.Option(help="Bộ câu hỏi, ví dụ CH-T.")],
    plan: Annotated[Path, typer.Option(help="Thư mục kế hoạch.")] = Path("plans/kh83-2024"),
) -> None:
    """Phát lại một kịch bản tin nhắn và in ra những gì trợ lý trả lời."""
    loaded = load_plan(plan)
    questions = loaded.pack(pack)
    if questions is None:
        known = ", ".join(p.id for p in loaded.packs)
        raise NotFound(Finding("--pack", f"không có bộ câu hỏi {pack}; có: {known}"))
    said = read_script(script)
    with tempfile.TemporaryDirectory() as folder:
        for line in asyncio.run(play(loaded, questions, said, Path(folder))):
            print(json.dumps(line, ensure_ascii=False))


def read_script(path: Path) -> list[Said]:
    """The script's lines, or every fault at once with its line number."""
    try:
        with path.open(encoding="utf-8") as file:
            return list(_lines(file, path.name))
    except (OSError, UnicodeDecodeError) as error:
        raise ScriptProblem(Finding(str(path), f"không đọc được ({error})")) from error


def _lines(file: TextIO, name: str) -> Iterator[Said]:
    findings: list[Finding] = []
    for number, line in enumerate(file, start=1):
        if not line.strip():
            continue
        try:
            yield _said(json.loads(line), number)
        except (ValueError, TypeError, KeyError) as error:
            findings.append(Finding(f"{name}:{number}", _fault(error)))
    if findings:
        raise ScriptProblem(*findings)


def _fault(error: Exception) -> str:
    return f"thiếu {error}" if isinstance(error, KeyError) else str(error)


def _said(data: Any, number: int) -> Said:
    if not isinstance(data, dict):
        raise TypeError("mỗi dòng phải là một đối tượng JSON")
    at = datetime.fromisoformat(data["at"])
    choice = data.get("choice")
    if choice is not None and not isinstance(choice, int):
        raise TypeError("choice phải là một số")
    if not any(key in data for key in ("text", "choice", "photo")):
        raise KeyError("text, choice hoặc photo")
    return Said(
        at if at.tzinfo else at.replace(tzinfo=VIETNAM),
        str(data["from"]),
        str(data.get("message_id") or f"line-{number}"),
        str(data.get("text") or ""),
        choice,
        data.get("photo"),
    )


async def play(plan: Plan, pack: Pack, script: Sequence[Said], folder: Path) -> list[dict[str, Any]]:
    """Everything said, then one line of answers a seat (with ``seat`` where there are several)."""
    if not script:
        return []
    stage = Stage(plan, pack, script, folder)
    try:
        return [line async for line in _play(stage, script)]
    finally:
        await stage.close()


async def _play(stage: "Stage", script: Sequence[Said]) -> Any:
    await stage.set_up()
    for said in script:
        for outbound in [*await stage.greet(said), *await stage.say(said)]:
            yield {
                "to": outbound.address.account,
                "text": outbound.text,
                "choices": [choice.label for choice in outbound.choices],
            }
    for line in await stage.results():
        yield line


class Stage:
    """A small province in a temporary database, with a clock that the script moves."""

    def __init__(self, plan: Plan, pack: Pack, script: Sequence[Said], folder: Path) -> None:
        self._plan, self._pack = plan, pack
        self._seats = list(dict.fromkeys(said.seat for said in script))
        self._start = min(said.at for said in script).astimezone(VIETNAM)
        self._clock = ManualClock(self._start)
        self._database = open_database(f"sqlite:///{folder / 'replay.db'}")
        self._writer = writer_of(self._database)
        self._turns = Turns(plan, self._clock.now, HOTLINES)
        self._greeted: set[str] = set()
        self._offered: dict[str, tuple[Choice, ...]] = {}
        self._period = period_of(pack.frequency, self._start.date())

    async def close(self) -> None:
        """Finish writing and let the file go."""
        await self._writer.close()
        self._database.close()

    async def set_up(self) -> None:
        """Units, people, accounts and the round."""
        await self._commit("setup", [UnitsImported(tuple(self._units()), self._start), self._round()])
        linked = await self._database.read(self._links)
        await self._commit("setup", linked)

    async def _commit(self, key: str, effects: Sequence[Effect]) -> None:
        await self._writer.run(key, lambda _: effects)

    def _links(self, reader: Reader) -> list[Effect]:
        found = ((code, people.seat_by_code(reader, code)) for code in self._seats)
        return [SeatLinked(Address(CHANNEL, code), seat.id, self._start, "") for code, seat in found if seat]

    def _units(self) -> Iterator[UnitRecord]:
        sample = self._plan.sample
        kind = self._pack.level
        superior = "XA" if kind == "CH" else "TI"
        yield self._unit("replay-top", str(sample.get("parent", "")), superior, None, str(sample["superior"]))
        for code in self._seats:
            yield self._unit(code, str(sample["unit"]), kind, "replay-top", str(sample["person"]))
            if kind == "XA":
                yield from self._branches(code)

    def _branches(self, commune: str) -> Iterator[UnitRecord]:
        """What a commune's questions count and name: empty branches, as many as the sample has."""
        for number in range(1, int(self._plan.sample.get("branches", 0)) + 1):
            yield self._unit(f"{commune}-{number:02}", f"Chi hội xóm {number}", "CH", commune, "")

    def _unit(self, code: str, name: str, kind: Any, parent: str | None, head: str) -> UnitRecord:
        sample = self._plan.sample
        figures = {name: int(sample[name]) for name in self._plan.baselines if name in sample and parent}
        form: Any = sample.get("address_form", "chị")
        return UnitRecord(code, name, kind, "", parent, FOREVER, None, figures, head, form)

    def _round(self) -> RoundOpened:
        deadline = next(d for d in self._plan.deadlines if d.code == self._pack.frequency)
        opens, due = round_window(deadline, self._period, self._pack.level)
        return RoundOpened(self._pack.id, self._period, min(opens, self._start - timedelta(days=1)), due)

    async def greet(self, said: Said) -> list[Outbound]:
        """What a seat hears before its first line: the greeting of the round; nothing later."""
        self._clock.set(said.at)
        if said.seat in self._greeted:
            return []
        self._greeted.add(said.seat)
        return self._out(await self._writer.run(said.seat, self._invite(said.seat)))

    async def say(self, said: Said) -> list[Outbound]:
        """One line of the script, and what is answered."""
        self._clock.set(said.at)
        return self._out(await self._writer.run(said.seat, self._turns(self._inbound(said))))

    def _out(self, outcome: Any) -> list[Outbound]:
        sent = [effect.outbound for effect in outcome.effects if isinstance(effect, MessageQueued)]
        for outbound in sent:
            if outbound.choices:
                self._offered[outbound.address.account] = outbound.choices
        return sent

    def _invite(self, code: str) -> Any:
        def decide(reader: Reader) -> Sequence[Effect]:
            seat = people.seat_by_code(reader, code)
            asked = rounds.round_of(reader, self._pack.id, self._period)
            assert seat is not None  # noqa: S101 - set_up made both
            assert asked is not None  # noqa: S101
            return self._turns.invite(reader, seat, asked, Address(CHANNEL, code))

        return decide

    def _inbound(self, said: Said) -> Inbound:
        offered = {choice.number: choice.token for choice in self._offered.get(said.seat, ())}
        token = offered.get(said.choice) if said.choice is not None else None
        text = said.text if said.choice is None or token else str(said.choice)
        photo = Attachment("photo", said.photo, said.photo) if said.photo else None
        address = Address(CHANNEL, said.seat)
        return Inbound(address, f"{said.seat}:{said.message_id}", said.at, text, token, photo)

    async def results(self) -> list[dict[str, Any]]:
        """The last lines: what each seat's report holds."""
        return await self._database.read(self._results)

    def _results(self, reader: Reader) -> list[dict[str, Any]]:
        several = len(self._seats) > 1
        lines = []
        for code in self._seats:
            seat = people.seat_by_code(reader, code)
            asked = rounds.round_of(reader, self._pack.id, self._period)
            if seat is None or asked is None:
                continue
            report = answers.submission(reader, seat.id, asked.id)
            line = {
                "answers": flat(self._pack, answers.answers(reader, seat.id, asked.id)),
                "state": report.status if report else "draft",
            }
            lines.append({"seat": code, **line} if several else line)
        return lines


def flat(pack: Pack, given: dict[str, Answer]) -> dict[str, Any]:
    """Values by field in the pack's order; null for "do not know" and for passed over."""
    order = {question.name: place for place, question in enumerate(pack.questions)}
    values: dict[str, Any] = {}
    for answer in sorted(given.values(), key=lambda a: order.get(a.question, len(order))):
        if answer.state == "given":
            values.update(answer.values)
        elif answer.state in ("unknown", "skipped"):
            values[answer.question] = None
    return values
