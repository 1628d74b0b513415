"""The context of a phrase, as JSON, to what `understand` takes. Unknown keys are ignored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast, get_args

from handlers.language.later import ZONE
from handlers.language.reading import Context, Expectation, Expects

_EXPECTS = frozenset(get_args(Expects))


def read_context(data: Mapping[str, Any], now: datetime) -> tuple[Expectation, Context]:
    """``{"expects": "ratio", "total": 62, "now": "..."}`` to an expectation and a context.

    ``now`` stands where the object has none. Raises ValueError for an unknown ``expects`` or a bad time.
    """
    expects = data.get("expects", "nothing")
    if expects not in _EXPECTS:
        raise ValueError(f"unknown expects {expects!r}")
    expectation = Expectation(
        expects=cast(Expects, expects),
        parts=_strings(data, "parts"),
        part_types=cast(tuple[Expects, ...], _strings(data, "part_types")),
        optional_parts=_whole(data, "optional_parts") or 0,
        optional_date=data.get("optional_date") is True,
        choices=_strings(data, "choices"),
        total=_whole(data, "total"),
        unit=_text(data, "unit"),
        flow=_one_of(data, "flow", ("flow", "stock"), None),
        tense=_one_of(data, "tense", ("past", "future", "any"), "any"),
        last=data.get("last"),
        minimum=_whole(data, "minimum"),
        maximum=_whole(data, "maximum"),
        none_is_answer=data.get("none_is_answer") is True,
        sensitive=data.get("sensitive") is True,
    )
    return expectation, Context(
        now=_time(data.get("now"), now),
        after=_one_of(data, "after", ("thanks",), None),
        message=_text(data, "message"),
    )


def _strings(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _whole(data: Mapping[str, Any], key: str) -> int | None:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) and value else None


def _one_of(data: Mapping[str, Any], key: str, allowed: tuple[str, ...], default: Any) -> Any:
    value = data.get(key)
    return value if value in allowed else default


def _time(value: Any, now: datetime) -> datetime:
    if value is None:
        return now
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZONE)
