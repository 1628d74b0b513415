"""One-time codes: how one is read and how it is kept.

A code ("CH-7K4M2Q") is only ever on the letter and in the message that brings it; the database keeps
its SHA-256.
"""

import hashlib
import re

#: Letters and digits nobody confuses on paper: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"

#: After the kind of unit. 23 ** 9 is 2 ** 40.7; the first codes had six.
CODE_LENGTH = 9

_CODE = re.compile(
    r"(CH|XA|HU|TT|TI|TO|BAN)([\s.-]*)((?:[34679ACDEFGHJKMNPQRTWXY][\s.-]*){6}(?:(?:[34679ACDEFGHJKMNPQRTWXY][\s.-]*){3})?)"
)


def is_code(text: str) -> bool:
    """Whether a message is a code, however it is spaced: it has a digit, or the hyphen after the kind,
    so that "xa nam hanh" is a place and no code."""
    found = _CODE.fullmatch(text.strip().upper())
    return found is not None and ("-" in found.group(2) or any(sign.isdecimal() for sign in found.group(3)))


def spaced_code(code: str) -> str:
    """A code as it is printed: ``CH-7K4 M3Q 9AF``."""
    kind, _, rest = code.partition("-")
    return f"{kind}-{' '.join(rest[n : n + 3] for n in range(0, len(rest), 3))}"


def plain_code(text: str) -> str:
    """The code as it was printed, without hyphen, spaces and small letters: ``"ch-7k4m2q"`` and
    ``"CH 7K4M2Q"`` are the same code."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def code_sha256(code: str) -> str:
    """The form the database keeps: SHA-256 of `plain_code`, in hex."""
    return hashlib.sha256(plain_code(code).encode()).hexdigest()
