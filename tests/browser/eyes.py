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


_SHOT = """(digits) => {
  const press = (code) => (document.activeElement ?? document.body).dispatchEvent(
    new KeyboardEvent("keydown", { code, key: code.replace("Digit", ""), bubbles: true, cancelable: true }));
  for (const digit of digits) press(`Digit${digit}`);
  press("Enter");
}"""


def shoot(page: Page, digits: str) -> None:
    """A scanner gun: all keys within a moment, however busy the machine is, into a page that has come to rest.

    Not before the call has returned, because the shot may lead to another page.
    """
    page.wait_for_load_state("load")
    page.evaluate(f"(digits) => {{ setTimeout(() => ({_SHOT})(digits), 0); }}", digits)
