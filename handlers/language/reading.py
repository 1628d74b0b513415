"""What is expected of a reply, and what was read in it.

``understand(text, expectation, context) -> Reading`` is the only door of this room.
Values are JSON-like: booleans for yes_no, confirm and consent; whole numbers for integer and
money (đồng); numbers for percent; ``[a, b]`` for a ratio; a list for ``parts`` (with ``None``
for a part left unsaid where that is allowed); ISO dates; ``HH:MM``; periods ``2024-02``,
``2024-Q1``, ``2024-H1``, ``2024-M1-9``, ``2024``; the 1-based option for choice and a list of
them for multi_choice; the text itself for text and link.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Any

Expects = Literal[
    "yes_no", "integer", "money", "percent", "ratio", "date", "time", "period", "date_range",
    "choice", "multi_choice", "confirm", "consent", "text", "link", "photo", "nothing",
]  # fmt: skip

Kind = Literal[
    "answer", "ask", "unknown", "skip", "next", "back", "edit", "show", "status", "later", "help",
    "stop", "cancel", "mute", "unmute", "delete_request", "withdraw_consent", "role_ended",
    "identity", "ack", "greet", "human", "menu", "start", "restart", "unsupported", "evidence",
    "refused",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the open question waits for.

    ``parts`` names the values wanted, in order, where one question asks several: ``expects`` is
    the type of the first and the others are whole numbers, unless ``part_types`` says otherwise.
    ``optional_parts`` says how many of the last parts may be left unsaid: then a lone number is the first.
    ``optional_date`` asks to catch a date said in passing ("r, hôm mùng 8/3" to a yes/no).
    ``total`` is the known whole of a ratio; ``choices`` are the labels shown, in order; ``flow``
    tells a number of the period (flow) from a running total (stock); ``last`` is the value of
    the period before ("như tháng trước"); ``minimum``/``maximum`` are hard bounds.
    ``none_is_answer`` lets "không" stand for "nothing to say" in a text question (value "").
    """

    expects: Expects = "nothing"
    parts: tuple[str, ...] = ()
    part_types: tuple[Expects, ...] = ()
    optional_parts: int = 0
    optional_date: bool = False
    choices: tuple[str, ...] = ()
    total: int | None = None
    unit: str | None = None
    flow: Literal["flow", "stock"] | None = None
    tense: Literal["past", "future", "any"] = "any"
    last: Value = None
    minimum: int | None = None
    maximum: int | None = None
    none_is_answer: bool = False
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What else bears on the reading: the time (aware, Asia/Ho_Chi_Minh), what was said just
    before (``after="thanks"`` when no question is open and the bot has thanked her), and the
    kind of a message that is not text (photo, voice, sticker, file ...)."""

    now: datetime
    after: Literal["thanks"] | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood.

    ``echo``: the value must be shown back before it counts as plain. ``approximate``: she said
    about, around. ``date``: the ISO date caught in passing (``optional_date``). ``at``: the local
    time she asked to be reminded at, naive ISO (later). ``target``: which answer to edit, a
    number or her words. ``reason`` says why, for people and for tests: for ``refused`` one of
    personal_data, id_number, bank_account, violence_case; for ``ask`` a snake_case code
    (see `handlers.language.understand.ASK_REASONS`). ``read`` is what was read though it cannot stand
    as it is (``[620, 62]`` of more_than_total): to be named in the question, never to be stored unasked.
    """

    kind: Kind
    value: Value = None
    approximate: bool = False
    echo: bool = False
    date: str | None = None
    at: str | None = None
    target: int | str | None = None
    reason: str = ""
    read: Value = None
