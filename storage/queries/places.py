"""Finding a branch by what people call it: "xom 5 nam hoa", "chi hội xóm 5 xã Nam Hoa", an old name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from rapidfuzz import fuzz
from sqlalchemy import Connection, Select, select

from storage.domain.folding import fold
from storage.domain.people import Seat
from storage.queries import people
from storage.scope import active_on
from storage.tables.people import seats, unit_merges, unit_placements, units

#: Below this likeness (0 to 100) a name is not the one meant: one wrong letter in eight passes.
LIKE = 82
NEARLY = 66

#: The unit's own name, whole: goes before units that only stand below one of that name.
EXACT = 110.0

#: Words that every unit of a kind has; they tell none from another.
_COMMON = re.compile(r"\b(?:chi hoi truong|chi hoi|hoi lhpn|hoi phu nu|phu nu|hoi|cht)\b")
_KINDS = re.compile(r"\b(?:xa|phuong|thi tran|huyen|thanh pho|tinh|tt|tp|p)\b")


@dataclass(frozen=True, slots=True)
class _Known:
    seat_id: int
    own: tuple[str, ...]
    above: tuple[str, ...]


def find_branches(
    reader: Connection,
    text: str,
    day: date,
    limit: int,
    within: Select[tuple[int]] | None = None,
    roles: Iterable[str] = ("branch_head", "commune_president"),
) -> list[Seat]:
    """The seats whose unit ``text`` names, the likeliest first, at most ``limit`` (and one more shows
    that there are others). Names are those of today and all earlier ones, of the unit, its parent and
    what was merged into the parent; one slip of the fingers is forgiven, a wrong number is not."""
    wanted = _plain(text)
    if len(wanted) < 2:
        return []
    scored = [(score, known.seat_id) for known in _known(reader, day, within, roles)
              if (score := _likeness(wanted, known)) >= LIKE]  # fmt: skip
    if not scored:
        return []
    best = max(score for score, _ in scored)
    # A branch that fits clearly better leaves the others out.
    near = sorted((-score, seat_id) for score, seat_id in scored if score >= best - 4)
    found = (people.seat(reader, seat_id) for _, seat_id in near[: limit + 1])
    return [seat for seat in found if seat]


def _plain(text: str) -> str:
    words = re.sub(r"[^a-z0-9 ]", " ", fold(text[:120]))
    return " ".join(_COMMON.sub(" ", words).split())


def _likeness(wanted: str, known: _Known) -> float:
    return max((_pair(wanted, own, above) for own in known.own for above in known.above), default=0.0)


def _pair(wanted: str, own: str, above: str) -> float:
    whole = f"{own} {above}"
    numbers = set(re.findall(r"\d+", wanted))
    if not numbers <= set(re.findall(r"\d+", whole)):
        return 0.0
    plain = _KINDS.sub(" ", wanted).split()
    if plain and plain == _KINDS.sub(" ", own).split():
        return EXACT
    # Everything she said must stand in the name, in whatever order; what she left out costs nothing.
    there = whole.split()
    best = [max((_alike(word, other) for other in there), default=0.0) for word in plain]
    # Every word must be nearly right by itself: a good one must not carry a wrong one.
    return sum(best) / len(best) if best and min(best) >= NEARLY else 0.0


@lru_cache(maxsize=1 << 16)
def _alike(word: str, other: str) -> float:
    if word.isdecimal() or other.isdecimal():
        return 100.0 if word == other else 0.0
    return float(fuzz.ratio(word, other))


def _known(
    reader: Connection, day: date, within: Select[tuple[int]] | None, roles: Iterable[str]
) -> list[_Known]:
    names = _names(reader)
    statement = (
        select(seats.c.id, units.c.id.label("unit_id"), units.c.parent_id)
        .join(units, units.c.id == seats.c.unit_id)
        .where(active_on(day), seats.c.role.in_(list(roles)))
    )
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    nothing = ("",)
    return [
        _Known(row.id, tuple(names.get(row.unit_id, ())), tuple(names.get(row.parent_id, nothing)))
        for row in reader.execute(statement)
    ]


def _names(reader: Connection) -> dict[int, set[str]]:
    """By unit every name it has or had, and the names of what was merged into it."""
    names: dict[int, set[str]] = {}
    for row in reader.execute(select(unit_placements.c.unit_id, unit_placements.c.folded)):
        names.setdefault(row.unit_id, set()).add(" ".join(_COMMON.sub(" ", row.folded).split()))
    for row in reader.execute(select(unit_merges.c.old_unit_id, unit_merges.c.new_unit_id)):
        names.setdefault(row.new_unit_id, set()).update(names.get(row.old_unit_id, ()))
    return names
