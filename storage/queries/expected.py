"""Which reports are expected for a period: the tree as of the period, mergers included.

terms.md 4.4 and domain.md 3.3: a unit is expected if it is there for the whole period. A unit that
began within the period is expected too if it took the place of units that were there before (a
merger); those it replaced are not expected then, for they are no longer there to report.
"""

from sqlalchemy import Connection, Select, and_, exists, or_, select

from storage.domain.people import Unit
from storage.plan.periods import period_span
from storage.queries.people import UNIT_COLUMNS, unit_of
from storage.scope import active_on
from storage.tables.people import unit_merges, units


def expected_units(
    reader: Connection, kind: str, period: str, within: Select[tuple[int]] | None = None
) -> list[Unit]:
    """The units of this kind that owe a report for ``period``, by code; ``within`` is a scope as of
    the period's last day (`storage.scope.units_below`)."""
    first, last = period_span(period)
    successor = exists().where(
        unit_merges.c.new_unit_id == units.c.id, unit_merges.c.day >= first, unit_merges.c.day <= last
    )
    whole = or_(units.c.valid_from <= first, and_(units.c.valid_from <= last, successor))
    statement = (
        select(*UNIT_COLUMNS).where(units.c.kind == kind, whole, active_on(last)).order_by(units.c.code)
    )
    if within is not None:
        statement = statement.where(units.c.id.in_(within))
    return [unit_of(row) for row in reader.execute(statement)]


def owes(unit: Unit, period: str) -> bool:
    """Whether a report of this unit makes sense for the period: it is there on the period's last day."""
    _, last = period_span(period)
    return unit.valid_from <= last and (unit.valid_to is None or unit.valid_to >= last)
