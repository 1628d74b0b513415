"""Encryption with age keys (https://age-encryption.org)."""

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
