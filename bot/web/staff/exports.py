"""Figures to take away: a list of files, and the files."""

from datetime import UTC

from aiohttp import web

from bot.web.server import refuse
from bot.web.staff.exporting import Asked
from bot.web.staff.visit import Visit, periods
from storage.domain.effects import ReadRecorded
from storage.queries import staff_pages
from storage.writer import Reader


async def show(visit: Visit) -> web.Response:
    """``/staff/exports``."""

    def read(reader: Reader) -> tuple[object, ...]:
        period = visit.period(reader)
        unit = visit.unit(reader, period)
        below = staff_pages.units_directly_below(reader, unit.id, visit.today)
        path = staff_pages.path_to(reader, unit, visit.viewer)
        return period, unit, below, path, periods(reader, visit.now)

    period, unit, below, path, known = await visit.read(read)
    return visit.show(
        "exports.html", period=period, unit=unit, below=below, path=path, periods=known,
        exports=visit.backend.exports,
    )  # fmt: skip


async def download(visit: Visit) -> web.Response:
    """``/staff/exports/NAME.SUFFIX``; that it was taken out is kept."""
    wanted = (visit.request.match_info["name"], visit.request.match_info["suffix"])
    export = next((each for each in visit.backend.exports if (each.name, each.suffix) == wanted), None)
    if export is None:
        raise refuse(web.HTTPNotFound, "staff.not_found")
    make = export.make

    def read(reader: Reader) -> tuple[str, bytes]:
        period = visit.period(reader)
        unit = visit.unit(reader, period)
        asked = Asked(reader, visit.plan, visit.backend.figures, unit, period, visit.viewer, visit.now)
        return f"{unit.code}-{period}", make(asked)

    what, data = await visit.read(read)
    holder = visit.seat.person
    taken = ReadRecorded(
        "figures_exported", visit.now.astimezone(UTC), visit.seat.id, holder.id if holder else None,
        {"file": f"{export.name}.{export.suffix}", "of": what},
    )  # fmt: skip
    await visit.backend.writer.run("staff", lambda reader: (taken,))
    name = f'attachment; filename="{export.name}-{what}.{export.suffix}"'
    return web.Response(body=data, content_type=export.media_type, headers={"Content-Disposition": name})
