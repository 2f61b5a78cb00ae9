"""Reading a code from a photo, where the browser cannot read it from the camera itself."""

from io import BytesIO

import zxingcpp
from PIL import Image, ImageOps

from timebank.checkin.errors import PhotoUnreadable

LARGEST_PIXELS = 60_000_000
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)
_FORMATS = ("JPEG", "PNG", "WEBP")
# A code that fills a tenth of the picture still has several pixels to the module at the larger size.
_WIDTHS = (1600, 3200)
_KINDS = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128))


def read_photo(content: bytes) -> str:
    """The text of the first QR code or bar code in a JPEG, PNG or WebP picture.

    Raises:
        PhotoUnreadable: no such picture, too many pixels to unpack, or no code to be found.
    """
    try:
        with Image.open(BytesIO(content), formats=_FORMATS) as picture:
            # The header says the size; a bomb is refused before it is unpacked.
            if picture.width * picture.height > LARGEST_PIXELS:
                raise PhotoUnreadable
            upright = ImageOps.exif_transpose(picture).convert("L")
    except _BROKEN as error:
        raise PhotoUnreadable from error
    for width in _WIDTHS:
        copy = upright.copy()
        copy.thumbnail((width, width))
        found = zxingcpp.read_barcodes(copy, formats=_KINDS)
        if found:
            return found[0].text
        if max(upright.size) <= width:
            break
    raise PhotoUnreadable
