"""Codes as a camera sees them: our own SVG drawn into a picture, turned, soiled, blurred, and read by zxing-cpp."""

import random
import re
from io import BytesIO

import zxingcpp
from PIL import Image, ImageDraw, ImageFilter

_VIEW_BOX = re.compile(r'viewBox="0 0 (\d+) (\d+)"')
_RUN = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")


def picture(svg: str, *, module: int = 8, margin: int = 0) -> Image.Image:
    """The SVG of ``timebank.web.codes`` as a grey picture, ``module`` pixels to the module."""
    found = _VIEW_BOX.search(svg)
    assert found is not None
    width, height = (int(value) * module for value in found.groups())
    canvas = Image.new("L", (width + 2 * margin, height + 2 * margin), 255)
    pen = ImageDraw.Draw(canvas)
    for left, top, length, deep in (tuple(map(int, run)) for run in _RUN.findall(svg)):
        corner = (margin + left * module, margin + top * module)
        pen.rectangle((*corner, corner[0] + length * module - 1, corner[1] + deep * module - 1), fill=0)
    return canvas


def turned(image: Image.Image, degrees: float) -> Image.Image:
    """Held at an angle."""
    return image.rotate(degrees, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def worn(image: Image.Image, share: float, seed: int = 7) -> Image.Image:
    """Specks of dirt and of glare over ``share`` of the whole picture, corner marks included."""
    chance = random.Random(seed)
    copy = image.copy()
    for _speck in range(int(share * copy.width * copy.height)):
        place = (chance.randrange(copy.width), chance.randrange(copy.height))
        copy.putpixel(place, chance.choice((0, 255)))
    return copy


def blotted(code: Image.Image, share: float, seed: int = 7) -> Image.Image:
    """One blot over ``share`` of a version 1 code drawn without margin, anywhere but on its corner marks."""
    chance = random.Random(seed)
    copy = code.copy()
    module = code.width // 29
    side = int(share**0.5 * 21 * module)
    corners = [(left * module, top * module) for left, top in ((4, 4), (17, 4), (4, 17))]
    while True:
        left, top = (chance.randrange(4 * module, 25 * module - side) for _axis in "xy")
        if not any(
            left < x + 8 * module and left + side > x and top < y + 8 * module and top + side > y
            for x, y in corners
        ):
            break
    ImageDraw.Draw(copy).rectangle((left, top, left + side, top + side), fill=chance.choice((0, 255)))
    return copy


def blurred(image: Image.Image, radius: float) -> Image.Image:
    """Out of focus."""
    return image.filter(ImageFilter.GaussianBlur(radius))


def read(image: Image.Image) -> str | None:
    """What zxing-cpp reads from the picture, or None."""
    found = zxingcpp.read_barcodes(image)
    return found[0].text if found else None


def portrait(size: tuple[int, int] = (900, 1200), *, place: bool = True) -> bytes:
    """A JPEG as a phone makes it: lying on its side, with the place where it was taken."""
    face = Image.new("RGB", size, (200, 220, 240))
    pen = ImageDraw.Draw(face)
    width, height = size
    pen.ellipse((width // 4, height // 6, width * 3 // 4, height * 2 // 3), fill=(230, 180, 150))
    exif = Image.Exif()
    if place:
        exif[0x0112] = 6  # Turned by a quarter.
        exif[0x010F] = "SecretPhoneMaker"
        exif.get_ifd(0x8825)[1] = "N"
    written = BytesIO()
    face.rotate(90, expand=True).save(written, "JPEG", exif=exif)
    return written.getvalue()


def stained(code: Image.Image, share: float, seed: int = 7, *, quiet: int = 4) -> Image.Image:
    """One blot over ``share`` of a code of any version, anywhere but on its three corner marks."""
    chance = random.Random(seed)
    copy = code.copy()
    module = _module_of(code, quiet)
    size = code.width // module - 2 * quiet
    side = round(share**0.5 * size)
    while True:
        left, top = chance.randrange(size - side), chance.randrange(size - side)
        is_left, is_top = left < 8, top < 8
        if not ((is_left and (is_top or top + side > size - 8)) or (is_top and left + side > size - 8)):
            break
    corner = ((quiet + left) * module, (quiet + top) * module)
    edge = tuple(place + side * module - 1 for place in corner)
    ImageDraw.Draw(copy).rectangle((*corner, *edge), fill=chance.choice((0, 255)))
    return copy


def _module_of(code: Image.Image, quiet: int) -> int:
    """Pixels to the module: the corner mark's top edge is seven modules of black after the quiet zone."""
    for module in range(1, code.width // (2 * quiet)):
        edge = quiet * module
        if code.getpixel((edge, edge)) == 0 and code.getpixel((edge - 1, edge)) == 255:
            return module
    raise AssertionError("no corner mark where one should be")
