"""Pictures of products: made small and written anew, see ``timebank.pictures``."""

from store.catalogue.errors import PictureInvalid
from timebank.pictures import STORED_TYPE, Limits, UnfitPictureError, written_anew

__all__ = ["STORED_TYPE"]

LARGEST_FILE_BYTES = 5 * 1024 * 1024
LIMITS = Limits(most_bytes=LARGEST_FILE_BYTES, most_pixels=40_000_000, side=800)


def stored_picture(content: bytes) -> bytes:
    """``content`` as a JPEG of at most 800 × 800 pixels on white, turned the right way up.

    Raises:
        PictureInvalid: no picture of an accepted kind, or one that is too large.
    """
    try:
        return written_anew(content, LIMITS)
    except UnfitPictureError as fault:
        raise PictureInvalid(field="picture") from fault
