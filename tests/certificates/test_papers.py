"""The code on a certificate, on the printed page and in the PDF, read back as a camera sees the paper."""

import re
import zlib
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image, ImageDraw
from sqlalchemy import select

from tests import pictures
from tests.cast import Cast
from tests.certificates.test_certificates import _issued, _served
from tests.checkin.test_papers import as_seen, drawings
from tests.hours.stage import add_rule
from timebank.certificates import pdf
from timebank.certificates.models import Certificate
from timebank.db import Database

ClientAs = Callable[[str], FlaskClient]
_BOX = re.compile(rb"([\d.]+) ([\d.]+) ([\d.]+) (-?[\d.]+) re f\b")
_WORDS = re.compile(rb"BT ([\d.]+) ([\d.]+) Td")
_MODULE, _QUIET = 8, 4


def _page_of(file: bytes) -> bytes:
    """What is drawn on the PDF's one page."""
    pages = [zlib.decompress(one) for one in re.findall(rb"stream\r?\n(x.*?)\r?\nendstream", file, re.DOTALL)]
    (page,) = (one for one in pages if b" re f" in one)
    return page


def _drawn(file: bytes) -> Image.Image:
    """The filled squares of the PDF's page as a picture, without the quiet zone: on this paper that is only the code."""
    page = _page_of(file)
    boxes = [tuple(map(float, box)) for box in _BOX.findall(page)]
    module, right = boxes[0][2], max(box[0] for box in boxes)
    left, top = min(box[0] for box in boxes), max(box[1] for box in boxes)
    size = (round((right - left) / module) + 1 + 2 * _QUIET) * _MODULE
    canvas = Image.new("L", (size, size), 255)
    pen = ImageDraw.Draw(canvas)
    for x, y, _width, _height in boxes:
        corner = [(round(far / module) + _QUIET) * _MODULE for far in (x - left, top - y)]
        pen.rectangle((*corner, *(place + _MODULE - 1 for place in corner)), fill=0)
    return canvas


@pytest.fixture
def paper(database: Database, cast: Cast) -> tuple[int, str]:
    """A certificate that was issued: its id and what its code has to say."""
    with database.transaction() as session:
        add_rule(session, cast)
        _served(session, cast, cast.volunteer)
        _issued(session, cast, cast.volunteer)
        made = session.scalars(select(Certificate)).one()
        return made.id, made.verify_word


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_printed_certificate_is_read_askew_blurred_and_with_six_percent_of_it_gone(
    language: str, paper: tuple[int, str], client_as: ClientAs, client: FlaskClient
) -> None:
    number, word = paper
    page = client_as("volunteer").get(f"/certificates/{number}?language={language}").text
    (svg,) = drawings(page)
    (said,) = set(as_seen(svg, printed=True))
    assert said is not None
    assert said.endswith(f"/c/{word}")
    assert client.get(f"/c/{word}").status_code == 200


@pytest.mark.skipif(not pdf.is_available(), reason="the extra pdf is not installed")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_code_in_the_pdf_is_read_askew_blurred_and_with_six_percent_of_it_gone(
    language: str, paper: tuple[int, str], client_as: ClientAs
) -> None:
    number, word = paper
    answer = client_as("volunteer").get(f"/certificates/{number}/pdf?language={language}")
    assert answer.mimetype == "application/pdf"
    bare = _drawn(answer.data)
    seen = [bare, pictures.turned(bare, 15), pictures.turned(bare, -15), pictures.blurred(bare, 3)]
    seen += [pictures.stained(bare, 0.06, seed=seed) for seed in range(20)]
    (said,) = {pictures.read(one) for one in seen}
    assert said is not None
    assert said.endswith(f"/c/{word}")


@pytest.mark.skipif(not pdf.is_available(), reason="the extra pdf is not installed")
@pytest.mark.parametrize("kinds", [1, 40])
def test_no_word_stands_in_the_white_around_the_code_however_much_the_paper_says(kinds: int) -> None:
    sheet = pdf.Sheet(
        title="志愿服务证明",
        name="阿卜杜勒" * 15,
        body="自2026-01-01至2026-12-31，该志愿者共服务250小时，计120次，由我单位记录并确认。",
        facts=[("志愿者编号", "10000016"), ("服务内容", "；".join(["清扫街道和楼道 12.5小时"] * kinds))],
        number="0004-00001",
        verify_url="https://zyz.qinghe.gov.cn/c/abcdefghijklmnopqrstuv",
        organisation="夕阳红志愿服务队" * 7,
        issued_on="2026-12-31",
        stamp="已作废",
    )
    page = _page_of(pdf.rendered(sheet))
    boxes = [tuple(map(float, box)) for box in _BOX.findall(page)]
    module = boxes[0][2]
    # Millimetres of a PDF grow upwards; a box is named by its upper left corner.
    left, right = min(box[0] for box in boxes), max(box[0] for box in boxes) + module
    bottom, top = min(box[1] for box in boxes) - module, max(box[1] for box in boxes)
    white = _QUIET * module
    words = [(float(x), float(y)) for x, y in _WORDS.findall(page)]
    assert len(words) > 8
    smallest = 9.0
    for x, y in words:
        is_beside = x > right + white
        is_above, is_below = y >= top + white, y + smallest * 0.88 <= bottom - white
        assert is_beside or is_above or is_below, (x, y)
    assert left > white
    assert all(y > 10 * 72 / 25.4 for _x, y in words), "nothing runs over the frame"
    # What is written above and what stands in the foot do not meet.
    above = [y for x, y in words if x <= right + white and y > bottom]
    beside = [y for x, y in words if x > right + white and y < top]
    assert min(above) > max(beside, default=0.0)
