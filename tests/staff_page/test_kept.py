"""Figures are kept: the same while nothing changed, a little old while reports come, never another's."""

from datetime import UTC, timedelta

import pytest

from bot.web.staff.kept import FRESH, FRESH_LONG, KeptFigures, Refresher
from storage.domain.effects import (
    Effect,
    ReadRecorded,
    ReportSubmitted,
    RoundOpened,
    UnitsImported,
)
from storage.domain.sign_in_effects import StaffLinkMade
from storage.queries import rounds
from storage.queries.mark import figures_mark
from storage.writer import Reader
from tests.people.conftest import MARCH, unit
from tests.staff_page.conftest import Office


@pytest.fixture
def kept(office: Office) -> KeptFigures:
    """The office's figures, kept."""
    return KeptFigures(office.figures, office.house.clock.now)


def look(office: Office, kept: KeptFigures, period: str = "2024-03", viewer: int | None = None) -> int:
    """Ask for a table; how often figures were made so far."""
    top = office.house.seat("361").unit.id
    office.house.ask(lambda reader: kept.table(reader, period, top, viewer=viewer))
    return len(office.figures.asked)


async def submitted(office: Office) -> None:
    """A report comes in."""
    march = office.house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    at = office.house.clock.now().astimezone(UTC)
    await office.house.write(ReportSubmitted(office.house.seat("13999-05").id, march.id, at))


async def test_they_are_made_once_while_nothing_changes(office: Office, kept: KeptFigures) -> None:
    assert look(office, kept) == 1
    office.house.clock.advance(timedelta(days=3))
    assert look(office, kept) == 1
    assert look(office, kept, viewer=office.house.seat("13999").unit.id) == 2
    assert look(office, kept, "2024-02") == 3


@pytest.mark.parametrize(
    ("period", "old"), [("2024-03", FRESH), ("2024-Q1", FRESH_LONG), ("2024", FRESH_LONG)]
)
async def test_after_a_report_they_are_old_for_a_while(
    office: Office, kept: KeptFigures, period: str, old: timedelta
) -> None:
    assert look(office, kept, period) == 1
    await submitted(office)
    office.house.clock.advance(old - timedelta(seconds=1))
    assert look(office, kept, period) == 1
    office.house.clock.advance(timedelta(seconds=1))
    assert look(office, kept, period) == 2


async def test_what_was_looked_at_lately_is_made_anew_before_it_is_asked_for(
    office: Office, kept: KeptFigures
) -> None:
    refresher = Refresher(office.house.database, kept, lambda reader: ())
    look(office, kept)
    await submitted(office)
    await refresher.once()
    assert len(office.figures.asked) == 1  # it was made just now
    office.house.clock.advance(FRESH / 2)
    await refresher.once()
    assert len(office.figures.asked) == 2
    assert look(office, kept) == 2
    await submitted(office)
    office.house.clock.advance(timedelta(hours=1))
    await refresher.once()
    assert len(office.figures.asked) == 2  # nobody looks any more


async def test_what_is_looked_at_first_stays_up_to_date(office: Office, kept: KeptFigures) -> None:
    top = office.house.seat("36").unit.id

    def first(reader: Reader) -> object:
        return kept.reporting(reader, "2024-03", top)

    refresher = Refresher(office.house.database, kept, lambda reader: [first])
    await refresher.begin()
    await submitted(office)
    office.house.clock.advance(timedelta(hours=9))
    await refresher.once()
    assert office.figures.asked == [("reporting", "2024-03")] * 2


async def test_a_clock_set_back_shows_nothing_of_the_future(office: Office, kept: KeptFigures) -> None:
    look(office, kept)
    await submitted(office)
    office.house.clock.set(office.house.clock.now() - timedelta(days=1))
    assert look(office, kept) == 2


async def test_the_mark_moves_with_what_figures_are_made_of_and_not_with_looks(office: Office) -> None:
    house = office.house
    at = house.clock.now().astimezone(UTC)
    seat = house.seat("36")
    assert seat.person is not None
    march = house.ask(rounds.round_of, "CH-T", "2024-03")
    assert march is not None
    moves: tuple[Effect, ...] = (
        ReportSubmitted(house.seat("13999-05").id, march.id, at),
        RoundOpened("XA-Q", "2024-Q1", MARCH.opens_at, MARCH.due_at),
        UnitsImported((unit("13999-05", "Chi hội xóm Năm", "CH", "13999", "Nguyễn Thị Hoa"),), at),
    )
    stays: tuple[Effect, ...] = (
        StaffLinkMade("0" * 64, seat.id, seat.person.id, at, at),
        ReadRecorded("unit_history_read", at, seat.id),
        ReadRecorded("figures_exported", at, seat.id),
    )
    for effects, moved in ((moves, True), (stays, False)):
        for effect in effects:
            before = house.ask(figures_mark)
            await house.write(effect)
            assert (house.ask(figures_mark) != before) is moved, effect
