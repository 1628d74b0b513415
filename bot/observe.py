"""The log: structlog on stderr, ``key=value`` or JSON, the same for our lines and for libraries'.

Modules log with the standard ``logging`` and name what happened, with ids in ``extra``::

    log.warning("send_failed", extra={"outbox_id": 7, "kind": "NotNow"})

No line holds a secret or a person's words. Secrets are removed from the finished line, so from
exceptions too; of an exception's own text only what cannot be personal is kept; and the libraries that
log whole requests are kept quiet even at DEBUG.
"""

import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, MutableMapping
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog

from storage.domain.problems import Problem

HIDDEN = "[hidden]"

# A Bot API token wherever it stands, known or not: in a URL as bot123:abc, or alone. A time such as
# 11:20:00 or an IPv6 address is shorter on either side.
_TOKENS = re.compile(r"(?:bot\d+:[A-Za-z0-9_-]+|\b\d{6,}:[A-Za-z0-9_-]{30,})")

# python-telegram-bot and aiosqlite write parameters at DEBUG, httpx URLs at INFO, aiohttp.access paths.
_QUIET = (
    "alembic",
    "telegram",
    "httpx",
    "httpcore",
    "aiohttp.access",
    "aiosqlite",
    "sqlalchemy",
    "PIL",
    "asyncio",
)

# Exceptions whose text names files, types or settings; any other's may repeat what somebody wrote.
_TELLING = (Problem, OSError, AttributeError, ImportError, NameError, TypeError)


def configure(
    secrets: Iterable[str] = (),
    form: Literal["text", "json"] = "text",
    level: str = "INFO",
    stream: TextIO | None = None,
) -> None:
    """Set up the log of the whole process; may be called again. ``secrets`` appear in no line."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _exceptions,
                _renderer(form),
                hiding(secrets),
            ],
            pass_foreign_args=False,
        )
    )
    root = logging.getLogger()
    for former in root.handlers[:]:
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def hiding(secrets: Iterable[str]) -> Callable[[Any, str, Any], str]:
    """A last processor that hides these secrets, and whatever looks like a token, in the finished line."""
    known = sorted({secret for secret in secrets if len(secret) > 3}, key=len, reverse=True)
    shape = "|".join([*map(re.escape, known), _TOKENS.pattern])
    pattern = re.compile(shape)
    return lambda logger, name, line: pattern.sub(HIDDEN, str(line))


def _renderer(form: Literal["text", "json"]) -> Any:
    if form == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(
        key_order=["timestamp", "level", "event"], drop_missing=True, bool_as_flag=False
    )


def _exceptions(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """``exc_info`` as where it happened and what class it was."""
    given = event.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    if isinstance(given, BaseException):
        given = (type(given), given, given.__traceback__)
    if given and given[0] is not None:
        event["exception"] = "\n".join(_told(given[1], given[2]))
    return event


def _told(error: BaseException, where: TracebackType | None) -> list[str]:
    """The chain of exceptions, oldest first: frames, class, and text only where it is harmless."""
    lines = []
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier is not None:
        lines += _told(earlier, earlier.__traceback__)
    for frame in traceback.extract_tb(where):
        lines.append(f"{frame.filename}:{frame.lineno} in {frame.name}")
    text = f": {error}" if isinstance(error, _TELLING) else ""
    return [*lines, f"{type(error).__name__}{text}"]
