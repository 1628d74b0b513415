"""One-time codes for letters, as printed (`storage.domain.codes` tells how they are kept)."""

import secrets

from storage.domain.codes import ALPHABET, CODE_LENGTH
from storage.domain.people import UnitKind


def new_code(kind: UnitKind) -> str:
    """A code such as ``CH-7K4M3Q9AF``, from the system's secret random numbers; at least one digit, so
    that it is no word (23 ** 9 - 18 ** 9 codes: 40.6 bits)."""
    while True:
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        if any(sign.isdecimal() for sign in code):
            return f"{kind}-{code}"
