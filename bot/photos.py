"""Photos as they are kept: cleaned of everything but the picture, named by their content.

A photo of a meeting may carry where and when it was taken and with which telephone; none of that is
kept. ``folder/YYYY/MM/<sha256>.jpg``; the same picture twice is one file.
"""

import asyncio
import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image, ImageOps

#: What is kept has at most so many pixels a side: enough to read a document on a photo.
MOST_SIDE = 2000

#: Bot API getFile gives up to 20 MB; more is refused wherever it comes from.
MOST_BYTES = 20 * 1024 * 1024

#: A small file can unpack to a picture that fills the memory; telephones make 12 to 50 million pixels.
MOST_PIXELS = 60_000_000

_FORMATS = ("JPEG", "PNG", "WEBP")
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class BadPhoto(ValueError):
    """What was sent is no picture that can be kept."""


class Photos:
    """The photo folder. One picture at a time is worked on: unpacked it may take 180 MB."""

    def __init__(self, folder: Path) -> None:
        """The folder is made by the first photo."""
        self._folder = folder
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="photos")

    async def keep(self, data: bytes, at: datetime) -> str:
        """Keep a picture sent at ``at`` (aware); its path, relative to the folder. `BadPhoto` if it is
        none, OSError if the disk refuses. When this returns, the file would survive a power cut."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, self._keep, data, at)

    def _keep(self, data: bytes, at: datetime) -> str:
        picture = clean(data)
        name = f"{at.astimezone(_VIETNAM):%Y/%m}/{hashlib.sha256(picture).hexdigest()}.jpg"
        path = self._folder / name
        if not path.exists():
            _write(path, picture)
        return name

    def close(self) -> None:
        """Finish the picture at hand."""
        self._worker.shutdown(wait=True)


def clean(data: bytes) -> bytes:
    """The picture as JPEG, upright, at most `MOST_SIDE` a side, with no metadata; `BadPhoto` if it
    cannot be read or is too large."""
    if len(data) > MOST_BYTES:
        raise BadPhoto(f"{len(data)} bytes, at most {MOST_BYTES}")
    try:
        return _redrawn(data)
    except BadPhoto:
        raise
    except Exception as error:  # Pillow's decoders raise whatever a broken file makes them
        raise BadPhoto(f"not a picture ({type(error).__name__})") from None


def _redrawn(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise BadPhoto(f"{image.width} x {image.height} pixels, at most {MOST_PIXELS}")
        image.draft("RGB", (MOST_SIDE, MOST_SIDE))  # a JPEG is then unpacked small at once
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((MOST_SIDE, MOST_SIDE))
        plain = _on_white(upright)
    # A new image: whatever Pillow keeps beside the pixels (EXIF, XMP, comments) stays behind.
    fresh = Image.new("RGB", plain.size)
    fresh.paste(plain)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """RGB; what is transparent becomes white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        seen = image.convert("RGBA")
        white = Image.new("RGBA", seen.size, "white")
        return Image.alpha_composite(white, seen).convert("RGB")
    return image.convert("RGB")


def _write(path: Path, data: bytes) -> None:
    """The whole file or none, also after a power cut."""
    _make(path.parent)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    _sync(path.parent)


def _make(folder: Path) -> None:
    """The folder and those above it, each entered in its parent for good."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
