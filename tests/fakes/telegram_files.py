"""Files that a bot sends to the fake Bot API, refused as the official server refuses them."""

import hashlib
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

#: Docs, "Sending files": 10 MB a photo, whose width and height add up to 10000 at most, one 20 times the
#: other at most; 50 MB any other file.
PHOTO_LIMIT, SIDES, RATIO, DOCUMENT_LIMIT = 10 << 20, 10_000, 20, 50 << 20

_TOO_LARGE = "Request Entity Too Large"
_EMPTY = "Bad Request: file must be non-empty"


class Uploaded(bytes):
    """The bytes of a multipart field, with its file name."""

    filename: str = ""


def photo_of(data: Uploaded) -> tuple[Any, str]:
    """The sizes of a photo as a ``Message`` has them, or what is wrong with it."""
    if not data or len(data) > PHOTO_LIMIT:
        return None, _TOO_LARGE if data else _EMPTY
    try:
        width, height = Image.open(BytesIO(data)).size
    except UnidentifiedImageError:
        return None, "Bad Request: IMAGE_PROCESS_FAILED"
    if width + height > SIDES or max(width, height) > RATIO * min(width, height):
        return None, "Bad Request: PHOTO_INVALID_DIMENSIONS"
    return [{**_named(data), "width": width, "height": height}], ""


def document_of(data: Uploaded) -> tuple[Any, str]:
    """The same of any other file."""
    if not data or len(data) > DOCUMENT_LIMIT:
        return None, _TOO_LARGE if data else _EMPTY
    return {**_named(data), "file_name": data.filename}, ""


def _named(data: bytes) -> dict[str, Any]:
    name = hashlib.sha256(data).hexdigest()
    return {"file_id": f"BQAC{name[:24]}", "file_unique_id": name[-8:], "file_size": len(data)}
