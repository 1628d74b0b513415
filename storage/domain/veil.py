"""What stands for an account that has not agreed to be kept: a hash that cannot be turned back.

Luật 91/2025 and domain.md 6.2: nothing is stored before consent but a hash of the account id. The hash
is keyed (HMAC-SHA-256 with a secret of this database), because a plain hash of a ten-digit account
number is found again by trying them all.
"""

import hmac

#: How a veiled value begins; no platform's account or message id does.
MARK = "#"


def veil(key: str, *parts: str) -> str:
    """``veil(key, "telegram", "42")`` is always the same ``#3f0c...`` for one key and these parts."""
    digest = hmac.digest(key.encode(), "\x1f".join(parts).encode(), "sha256")
    return f"{MARK}{digest.hex()[:40]}"
