"""What is looked at first: the overview, the areas and the indicators of the whole, of the
latest month, its quarter and its year."""

from collections.abc import Callable, Sequence

from bot.web.staff import areas, indicators, overview
from bot.web.staff.backend import StaffBackend
from bot.web.staff.kept import Look
from bot.web.staff.visit import default_period
from storage.plan.periods import period_of, period_span
from storage.queries import people
from storage.writer import Reader


def first_looks(backend: StaffBackend) -> Callable[[Reader], Sequence[Look]]:
    """Names what asks for their figures, so that they are kept before anybody comes."""

    def looks(reader: Reader) -> Sequence[Look]:
        now = backend.now()
        month = default_period(reader, now)
        return [
            look
            for unit in people.tops(reader, now.date())
            for period in (month, *longer(month))
            for look in _of(backend, unit.id, period)
        ]

    return looks


def _of(backend: StaffBackend, unit: int, period: str) -> Sequence[Look]:
    columns = areas.columns_of(backend.plan, ())
    return (
        lambda reader: overview.look(backend, reader, unit, period, unit),
        lambda reader: areas.look(backend, reader, unit, period, unit, columns),
        lambda reader: indicators.look(backend, reader, unit, period, unit),
    )


def longer(month: str) -> tuple[str, ...]:
    """The quarter and the year of a month ("2024-05": "2024-Q2", "2024")."""
    day = period_span(month)[0]
    return period_of("Q", day), str(day.year)
