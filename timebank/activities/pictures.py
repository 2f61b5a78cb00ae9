"""Pictures of activities: made small and written anew, see ``timebank.pictures``."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from timebank.activities.errors import ActivityAbsent, PhotoInvalid
from timebank.activities.models import Activity, ActivityPhoto
from timebank.pictures import STORED_TYPE, Limits, UnfitPictureError, written_anew

__all__ = ["STORED_TYPE"]

LIMITS = Limits(most_bytes=5 * 1024 * 1024, most_pixels=40_000_000, side=1200, quality=82)


def stored_photo(content: bytes) -> bytes:
    """``content`` as an upright JPEG on white of at most 1200 pixels a side; raises ``PhotoInvalid``."""
    try:
        return written_anew(content, LIMITS)
    except UnfitPictureError as fault:
        raise PhotoInvalid(field="photo") from fault


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
