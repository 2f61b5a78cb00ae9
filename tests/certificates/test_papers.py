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
_MODULE, _QUIET = 8, 4


def _drawn(file: bytes) -> Image.Image:
    """The filled squares of the PDF's page as a picture, without the quiet zone: on this paper that is only the code."""
    pages = [zlib.decompress(one) for one in re.findall(rb"stream\r?\n(x.*?)\r?\nendstream", file, re.DOTALL)]
    (page,) = (one for one in pages if b" re f" in one)
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
