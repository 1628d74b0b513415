"""What is looked at first: the overview, the areas and the indicators of the whole, of the
latest month, its quarter and its year."""

from collections.abc import Callable

from bot.web.staff import areas, indicators, overview
from bot.web.staff.backend import StaffBackend
from bot.web.staff.visit import default_period
from storage.plan.periods import period_of, period_span
from storage.queries import people
from storage.writer import Reader


def first_looks(backend: StaffBackend) -> Callable[[Reader], None]:
    """Asks for their figures, so that they are kept before anybody comes (`bot.web.staff.kept`)."""

    def look(reader: Reader) -> None:
        now = backend.now()
        month = default_period(reader, now)
        for unit in people.tops(reader, now.date()):
            for period in (month, *longer(month)):
                overview.look(backend, reader, unit.id, period, unit.id)
                areas.look(backend, reader, unit.id, period, unit.id, areas.columns_of(backend.plan, ()))
                indicators.look(backend, reader, unit.id, period, unit.id)

    return look


def longer(month: str) -> tuple[str, ...]:
    """The quarter and the year of a month ("2024-05": "2024-Q2", "2024")."""
    day = period_span(month)[0]
    return period_of("Q", day), str(day.year)
