"""Encryption with age keys (https://age-encryption.org)."""

import base64
import os
import tempfile
from pathlib import Path

import pyrage


def new_key() -> tuple[str, str]:
    """A new pair: the public key (``age1...``), and the private one (``AGE-SECRET-KEY-1...``)."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity.to_public()), str(identity)


def is_recipient(public: str) -> bool:
    """Whether this is an age public key."""
    try:
        pyrage.x25519.Recipient.from_str(public)
    except pyrage.RecipientError:
        return False
    return True


class Seal:
    """Seals short secrets that lie in the database, so that a copy of the file gives none of them away.

    The key is a file of its own, made at the first use with mode 600; it is in no backup. Without it what
    was sealed is gone, and is asked for anew.
    """

    _MARK = "age:"

    def __init__(self, path: Path) -> None:
        """``path``: the key file."""
        self._path = path
        self._identity: pyrage.x25519.Identity | None = None

    def close_in(self, secret: str) -> str:
        """``secret`` as it may be stored; "" stays "". OSError if the key file cannot be made or read."""
        if not secret:
            return ""
        sealed = pyrage.encrypt(secret.encode(), [self._key().to_public()])
        return self._MARK + base64.b64encode(sealed).decode()

    def open_up(self, kept: str) -> str | None:
        """The secret again; None if it was sealed with another key. What was kept before there was a seal
        is given as it is."""
        if not kept.startswith(self._MARK):
            return kept
        try:
            opened: bytes = pyrage.decrypt(base64.b64decode(kept[len(self._MARK) :]), [self._key()])
        except (pyrage.DecryptError, ValueError):
            return None
        return opened.decode()

    def _key(self) -> pyrage.x25519.Identity:
        if self._identity is None:
            self._identity = pyrage.x25519.Identity.from_str(self._read_or_make())
        return self._identity

    def _read_or_make(self) -> str:
        if self._path.exists():
            return self._path.read_text(encoding="utf-8").strip()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self._path.parent, prefix=".seal", delete=False) as new:
            new.write(f"{new_key()[1]}\n")  # NamedTemporaryFile makes files of mode 600
        try:
            os.link(new.name, self._path)  # whole or not at all, and only the first of two processes
        except FileExistsError:
            pass
        finally:
            os.unlink(new.name)
        return self._path.read_text(encoding="utf-8").strip()
