"""A second browser whose camera looks at a picture: Chromium's fake video device, fed with a file.

write_film(picture, path)                     the picture as a film of one still, as a camera would give it
with looking_at(chromium, path) as browser:   a Chromium whose camera shows that film
    page = browser.new_context().new_page() …
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.conftest import FLAGS

FRAME = (1280, 720)
STILLS = 2


def write_film(picture: Image.Image, path: Path) -> Path:
    """Write ``picture``, fitted into a frame of 1280 × 720 with a grey surround, as a YUV4MPEG2 film."""
    still = Image.new("RGB", FRAME, "#777777")
    fitted = picture.convert("RGB")
    fitted.thumbnail((FRAME[0] - 80, FRAME[1] - 80), Image.Resampling.LANCZOS)
    still.paste(fitted, ((FRAME[0] - fitted.width) // 2, (FRAME[1] - fitted.height) // 2))
    light, blue, red = still.convert("YCbCr").split()
    half = (FRAME[0] // 2, FRAME[1] // 2)
    planes = light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{FRAME[0]} H{FRAME[1]} F10:1 Ip A1:1 C420jpeg\n".encode())
        film.writelines(b"FRAME\n" + planes for _ in range(STILLS))
    return path


def picture_of(text: str) -> Image.Image:
    """The QR code as it is printed on a card, a little askew."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q, box_size=12, border=4)
    code.add_data(text)
    drawn = code.make_image().get_image().convert("RGB")
    return drawn.rotate(7, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)


def camera_flags(film: Path) -> tuple[str, ...]:
    """What a Chromium is started with, so that its camera sees ``film`` and its person lets pages use it."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


@contextmanager
def looking_at(chromium: Browser, film: Path) -> Iterator[Browser]:
    """Another Chromium, whose camera sees ``film`` and whose person lets pages use it."""
    # Each Chromium is the one that the session's fixture found.
    browser = chromium.browser_type.launch(executable_path=executable(), args=[*FLAGS, *camera_flags(film)])
    try:
        yield browser
    finally:
        browser.close()


def executable() -> str:
    """Where the Chromium of the tests lies."""
    from tests.browser.conftest import chromium_path

    path = chromium_path()
    assert path is not None, "the chromium fixture has skipped the test"
    return path


def needs_code_reader(folder: Path) -> None:
    """Skip where set-up could not bring the reader; in CI that is a failure."""
    if (folder / "vendor/zxing/reader/zxing_reader.wasm").is_file():
        return
    message = "the browser's code reader is not there: run `make setup` with npm installed"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
