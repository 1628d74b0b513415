"""Pictures for tests."""

import io

from PIL import Image


def jpeg(width: int = 40, height: int = 30) -> bytes:
    """A small JPEG."""
    data = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 90)).save(data, "JPEG")
    return data.getvalue()
