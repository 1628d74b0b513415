"""Where units stand by date: a new parent or name holds from a day on, before it the tree stays."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from storage.apply.rows import add_all, for_each
from storage.domain.effects import UnitsImported
from storage.domain.folding import fold
from storage.domain.units import UnitRecord
from storage.tables.people import unit_merges, unit_placements

_CHANGE = (
    update(unit_placements)
    .where(unit_placements.c.id == bindparam("the_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("parent_id", "name", "folded", "valid_from", "valid_to")}
    )
)


def place(connection: Connection, effect: UnitsImported, ids: Mapping[str, int]) -> None:
    """Add or change the placements of the units of a file."""
    latest: dict[int, Row[Any]] = {}
    counts: dict[int, int] = {}
    for placed in connection.execute(select(unit_placements).order_by(unit_placements.c.valid_from)):
        latest[placed.unit_id] = placed
        counts[placed.unit_id] = counts.get(placed.unit_id, 0) + 1
    fresh, changed = [], []
    row: Row[Any] | None
    for record in effect.records:
        unit_id = ids[record.code]
        wanted = _placement(record, ids)
        row = latest.get(unit_id)
        if row is None:
            fresh.append(wanted)
        elif _moves(row, wanted, effect):
            assert effect.day is not None  # noqa: S101 - see _moves
            changed.append(_change(row, valid_to=effect.day - timedelta(days=1)))
            fresh.append({**wanted, "valid_from": effect.day})
        else:
            first = wanted["valid_from"] if counts[unit_id] == 1 else row.valid_from
            changed.append(_change(row, **{**wanted, "valid_from": first}))
    for_each(connection, _CHANGE, changed)
    add_all(connection, unit_placements, fresh)


def _placement(record: UnitRecord, ids: Mapping[str, int]) -> dict[str, Any]:
    return {
        "unit_id": ids[record.code],
        "parent_id": ids[record.parent] if record.parent else None,
        "name": record.name,
        "folded": fold(record.name),
        "valid_from": record.valid_from,
        "valid_to": record.valid_to,
    }


def _moves(row: Row[Any], wanted: Mapping[str, Any], effect: UnitsImported) -> bool:
    """Whether it stands elsewhere or has another name from a day after the one it stands since."""
    same = (row.parent_id, row.name) == (wanted["parent_id"], wanted["name"])
    return not same and effect.day is not None and effect.day > row.valid_from


def _change(row: Row[Any], **values: Any) -> dict[str, Any]:
    now = {name: getattr(row, name) for name in ("parent_id", "name", "folded", "valid_from", "valid_to")}
    now.update((name, value) for name, value in values.items() if name in now)
    return {"the_id": row.id, **{f"new_{name}": value for name, value in now.items()}}


def join(connection: Connection, records: Sequence[UnitRecord], ids: Mapping[str, int]) -> None:
    """Note which units became part of which, from the day after their last."""
    known = {
        (row.old_unit_id, row.new_unit_id)
        for row in connection.execute(select(unit_merges.c.old_unit_id, unit_merges.c.new_unit_id))
    }
    rows = [
        {
            "old_unit_id": ids[record.code],
            "new_unit_id": ids[record.merged_into],
            "day": record.valid_to + timedelta(days=1),
        }
        for record in records
        if record.merged_into and record.valid_to
    ]
    add_all(connection, unit_merges, [r for r in rows if (r["old_unit_id"], r["new_unit_id"]) not in known])
