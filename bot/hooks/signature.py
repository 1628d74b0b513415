"""Secrets and signatures of the Standard Webhooks specification (github.com/standard-webhooks)."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime

_MARK = "whsec_"

#: The specification wants 24 to 64.
_BYTES = 32


def new_secret() -> str:
    """A new random secret, as receivers' libraries take it."""
    return _MARK + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def signed_headers(secret: str, event_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one try: what it is, when it is sent (``at`` aware), and the HMAC-SHA256 over
    both and the body."""
    seconds = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix(_MARK))
    signature = hmac.new(key, f"{event_id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{base64.b64encode(signature).decode()}",
    }
