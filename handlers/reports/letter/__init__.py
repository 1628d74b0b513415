"""The draft of a report by Nghị định 30/2020: figures in, a .docx out. It is never signed or numbered here.

The words of the body are the plan's (``reports.yaml``); what only people can write is left as dots.
"""

from collections.abc import Iterator
from pathlib import Path

from handlers.reports.gathered import Gathered
from handlers.reports.letter.names import Names
from handlers.reports.letter.paper import BODY, HEAD_LARGE, HEAD_SMALL, LIST, Paper
from handlers.reports.measures import measure_of, measures
from handlers.reports.words import clean, number, said, say
from storage.domain.figures import Area, IndicatorFigures
from storage.plan.expressions import render
from storage.plan.model import Indicator
from storage.plan.reports import Block

#: Widths in millimetres of the header's boxes and of the tables.
HEADER = (66, 96)
TARGETS = (13, 73, 26, 25, 23)
APPENDIX = (12, 92, 28, 24, 26, 26, 39)
#: As many areas are named in a sentence as it can bear.
NAMED = 12


def write_letter(path: Path, gathered: Gathered) -> None:
    """Write the draft to ``path``."""
    _Letter(gathered).written().save(path)


class _Letter:
    def __init__(self, gathered: Gathered) -> None:
        self._gathered, self._head = gathered, gathered.head
        self._plan, self._names = gathered.plan, Names(gathered)
        self._letter = gathered.plan.reports.letter
        self._subject = self._say(self._letter.subject)
        self._paper = Paper(self._subject)
        self._measures = measures(gathered.plan)

    def _say(self, template: str) -> str:
        return clean(render(template, self._names))

    def written(self) -> Paper:
        """The whole paper, from the top down."""
        self._header()
        self._titles()
        self._addressees()
        sections = self._letter.sections
        for section in sections:
            self._paper.heading(self._say(section.heading))
            for block in section.blocks:
                self._block(block)
        self._paper.end(say("letter.end"))
        self._foot()
        self._appendix()
        return self._paper

    def _header(self) -> None:
        left, right = self._paper.columns(HEADER)
        left.line(self._say(self._head.above), HEAD_SMALL)
        left.line(self._say(self._head.issuer), HEAD_SMALL, bold=True)
        left.under(28)
        left.line(say("number", sign=self._head.sign), HEAD_LARGE, before=4)
        right.line(say("country"), HEAD_SMALL, bold=True)
        right.line(say("motto"), HEAD_LARGE, bold=True)
        right.under(58)
        place = self._say(self._head.place)
        right.line(
            say("date", place=place, year=self._gathered.made_at.year), HEAD_LARGE, italic=True, before=4
        )
        self._paper.line(say("letter.draft"), "right", HEAD_SMALL, italic=True, before=4)

    def _titles(self) -> None:
        self._paper.line(self._letter.kind, bold=True, before=12)
        self._paper.line(self._subject, bold=True)
        self._paper.under(48)

    def _addressees(self) -> None:
        wanted = [self._say(each) for each in self._head.addressees]
        if len(wanted) == 1:
            self._paper.line(f"{say('to')} {wanted[0]}", before=12, after=12)
            return
        self._paper.line(say("to"), "left", before=12).paragraph_format.left_indent = 900_000
        for place, each in enumerate(wanted, start=1):
            last = place == len(wanted)
            line = self._paper.line(f"- {each}{'.' if last else ';'}", "left", after=12 if last else 0)
            line.paragraph_format.left_indent = 1_700_000

    # --- the body

    def _block(self, block: Block) -> None:
        if block.heading:
            self._paper.heading(self._say(block.heading))
        if block.insert:
            _INSERTS[block.insert](self)
        elif block.blank:
            self._paper.body(say("letter.prompt", text=block.text), "left", italic=True)
        elif block.text:
            text = clean(self._names.sentence(block.text))
            if text:
                self._paper.body(text)

    def _targets(self) -> None:
        """The plan's numbers: what was aimed at, where it stands, the verdict in three states."""
        rows = [
            (str(place), indicator.name, *self._standing(self._gathered.whole[indicator.id]))
            for place, indicator in enumerate(self._with_target(), start=1)
        ]
        head = (say("order"), say("indicator"), say("target"), say("to_date"), say("verdict"))
        self._paper.table(head, rows, TARGETS, left=(1,))
        self._paper.line("", size=6)

    def _with_target(self) -> Iterator[Indicator]:
        for indicator in self._plan.indicators:
            row = self._gathered.whole.get(indicator.id)
            if row is not None and row.target is not None:
                yield indicator

    def _standing(self, row: IndicatorFigures) -> tuple[str, str, str]:
        target = "" if row.target is None else number(row.target)
        unit = row.target_unit
        if unit.startswith("%"):
            target, unit = f"{target}%", unit[1:].strip()
        verdict = say(f"verdict.{row.verdict}")
        return say("letter.target", target=target, unit=unit).strip(), _shown(row), verdict

    def _behind(self) -> None:
        """Targets not reached, and those nobody reported on; nothing is called not reached that is silent."""
        names = {indicator.id: indicator.name for indicator in self._with_target()}
        for verdict, key in (("not_reached", "letter.behind"), ("not_reported", "letter.silent")):
            rows = [row for name in names if (row := self._gathered.whole[name]).verdict == verdict]
            if rows:
                self._paper.body(say(key))
            for place, row in enumerate(rows, start=1):
                shown = f": {_shown(row)}" if verdict == "not_reached" else ""
                self._paper.body(f"- {names[row.indicator]}{shown}{'.' if place == len(rows) else ';'}")

    def _unreported(self) -> None:
        """The areas that owe reports, with how many, by name."""
        gathered = self._gathered
        level = next((each for each in ("CH", "XA") if each in gathered.reporting), None)
        if level is None:
            return
        owing = [(row.area, row.progress.missing) for row in gathered.areas(level) if row.progress.missing]
        if not owing:
            self._paper.body(say("letter.all_in"))
            return
        label = self._plan.levels[level][:1].lower() + self._plan.levels[level][1:]
        names = [_owing(area, count) for area, count in owing]
        self._paper.body(say("letter.unreported", count=len(names), level=label, names="; ".join(names)))

    # --- the end

    def _foot(self) -> None:
        left, right = self._paper.columns((80, 80))
        left.line(say("recipients"), HEAD_SMALL, "left", bold=True, italic=True)
        wanted = [self._say(each) for each in self._head.recipients]
        for place, each in enumerate(wanted, start=1):
            left.line(f"- {each}{'.' if place == len(wanted) else ';'}", LIST, "left")
        for words in self._head.signer:
            right.line(words, BODY, bold=True)

    def _appendix(self) -> None:
        """One table of the figures on landscape paper, with its own page numbers."""
        self._paper.appendix()
        self._paper.line(say("appendix.letter"), bold=True)
        self._paper.line(self._say(self._letter.appendix).upper(), bold=True)
        author = self._say(self._head.author)
        attached = say("attached", sign=self._head.sign, year=self._gathered.made_at.year, author=author)
        self._paper.line(attached, italic=True, after=8)
        head = (
            say("order"), say("indicator"), say("measure"), say("target"), say("now"), say("to_date"),
            say("last_year"),
        )  # fmt: skip
        self._paper.table(head, list(self._rows()), APPENDIX, left=(1,))

    def _rows(self) -> Iterator[tuple[str, ...]]:
        listed = self._letter.indicators or tuple(each.id for each in self._with_target())
        known = {each.id: each for each in self._plan.indicators}
        shown = [name for name in listed if name in self._gathered.whole]
        for place, name in enumerate(shown, start=1):
            row = self._gathered.whole[name]
            target = "" if row.target is None else number(row.target)
            yield (
                str(place), known[name].name, measure_of(known[name], row, self._measures), target,
                said(row.main), said(row.to_date), _compared(row),
            )  # fmt: skip


_INSERTS = {"targets": _Letter._targets, "behind": _Letter._behind, "unreported": _Letter._unreported}


def _shown(row: IndicatorFigures) -> str:
    figure = row.to_date or row.main
    return f"{said(figure)}%" if figure.percent and figure.value is not None else said(figure)


def _compared(row: IndicatorFigures) -> str:
    """The change since the same period a year ago, with its sign."""
    change = row.change_on_year
    if change is None or row.main.hidden or (row.last_year is not None and row.last_year.hidden):
        return ""
    return f"{'+' if change > 0 else ''}{number(change)}"


def _owing(area: Area, count: int) -> str:
    """An area with how many reports it owes; a branch by its name alone."""
    if area.kind == "CH":
        return clean(area.name)
    return say("letter.unreported.area", area=clean(area.name), count=number(count))
