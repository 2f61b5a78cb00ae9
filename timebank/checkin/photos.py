"""Reading a code from a photo, where the browser cannot read it from the camera itself."""

import zxingcpp

from timebank.checkin.errors import PhotoUnreadable
from timebank.pictures import Limits, UnfitPictureError, in_grey

# Requests are limited elsewhere; nothing is kept, so there is no size to make it small to.
LIMITS = Limits(most_bytes=32 * 1024 * 1024, most_pixels=60_000_000, side=3200)
# A code that fills a tenth of the picture still has several pixels to the module at the larger size.
_WIDTHS = (1600, 3200)
_KINDS = zxingcpp.BarcodeFormats((zxingcpp.BarcodeFormat.QRCode, zxingcpp.BarcodeFormat.Code128))


def read_photo(content: bytes) -> str:
    """The text of the first QR code or bar code in a JPEG, PNG or WebP picture.

    Raises:
        PhotoUnreadable: no such picture, too many pixels to unpack, or no code to be found.
    """
    try:
        upright = in_grey(content, LIMITS)
    except UnfitPictureError as fault:
        raise PhotoUnreadable from fault
    for width in _WIDTHS:
        copy = upright.copy()
        copy.thumbnail((width, width))
        found = zxingcpp.read_barcodes(copy, formats=_KINDS)
        if found:
            return found[0].text
        if max(upright.size) <= width:
            break
    raise PhotoUnreadable
