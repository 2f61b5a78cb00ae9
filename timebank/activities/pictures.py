"""Pictures of activities: what somebody sends is read, made small and written anew.

Whatever else the file carried (where it was taken, a script, a second file) is gone afterwards.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from timebank.activities.errors import ActivityAbsent, PhotoInvalid
from timebank.activities.models import Activity, ActivityPhoto

LARGEST_FILE_BYTES = 5 * 1024 * 1024
LARGEST_PIXELS = 40_000_000
LONGEST_SIDE_PIXELS = 1200
ACCEPTED_FORMATS = ("JPEG", "PNG", "WEBP")
STORED_TYPE = "image/jpeg"
_BROKEN = (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning)


def stored_photo(content: bytes) -> bytes:
    """``content`` as an upright JPEG on white of at most 1200 pixels a side; raises ``PhotoInvalid``."""
    if not content or len(content) > LARGEST_FILE_BYTES:
        raise PhotoInvalid(field="photo")
    try:
        with warnings.catch_warnings():
            # A file that unpacks to more pixels than Pillow likes is refused, not only warned about.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _written_anew(content)
    except _BROKEN as error:
        raise PhotoInvalid(field="photo") from error


def _written_anew(content: bytes) -> bytes:
    with Image.open(BytesIO(content), formats=ACCEPTED_FORMATS) as image:
        if image.width * image.height > LARGEST_PIXELS:
            raise PhotoInvalid(field="photo")
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
        seen = upright.convert("RGBA")
    flat = Image.new("RGB", seen.size, "white")
    flat.paste(seen, mask=seen.getchannel("A"))
    written = BytesIO()
    flat.save(written, "JPEG", quality=82, optimize=True)
    return written.getvalue()


def put(session: Session, *, activity: Activity, content: bytes) -> None:
    """Keep ``content`` as the activity's photo, in place of an earlier one; raises ``PhotoInvalid``."""
    activity.photo = ActivityPhoto(content=stored_photo(content))
    session.flush()


def remove(session: Session, *, activity: Activity) -> None:
    """Forget the photo."""
    activity.photo = None
    session.flush()


def copy(session: Session, *, source_id: int, target: Activity) -> None:
    """The photo of another activity of which this one is a copy, where it has one."""
    found = session.scalar(select(ActivityPhoto.content).where(ActivityPhoto.activity_id == source_id))
    if found is not None:
        target.photo = ActivityPhoto(content=bytes(found))
        session.flush()


def content_of(session: Session, activity_id: int) -> bytes:
    """The JPEG; raises ``ActivityAbsent``. The caller has looked whether the activity may be seen."""
    found = session.scalar(
        select(ActivityPhoto)
        .where(ActivityPhoto.activity_id == activity_id)
        .options(undefer(ActivityPhoto.content))
    )
    if found is None:
        raise ActivityAbsent
    return bytes(found.content)
