"""One-time codes: how one is read and how it is kept.

A code ("CH-7K4M2Q") is only ever on the letter and in the message that brings it; the database keeps
its SHA-256.
"""

import hashlib
import re


def plain_code(text: str) -> str:
    """The code as it was printed, without hyphen, spaces and small letters: ``"ch-7k4m2q"`` and
    ``"CH 7K4M2Q"`` are the same code."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def code_sha256(code: str) -> str:
    """The form the database keeps: SHA-256 of `plain_code`, in hex."""
    return hashlib.sha256(plain_code(code).encode()).hexdigest()
