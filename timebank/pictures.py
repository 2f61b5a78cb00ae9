"""Pictures that somebody sends: read within limits, turned the right way up, laid on white, made small, written anew.

Whatever else the file carried (where it was taken, a script, a second file) is gone afterwards. Rooms say their
limits and turn :class:`UnfitPictureError` into a refusal of their own.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
STORED_TYPE = "image/jpeg"
# Faces are nearer to the top of a standing picture than to its middle.
FACE_CENTRE = (0.5, 0.35)
_BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


class UnfitPictureError(Exception):
    """No picture of an accepted kind, or outside the limits."""


@dataclass(frozen=True)
class Limits:
    """What is accepted, and what is kept.

    Attributes:
        most_bytes: of the file as sent. most_pixels: width by height, read from its head before it is unpacked.
        least_side: shortest side in pixels. side: longest side of what is kept.
        quality: of the JPEG, 1 to 95.
    """

    most_bytes: int
    most_pixels: int
    side: int
    least_side: int = 1
    quality: int = 85


def written_anew(content: bytes, limits: Limits, *, square: bool = False) -> bytes:
    """``content`` as an upright JPEG on white.

    Args:
        square: cut to a square around a face, rather than kept whole.

    Raises:
        UnfitPictureError: it is not accepted.
    """
    with _within(content, limits) as image:
        image.draft("RGB", (limits.side, limits.side))
        upright = ImageOps.exif_transpose(image)
        if not square:
            upright.thumbnail((limits.side, limits.side))
        seen = upright.convert("RGBA")
        flat = Image.new("RGB", seen.size, "white")
        flat.paste(seen, mask=seen.getchannel("A"))
        if square:
            side = min(limits.side, *flat.size)
            flat = ImageOps.fit(flat, (side, side), centering=FACE_CENTRE)
        written = BytesIO()
        flat.save(written, "JPEG", quality=limits.quality, optimize=True)
        return written.getvalue()


def in_grey(content: bytes, limits: Limits) -> Image.Image:
    """``content`` upright and without colour, to be looked at and not kept; raises ``UnfitPictureError``."""
    with _within(content, limits) as image:
        return ImageOps.exif_transpose(image).convert("L")


@contextmanager
def _within(content: bytes, limits: Limits) -> Iterator[Image.Image]:
    if not content or len(content) > limits.most_bytes:
        raise UnfitPictureError
    try:
        with warnings.catch_warnings():
            # A file that unpacks to more pixels than Pillow likes is refused, not only warned about.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=ACCEPTED_FORMATS) as image:
                if image.width * image.height > limits.most_pixels or min(image.size) < limits.least_side:
                    raise UnfitPictureError
                yield image
    except _BROKEN as fault:
        raise UnfitPictureError from fault
