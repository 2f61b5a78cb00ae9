"""Pictures of products: what somebody sends is read, made small and written anew.

Whatever else the file carried (where it was taken, a script, a second file) is gone afterwards.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from store.catalogue.errors import PictureInvalid

LARGEST_FILE_BYTES = 5 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
SIDE_PIXELS = 800
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
STORED_TYPE = "image/jpeg"


def stored_picture(content: bytes) -> bytes:
    """``content`` as a JPEG of at most 800 × 800 pixels on white, turned the right way up.

    Raises:
        PictureInvalid: no picture of an accepted kind, or one that is too large.
    """
    if not content or len(content) > LARGEST_FILE_BYTES:
        raise PictureInvalid(field="picture")
    try:
        with warnings.catch_warnings():
            # A file that unpacks to more pixels than Pillow likes is refused, not only warned about.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _written_anew(content)
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise PictureInvalid(field="picture") from error


def _written_anew(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=ACCEPTED_FORMATS) as image:
        if image.width * image.height > LARGEST_PIXELS:
            raise PictureInvalid(field="picture")
        image.draft("RGB", (SIDE_PIXELS, SIDE_PIXELS))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((SIDE_PIXELS, SIDE_PIXELS))
        rgba = upright.convert("RGBA")
        flat = Image.new("RGB", rgba.size, "white")
        flat.paste(rgba, mask=rgba.getchannel("A"))
    written = BytesIO()
    flat.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()
