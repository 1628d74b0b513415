"""Digests: where a round stands, for those above it (domain guide 8.6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from storage.domain.people import Seat
from storage.plan.model import Plan
from storage.writer import Reader

Span = Callable[[str], tuple[date, date]]


@dataclass(frozen=True, slots=True)
class Digest:
    """What is said, and a picture's path where there is one."""

    text: str
    picture: str = ""


def digest(
    plan: Plan, reader: Reader, seat: Seat, params: Mapping[str, Any], now: datetime, span: Span
) -> Digest | None:
    """The digest ``params`` ask for, for this seat; None where there is nothing new to say."""
    return None
