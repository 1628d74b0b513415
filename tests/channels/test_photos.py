"""Photos: only the picture is kept, once, whole."""

import io
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from bot.photos import BadPhoto, Photos, clean

AT = datetime(2024, 3, 31, 18, 0, tzinfo=UTC)  # 1 April in Vietnam

MAKE, ORIENTATION, GPS, DESCRIPTION = 0x010F, 0x0112, 0x8825, 0x010E


def jpeg(width: int = 60, height: int = 40, orientation: int = 1) -> bytes:
    """A picture, red on the left, as a telephone makes it: where, when, with what, and a comment."""
    image = Image.new("RGB", (width, height), "white")
    image.paste("red", (0, 0, width // 2, height))
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION], exif[DESCRIPTION] = "SecretPhone", orientation, "SecretPlace"
    exif[GPS] = {1: "N", 2: (20.0, 25.0, 12.0)}
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif, comment=b"SecretComment")
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def test_nothing_but_the_picture_is_kept() -> None:
    assert b"Secret" in jpeg()
    kept = clean(jpeg())
    assert b"Secret" not in kept
    image = opened(kept)
    assert (image.format, image.size) == ("JPEG", (60, 40))
    assert not image.getexif()
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_the_picture_stands_upright() -> None:
    image = opened(clean(jpeg(orientation=6))).convert("RGB")  # 6: to be turned clockwise
    assert image.size == (40, 60)
    assert image.getpixel((20, 10)) == pytest.approx((254, 0, 0), abs=6)
    assert image.getpixel((20, 50)) == pytest.approx((255, 255, 255), abs=6)


@pytest.mark.parametrize(
    ("size", "kept"), [((3000, 1500), (2000, 1000)), ((500, 4000), (250, 2000)), ((10, 10), (10, 10))]
)
def test_a_large_picture_is_made_smaller(size: tuple[int, int], kept: tuple[int, int]) -> None:
    assert opened(clean(jpeg(*size))).size == kept


@pytest.mark.parametrize("mode", ["RGBA", "P", "L", "LA", "1", "I;16"])
def test_every_kind_of_png_becomes_a_jpeg(mode: str) -> None:
    assert opened(clean(png(Image.new(mode, (20, 10))))).mode == "RGB"


def test_what_is_transparent_becomes_white() -> None:
    kept = opened(clean(png(Image.new("RGBA", (20, 10), (0, 0, 0, 0)))))
    assert kept.getpixel((5, 5)) == (255, 255, 255)


def bomb() -> bytes:
    """A PNG of a few kilobytes that says it is 30,000 x 30,000."""
    data = bytearray(png(Image.new("1", (8, 8))))
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", jpeg()[:300], b"GIF89a" + bytes(50), bytes((20 << 20) + 1), bomb()],
    ids=["empty", "text", "cut off", "another format", "too long", "too many pixels"],
)
def test_what_is_no_usable_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadPhoto):
        clean(data)


async def test_a_picture_is_one_file_in_its_month(tmp_path: Path) -> None:
    photos = Photos(tmp_path / "data" / "photos")
    path = await photos.keep(jpeg(), AT)
    again = await photos.keep(jpeg(), AT)
    other = await photos.keep(jpeg(width=62), AT)
    photos.close()
    assert path == again != other
    assert path.startswith("2024/04/")
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {str(file.relative_to(tmp_path / "data" / "photos")) for file in files} == {path, other}
    assert opened((tmp_path / "data" / "photos" / path).read_bytes()).size == (60, 40)


async def test_a_disk_that_refuses_is_an_error_of_the_house(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file where the folder should be", "utf-8")
    photos = Photos(tmp_path / "photos")
    with pytest.raises(OSError, match="photos"):
        await photos.keep(jpeg(), AT)
    photos.close()
