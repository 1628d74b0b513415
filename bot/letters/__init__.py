"""Invitation letters to print: a page a person, with her code in large type and a square to scan.

One HTML file for a whole commune, with nothing from elsewhere in it; the browser prints it, a page a
letter. Telegram's deep link is ``https://t.me/NAME?start=CODE`` (Bot API, "Deep linking": 1 to 64 of
A-Z, a-z, 0-9, _ and -). Zalo has none for a bot, so the code is typed there.
"""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import segno
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup
from ruamel.yaml import YAML

from handlers.topic import HouseWords
from storage.domain.codes import spaced_code
from storage.domain.people import Seat


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the bot is found: ``telegram`` its name without @, ``zalo`` the name to search for,
    ``zalo_link`` what its square opens; "" where there is none."""

    telegram: str = ""
    zalo: str = ""
    zalo_link: str = ""


@dataclass(frozen=True, slots=True)
class _Letter:
    head: str
    post: str
    parent: str
    form: str
    superior: str
    code: str
    qr: Markup


@cache
def _texts() -> Mapping[str, str]:
    text = files(__package__).joinpath("texts.yaml").read_text(encoding="utf-8")
    return {str(key): str(value) for key, value in YAML(typ="safe").load(text).items()}


def say(key: str, **params: object) -> str:
    """A sentence of the letters."""
    return _texts()[key].format(**params)


def square(content: str) -> Markup:
    """A QR code as SVG to stand in the page; error level M, since paper is folded."""
    out = io.BytesIO()
    segno.make(content, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, scale=4, omitsize=True
    )
    return Markup(out.getvalue().decode())  # noqa: S704 - segno's own drawing, no text in it


def letters(issued: Iterable[tuple[Seat, str]], doors: Doors, house: HouseWords, day: date) -> str:
    """The page with a letter for every seat and its code. ``house`` has the plan's titles; ``day`` is
    when the codes were made."""
    environment = Environment(
        loader=DictLoader({"letters": files(__package__).joinpath("letters.html").read_text("utf-8")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("letters").render(
        t=say,
        letters=[_letter(seat, code, doors, house) for seat, code in issued],
        telegram=doors.telegram,
        zalo=doors.zalo,
        zalo_qr=square(doors.zalo_link) if doors.zalo_link else "",
        day=f"{day:%d/%m/%Y}",
    )


def _letter(seat: Seat, code: str, doors: Doors, house: HouseWords) -> _Letter:
    person = seat.person
    form = person.address_form if person else "chị"
    named = person is not None and bool(person.name)
    head = (
        say("head", form=form, name=person.name)
        if person is not None and named
        else say("head_empty", unit=seat.unit.name)
    )
    link = f"https://t.me/{doors.telegram}?start={code}" if doors.telegram else ""
    return _Letter(
        head,
        say("post", post=house.post(seat), parent=seat.parent_name).strip(" ,"),
        seat.parent_name or seat.unit.name,
        form,
        house.above(seat),
        spaced_code(code),
        square(link) if link else Markup(),
    )
