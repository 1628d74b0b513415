"""What units said, from what is held of the summaries, as roll-ups want it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from sqlalchemy import Connection

from storage.plan.model import Plan
from storage.plan.rollups.asked import Asked, Span, rounds_of
from storage.plan.rollups.catalogue import FieldInfo, fields_of
from storage.plan.rollups.columns import Asking, Column, Series, joined
from storage.plan.rollups.land import Array
from storage.plan.rollups.stocks import Known, Stocks
from storage.queries.held import Held, held_of
from storage.queries.rounds import all_rounds


def asked_rounds(reader: Connection, plan: Plan) -> tuple[Asked, ...]:
    """Every round of a pack of the plan, in the order in which they count."""
    return rounds_of(plan, all_rounds(reader))


@dataclass(frozen=True)
class HeldFacts:
    """The answers to a plan's questions, by field (`storage.plan.rollups.columns.Facts`)."""

    reader: Connection
    plan: Plan
    held: Held
    asking: Asking
    fields: Mapping[str, FieldInfo]
    _columns: dict[str, Column] = field(default_factory=dict)

    @classmethod
    def of(cls, reader: Connection, plan: Plan) -> "HeldFacts":
        """As the reader sees the database."""
        held, rounds = held_of(reader), asked_rounds(reader, plan)
        return cls(reader, plan, held, Asking(rounds), fields_of(plan), held.columns.setdefault(rounds, {}))

    @property
    def words(self) -> Sequence[str]:
        """The words rows stand for."""
        return self.held.words.all

    @cached_property
    def _places(self) -> dict[int, int]:
        return {one.id: place for place, one in enumerate(self.asking.rounds)}

    def said(self, name: str) -> Column:
        """Every answer of a field, also where several rounds asked for one period."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self.held.said(name, self._places)
        return found

    def column(self, name: str) -> Column:
        """The answers of a field, one a unit and period."""
        return self.asking.one_a_period(self.said(name))

    def series(self, name: str) -> Series:
        """Those of a repeated question, which keeps a field an entry: ``NV22e.13999-05``."""
        numbers: dict[str, int] = {}
        parts, entries = list[Column](), list[Array]()
        for place, one in enumerate(self.asking.rounds):
            held = self.held.rounds.get(one.id)
            for each in held.entries(name) if held is not None else ():
                column = held.column(each, place) if held is not None else joined(())
                parts.append(column)
                entries.append(np.full(len(column), numbers.setdefault(each, len(numbers)), np.int64))
        entry = np.concatenate(entries) if entries else np.zeros(0, np.int64)
        return self.asking.series_a_period(Series(joined(parts), entry))

    def texts(self, name: str, rows: Column) -> list[str]:
        """What was written, of each row; "" for nothing."""
        info = self.fields[name]
        if info.kind == "date":
            return [self.words[word] if word >= 0 else "" for word in rows.word.tolist()]
        ids = [one.id for one in self.asking.rounds]
        found = {
            one: self.held.texts(self.reader, info.question, ids[one])
            for one in np.unique(rows.asked).tolist()
        }
        said = (
            found[one].get(unit, {}).get(name)
            for one, unit in zip(rows.asked.tolist(), rows.unit.tolist(), strict=True)
        )
        return [text if isinstance(text, str) else "" for text in said]

    def stocks(self, spans: Collection[Span]) -> Stocks:
        """What was known of stocks up to the last round that any of these spans counts."""
        touched = np.logical_or.reduce([self.asking.holds(span, "once") for span in spans])
        rounds = self.asking.rounds
        opened = [one.opens_at for one, inside in zip(rounds, touched.tolist(), strict=True) if inside]
        last = max(opened, default=None)
        return self.stocks_of([one for one in rounds if last is not None and one.opens_at <= last])

    def stocks_of(self, rounds: Collection[Asked]) -> Stocks:
        """What was known of stocks by these rounds."""
        ids = {one.id for one in rounds}
        known = np.array([one.id in ids for one in self.asking.rounds], bool)

        def said(name: str) -> Column:
            column = self.said(name)
            return self.asking.one_a_period(column.take(known[column.asked]))

        return Stocks(self.asking, said, self.plan.moves, self._baselines, len(self.held.forest.place))

    @cached_property
    def _baselines(self) -> dict[str, Known]:
        """By field what came with the units file."""
        found = {}
        for name, stock in self.plan.baselines.items():
            given, size = self.held.baselines.get(name, {}), len(self.held.forest.place)
            number, known = np.zeros(size, np.int64), np.zeros(size, bool)
            at = np.array(list(given), np.int64)
            number[at], known[at] = list(given.values()), True
            found[stock] = (number, known)
        return found
