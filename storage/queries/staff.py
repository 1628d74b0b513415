"""What staff look at: a round one level down, what is asked back, what was approved, whom a message reaches.

Whoever asks has made sure that the unit lies in the asker's scope (`storage.scope`).
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, String, and_, bindparam, case, cast, func, select

from storage.desk import recall
from storage.domain.pushes import PushState
from storage.domain.rounds import Round
from storage.domain.staff import Approval, Below, Broadcast, ChatPack, Reach, Return
from storage.plan.periods import period_span
from storage.queries.expected import owed
from storage.queries.people import UNIT_COLUMNS, unit_of
from storage.scope import active_on, children_of, placed_on, units_below
from storage.tables.answers import submissions
from storage.tables.people import accounts, seat_holders, seats, unit_placements, units
from storage.tables.pushes import pushes
from storage.tables.rounds import rounds
from storage.tables.staff import approvals, broadcasts, chat_packs, report_returns

# --- a round, one level down


def _subtrees_by_top(unit_id: int, day: date) -> Any:
    """Every unit below ``unit_id`` on ``day`` with the unit directly below it that it stands under."""
    first = children_of(unit_id, day).subquery()
    tree = select(first.c.id.label("top"), first.c.id.label("id")).cte("under", recursive=True)
    return tree.union(
        select(tree.c.top, units.c.id)
        .select_from(units)
        .join(unit_placements, unit_placements.c.unit_id == units.c.id)
        .join(tree, unit_placements.c.parent_id == tree.c.id)
        .where(placed_on(day), active_on(day))
    )


def below(reader: Connection, asked: Round, level: str, unit_id: int) -> list[Below]:
    """The units directly below ``unit_id`` with the reports of ``level`` that are expected of their
    subtrees and those that came, by code: the tree as of the period's last day. Units of whose subtree
    nothing is expected are left out."""
    day = period_span(asked.period)[1]
    under = _subtrees_by_top(unit_id, day)
    top = units.alias("top")
    columns = [top.c[column.name].label(label) for column, label in _TOP_COLUMNS]
    own = case((units.c.id == top.c.id, submissions.c.submitted_at))
    statement = (
        select(
            *columns,
            func.count(func.distinct(units.c.id)).label("expected"),
            func.count(submissions.c.id).label("actual"),
            func.max(own).label("own"),
        )
        .select_from(under)
        .join(top, top.c.id == under.c.top)
        .join(units, units.c.id == under.c.id)
        .outerjoin(seats, and_(seats.c.unit_id == units.c.id, seats.c.role != "commune_deputy"))
        .outerjoin(submissions, _is_in(asked.id))
        .where(owed(level, *period_span(asked.period)))
        .group_by(top.c.id)
        .order_by(top.c.code)
    )
    if asked.unit_id is not None:
        statement = statement.where(units.c.id.in_(units_below(asked.unit_id, day)))
    return [Below(unit_of(row), row.actual, row.expected, row.own) for row in reader.execute(statement)]


_TOP_COLUMNS = tuple(
    (column.element if hasattr(column, "element") else column, column.name) for column in UNIT_COLUMNS
)


def _is_in(round_id: int) -> Any:
    return and_(
        submissions.c.seat_id == seats.c.id,
        submissions.c.round_id == round_id,
        submissions.c.status == "submitted",
    )


_LAST_REPORTS = (
    select(submissions.c.round_id)
    .join(rounds, rounds.c.id == submissions.c.round_id)
    .where(submissions.c.seat_id == bindparam("seat"), submissions.c.status == "submitted")
    .order_by(submissions.c.submitted_at.desc(), submissions.c.id.desc())
)


def reported_rounds(reader: Connection, seat_id: int) -> list[int]:
    """The ids of the rounds this seat has reported in, the report first submitted last first."""
    return list(reader.execute(_LAST_REPORTS, {"seat": seat_id}).scalars())


# --- asked back


def _return(row: Row[Any]) -> Return:
    return Return(
        row.id, row.key, row.seat_id, row.round_id, row.question, row.reason, row.asked_by, row.at, row.state
    )


_OPEN_OF_SEAT = (
    select(report_returns)
    .where(report_returns.c.seat_id == bindparam("seat"), report_returns.c.state == "open")
    .order_by(report_returns.c.id)
)


def open_returns(reader: Connection, seat_ids: Collection[int]) -> list[Return]:
    """What is asked back of these seats and not settled, the oldest first."""
    found = [each for seat in seat_ids for each in _open_returns(reader, seat)]
    return sorted(found, key=lambda each: each.id)


def _open_returns(reader: Connection, seat: int) -> tuple[Return, ...]:
    def found() -> tuple[Return, ...]:
        return tuple(_return(row) for row in reader.execute(_OPEN_OF_SEAT, {"seat": seat}))

    return recall(reader, frozenset({"report_returns"}), ("open returns", seat), found)


def return_by_key(reader: Connection, key: str) -> Return | None:
    """What was asked back under this key."""
    row = reader.execute(select(report_returns).where(report_returns.c.key == key)).first()
    return _return(row) if row else None


# --- approved


def _approval(row: Row[Any]) -> Approval:
    return Approval(row.id, row.round_id, row.unit_id, row.at, row.sent, row.expected)


_APPROVALS = select(approvals).where(
    approvals.c.round_id == bindparam("round"), approvals.c.undone_at.is_(None)
)


def approvals_of(reader: Connection, round_id: int) -> Mapping[int, Approval]:
    """By unit, the confirmations of a round that hold."""

    def found() -> dict[int, Approval]:
        return {row.unit_id: _approval(row) for row in reader.execute(_APPROVALS, {"round": round_id})}

    return recall(reader, frozenset({approvals.name}), ("approvals", round_id), found)


def approved_above(reader: Connection, round_id: int, unit_id: int, day: date) -> Approval | None:
    """The confirmation of a unit above ``unit_id`` (as the tree was on ``day``) that locks its report in
    the round: the highest that holds; None if there is none."""
    held = approvals_of(reader, round_id)
    found = None
    above: int | None = unit_id
    passed: set[int] = set()
    while held and above is not None and above not in passed:
        passed.add(above)
        above = parent_on(reader, above, day)
        found = held.get(above, found) if above is not None else found
    return found


def parent_on(reader: Connection, unit_id: int, day: date) -> int | None:
    """The unit that stood directly above on ``day``."""

    def found() -> int | None:
        parent: int | None = reader.execute(_PARENT_ON, {"unit": unit_id, "day": day}).scalar()
        return parent

    return recall(reader, frozenset({unit_placements.name}), ("above", unit_id, day), found)


_PARENT_ON = (
    select(unit_placements.c.parent_id)
    .where(unit_placements.c.unit_id == bindparam("unit"), unit_placements.c.valid_from <= bindparam("day"))
    .where(unit_placements.c.valid_to.is_(None) | (unit_placements.c.valid_to >= bindparam("day")))
)


# --- broadcasts


def _audience(levels: Collection[str], unit_id: int, day: date) -> Select[Any]:
    """The seats of these levels below (or at) a unit, with their present holder, if there is one."""
    held = and_(seat_holders.c.seat_id == seats.c.id, seat_holders.c.until.is_(None))
    return (
        select()
        .select_from(seats)
        .join(units, units.c.id == seats.c.unit_id)
        .outerjoin(seat_holders, held)
        .where(units.c.kind.in_(list(levels)), units.c.id.in_(units_below(unit_id, day)))
    )


def levels_below(reader: Connection, unit_id: int, day: date) -> frozenset[str]:
    """The kinds of units below a unit."""
    inside = units.c.id.in_(units_below(unit_id, day))
    statement = select(units.c.kind).where(inside, units.c.id != unit_id).distinct()
    return frozenset(reader.execute(statement).scalars())


def reach(reader: Connection, levels: Collection[str], unit_id: int, day: date) -> Reach:
    """Whom a message to the seats of these levels below a unit would reach, and on which channel."""
    last = (
        select(accounts.c.channel)
        .where(accounts.c.person_id == seat_holders.c.person_id, accounts.c.reachable)
        .order_by(func.coalesce(accounts.c.wrote_at, accounts.c.linked_at).desc(), accounts.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    inner = _audience(levels, unit_id, day).add_columns(seat_holders.c.person_id, last.label("channel"))
    seen = inner.subquery()
    statement = select(
        seen.c.channel, func.count(func.distinct(seen.c.person_id)).label("people"), func.count().label("all")
    ).group_by(seen.c.channel)
    rows = reader.execute(statement).all()
    channels = {row.channel: row.people for row in rows if row.channel is not None}
    return Reach(sum(channels.values()), channels, sum(row.all for row in rows if row.channel is None))


def broadcasts_of(reader: Connection, seat_ids: Collection[int], limit: int) -> list[Broadcast]:
    """What these seats sent, the last first."""
    statement = (
        select(broadcasts)
        .where(broadcasts.c.seat_id.in_(seat_ids))
        .order_by(broadcasts.c.id.desc())
        .limit(limit)
    )
    return [
        Broadcast(row.id, row.key, row.unit_id, tuple(row.levels), row.said, row.at)
        for row in reader.execute(statement)
    ]


def delivered(reader: Connection, sent: Broadcast, day: date) -> Mapping[tuple[PushState | str, str], int]:
    """How a broadcast's messages stand: counts by (state, reason) of its pushes; seats of its audience
    for which none was planned are ``("without", "")``."""
    own = and_(pushes.c.seat_id == seats.c.id, pushes.c.key == sent.key + ":" + cast(seats.c.id, String))
    statement = (
        _audience(sent.levels, sent.unit_id, day)
        .outerjoin(pushes, own)
        .add_columns(
            func.coalesce(pushes.c.state, "without").label("state"),
            func.coalesce(pushes.c.reason, "").label("why"),
            func.count().label("many"),
        )
        .group_by("state", "why")
    )
    return {(row.state, row.why): row.many for row in reader.execute(statement)}


def not_reached(reader: Connection, sent: Broadcast, day: date, limit: int) -> list[tuple[str, str, str]]:
    """(unit, state, reason) of those whom a broadcast did not reach, by unit code."""
    own = and_(pushes.c.seat_id == seats.c.id, pushes.c.key == sent.key + ":" + cast(seats.c.id, String))
    state = func.coalesce(pushes.c.state, "without")
    statement = (
        _audience(sent.levels, sent.unit_id, day)
        .outerjoin(pushes, own)
        .add_columns(units.c.name, state.label("state"), func.coalesce(pushes.c.reason, "").label("why"))
        .where(state.not_in(("sent", "delivered")))
        .order_by(units.c.code)
        .limit(limit)
    )
    return [(row.name, row.state, row.why) for row in reader.execute(statement)]


# --- packs made in chat


def chat_packs_all(reader: Connection) -> list[ChatPack]:
    """Every pack made in chat, the first made first."""
    statement = select(chat_packs).order_by(chat_packs.c.id)
    return [
        ChatPack(row.pack, row.seat_id, row.unit_id, row.definition, row.at)
        for row in reader.execute(statement)
    ]


_MADE = select(func.count()).select_from(chat_packs)


def chat_packs_count(reader: Connection) -> int:
    """How many packs were made in chat: packs are only ever added, so a change is known by it."""

    def found() -> int:
        return int(reader.execute(_MADE).scalar_one())

    return recall(reader, frozenset({"chat_packs"}), "made", found)
