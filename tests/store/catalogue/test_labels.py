"""Shelf labels as they come out of a printer: bars wide enough for any scanner, and read back."""

import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageDraw

import timebank
from store.catalogue.rules import check_digit
from timebank.web.codes import goods_barcode

SHEET = Path(timebank.__file__).parent / "static/css/paper-labels-a4.css"
DOTS_PER_MM = 203 / 25.4
LEAST_MODULE_MM = 0.264
"""GS1 General Specifications: 80 % of 0.330 mm, the least for goods at a counter."""
BOX = re.compile(r"\.shelf-label-code svg \{ width: ([\d.]+)mm; height: ([\d.]+)mm; \}")
BARS = re.compile(r"M(\d+) 0h(\d+)v\d+h-")


def _printed(svg: str) -> tuple[Image.Image, float]:
    """The SVG in the box of the label's style sheet, on a printer with 203 dots to the inch; and millimetres to the module."""
    box, view = BOX.search(SHEET.read_text()), re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    assert box is not None
    assert view is not None
    width, height, modules, deep = (*map(float, box.groups()), *map(float, view.groups()))
    module = width / modules
    if 'preserveAspectRatio="none"' not in svg:
        module = min(module, height / deep)
    margin = (width - module * modules) / 2
    picture = Image.new("L", (round(width * DOTS_PER_MM), round(height * DOTS_PER_MM)), 255)
    pen = ImageDraw.Draw(picture)
    for left, length in (tuple(map(int, run)) for run in BARS.findall(svg)):
        start, end = ((margin + place * module) * DOTS_PER_MM for place in (left, left + length))
        pen.rectangle((round(start), 0, round(end) - 1, picture.height), fill=0)
    return picture, module


@pytest.mark.parametrize("body", ["6901234", "03600029145", "690123456789", "1690123456789"])
def test_a_shelf_label_is_wide_enough_and_reads_back(body: str) -> None:
    digits = body + check_digit(body)
    picture, module = _printed(str(goods_barcode(digits)))
    assert module >= LEAST_MODULE_MM
    read = [one.text for one in zxingcpp.read_barcodes(picture)]
    assert [one.lstrip("0") for one in read] == [digits.lstrip("0")]
