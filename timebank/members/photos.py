"""A member's photo: made small and written anew; seen by the member and by whoever must know the face."""

import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.members.errors import PhotoAbsent, PhotoInvalid
from timebank.members.models import Member, MemberPhoto
from timebank.pictures import STORED_TYPE, Limits, UnfitPictureError, written_anew

__all__ = ["STORED_TYPE"]

LARGEST_FILE_BYTES = 8 * 1024 * 1024
SIDE_PIXELS = 480
LIMITS = Limits(LARGEST_FILE_BYTES, most_pixels=50_000_000, side=SIDE_PIXELS, least_side=80)
# A page that shows somebody's face shows it for as long as an attendant may leave the basket open.
PASS_SECONDS = 1800


def stored_photo(content: bytes) -> bytes:
    """``content`` as a square JPEG of at most 480 × 480 pixels, upright, cut around the face.

    Raises:
        PhotoInvalid: no picture of an accepted kind, too large, or too small to know a face on.
    """
    try:
        return written_anew(content, LIMITS, square=True)
    except UnfitPictureError as fault:
        raise PhotoInvalid(field="photo") from fault


def put(session: Session, *, member: Member, content: bytes, by: Actor, at: datetime) -> MemberPhoto:
    """Keep ``content`` as the member's photo, in place of an earlier one; raises ``PhotoInvalid``."""
    picture = stored_photo(content)
    row = session.get(MemberPhoto, member.id)
    if row is None:
        row = MemberPhoto(member_id=member.id)
        session.add(row)
    row.picture, row.picture_digest = picture, hashlib.sha256(picture).hexdigest()[:16]
    row.uploaded_by, row.uploaded_at = by.label, at
    session.flush()
    return row


def remove(session: Session, *, member: Member) -> bool:
    """Forget the photo; whether there was one."""
    row = session.get(MemberPhoto, member.id)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def picture(session: Session, member_id: int) -> tuple[bytes, str]:
    """The JPEG and its digest; raises ``PhotoAbsent``. The caller has looked whether it may be seen."""
    row = session.get(MemberPhoto, member_id)
    if row is None:
        raise PhotoAbsent
    return bytes(row.picture), row.picture_digest


def digest_of(session: Session, member_id: int) -> str | None:
    """The digest of the member's photo, or None where there is none; never loads the picture."""
    return session.scalar(select(MemberPhoto.picture_digest).where(MemberPhoto.member_id == member_id))


def pass_word(keyring: Keyring, *, member_id: int, viewer: str, at: datetime) -> str:
    """A word with which ``viewer`` may load this face for a while: given on a page that knows who stands there.

    An attendant serves members of the whole county, yet shall not leaf through its faces.
    """
    slot = int(at.timestamp()) // PASS_SECONDS
    return _pass(keyring, member_id, viewer, slot)


def pass_holds(keyring: Keyring, written: str, *, member_id: int, viewer: str, at: datetime) -> bool:
    """Whether ``written`` is a pass of this or the last half hour for this face and this viewer."""
    slot = int(at.timestamp()) // PASS_SECONDS
    expected = (_pass(keyring, member_id, viewer, slot), _pass(keyring, member_id, viewer, slot - 1))
    return any(hmac.compare_digest(written.encode("utf-8", "replace"), one.encode()) for one in expected)


def _pass(keyring: Keyring, member_id: int, viewer: str, slot: int) -> str:
    return keyring.mac("photo-pass", f"{member_id}:{viewer}:{slot}".encode()).hex()[:32]
