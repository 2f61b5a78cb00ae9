"""Pictures are read, made small and written anew."""

from io import BytesIO

import pytest
from PIL import Image

from store.catalogue.errors import PictureInvalid
from store.catalogue.pictures import LARGEST_FILE_BYTES, stored_picture


def _file(kind: str, size: tuple[int, int] = (1600, 900), mode: str = "RGB", **kwargs: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size, 0).save(written, kind, **kwargs)
    return written.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_becomes_a_small_jpeg(kind: str) -> None:
    with Image.open(BytesIO(stored_picture(_file(kind)))) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (800, 450), "RGB")


def test_a_transparent_picture_stands_on_white() -> None:
    with Image.open(BytesIO(stored_picture(_file("PNG", (10, 10), "RGBA")))) as image:
        assert image.getpixel((5, 5)) == (255, 255, 255)


def test_where_a_photo_was_taken_is_forgotten_and_it_stands_upright() -> None:
    marks = Image.Exif()
    marks[0x0112] = 6  # Turned by a quarter.
    marks[0x010E] = "at home"
    with Image.open(BytesIO(stored_picture(_file("JPEG", (400, 200), exif=marks)))) as image:
        assert image.size == (200, 400)
        assert not image.getexif()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload='alert(1)'/>",
        b"GIF89a not a picture",
        b"\x89PNG\r\n\x1a\n broken",
        b"x" * (LARGEST_FILE_BYTES + 1),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PictureInvalid):
        stored_picture(content)


def test_a_small_file_that_unpacks_to_a_giant_is_refused() -> None:
    with pytest.raises(PictureInvalid):
        stored_picture(_file("PNG", (9000, 9000), "1"))


def test_a_gif_is_not_accepted() -> None:
    with pytest.raises(PictureInvalid):
        stored_picture(_file("GIF", (10, 10), "P"))
