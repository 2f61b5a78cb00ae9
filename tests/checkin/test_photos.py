"""Photos of codes, read on the server."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from tests import pictures
from timebank.checkin.errors import PhotoUnreadable
from timebank.checkin.photos import read_photo
from timebank.web import codes

ADDRESS = "https://sjyh.gov.cn/s/"
TOKEN = "CAAAAABYAAAABAJ5IAEQ7XQYVB5W2LZA"


def photo(image: Image.Image, kind: str = "JPEG") -> bytes:
    written = BytesIO()
    image.save(written, kind, quality=70)
    return written.getvalue()


def scene(width: int, height: int, module: int) -> Image.Image:
    """A code somewhere in a large grey picture, as a phone's camera sees a wall."""
    wall = Image.new("L", (width, height), 170)
    code = pictures.picture(codes.link_qr(ADDRESS, tail=TOKEN), module=module)
    wall.paste(pictures.turned(code, 7), (width // 3, height // 4))
    return wall


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_the_screen_is_read(kind: str) -> None:
    assert read_photo(photo(scene(1200, 1600, 12), kind)) == ADDRESS + TOKEN


def test_a_small_code_in_a_large_photo_is_read() -> None:
    # Twelve megapixels; the code takes a tenth of the width.
    assert read_photo(photo(scene(3000, 4000, 9))) == ADDRESS + TOKEN


def test_a_phone_code_s_bars_are_read() -> None:
    bars = pictures.picture(codes.code128("880123456789012345"), module=4, margin=60)
    assert read_photo(photo(bars)) == "880123456789012345"


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff\xe0 cut off", b"GIF89a"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(PhotoUnreadable):
        read_photo(content)


def test_a_picture_without_a_code_is_refused() -> None:
    with pytest.raises(PhotoUnreadable):
        read_photo(photo(Image.new("L", (400, 300), 200)))


@pytest.mark.parametrize("side", [9_000, 60_000])
def test_a_bomb_is_refused_by_its_header_alone(side: int) -> None:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(PhotoUnreadable):
        read_photo(bomb)
