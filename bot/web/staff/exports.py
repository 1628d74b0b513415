"""Figures to take away: a list of files, and the files."""

from collections.abc import Sequence
from datetime import UTC

from aiohttp import web

from bot.web.server import refuse
from bot.web.staff.exporting import Asked
from bot.web.staff.papers import Paper, Wanted
from bot.web.staff.visit import Visit, periods
from storage.domain.effects import ReadRecorded
from storage.domain.people import Unit
from storage.queries import figures, staff_pages
from storage.writer import Reader


async def show(visit: Visit) -> web.Response:
    """``/staff/exports``."""

    def read(
        reader: Reader,
    ) -> tuple[str, Unit, Sequence[Unit], Sequence[Unit], Sequence[str]]:
        period = visit.period(reader)
        unit = visit.unit(reader, period)
        below = staff_pages.units_directly_below(reader, unit.id, visit.today)
        path = staff_pages.path_to(reader, unit, visit.viewer)
        return period, unit, below, path, periods(reader, visit.now)

    period, unit, below, path, known = await visit.read(read)
    papers = visit.backend.papers.kinds if reports(visit, unit, period) else ()
    return visit.show(
        "exports.html", period=period, unit=unit, below=below, path=path, periods=known,
        exports=visit.backend.exports, papers=papers,
    )  # fmt: skip


def reports(visit: Visit, unit: Unit, period: str) -> bool:
    """Whether the plan has a report of this unit for such a period: not for a single day, not of a branch."""
    return unit.kind in visit.plan.reports.heads and period.count("-") < 2


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
    await _note(visit, f"{export.name}.{export.suffix}", what)
    return _file(f"{export.name}-{what}.{export.suffix}", data, export.media_type)


async def _note(visit: Visit, file: str, what: str) -> None:
    """Keep who took out which file, and of what."""
    holder = visit.seat.person
    taken = ReadRecorded(
        "figures_exported", visit.now.astimezone(UTC), visit.seat.id, holder.id if holder else None,
        {"file": file, "of": what},
    )  # fmt: skip
    await visit.backend.writer.run("staff", lambda reader: (taken,))


def _file(name: str, data: bytes, media_type: str) -> web.Response:
    disposition = f'attachment; filename="{name}"'
    return web.Response(body=data, content_type=media_type, headers={"Content-Disposition": disposition})


async def begin(visit: Visit) -> web.Response:
    """``POST /staff/exports``: begin a workbook or a draft (``kind``) of a unit for a period, and lead to the
    page that says how it stands."""
    form = await visit.request.post()
    kind, code, period = (str(form.get(name, "")).strip()[:80] for name in ("kind", "unit", "period"))

    def read(reader: Reader) -> Unit:
        unit = visit.unit(reader, visit.period(reader, period), code)
        if kind not in visit.backend.papers.kinds or not period or not reports(visit, unit, period):
            raise refuse(web.HTTPNotFound, "staff.not_found")
        try:
            figures.area(reader, unit.id, period)
        except KeyError:
            raise refuse(web.HTTPNotFound, "staff.not_there_then") from None
        return unit

    unit = await visit.read(read)
    wanted = Wanted(kind, unit.id, unit.code, period, visit.viewer, visit.session)
    id_ = visit.backend.papers.begin(wanted, visit.now)
    return web.Response(status=303, headers={"Location": f"/staff/exports/papers/{id_}"})


def _paper(visit: Visit) -> Paper:
    """The file asked for; 404 where it is gone or somebody else's."""
    paper = visit.backend.papers.find(visit.request.match_info["id"], visit.session, visit.now)
    if paper is None:
        raise refuse(web.HTTPNotFound, "staff.paper_gone")
    return paper


async def progress(visit: Visit) -> web.Response:
    """``/staff/exports/papers/ID``: being made, ready, or failed. Looks again by itself while it is made."""
    paper = _paper(visit)
    state = await visit.backend.papers.wait(paper)
    name = paper.task.result()[0] if state == "done" else ""
    response = visit.show("paper.html", state=state, wanted=paper.wanted, name=name)
    if state == "working":
        response.headers["Refresh"] = "1"
    return response


async def take(visit: Visit) -> web.Response:
    """``/staff/exports/papers/ID/file``; that it was taken out is kept."""
    paper = _paper(visit)
    if paper.state != "done":
        raise refuse(web.HTTPNotFound, "staff.paper_gone")
    name, data = paper.task.result()
    await _note(visit, name, f"{paper.wanted.code}-{paper.wanted.period}")
    return _file(name, data, visit.backend.papers.kinds[paper.wanted.kind].media_type)
