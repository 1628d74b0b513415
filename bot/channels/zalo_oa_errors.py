"""What an error code of the Official Account's API means for what happens next.

Codes: three independent clients agree (openapi.zalo.me); ZNS codes from one. One not listed here is tried
again: a message is given up only where it is known that it can never go.
"""

from collections.abc import Mapping
from typing import Any

from bot.channel import NotNow, Refused, SendError, Unauthorised, Unreachable, WindowClosed
from bot.channels.zalo_text import plain

#: The access token ended (-220) or is another's (-216); ZNS says -124.
REFRESH = frozenset({-216, -220, -124})

#: Not following, blocked, banned or silent for 45 days, restricted by her.
UNREACHABLE = frozenset({-213, -217, -227, -244})

#: Silent for 7 days, interaction ended, her free messages or the account's are used up.
WINDOW = frozenset({-218, -230, -232, -305, -311})

#: Only a person can mend it: application, package, verification, permission, proof, ZNS account.
STOP = frozenset({-202, -204, -205, -209, -212, -219, -221, -223, -224, -235, -240, -242, -320, -321})

#: The message itself is wrong.
REFUSED = frozenset({-201, -210, -233, -237, -248, -403})

#: Wait for so many seconds: a minute's rate, the day's or month's messages, the night.
WAIT: Mapping[int, float] = {-32: 60.0, -211: 3600.0, -234: 1800.0}

#: ZNS: number or template wrong.
ZNS_REFUSED = frozenset({-108, -109, -131, -147})

#: ZNS: she cannot or does not want to get it; it waits until she writes.
ZNS_CLOSED = frozenset({-114, -118, -119, -139, -141})

#: ZNS: the day's quota, the night.
ZNS_WAIT: Mapping[int, float] = {-115: 3600.0, -144: 3600.0, -133: 1800.0}


class Expired(NotNow):
    """The access token is not taken any more: renew it and ask again."""


class StaleAttachment(NotNow):
    """-100: Zalo has forgotten what was uploaded."""


def error_of(answer: Mapping[str, Any], template: bool = False) -> SendError:
    """The error of an answer. ``template``: of a ZNS message, whose codes mean other things."""
    code = answer.get("error")
    number = code if isinstance(code, int) else 0
    message = f"{code}: {plain(answer.get('message'))[:200]}"
    found = _template(number, message) if template else None
    return found or _general(number, message)


def _template(code: int, message: str) -> SendError | None:
    if code in ZNS_REFUSED:
        return Refused(message)
    if code in ZNS_CLOSED:
        return WindowClosed(message)
    return NotNow(message, ZNS_WAIT[code]) if code in ZNS_WAIT else None


def _general(code: int, message: str) -> SendError:
    if code == -100:
        return StaleAttachment(message)
    if code in WAIT:
        return NotNow(message, WAIT[code])
    for codes, kind in _KINDS:
        if code in codes:
            return kind(message)
    return NotNow(message)


_KINDS: tuple[tuple[frozenset[int], type[SendError]], ...] = (
    (REFRESH, Expired),
    (UNREACHABLE, Unreachable),
    (WINDOW, WindowClosed),
    (STOP, Unauthorised),
    (REFUSED, Refused),
)
