"""The certificate as a PDF, where the extra ``pdf`` (fpdf2 and a Chinese font) is installed.

The page for the printer needs none of it: a browser saves it as a PDF just as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import qrcode

# The font's collection holds Japanese, Korean, simplified and traditional Chinese, in this order.
SIMPLIFIED_CHINESE = 2
_MARGIN_MM, _PAGE_MM = 22, (297, 210)
_QR_MM = 32


@dataclass(frozen=True)
class Sheet:
    """What stands on the paper, in the reader's words."""

    title: str
    name: str
    body: str
    facts: Sequence[tuple[str, str]]
    number: str
    verify_url: str
    organisation: str
    issued_on: str
    stamp: str = ""


def is_available() -> bool:
    """Whether the extra is installed."""
    return find_spec("fpdf") is not None and find_spec("noto_cjk_sans_otc") is not None


def rendered(sheet: Sheet) -> bytes:
    """A4 landscape, one page, with the font inside; call only where :func:`is_available`."""
    from fpdf import FPDF

    page: Any = FPDF(orientation="landscape", format="A4")
    page.set_auto_page_break(False)
    page.add_font("noto", fname=_font_path(), collection_font_number=SIMPLIFIED_CHINESE)
    page.add_page()
    page.set_margins(_MARGIN_MM, _MARGIN_MM)
    page.set_title(sheet.title)
    for inset, width in ((8, 1.0), (10, 0.3)):
        page.set_line_width(width)
        page.rect(inset, inset, _PAGE_MM[0] - 2 * inset, _PAGE_MM[1] - 2 * inset)
    page.set_y(26)
    _line(page, sheet.title, 28, align="C", gap=8)
    _line(page, sheet.name, 20, gap=4)
    _line(page, sheet.body, 14, gap=4)
    for label, value in sheet.facts:
        _line(page, f"{label}  {value}", 12, gap=1)
    if sheet.stamp:
        _line(page, sheet.stamp, 18, align="C", gap=0)
    _foot(page, sheet)
    return bytes(page.output())


def _font_path() -> Path:
    spec = find_spec("noto_cjk_sans_otc")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return next(path for path in sorted(folder.rglob("*")) if path.suffix in (".ttc", ".otc"))


def _line(page: Any, words: str, size: int, *, gap: int, align: str = "L") -> None:
    page.set_font("noto", size=size)
    # Left, not justified: justification tears Chinese lines apart.
    page.multi_cell(0, size * 0.55, words, align=align, new_x="LMARGIN", new_y="NEXT")
    page.ln(gap)


def _foot(page: Any, sheet: Sheet) -> None:
    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_Q)
    code.add_data(sheet.verify_url)
    matrix, top = code.get_matrix(), _PAGE_MM[1] - _MARGIN_MM - _QR_MM - 6
    module = _QR_MM / len(matrix)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                page.rect(_MARGIN_MM + column * module, top + row * module, module, module, style="F")
    page.set_font("noto", size=9)
    page.set_xy(_MARGIN_MM, top + _QR_MM + 1)
    page.cell(90, 5, sheet.number)
    page.set_font("noto", size=14)
    page.set_xy(_PAGE_MM[0] - _MARGIN_MM - 110, top + 12)
    page.cell(110, 8, sheet.organisation, align="R")
    page.set_xy(_PAGE_MM[0] - _MARGIN_MM - 110, top + 22)
    page.cell(110, 8, sheet.issued_on, align="R")
