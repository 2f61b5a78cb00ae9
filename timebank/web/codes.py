"""QR and bar codes drawn as SVG: sharp on any printer, no script, no picture library, no inline style.

Printed codes use level Q, screens level M; four modules of quiet zone around both (ISO/IEC 18004).
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Literal, cast

import zxingcpp
from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.main import QRCode
from qrcode.util import QRData

Level = Literal["M", "Q"]

QUIET_MODULES = 4
BARCODE_QUIET_MODULES = 10
BARCODE_HEIGHT_MODULES = 44

# Modes of ISO/IEC 18004; the library's own constants are plain integers to a type checker.
_NUMERIC: Literal[1] = 1
_ALPHANUMERIC: Literal[2] = 2
_BYTES: Literal[4] = 4
_LEVELS = {"M": ERROR_CORRECT_M, "Q": ERROR_CORRECT_Q}


def digits_qr(digits: str, *, level: Level = "Q") -> Markup:
    """A QR code that holds decimal digits only: 25 of them fit version 1 at level Q."""
    return _drawn(_encoded([QRData(digits, mode=_NUMERIC)], level))


def link_qr(url: str, *, tail: str = "", level: Level = "M", quiet: int = QUIET_MODULES) -> Markup:
    """A QR code of ``url`` followed by ``tail``.

    ``tail`` holds capitals and digits only and is packed tighter, 5.5 bits a letter instead of 8.

    Args:
        quiet: modules of white around it; fewer only where the page around is white too.
    """
    return _drawn(_encoded(_link_parts(url, tail), level, quiet))


def link_version(url: str, *, tail: str = "", level: Level = "M") -> int:
    """The version (1 is 21 modules wide, each further 4 more) that :func:`link_qr` needs."""
    return int(_encoded(_link_parts(url, tail), level).version)


def digits_version(digits: str, *, level: Level = "Q") -> int:
    """The version that :func:`digits_qr` needs."""
    return int(_encoded([QRData(digits, mode=_NUMERIC)], level).version)


def code128(digits: str) -> Markup:
    """A Code 128 bar code, which scanner guns read from a phone's screen."""
    return _bars(zxingcpp.create_barcode(digits, zxingcpp.BarcodeFormat.Code128))


def goods_barcode(digits: str) -> Markup:
    """The barcode of a product as it stands on its package: EAN-13, EAN-8 or UPC-A, else Code 128."""
    kinds = {
        8: zxingcpp.BarcodeFormat.EAN8,
        12: zxingcpp.BarcodeFormat.UPCA,
        13: zxingcpp.BarcodeFormat.EAN13,
    }
    return _bars(zxingcpp.create_barcode(digits, kinds.get(len(digits), zxingcpp.BarcodeFormat.Code128)))


def _bars(written: "zxingcpp.Barcode") -> Markup:
    drawn = zxingcpp.write_barcode_to_image(written, scale=1, add_hrt=False, add_quiet_zones=False)
    # The picture gives its grey bytes by the buffer protocol, which its type stub leaves out.
    shades = memoryview(cast(Any, drawn))
    width = (shades.shape or (1, 1))[1]
    bars = [not shade for shade in shades.tobytes()[:width]]
    width = len(bars) + 2 * BARCODE_QUIET_MODULES
    strokes = "".join(
        f"M{BARCODE_QUIET_MODULES + left} 0h{length}v{BARCODE_HEIGHT_MODULES}h-{length}z"
        for left, length in _runs(bars)
    )
    # It fills the box that the paper gives it: the bars may grow taller or lower, never narrower than the box.
    return _svg(width, BARCODE_HEIGHT_MODULES, strokes, aspect="none")


def _link_parts(url: str, tail: str) -> list[QRData]:
    parts = [QRData(url.encode(), mode=_BYTES)]
    return [*parts, QRData(tail.encode(), mode=_ALPHANUMERIC)] if tail else parts


def _encoded(parts: Sequence[QRData], level: Level, quiet: int = QUIET_MODULES) -> "QRCode[Any]":
    code: QRCode[Any] = QRCode(error_correction=_LEVELS[level], border=quiet)
    for part in parts:
        code.add_data(part)
    code.make(fit=True)
    return code


def _drawn(code: "QRCode[Any]") -> Markup:
    matrix = code.get_matrix()  # With its quiet zone.
    size = len(matrix)
    strokes = "".join(
        f"M{left} {top}h{length}v1h-{length}z"
        for top, line in enumerate(matrix)
        for left, length in _runs([bool(dark) for dark in line])
    )
    return _svg(size, size, strokes)


def _runs(line: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Left edge and length of every dark run."""
    left = 0
    for dark, group in groupby(line):
        length = sum(1 for _ in group)
        if dark:
            yield left, length
        left += length


def _svg(width: int, height: int, strokes: str, *, aspect: str = "xMidYMid") -> Markup:
    # Everything inside is made here from numbers; nothing that anybody wrote gets in.
    return Markup(  # noqa: S704 - drawn here from numbers and words of our own, escaped.
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'preserveAspectRatio="{aspect}" shape-rendering="crispEdges" focusable="false"><path fill="#fff" d="M0 0h{width}v{height}H0z"/>'
        f'<path fill="#000" d="{strokes}"/></svg>'
    )
