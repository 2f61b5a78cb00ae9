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
_TOP_MM, _QR_MM = 26, 32
# White around the code, in its own modules (ISO/IEC 18004); no word stands there.
_QUIET_MODULES = 4
# Long names and many kinds of service are written smaller, until everything stands above the foot.
_SCALES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)


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
    foot = _foot(page, sheet)
    scale = next((one for one in _SCALES if _words(page, sheet, one, dry=True) <= foot), _SCALES[-1])
    _words(page, sheet, scale)
    return bytes(page.output())


def _words(page: Any, sheet: Sheet, scale: float, *, dry: bool = False) -> float:
    """Write everything above the foot, or only reckon it; how far down the page it reaches, in millimetres."""
    lines = [
        (sheet.title, 28, 8, "C"),
        (sheet.name, 20, 4, "L"),
        (sheet.body, 14, 4, "L"),
        *((f"{label}  {value}", 12, 1, "L") for label, value in sheet.facts),
    ]
    if sheet.stamp:
        lines.append((sheet.stamp, 18, 0, "C"))
    reached = float(_TOP_MM)
    for words, size, gap, align in lines:
        page.set_y(reached)
        page.set_font("noto", size=size * scale)
        # Left, not justified: justification tears Chinese lines apart.
        height = page.multi_cell(0, size * scale * 0.55, words, align=align, dry_run=dry, output="HEIGHT")
        reached += height + gap * scale
    return reached


def _font_path() -> Path:
    spec = find_spec("noto_cjk_sans_otc")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return next(path for path in sorted(folder.rglob("*")) if path.suffix in (".ttc", ".otc"))


def _foot(page: Any, sheet: Sheet) -> float:
    """The code with its number below, and who issued it when; where the foot begins, in millimetres."""
    code = qrcode.QRCode(border=0, error_correction=qrcode.ERROR_CORRECT_Q)
    code.add_data(sheet.verify_url)
    matrix = code.get_matrix()
    module = _QR_MM / len(matrix)
    quiet = _QUIET_MODULES * module
    top = _PAGE_MM[1] - _MARGIN_MM - _QR_MM - quiet - 3
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                page.rect(_MARGIN_MM + column * module, top + row * module, module, module, style="F")
    page.set_font("noto", size=9)
    page.set_xy(_MARGIN_MM, top + _QR_MM + quiet)
    # The address in letters too: not everybody who is handed the paper has a camera.
    page.multi_cell(150, 5, f"{sheet.number}\n{sheet.verify_url}", align="L")
    aside = _MARGIN_MM + _QR_MM + quiet
    page.set_font("noto", size=14)
    page.set_xy(aside, top + 8)
    page.multi_cell(
        _PAGE_MM[0] - _MARGIN_MM - aside, 8, f"{sheet.organisation}\n{sheet.issued_on}", align="R"
    )
    return float(top - quiet)
