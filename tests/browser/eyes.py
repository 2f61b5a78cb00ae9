"""Reading a page as a phone's camera would: the codes in its picture."""

from io import BytesIO

import zxingcpp
from PIL import Image
from playwright.sync_api import Page


def codes_on(page: Page) -> list[str]:
    """The text of every QR and bar code on the screen, from a real picture of it."""
    with Image.open(BytesIO(page.screenshot())) as picture:
        return [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))]


def qr_on(page: Page) -> str:
    """The one QR code that holds an address."""
    addresses = [text for text in codes_on(page) if text.lower().startswith("http")]
    assert len(addresses) == 1, codes_on(page)
    return addresses[0]
