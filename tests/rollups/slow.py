"""The slow way to every figure: pandas over the raw answers, written from docs/figures.md, sharing nothing
with the product but the plan's ids. Tests of indicators are written out here, not read from the plan.
Long, because nothing is shared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd
from sqlalchemy import Connection, text

Number = int | Fraction
P = ParamSpec("P")
R = TypeVar("R")

TESTS: dict[str, Callable[[Any], bool]] = {
    "CT12a": lambda v: v in ("well", "unevenly"), "CT12b": lambda v: v in ("well", "unevenly"),
    "CT12c": lambda v: v in ("well", "unevenly"), "CT21a": lambda v: v != "none", "CT21b": lambda v: v >= 4,
    "CT22a": bool, "CT23": lambda v: v >= 1, "CT24": lambda v: v >= 1, "NV11": bool,
    "NV21a": lambda v: v == "launched", "MH33.1": lambda v: v >= 1, "MH33.2": bool, "MH33.3": bool,
    "NV21c": lambda v: v >= 1, "NV22d": lambda v: v == "good", "NV24e": bool, "TC1": bool, "TC2": bool,
}  # fmt: skip

#: pct_units: (field, levels, over time).
PERCENTS: dict[str, tuple[str, tuple[str, ...], str]] = {
    **{name: (name, ("XA",), "last") for name in ("CT12a", "CT12b", "CT12c", "CT21a", "CT22a", "CT23", "CT24",
                                                  "NV21a", "NV24e")},
    "CT21b": ("CT21b", ("XA",), "sum"), "NV11": ("NV11", ("XA",), "once"),
    "MH33.1": ("MH33.1", ("CH",), "last"), "MH33.2": ("MH33.2", ("CH",), "sum"),
    "MH33.3": ("MH33.3", ("CH",), "last"),
    "NV21c": ("NV21c.nhom", ("XA",), "last"), "NV22d": ("NV22d", ("CH",), "last"),
    "TC1": ("TC1", ("BAN",), "last"), "TC2": ("TC2", ("HU", "TT"), "once"),
}  # fmt: skip

#: Sums: (fields, how they make the unit's number, over time, override).
SUMS: dict[str, tuple[tuple[str, ...], str, str, str | None]] = {
    **{name: ((name,), "+", time, None) for name, time in {
        "NEN.1": "last", "NEN.2": "last", "NEN.3": "last", "NV12a": "sum", "NV12b": "sum", "MH11.1": "last",
        "MH11.2": "sum", "MH11.3": "sum", "MH11.4": "last", "MH11.5": "last", "MH11.6": "sum", "NV23b": "sum",
        "NV24a": "last", "NV24b": "last", "NV25f": "sum", "NV26a": "sum", "NV26b": "sum", "NV27a": "last",
        "NV27b": "sum", "HD42": "once", "HD43": "once",
    }.items()},
    "NEN.4": (("NEN.4.chi_hoi",), "+", "last", None), "NEN.5": (("NEN.5.ket_nap",), "+", "sum", None),
    "NV13b": (("NV13b.tap_the", "NV13b.ca_nhan"), "+", "sum", None),
    "NV23a": (("NV23a.so",), "+", "last", None), "NV23c": (("NV23.tong", "NV23b"), "-", "sum", None),
    "NV25a": (("NV25a.buoi",), "+", "sum", None), "NV25b": (("NV25b.nguoi",), "+", "sum", None),
    "NV25c": (("NV25c.htx",), "+", "last", None), "NV25d": (("NV25d.tong",), "+", "last", None),
    "NV25e": (("NV25e.truc_tiep", "NV25e.gian_tiep"), "+", "last", None),
    "NV26d": (("NV26d.van_ban",), "+", "sum", None), "NV26f": (("NV26f",), "+", "sum", "NV26f.xa.biet"),
    "HD41": (("HD41.hoat_dong",), "+", "sum", None), "HD44": (("HD44.nguoi",), "+", "once", None),
    "HD45": (("HD45.hoat_dong",), "+", "sum", None), "HD46a": (("HD46a",), "+", "last", "HD46a.xa"),
    "HD46b": (("HD46b.suat",), "+", "once", None),
}  # fmt: skip

LISTS: dict[str, tuple[tuple[str, ...], str]] = {
    "NV13a": (("NV13a",), "sum"), "NV22a": (("NV22a",), "last"), "NV26e": (("NV26e",), "sum"),
    "HD47": (("HD47",), "once"), "HD48b": (tuple(f"HD48b.{n}" for n in range(1, 6)), "once"),
}  # fmt: skip

#: Weighted percents: (part, whole, over time, override, test).
WEIGHTED: dict[str, tuple[str, str, str, str | None, int | None]] = {
    "CT22b": ("CT22b", "NEN.1", "last", None, None), "MH33.4": ("MH33.4", "NEN.1", "last", None, 90),
    "MH33.5": ("MH33.5", "NEN.1", "last", None, 90), "MH33.6": ("MH33.6", "NEN.1", "last", None, 80),
    "NV22c": ("MH33.2.du", "NEN.1", "mean", None, None), "NV22b": ("NEN.1", "NEN.2", "last", None, None),
    "NV24c": ("NV24c", "NEN.3", "last", "NV24c.xa", 95),
}  # fmt: skip

CLOSED = "closed"

CRITERIA = ("MH33.1", "MH33.2", "MH33.3", "MH33.4", "MH33.5", "MH33.6")


def number(value: Any) -> Number:
    """What a stored value counts as."""
    if isinstance(value, bool | int):
        return int(value)
    if isinstance(value, float):
        exact = Fraction(str(value))
        return int(exact) if exact.denominator == 1 else exact
    if isinstance(value, list) and value and not isinstance(value[0], str):
        return number(value[0])
    return 1 if value else 0


def keep(frame: pd.DataFrame, flags: list[Any]) -> pd.DataFrame:
    """The rows whose flag is true, also of no rows at all."""
    return frame[pd.Series(flags, index=frame.index, dtype=bool)]


def span(period: str) -> tuple[str, str]:
    """First and last day, written out anew."""
    year, _, rest = period.partition("-")
    if rest.count("-"):
        return period, period
    first, months = (
        (1, 12)
        if not rest
        else {"Q": (3 * int(rest[1:]) - 2, 3), "H": (6 * int(rest[1:]) - 5, 6)}.get(
            rest[0], (int(rest) if rest.isdecimal() else 0, 1)
        )
    )
    after = date(int(year) + (first + months > 12), (first + months - 1) % 12 + 1, 1)
    return f"{year}-{first:02}-01", str(after - timedelta(days=1))


def once(method: Callable[Concatenate[Any, P], R]) -> Callable[Concatenate[Any, P], R]:
    """Works each figure out the first time it is asked for; nobody changes what she is given."""

    @wraps(method)
    def known(self: Any, /, *args: P.args, **named: P.kwargs) -> R:
        made, key = vars(self).setdefault("_made", {}), (method.__name__, args, *named.items())
        if key not in made:
            made[key] = method(self, *args, **named)
        return made[key]  # type: ignore[no-any-return]

    return known


@dataclass
class Slow:
    """The figures of one period."""

    reader: Connection
    packs: dict[str, tuple[str, str, frozenset[str]]]
    period: str
    to_date: bool = False

    @cached_property
    def first(self) -> str:
        return f"{self.last[:4]}-01-01" if self.to_date else span(self.period)[0]

    @cached_property
    def last(self) -> str:
        return span(self.period)[1]

    def _sql(self, statement: str) -> pd.DataFrame:
        rows = self.reader.execute(text(statement))
        return pd.DataFrame(rows.all(), columns=list(rows.keys()))

    # --- the tree

    @cached_property
    def units(self) -> pd.DataFrame:
        return self._sql("SELECT * FROM units ORDER BY code").set_index("id", drop=False)

    @cached_property
    def places(self) -> pd.DataFrame:
        return self._sql("SELECT * FROM unit_placements ORDER BY valid_from")

    @cached_property
    def merges(self) -> dict[int, int]:
        frame = self._sql("SELECT * FROM unit_merges")
        return dict(zip(frame["old_unit_id"], frame["new_unit_id"], strict=True))

    @once
    def alive(self, unit: int, day: str) -> bool:
        row = self.units.loc[unit]
        return bool(
            row["valid_from"] <= day
            and (row["valid_to"] is None or pd.isna(row["valid_to"]) or row["valid_to"] >= day)
        )

    @once
    def parent(self, unit: int, day: str) -> int | None:
        mine = self.places[self.places["unit_id"] == unit]
        held = mine[(mine["valid_from"] <= day) & (mine["valid_to"].isna() | (mine["valid_to"] >= day))]
        found = held.iloc[-1] if len(held) else (mine.iloc[-1] if len(mine) else self.units.loc[unit])
        return None if pd.isna(found["parent_id"]) else int(found["parent_id"])

    @cached_property
    def home(self) -> dict[int, tuple[int, str] | None]:
        """Where each unit counts, and since when it is part of that unit ("" itself, CLOSED for good)."""
        found: dict[int, tuple[int, str] | None] = {}
        for unit in self.units.index:
            at, merged, since = int(unit), True, ""
            if not self.alive(at, self.last) and self.units.loc[at]["valid_from"] > self.last:
                found[unit] = None
                continue
            while not self.alive(at, self.last):
                ended = str(self.units.loc[at]["valid_to"])
                if at in self.merges:
                    since = since or str(date.fromisoformat(ended) + timedelta(days=1))
                    at = self.merges[at]
                else:
                    merged = False
                    above = self.parent(at, ended)
                    assert above is not None
                    at = above
            found[unit] = (at, since if merged else CLOSED)
        return found

    @cached_property
    def paths(self) -> pd.DataFrame:
        """Every unit of the day with itself and all above it."""
        rows = []
        for unit in self.units.index:
            if self.alive(unit, self.last):
                above: int | None = int(unit)
                while above is not None:
                    rows.append((int(unit), above))
                    above = self.parent(above, self.last)
        return pd.DataFrame(rows, columns=["unit", "area"])

    @cached_property
    def areas(self) -> list[int]:
        return sorted(self.paths["area"].unique())

    @cached_property
    def kinds(self) -> dict[int, str]:
        return {int(unit): str(kind) for unit, kind in self.units["kind"].to_dict().items()}

    def kind(self, unit: int) -> str:
        return self.kinds[unit]

    @cached_property
    def members(self) -> dict[int, set[int]]:
        """By area the units at and below it."""
        return {int(area): set(rows["unit"]) for area, rows in self.paths.groupby("area")}

    @once
    def count(self, levels: tuple[str, ...], area_kinds: tuple[str, ...] = ()) -> dict[int, int]:
        frame = self.paths.copy()
        frame["kind"] = [self.kind(unit) for unit in frame["unit"]]
        frame["area_kind"] = [self.units.loc[unit]["area_kind"] for unit in frame["unit"]]
        frame = frame[frame["kind"].isin(levels)]
        if area_kinds:
            frame = frame[frame["area_kind"].isin([*area_kinds, ""])]
        return {int(area): int(size) for area, size in frame.groupby("area").size().items()}

    # --- what was said

    @cached_property
    def answers(self) -> pd.DataFrame:
        import json

        raw = self._sql(
            "SELECT r.id AS round, r.pack, r.period, r.opens_at, s.unit_id AS unit, a.field_values, a.state"
            " FROM answers a JOIN submissions b ON b.id = a.submission_id JOIN rounds r ON r.id = b.round_id"
            " JOIN seats s ON s.id = b.seat_id WHERE b.status = 'submitted' AND a.state = 'given'"
        )
        rows = [
            {**row, "field": field, "value": value}
            for row in raw.to_dict("records")
            for field, value in json.loads(row["field_values"]).items()
        ]
        frame = pd.DataFrame(rows)
        frame["first"] = [span(period)[0] for period in frame["period"]]
        frame["last"] = [span(period)[1] for period in frame["period"]]
        frame["estimate"] = [self.packs[pack][1] == "N" for pack in frame["pack"]]
        frame["final"] = [self.packs[pack][1] == "N+" for pack in frame["pack"]]
        frame["number"] = [number(value) for value in frame["value"]]
        frame = frame.sort_values(["last", "final", "opens_at", "round"])
        return frame.drop_duplicates(["unit", "field", "period"], keep="last")

    @cached_property
    def by_unit(self) -> dict[int, pd.DataFrame]:
        return {int(unit): rows for unit, rows in self.answers.groupby("unit")}

    @cached_property
    def opened(self) -> pd.DataFrame:
        return self._sql("SELECT pack, period FROM rounds")

    def said(self, field: str, time: str) -> pd.DataFrame:
        """The entries of a field in the period, with where they count."""
        frame = self.answers[self.answers["field"] == field]
        if time == "once":
            frame = frame[(frame["first"] <= self.last) & (frame["last"] >= self.first)]
        else:
            frame = frame[(frame["first"] >= self.first) & (frame["last"] <= self.last)]
        homes = [self.home[unit] for unit in frame["unit"]]
        frame = frame.assign(
            home=[home[0] if home else None for home in homes],
            since=[home[1] if home else CLOSED for home in homes],
        )
        return frame[frame["home"].notna()]

    def counted(self, field: str, time: str) -> pd.DataFrame:
        """One row a unit that counts: flows added, of stocks the last, of merged units' stocks only those
        that their successor has not replaced."""
        frame = self.said(field, time)
        if frame.empty:
            return frame
        if time in ("sum", "mean"):
            return frame
        frame = frame.drop_duplicates("unit", keep="last")
        own = frame[frame["unit"] == frame["home"]].set_index("unit")["last"].to_dict()
        kept = [
            row["unit"] == row["home"]
            or (row["since"] != CLOSED and not (own.get(row["home"], "") >= row["since"]))
            for row in frame.to_dict("records")
        ]
        return keep(frame, kept)

    def up(self, frame: pd.DataFrame, column: str = "number") -> dict[int, Number]:
        """Sums by area of rows with ``home``."""
        if frame.empty:
            return {}
        joined = frame.merge(self.paths, left_on="home", right_on="unit", suffixes=("", "_path"))
        return {int(area): sum(rows[column], 0) for area, rows in joined.groupby("area")}

    def asked(self, fields: tuple[str, ...], time: str) -> set[str]:
        """Levels asked for any of the fields in the period."""
        frame = self.opened
        levels = set()
        for pack, period in zip(frame["pack"], frame["period"], strict=True):
            first, last = span(period)
            inside = (
                first <= self.last and last >= self.first
                if time == "once"
                else first >= self.first and last <= self.last
            )
            if inside and self.packs[pack][2] & set(fields):
                levels.add(self.packs[pack][0])
        return levels

    # --- indicators: by area the value, and the three states where there are any

    @once
    def main(self, name: str) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        """The figure of an indicator, by area; only areas where it says something."""
        if name in SUMS:
            return self._with_value(self._sum(name))
        if name in LISTS:
            fields, time = LISTS[name]
            frames = [self.counted(field, time) for field in fields]
            return self._with_value(self.up(pd.concat(frames)))
        if name in PERCENTS:
            return self._percents(name)
        if name in WEIGHTED:
            return self._weighted(name)
        rules: dict[str, Callable[[], dict[int, tuple[Number | None, tuple[int, int, int] | None]]]] = {
            "CT11": self._congress, "CT25": self._trained, "NV21b": self._models, "NV22e": self._ratings,
            "NV24d": self._pilots, "NV26c": lambda: self._any("NV26c", "sum"),
            "HD48a": lambda: self._any("HD48a", "once"), "CT0": lambda: {},
        }  # fmt: skip
        return rules[name]()

    def estimated(self, name: str) -> set[int]:
        """The areas whose figure is made of at least one answer of a pack of estimates (N)."""
        if name == "CT11":
            frames = [self._own(field, "last") for field in ("CT11.t1", "CT11.t2")]
        elif name in PERCENTS:
            frames = [self._own(PERCENTS[name][0], PERCENTS[name][2])]
        elif name == "CT25":
            frame = self.counted("CT25", "last")
            said = self._standing("CT25.xa", "CT25", "last")
            replaced = self._below(set(said["unit"]))
            branches = {area for area in self._estimates([frame]) if self.kind(area) == "CH"}
            rest = keep(frame, [home not in replaced for home in frame["home"]])
            return branches | self._estimates([rest, said])
        elif name == "NV22e":
            rated = [f for f in self.answers["field"].unique() if f.startswith("NV22e.")]
            frames = [self.counted(field, "last") for field in rated]
        else:
            fields, time = (SUMS[name][0], SUMS[name][2]) if name in SUMS else LISTS.get(name, ((), ""))
            frames = [self.counted(field, time) for field in fields]
        return self._estimates(frames)

    # --- what is shown beside an indicator's own figure

    @once
    def field(self, name: str, time: str) -> dict[int, Number]:
        """A field's sum by area."""
        return self.up(self._entries(name, time))

    @once
    def wholes(self, name: str, time: str) -> dict[int, Number]:
        """Of a ratio, the sum of its wholes by area."""
        frame = self._entries(name, time)
        wholes = [value[1] for value in frame["value"]]
        frame = frame.assign(whole=pd.Series(wholes, index=frame.index, dtype=object))
        return self.up(frame[frame["whole"].notna()], "whole")

    @once
    def chosen(self, name: str, choice: str, time: str) -> dict[int, Number]:
        """How many units chose something, by area."""
        frame = self._entries(name, time)
        own = frame[frame["unit"] == frame["home"]].drop_duplicates("unit", keep="last")
        return self.up(own.assign(number=[int(value == choice) for value in own["value"]]))

    def _entries(self, name: str, time: str) -> pd.DataFrame:
        every = [f for f in self.answers["field"].unique() if f == name or f.startswith(f"{name}.")]
        repeated = name in ("CT11", "NV22e")
        return pd.concat([self.counted(field, time) for field in (every if repeated else [name])])

    @once
    def shares(self, name: str) -> tuple[dict[int, Number], dict[int, Number]]:
        """Σa and Σb of a weighted percent."""
        if name == "CT25":
            frame = self.counted("CT25", "last")
            return self._overridden(frame, "CT25.xa", "CT25", "last"), dict(self.count(("CH",)))
        part, _, time, override, _ = WEIGHTED[name]
        pairs = self._pairs(name)
        if override is not None:
            a, b = (self._overridden_pairs(pairs, override, part, time, c) for c in ("number", "whole"))
            return a, b
        return self.up(pairs), self.up(pairs, "whole")

    def _own(self, field: str, time: str) -> pd.DataFrame:
        """What units of the day said themselves, of each the last."""
        frame = self.said(field, time)
        frame = frame if time == "sum" else frame.drop_duplicates("unit", keep="last")
        return frame[frame["unit"] == frame["home"]]

    def _estimates(self, frames: list[pd.DataFrame]) -> set[int]:
        homes = {home for frame in frames if len(frame) for home in frame[frame["estimate"]]["home"]}
        return set(self.paths[self.paths["unit"].isin(homes)]["area"])

    def _with_value(
        self, values: dict[int, Number]
    ) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        return {area: (value, None) for area, value in values.items()}

    def _sum(self, name: str) -> dict[int, Number]:
        fields, sign, time, override = SUMS[name]
        if len(fields) == 1:
            frame = self.counted(fields[0], time)
            return self.up(frame) if override is None else self._overridden(frame, override, fields[0], time)
        one, other = (
            self.counted(field, time).groupby("home")["number"].agg(lambda s: sum(s, 0)) for field in fields
        )
        both = pd.DataFrame({"one": one, "other": other}, dtype=object)
        if sign == "-":
            both["other"] = [0 if pd.isna(v) else v for v in both["other"]]
        both = both[both["one"].notna() & both["other"].notna()]
        both["number"] = both["one"] + both["other"] if sign == "+" else both["one"] - both["other"]
        return self.up(both.reset_index(names="home"))

    def _overridden(
        self, frame: pd.DataFrame, override: str, field: str, time: str, column: str = "number"
    ) -> dict[int, Number]:
        """Branches keep their own; communes and all above them have what the commune said instead."""
        own = self.up(frame, column)
        if time == "sum":
            said = self.said(override, time)
            stands = set(zip(said["unit"], said["period"], strict=True))
            kept = [
                (self.parent(row["unit"], row["last"]), row["period"]) not in stands
                for row in frame.to_dict("records")
            ]
            above = pd.concat([keep(frame, kept), said])
        else:
            said = self._standing(override, field, time)
            replaced = self._below(set(said["unit"]))
            above = pd.concat([keep(frame, [home not in replaced for home in frame["home"]]), said])
        sums = self.up(above, column)
        return {
            area: value
            for area in {*own, *sums}
            for value in [(own if self.kind(area) == "CH" else sums).get(area)]
            if value is not None
        }

    def _standing(self, override: str, field: str, time: str) -> pd.DataFrame:
        """What communes said that no branch below answered later than."""
        said = self.said(override, time).drop_duplicates("unit", keep="last")
        said = said[said["unit"] == said["home"]]
        below = self.said(field, time)
        kept = []
        for row in said.to_dict("records"):
            mine = keep(below, [home in self._below({row["unit"]}) for home in below["home"]])
            kept.append(not (mine["last"] > row["last"]).any())
        return keep(said, kept)

    def _below(self, units: set[int]) -> set[int]:
        return set().union(*(self.members[unit] for unit in units))

    # --- tests

    def _three(
        self, passed: dict[int, bool], levels: tuple[str, ...], area_kinds: tuple[str, ...] = ()
    ) -> dict[int, tuple[int, int, int]]:
        inside = self.count(levels, area_kinds)
        found = {}
        for area, total in inside.items():
            below = [
                passed[unit]
                for unit in self._below({area})
                if unit in passed
                and self.kind(unit) in levels
                and (not area_kinds or self.units.loc[unit]["area_kind"] in (*area_kinds, ""))
            ]
            found[area] = (sum(below), len(below) - sum(below), total - len(below))
        return found

    def _tested(self, name: str) -> dict[int, bool]:
        field, _, time = PERCENTS[name]
        frame = self.said(field, time).drop_duplicates("unit", keep="last")
        frame = frame[frame["unit"] == frame["home"]]
        return {
            int(unit): TESTS[name](value) for unit, value in zip(frame["unit"], frame["value"], strict=True)
        }

    def _monthly(self, name: str) -> dict[int, tuple[int, int, int]]:
        """By home unit: periods passed, failed, asked."""
        field, levels, _ = PERCENTS[name]
        rounds = self.opened
        periods = {
            period
            for pack, period in zip(rounds["pack"], rounds["period"], strict=True)
            if self.packs[pack][0] in levels
            and field in self.packs[pack][2]
            and span(period)[0] >= self.first
            and span(period)[1] <= self.last
        }
        said = self.said(field, "sum").set_index(["unit", "period"])["value"].to_dict()
        found: dict[int, tuple[int, int, int]] = {}
        for unit in self.units.index:
            home = self.home[unit]
            if home is None or self.kind(unit) not in levels:
                continue
            there = [period for period in periods if self.alive(unit, span(period)[1])]
            passed = [TESTS[name](said[unit, p]) for p in there if (unit, p) in said]
            a, b, c = found.get(home[0], (0, 0, 0))
            if there:
                found[home[0]] = (a + sum(passed), b + len(passed) - sum(passed), c + len(there))
        return found

    def _percents(self, name: str) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        field, levels, time = PERCENTS[name]
        if not self.asked((field,), time):
            return {}
        if time == "sum":
            own = self._monthly(name)
            states = {}
            for area in self.areas:
                a, b, c = (sum(own[u][n] for u in self._below({area}) if u in own) for n in range(3))
                if c:
                    states[area] = (a, b, c - a - b)
        else:
            states = self._three(self._tested(name), levels)
        return _percent_of(states)

    def _congress(self) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        passed: dict[int, bool] = {}
        if not self.asked(("CT11",), "last"):
            return {}
        for target in ("CT11.t1", "CT11.t2"):
            frame = self.said(target, "last").drop_duplicates("unit", keep="last")
            for unit, value in zip(frame["unit"], frame["value"], strict=True):
                passed[int(unit)] = passed.get(int(unit), True) and value in ("reached", "exceeded")
        return _percent_of(self._three(passed, ("XA",)))

    def _any(self, field: str, time: str) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        sums = self.up(self.counted(field, time))
        frame = self.said(field, time)
        levels = self.asked((field,), time)
        totals = frame.groupby("unit")["number"].sum().to_dict() if len(frame) else {}
        states = self._three({int(u): bool(n) for u, n in totals.items()}, ("TI",)) if "TI" in levels else {}
        return {area: (sums.get(area), states.get(area)) for area in {*sums, *states}}

    def _ratings(self) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        fields = [f for f in self.answers["field"].unique() if f.startswith("NV22e.")]
        frames = [self.counted(field, "last") for field in fields]
        return self._with_value(self.up(pd.concat(frames)) if frames else {})

    def _pilots(self) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        frame = self.counted("NV24d", "once")
        frame = frame.assign(number=[int(value == "reviewed") for value in frame["value"]])
        return self._with_value(self.up(frame))

    # --- weighted

    @cached_property
    def baselines(self) -> dict[tuple[int, str], int]:
        frame = self._sql("SELECT unit_id, name, figure FROM base_figures")
        return {(unit, name): figure for unit, name, figure in frame.itertuples(index=False)}

    def _known(self, field: str, unit: int, round_: int, opens: str) -> Number | None:
        """The stock as it was known when the round asked: the units file, answers, flows between them."""
        baseline = {"NEN.1": "members", "NEN.3": "households"}.get(field)
        known: Number | None = self.baselines.get((unit, baseline or ""))
        names = [field, "NEN.5.ket_nap", "NEN.5.ra"] if field == "NEN.1" else [field]
        mine = self.by_unit[unit]
        mine = mine[mine["field"].isin(names)]
        for (when, which), rows_ in mine.groupby(["opens_at", "round"]):
            if (when, which) > (opens, round_):
                break
            said = {row["field"]: row["number"] for row in rows_.to_dict("records")}
            if which != round_ and known is not None:
                known += said.get("NEN.5.ket_nap", 0) - said.get("NEN.5.ra", 0) if field == "NEN.1" else 0
            known = said.get(field, known)
        return known

    def _pairs(self, name: str) -> pd.DataFrame:
        part, whole, _, _, _ = WEIGHTED[name]
        time = WEIGHTED[name][2]
        frame = self.counted(part, time)
        wholes = [
            row["value"][1]
            if isinstance(row["value"], list) and row["value"][1] is not None
            else self._known(whole, row["unit"], row["round"], row["opens_at"])
            for row in frame.to_dict("records")
        ]
        frame = frame.assign(whole=pd.Series(wholes, index=frame.index, dtype=object))
        return keep(frame, [w is not None and w > 0 for w in wholes])

    def _weighted(self, name: str) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        part, _, time, _, test = WEIGHTED[name]
        pairs, (a, b) = self._pairs(name), self.shares(name)
        value = {area: Fraction(100) * a[area] / b[area] for area in a if b.get(area)}
        if name == "NV24c":
            return self._clean(value)
        states = {}
        if test is not None and self.asked((part,), time):
            states = self._three(self._unit_percents(name, pairs, test), ("CH",))
        elif test is not None:
            states = self._three({}, ("CH",))
        return {area: (value.get(area), states.get(area)) for area in {*value, *states}}

    def _unit_percents(self, name: str, pairs: pd.DataFrame, test: int) -> dict[int, bool]:
        own = pairs[pairs["unit"] == pairs["home"]]
        return {
            int(row["unit"]): Fraction(100) * row["number"] / row["whole"] >= test
            for row in own.to_dict("records")
        }

    def _overridden_pairs(
        self, pairs: pd.DataFrame, override: str, part: str, time: str, column: str
    ) -> dict[int, Number]:
        own = self.up(pairs, column)
        said = self._standing(override, part, time)
        said = said.assign(whole=pd.Series([v[1] for v in said["value"]], index=said.index, dtype=object))
        replaced = self._below(set(said["unit"]))
        rest = keep(pairs, [home not in replaced for home in pairs["home"]])
        # A commune that gives no whole keeps the branches'.
        silent = set(said[said["whole"].isna()]["unit"])
        if column == "whole":
            back = keep(pairs, [home in self._below(silent) for home in pairs["home"]])
            said = said[said["whole"].notna()]
            rest = pd.concat([rest, back])
        sums = self.up(pd.concat([rest, said]), column)
        return {
            area: value
            for area in {*own, *sums}
            for value in [(own if self.kind(area) == "CH" else sums).get(area)]
            if value is not None
        }

    def _clean(
        self, value: dict[int, Fraction]
    ) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        if not (self.asked(("NV24c",), "last") or self.asked(("NV24c.xa",), "last")):
            return {}
        passed = {area: value[area] >= 95 for area in value if self.kind(area) == "XA"}
        states = self._three(passed, ("XA",), ("xa",))
        above = _percent_of(states)
        return {
            area: (value.get(area) if self.kind(area) in ("XA", "CH") else above.get(area, (None, None))[0],
                   states.get(area))
            for area in {*value, *states}
        }  # fmt: skip

    def _trained(self) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        """CT25: of all active branches; a commune's figure takes the place of its branches'."""
        frame = self.counted("CT25", "last")
        sums = self._overridden(frame, "CT25.xa", "CT25", "last")
        branches = self.count(("CH",))
        value = {area: Fraction(100) * n / branches[area] for area, n in sums.items() if area in branches}
        own = frame[frame["unit"] == frame["home"]]
        passed = {int(unit): bool(answer) for unit, answer in zip(own["unit"], own["value"], strict=True)}
        standing = self._standing("CT25.xa", "CT25", "last").set_index("unit")["number"].to_dict()
        states = {}
        for area in branches:
            reached = failed = 0
            replaced: set[int] = set()
            if self.kind(area) != "CH":
                for commune, said in standing.items():
                    if commune in self._below({area}):
                        total = branches.get(commune, 0)
                        reached += max(0, min(int(said), total))
                        failed += total - max(0, min(int(said), total))
                        replaced |= self._below({commune})
            rest = [passed[u] for u in self._below({area}) - replaced if u in passed]
            reached, failed = reached + sum(rest), failed + len(rest) - sum(rest)
            states[area] = (reached, failed, branches[area] - reached - failed)
        return {area: (value.get(area), states.get(area)) for area in {*value, *states}}

    def _models(self) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
        """NV21b: communes with at least one branch that passes all six."""
        fields = ("MH33.1", "MH33.2", "MH33.3", "MH33.4", "MH33.5", "MH33.6")
        if not self.asked(fields, "last"):
            return {}
        six = self.six()
        passed: dict[int, bool] = {}
        for commune in [a for a in self.areas if self.kind(a) == "XA"]:
            below = [u for u in self._below({commune}) if self.kind(u) == "CH"]
            states = [six.get(u) for u in below]
            if True in states:
                passed[commune] = True
            elif states and None not in states:
                passed[commune] = False
        return _percent_of(self._three(passed, ("XA",)))

    @once
    def six(self) -> dict[int, bool]:
        """By branch whether it passes all six; left out while it could still."""
        each: list[dict[int, bool]] = []
        for name in CRITERIA:
            if name in WEIGHTED:
                each.append(self._unit_percents(name, self._pairs(name), WEIGHTED[name][4] or 0))
            elif name == "MH33.2":
                own = self._monthly(name)
                each.append({u: not b for u, (a, b, c) in own.items() if b or a == c})
            else:
                each.append(self._tested(name))
        found = {}
        for unit in (u for u in self.paths["unit"].unique() if self.kind(u) == "CH"):
            said = [states.get(unit) for states in each]
            if False in said:
                found[int(unit)] = False
            elif None not in said:
                found[int(unit)] = True
        return found


def _percent_of(
    states: dict[int, tuple[int, int, int]],
) -> dict[int, tuple[Number | None, tuple[int, int, int] | None]]:
    return {
        area: (Fraction(100 * a, a + b + c) if a + b else None, (a, b, c))
        for area, (a, b, c) in states.items()
    }
