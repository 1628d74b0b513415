"""What a units file would change, in words a person can check before it is taken in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from storage.domain.units import UnitRecord

ChangeKind = Literal["added", "renamed", "moved", "merged", "closed", "head"]


@dataclass(frozen=True, slots=True)
class KnownUnit:
    """A unit as it is in the tree: the code of its parent, its last day, its head's name."""

    code: str
    name: str
    parent: str | None
    valid_to: date | None
    head: str


@dataclass(frozen=True, slots=True)
class UnitChange:
    """One change: ``before`` and ``after`` are names, codes or days, "" where there is none."""

    kind: ChangeKind
    code: str
    name: str
    before: str = ""
    after: str = ""


def changes(known: Mapping[str, KnownUnit], records: Iterable[UnitRecord]) -> list[UnitChange]:
    """What taking in ``records`` changes, in the order of the file; a unit may change in several ways."""
    found: list[UnitChange] = []
    for record in records:
        unit = known.get(record.code)
        if unit is None:
            found.append(UnitChange("added", record.code, record.name, after=record.parent or ""))
        else:
            found += _of(unit, record)
        if record.merged_into and (unit is None or unit.valid_to != record.valid_to):
            found.append(UnitChange("merged", record.code, record.name, after=record.merged_into))
    return found


def _of(unit: KnownUnit, record: UnitRecord) -> list[UnitChange]:
    found = []
    if unit.name != record.name:
        found.append(UnitChange("renamed", record.code, record.name, unit.name, record.name))
    if (unit.parent or None) != record.parent:
        moved = UnitChange("moved", record.code, record.name, unit.parent or "", record.parent or "")
        found.append(moved)
    if record.valid_to is not None and unit.valid_to is None and not record.merged_into:
        found.append(UnitChange("closed", record.code, record.name, after=record.valid_to.isoformat()))
    if unit.head != record.head:
        found.append(UnitChange("head", record.code, record.name, unit.head, record.head))
    return found
