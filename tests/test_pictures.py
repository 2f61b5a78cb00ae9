"""One way to read a picture that somebody sends: within limits, upright, on white, and nothing of the rest kept."""

from io import BytesIO

import pytest
from PIL import Image

from timebank.pictures import Limits, UnfitPictureError, in_grey, written_anew

LIMITS = Limits(most_bytes=200_000, most_pixels=1_000_000, side=100, least_side=20)


def _file(kind: str = "JPEG", size: tuple[int, int] = (400, 200), mode: str = "RGB", **more: object) -> bytes:
    written = BytesIO()
    Image.new(mode, size, None if mode == "RGBA" else 0).save(written, kind, **more)
    return written.getvalue()


def test_a_picture_is_made_small_and_turned_and_loses_where_it_was_taken() -> None:
    marks = Image.Exif()
    marks[0x0112], marks[0x010E] = 6, "latitude 47.9"
    sent = _file(exif=marks)
    assert b"latitude" in sent
    kept = written_anew(sent, LIMITS)
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (50, 100), {})
    assert b"latitude" not in kept


def test_what_is_see_through_lies_on_white_and_a_face_is_cut_square() -> None:
    with Image.open(BytesIO(written_anew(_file("PNG", mode="RGBA"), LIMITS, square=True))) as image:
        assert image.size == (100, 100)
        assert image.convert("RGB").getpixel((50, 50)) == (255, 255, 255)
    assert in_grey(_file("WEBP"), LIMITS).mode == "L"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no picture",
        b"x" * 200_001,
        _file("GIF", mode="P"),
        _file("PNG", (1001, 1000), "1"),
        _file("PNG", (400, 19)),
        _file()[:300],
    ],
)
def test_what_is_no_fit_picture_is_refused(content: bytes) -> None:
    for read in (written_anew, in_grey):
        with pytest.raises(UnfitPictureError):
            read(content, LIMITS)
