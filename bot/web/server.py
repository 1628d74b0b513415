"""The web server: routes of the rooms put together, strict headers, errors as kind Vietnamese pages."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Middleware

from bot.limits import Limit
from bot.web.render import FOLDER, page, text
from storage.domain.problems import Finding, SettingsProblem

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

#: A photo of 10 MB and the form around it; what is larger is refused while it still comes in.
BODY_LIMIT = 11 * 1024 * 1024

#: Everything comes from this server, nothing is inline, nobody may frame it.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": browsers would then send ``Origin: null`` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

#: Static files are named with their content's hash (`bot.web.render.static`).
FOR_EVER = "public, max-age=31536000, immutable"


#: How often one address may be refused a second, and at once: whoever guesses secrets, codes or links is
#: refused everything after that. What succeeds is not counted, so a platform is never slowed down.
REFUSED_LIMIT = (0.5, 60.0)


def patient(limit: Limit) -> Middleware:
    """Answers 429 to an address that was refused too often."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        address, now = request.remote or "", asyncio.get_running_loop().time()
        if limit.exhausted(address, now):
            raise refuse(web.HTTPTooManyRequests, "errors.too_many")
        status = 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            if 400 <= status < 500:
                limit.allows(address, now)

    return middleware


def make_app(routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """The application with the routes of every room (phone, health, webhooks) and ``/static``."""
    app = web.Application(
        middlewares=[kind_errors, patient(Limit(*REFUSED_LIMIT)), sound], client_max_size=BODY_LIMIT
    )
    app.on_response_prepare.append(_secure)
    app.add_routes([*routes, web.static("/static", FOLDER / "static")])
    return app


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    kept = request.path.startswith("/static/") and "v" in request.query
    response.headers.setdefault("Cache-Control", FOR_EVER if kept else "no-store")


@web.middleware
async def sound(request: web.Request, handler: Handler) -> web.StreamResponse:
    """404 to an address with a NUL: no name of ours has one, and not every database can be asked for it."""
    if "\x00" in request.path or any("\x00" in part for pair in request.query.items() for part in pair):
        raise web.HTTPNotFound
    return await handler(request)


@web.middleware
async def kind_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """An error as a page for people and as one sentence for programs; what went wrong inside is logged
    and not shown."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        answer = _error(request, error.status, _sentence(error))
        if "Allow" in error.headers:  # RFC 9110, 15.5.6: every 405 has it
            answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except Exception:
        log.exception("request_failed", extra={"path": request.path})
        return _error(request, 500, text("errors.inside"))


def refuse(kind: type[web.HTTPException], key: str, **params: object) -> web.HTTPException:
    """The error to raise, with its sentence of texts.yaml."""
    return kind(text=text(key, **params))


#: What aiohttp itself refuses has an English text; ours, made by `refuse`, is said as it is.
_OWN = {
    web.HTTPNotFound: "errors.not_found",
    web.HTTPMethodNotAllowed: "errors.method",
    web.HTTPRequestEntityTooLarge: "phone.photo_too_large",
}


def _sentence(error: web.HTTPException) -> str:
    said = error.text or ""
    if said and not said.startswith((f"{error.status}:", "Maximum request body size")):
        return said
    return text(_OWN.get(type(error), "errors.refused"))


def _error(request: web.Request, status: int, sentence: str) -> web.Response:
    if "text/html" in request.headers.get("Accept", ""):
        return page("error.html", status, sentence=sentence, code=status)
    return web.Response(text=sentence, status=status)


async def serve(app: web.Application, host: str, port: int) -> web.AppRunner:
    """Start listening and return the runner, whose ``cleanup()`` stops it. SettingsProblem, one clear
    line, if the address cannot be used; nothing is left running then."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise SettingsProblem(Finding("", _why(error, host, port))) from error
    return runner


_REASONS = {
    errno.EADDRINUSE: "serve.in_use",
    errno.EACCES: "serve.forbidden",
    errno.EADDRNOTAVAIL: "serve.not_ours",
}


def _why(error: OSError, host: str, port: int) -> str:
    # Python 3.13 gives no number where none of a host's addresses is this machine's.
    nowhere = errno.EADDRNOTAVAIL if "could not bind on any address" in str(error) else 0
    key = _REASONS.get(error.errno or nowhere, "serve.other")
    return text(key, host=host, port=port, error=error)
