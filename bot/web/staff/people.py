"""Who holds which seat and can be reached; letters for those not yet connected; what waits for a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC

from aiohttp import web

from bot.letters import letters
from bot.letters.codes import new_code
from bot.web.server import refuse
from bot.web.staff.indicators import label_of, questions_by_field
from bot.web.staff.visit import Visit
from handlers.topic import HouseWords
from storage.domain.codes import code_sha256
from storage.domain.effects import CodesIssued, Effect
from storage.domain.people import Seat, Unit
from storage.plan.expressions import format_value
from storage.plan.periods import period_label
from storage.queries import consent, staff_pages
from storage.queries import people as known_people
from storage.scope import units_below
from storage.writer import Reader

#: Rows of one page.
PAGE = 100

#: As many letters one file holds; a province prints them commune by commune.
MOST_LETTERS = 300


@dataclass(frozen=True, slots=True)
class Folk:
    """The page's content."""

    unit: Unit
    path: Sequence[Unit]
    below: Sequence[Unit]
    places: Sequence[staff_pages.Place]
    tally: staff_pages.Tally
    number: int
    more: bool
    unconnected: bool
    letters: bool


def may_print(visit: Visit) -> bool:
    """Whether her role lets people in (`Power` approve): a letter's code does."""
    rule = visit.plan.roles.get(visit.seat.role)
    return rule is not None and "approve" in rule.may


async def show(visit: Visit) -> web.Response:
    """``/staff/people``."""
    model = await visit.read(lambda reader: read(visit, reader))
    return visit.show("people.html", page=model, unit=model.unit, period="")


def read(visit: Visit, reader: Reader) -> Folk:
    """One page of the seats of a unit and below."""
    unit = visit.unit(reader)
    within = units_below(unit.id, visit.today)
    number = max(int(visit.asked("page")), 1) if visit.asked("page").isdecimal() else 1
    unconnected = visit.asked("only") == "unconnected"
    found = staff_pages.places(reader, within, PAGE + 1, (min(number, 10_000) - 1) * PAGE, unconnected)
    return Folk(
        unit,
        staff_pages.path_to(reader, unit, visit.viewer),
        staff_pages.units_directly_below(reader, unit.id, visit.today),
        found[:PAGE],
        staff_pages.tally(reader, within),
        number,
        len(found) > PAGE,
        unconnected,
        may_print(visit),
    )


async def print_letters(visit: Visit) -> web.Response:
    """``POST /staff/letters``: letters with fresh codes for the seats of a unit and below that are not
    connected; earlier codes of these seats end."""
    if not may_print(visit):
        raise refuse(web.HTTPForbidden, "staff.no_letters")
    code = str((await visit.request.post()).get("unit", ""))[:80]
    issued: list[tuple[Seat, str]] = []

    def decide(reader: Reader) -> Sequence[Effect]:
        unit = visit.unit(reader, code=code)
        seats = known_people.seats_not_linked(reader, units_below(unit.id, visit.today))
        if not seats:
            raise refuse(web.HTTPConflict, "staff.letters_none")
        if len(seats) > MOST_LETTERS:
            raise refuse(web.HTTPConflict, "staff.letters_many", most=MOST_LETTERS)
        issued.extend((seat, new_code(seat.unit.kind)) for seat in seats)
        hashed = tuple((seat.id, code_sha256(word)) for seat, word in issued)
        return (CodesIssued(hashed, visit.now.astimezone(UTC)),)

    await visit.backend.writer.run("staff", decide)
    titles: dict[str, str] = {role: rule.title for role, rule in visit.plan.roles.items()}
    house = HouseWords(titles, visit.plan.superiors, visit.plan.levels)
    html = letters(issued, visit.backend.doors, house, visit.today)
    name = f'attachment; filename="thu-moi-{visit.today.isoformat()}.html"'
    return web.Response(text=html, content_type="text/html", headers={"Content-Disposition": name})


@dataclass(frozen=True, slots=True)
class Wish:
    """A correction asked for, in words."""

    unit: str
    unit_code: str
    what: str
    before: str
    after: str
    correction: staff_pages.Correction


async def show_waiting(visit: Visit) -> web.Response:
    """``/staff/approvals``."""

    def read_waiting(reader: Reader) -> tuple[list[object], list[staff_pages.Correction]]:
        within = units_below(visit.seat.unit.id, visit.today)
        requests: list[object] = list(consent.open_requests(reader, within))
        return requests, staff_pages.corrections_waiting(reader, within)

    requests, corrections = await visit.read(read_waiting)
    wishes = [wish_of(visit, each) for each in corrections]
    return visit.show("approvals.html", requests=requests, wishes=wishes)


def wish_of(visit: Visit, correction: staff_pages.Correction) -> Wish:
    """A correction with its question and values in words."""
    questions = questions_by_field(visit.plan)
    fields = list(correction.after)
    what = ", ".join(label_of(field, questions) for field in fields)
    said = [", ".join(format_value(values.get(field)) for field in fields)
            for values in (correction.before, correction.after)]  # fmt: skip
    title = f"{what} ({correction.pack}, {period_label(correction.period)})"
    return Wish(correction.unit, correction.unit_code, title, said[0], said[1], correction)
