"""What reports hold, as data of the plan (``reports.yaml``): the sheets of the workbook, the letter's words.

A figure is named "NEN.1" (an indicator's own figure) or "NEN.4/NEN.4.to" (one of its fields). Titles and
sentences are templates as questions are (`storage.plan.expressions.render`); the names they may use are
those of `storage.plan.report_checks`.
"""

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from storage.domain.people import UnitKind

#: What a column shows of a figure: its value; Σa, Σb; of tests the units that passed, did not, did not
#: report, all; how many chose ``choice``; what was written.
Show: TypeAlias = Literal[
    "value", "part", "whole", "reached", "not_reached", "not_reported", "units", "choice", "text"
]
#: What a column shows of the reports of a level.
Reports: TypeAlias = Literal["expected", "actual", "on_time", "late", "missing"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Frozen):
    """A column of a sheet: ``head`` under ``group`` (columns beside each other with one group share a cell).

    One of: ``of`` (figures; of several the first that the row has), ``reports`` (``count`` of the reports
    of that level), ``ratio`` (percent of two columns by ``key``), ``plus``, ``minus`` (of columns).
    ``width`` in characters.
    """

    head: str
    group: str = ""
    key: str = ""
    of: tuple[str, ...] = ()
    show: Show = "value"
    choice: str = ""
    reports: UnitKind | None = None
    count: Reports = "expected"
    ratio: tuple[str, str] | None = None
    plus: tuple[str, ...] = ()
    minus: tuple[str, str] | None = None
    width: float = 9

    @property
    def operands(self) -> tuple[str, ...]:
        """The keys of the columns it is made of."""
        return self.ratio or self.plus or self.minus or ()


class Sheet(_Frozen):
    """A sheet: ``name`` its tab, ``rows`` what its rows are. Sheets of indicators have columns of their own.
    ``internal``: marked as not to leave the house."""

    id: str
    name: str
    title: str
    rows: Literal["indicators", "units", "events"] = "units"
    columns: tuple[Column, ...] = ()
    internal: bool = False
    note: str = ""


class Head(_Frozen):
    """Who writes, by level: the two header lines, the sign of the number ("BC-BTV"), the place of the date
    line, who it is ("Ban Thường vụ ..."), whom it is for, who gets it, in whose name it is signed."""

    above: str
    issuer: str
    sign: str
    place: str
    author: str
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signer: tuple[str, ...] = ()
    maker: str


class Block(_Frozen):
    """A piece of the letter: a ``heading`` ("1. ..."), a sentence ``text``, ``blank`` (dots for people to
    write on, with ``text`` as the prompt), or a table or list the program makes."""

    heading: str = ""
    text: str = ""
    blank: bool = False
    insert: Literal["", "targets", "unreported", "behind"] = ""


class Section(_Frozen):
    """A part of the body, "I. ..."."""

    heading: str
    blocks: tuple[Block, ...] = ()


class Letter(_Frozen):
    """The draft: ``kind`` ("BÁO CÁO"), ``subject`` (the trích yếu), the body, the appendix's title and the
    indicators it lists (all with a number of the plan where it names none)."""

    kind: str = ""
    subject: str = ""
    sections: tuple[Section, ...] = ()
    appendix: str = ""
    indicators: tuple[str, ...] = ()


class ReportPlan(_Frozen):
    """The whole of reports.yaml."""

    heads: dict[UnitKind, Head] = {}
    sheets: tuple[Sheet, ...] = ()
    letter: Letter = Letter()


def split_figure(name: str) -> tuple[str, str]:
    """ "NEN.4/NEN.4.to" is indicator and field; "" for the indicator's own figure."""
    indicator, _, field = name.partition("/")
    return indicator, field
