"""Photos and PDFs that show what no scan saw: checked, photos written anew, kept in the database, served in scope.

A photo loses whatever else the file carried (where it was taken, a script, a second file). A PDF is kept as it
came and only ever handed out as a file to save.
"""

import hashlib
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, undefer

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.activities.models import Activity, Shift
from timebank.hours.errors import EvidenceAbsent, EvidenceInvalid, EvidenceMissing, EvidenceTooLarge
from timebank.hours.models import Attendance, EvidenceFile
from timebank.orgs.models import Organisation
from timebank.pictures import STORED_TYPE, Limits, UnfitPictureError, written_anew
from timebank.policy.rules import Policy

MEBIBYTE = 1024 * 1024
PHOTO, PDF = STORED_TYPE, "application/pdf"


def keep_evidence(
    session: Session, *, shift: Shift, content: bytes, policy: Policy, by: Actor, at: datetime
) -> EvidenceFile:
    """Keep a photo or a PDF about ``shift``.

    Raises:
        EvidenceMissing: nothing was sent.
        EvidenceTooLarge: more than the county's limit.
        EvidenceInvalid: neither a picture nor a PDF, whatever its name says.
    """
    assert by.user_id is not None, "evidence is brought by a person"
    media_type, kept = checked_evidence(content, most_bytes=policy.evidence_megabytes * MEBIBYTE)
    row = EvidenceFile(
        shift_id=shift.id,
        media_type=media_type,
        content=kept,
        size_bytes=len(kept),
        sha256=hashlib.sha256(kept).hexdigest(),
        uploaded_by_user_id=by.user_id,
        uploaded_at=at,
    )
    session.add(row)
    session.flush()
    return row


def checked_evidence(content: bytes, *, most_bytes: int) -> tuple[str, bytes]:
    """Media type and content as it is kept; judged by what is inside, never by a name."""
    if not content:
        raise EvidenceMissing(field="evidence")
    if len(content) > most_bytes:
        raise EvidenceTooLarge(field="evidence", most=most_bytes // MEBIBYTE)
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise EvidenceInvalid(field="evidence")
        return PDF, content
    # Handwriting on a sheet of A4 stays readable.
    limits = Limits(most_bytes, most_pixels=60_000_000, side=2400, quality=80)
    try:
        return PHOTO, written_anew(content, limits)
    except UnfitPictureError as fault:
        raise EvidenceInvalid(field="evidence") from fault


def evidence(session: Session, actor: Actor, evidence_id: int) -> tuple[EvidenceFile, str]:
    """The file with its content and its organisation's path; raises ``EvidenceAbsent`` outside the scope.

    A volunteer sees what is evidence of her own entry by hand. The photo of a sheet shows other people's
    names too, so only the organisers see that.
    """
    own = exists(
        select(Attendance.id).where(
            Attendance.evidence_id == EvidenceFile.id,
            Attendance.check_in_method == "manual",
            Attendance.member_id == actor.member_id,
        )
    )
    found = session.execute(
        select(EvidenceFile, Organisation.path)
        .join(Shift, Shift.id == EvidenceFile.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .where(EvidenceFile.id == evidence_id, or_(scope.within(actor, Organisation.path), own))
        .options(undefer(EvidenceFile.content))
    ).one_or_none()
    if found is None:
        raise EvidenceAbsent
    return found[0], found[1]


def is_own_evidence(session: Session, actor: Actor, evidence_id: int) -> bool:
    """Whether the file is evidence of the actor's own entry by hand."""
    return actor.member_id is not None and bool(
        session.scalar(
            select(Attendance.id)
            .where(
                Attendance.evidence_id == evidence_id,
                Attendance.check_in_method == "manual",
                Attendance.member_id == actor.member_id,
            )
            .limit(1)
        )
    )
