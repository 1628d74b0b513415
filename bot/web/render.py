"""Pages and their words: Jinja2 templates and ``texts.yaml``, so that no sentence stands in code."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from ruamel.yaml import YAML

from scheduler.clock import VIETNAM

FOLDER = Path(__file__).parent


@cache
def _texts() -> dict[str, Any]:
    words: dict[str, Any] = YAML(typ="safe").load((FOLDER / "texts.yaml").read_text(encoding="utf-8"))
    return words


def text(key: str, **params: object) -> str:
    """The sentence of ``key`` ("phone.too_long") with its parameters; KeyError is our own mistake."""
    value: Any = _texts()
    for name in key.split("."):
        value = value[name]
    return str(value).format(**params)


def word(group: str, key: str) -> str:
    """The word for a code of a closed list ("states", "given"); the code itself where there is none."""
    return str(_texts()[group].get(key, key))


def clock_time(moment: datetime) -> str:
    """ "19:30", in Vietnam, of any aware moment."""
    return f"{moment.astimezone(VIETNAM):%H:%M}"


def day(moment: datetime) -> str:
    """ "Thứ Năm 14/3/2024", in Vietnam."""
    local = moment.astimezone(VIETNAM)
    return f"{_texts()['weekdays'][local.weekday()]} {local.day}/{local.month}/{local.year}"


def short_day(moment: datetime) -> str:
    """ "14/3", in Vietnam."""
    local = moment.astimezone(VIETNAM)
    return f"{local.day}/{local.month}"


@cache
def static(name: str) -> str:
    """The address of a static file; it changes with the content, so browsers may keep it for ever."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static, t=text, word=word)
    environment.filters.update(clock_time=clock_time, day=day, short_day=short_day)
    return environment


def add_filters(**filters: Callable[..., Any]) -> None:
    """What a room's templates need beside the common filters."""
    _environment().filters.update(filters)


def render(template: str, **context: Any) -> str:
    """A template filled in; everything in it is escaped."""
    return _environment().get_template(template).render(**context)


def page(template: str, status: int = 200, **context: Any) -> web.Response:
    """A template as a response."""
    return web.Response(text=render(template, **context), content_type="text/html", status=status)


def fragment(request: web.Request, template: str, **context: Any) -> web.Response:
    """A part of a page, or 304 if the asker has it already (``If-None-Match``)."""
    html = render(template, **context)
    etag = hashlib.sha256(html.encode()).hexdigest()[:24]
    if any(known.value == etag for known in request.if_none_match or ()):
        response = web.Response(status=304)
    else:
        response = web.Response(text=html, content_type="text/html")
    response.etag = etag
    return response
