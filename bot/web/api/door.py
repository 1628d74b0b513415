"""The way in: a token, known parameters, a page of the list, an ETag."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.limits import Limit
from bot.web.api.document import document
from bot.web.api.shapes import Pager, Shape
from bot.web.api.table import ENDPOINTS, PAGING, ROOT, USUAL, Call, Endpoint, Parameter
from bot.web.render import text
from bot.web.server import refuse
from bot.web.staff.backend import StaffBackend
from storage.domain.sign_in import ApiToken
from storage.queries import sign_in
from storage.writer import Reader

#: What one token may ask: a second, and at once.
CALLS = (2.0, 120.0)


class Api:
    """``/api/v1``: figures for other systems, to read only."""

    def __init__(self, backend: StaffBackend, calls: Limit | None = None) -> None:
        """``backend``: that of the staff page; ``calls``: how often one token may ask."""
        self._backend = backend
        self._calls = calls or Limit(*CALLS)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """For `bot.web.server.make_app`."""
        lists = [web.get(each.path, self._answering(each)) for each in ENDPOINTS]
        return [web.get(f"{ROOT}/openapi.json", self._document), *lists]

    async def _document(self, request: web.Request) -> web.Response:
        return _tagged(request, document(), "public, max-age=3600")

    def _answering(self, endpoint: Endpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            now = self._backend.now()
            token = await self._token(request)
            if token is None:
                return web.Response(
                    status=401, text=text("api.token"), headers={"WWW-Authenticate": "Bearer"}
                )
            if not self._calls.allows(token.name, now.timestamp()):
                raise refuse(web.HTTPTooManyRequests, "api.too_many")
            given = _given(request, (*endpoint.parameters, *PAGING))
            call = Call(self._backend, token, given, now)
            rows = await self._backend.database.read(lambda reader: _found(endpoint, call, reader))
            return _tagged(request, _page(endpoint.name, rows, call), "private, no-cache")

        return answer

    async def _token(self, request: web.Request) -> ApiToken | None:
        """Whose token the request carries. Wrong ones are counted by address, as links of the page are."""
        now = self._backend.now()
        self._backend.limit.check(request, now)
        scheme, _, word = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(word) <= 100:
            return None
        token = await self._backend.database.read(lambda reader: sign_in.api_token_of(reader, word))
        if token is None:
            self._backend.limit.count(request, now)
        return token


def _found(endpoint: Endpoint, call: Call, reader: Reader) -> Sequence[Shape]:
    """The rows; 404 where the unit was not there on the period's last day."""
    try:
        return endpoint.answer(call, reader)
    except KeyError:
        raise refuse(web.HTTPNotFound, "api.not_found") from None


def _given(request: web.Request, parameters: Sequence[Parameter]) -> dict[str, list[str]]:
    """The parameters of the address; 400 for one that is unknown, repeated or not of its schema."""
    known = {each.name: each for each in parameters}
    given: dict[str, list[str]] = {}
    for name, value in request.query.items():
        parameter = known.get(name)
        if parameter is None or (name in given and not parameter.many) or not _fits(value, parameter):
            raise refuse(web.HTTPBadRequest, "api.parameter", name=name[:80])
        given.setdefault(name, []).append(value)
    return given


def _fits(value: str, parameter: Parameter) -> bool:
    schema = parameter.schema
    if schema["type"] == "integer":
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else -1
        return bool(schema["minimum"] <= number <= schema["maximum"])
    if "enum" in schema:
        return value in schema["enum"]
    # "$" of the pattern would also end before a line's end, which is no part of a value.
    written = "\n" not in value and re.search(schema["pattern"], value) if "pattern" in schema else True
    return bool(written) and 0 < len(value) <= schema["maxLength"]


def _page(name: str, rows: Sequence[Shape], call: Call) -> dict[str, object]:
    page, size = int(call.first("page") or 1), int(call.first("pageSize") or USUAL)
    shown = rows[(page - 1) * size : page * size]
    pager = Pager(page=page, page_size=size, page_count=-(-len(rows) // size), total=len(rows))
    return {"pager": _plain(pager), name: [_plain(each) for each in shown]}


def _plain(shape: Shape) -> dict[str, object]:
    return shape.model_dump(mode="json", by_alias=True)


def _tagged(request: web.Request, whole: object, kept: str) -> web.Response:
    """The JSON with its ETag; 304 if the asker has it already (RFC 9110, 13.1.2)."""
    body = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": kept, "Vary": "Authorization"}
    if any(each.value in (tag, "*") for each in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type="application/json", charset="utf-8", headers=headers)
