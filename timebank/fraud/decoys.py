"""Decoys: planted by two people with a sealed note; whatever is credited on one is an alert.

Cheats see an ordinary activity, an ordinary name on a list. Whoever may not know of decoys is told nothing, and what
the county publishes leaves them out.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, not_, or_, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import FRAUD_DECOY
from timebank.activities.models import Activity, Shift
from timebank.fraud.decoy_models import Decoy, DecoyEnd, DecoySignature
from timebank.fraud.errors import (
    DecoyAbsent,
    DecoyKnown,
    DecoySettled,
    DecoySubjectAbsent,
    ReasonNeeded,
    SecondPersonNeeded,
)
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import Member
from timebank.orgs.models import Organisation

KINDS = ("activity", "member")


def propose(session: Session, *, kind: str, number: str, note: str, by: Actor, at: datetime) -> Decoy:
    """Propose an activity (its number) or a member (the member number) as a decoy; nothing counts before a second person signs.

    Raises:
        DecoySubjectAbsent: there is no such activity or member within the actor's scope.
        DecoyKnown: it is one already.
        ReasonNeeded: the sealed note is empty.
    """
    if not note.strip():
        raise ReasonNeeded(field="note")
    activity, member, place_id = _subject(session, kind, number.strip(), by)
    subject = Decoy.activity_id == activity if activity else Decoy.member_id == member
    standing = select(Decoy.id).outerjoin(Decoy.end).where(subject, DecoyEnd.id.is_(None))
    if session.scalar(standing) is not None:
        raise DecoyKnown
    assert by.user_id is not None, "only people plant decoys"
    decoy = Decoy(
        kind=kind,
        organisation_id=place_id,
        activity_id=activity,
        member_id=member,
        note=note.strip(),
        note_digest=hashlib.sha256(f"{by.user_id}:{at.isoformat()}:{note.strip()}".encode()).hexdigest(),
        proposed_by_user_id=by.user_id,
        proposed_at=at,
    )
    session.add(decoy)
    session.flush()
    return decoy


def _subject(session: Session, kind: str, number: str, by: Actor) -> tuple[int | None, int | None, int]:
    if kind == "activity" and number.isascii() and number.isdecimal() and len(number) < 19:
        query = (
            select(Activity.id, Activity.organisation_id)
            .join(Organisation, Organisation.id == Activity.organisation_id)
            .where(Activity.id == int(number), scope.within(by, Organisation.path, FRAUD_DECOY))
        )
        if found := session.execute(query).first():
            return found[0], None, found[1]
    if kind == "member" and number:
        query = (
            select(Member.id, Member.organisation_id)
            .join(Organisation, Organisation.id == Member.organisation_id)
            .where(Member.number == number, scope.within(by, Organisation.path, FRAUD_DECOY))
        )
        if found := session.execute(query).first():
            return None, found[0], found[1]
    raise DecoySubjectAbsent(field="number")


def sign(session: Session, *, decoy: Decoy, by: Actor, at: datetime) -> DecoySignature:
    """The second person agrees: from now on it is a decoy.

    Raises:
        SecondPersonNeeded: ``by`` proposed it.
        DecoySettled: it is signed, or has ended.
    """
    if by.user_id is None or by.user_id == decoy.proposed_by_user_id:
        raise SecondPersonNeeded
    if decoy.signature is not None or decoy.end is not None:
        raise DecoySettled
    row = DecoySignature(
        decoy_id=decoy.id,
        proposed_by_user_id=decoy.proposed_by_user_id,
        signed_by_user_id=by.user_id,
        signed_at=at,
    )
    session.add(row)
    session.flush()
    session.refresh(decoy, ["signature"])
    return row


def end(session: Session, *, decoy: Decoy, reason: str, by: Actor, at: datetime) -> DecoyEnd:
    """It is a decoy no longer; what was found stays.

    Raises:
        DecoySettled: it has ended. ReasonNeeded: no word why.
    """
    if decoy.end is not None:
        raise DecoySettled
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    assert by.user_id is not None, "only people end decoys"
    row = DecoyEnd(decoy_id=decoy.id, reason=reason.strip(), ended_by_user_id=by.user_id, ended_at=at)
    session.add(row)
    session.flush()
    session.refresh(decoy, ["end"])
    return row


def decoys(session: Session, actor: Actor) -> Sequence[tuple[Decoy, str]]:
    """Decoys within scope with the name of the activity or member, the newest first."""
    query = (
        select(Decoy, Activity.title, Member.name)
        .join(Organisation, Organisation.id == Decoy.organisation_id)
        .outerjoin(Activity, Activity.id == Decoy.activity_id)
        .outerjoin(Member, Member.id == Decoy.member_id)
        .where(scope.within(actor, Organisation.path, FRAUD_DECOY))
        .order_by(Decoy.id.desc())
    )
    return [(decoy, title or name or "") for decoy, title, name in session.execute(query)]


def decoy(session: Session, actor: Actor, decoy_id: int) -> Decoy:
    """One decoy within scope; who may not know of decoys is told that there is none."""
    found = session.scalar(
        select(Decoy)
        .join(Organisation, Organisation.id == Decoy.organisation_id)
        .where(Decoy.id == decoy_id, scope.within(actor, Organisation.path, FRAUD_DECOY))
    )
    if found is None:
        raise DecoyAbsent
    return found


def decoy_members() -> Select[int | None]:
    """Members who are, or were, decoys: what the public sees leaves them out."""
    return select(Decoy.member_id).join(Decoy.signature).where(Decoy.member_id.is_not(None))


def is_on_a_decoy() -> ColumnElement[bool]:
    """Whether a service record is credited on a decoy, while it is or was one."""
    signed = select(Decoy).join(Decoy.signature)
    members = signed.where(Decoy.member_id.is_not(None)).with_only_columns(Decoy.member_id)
    activities = signed.where(Decoy.activity_id.is_not(None)).with_only_columns(Decoy.activity_id)
    shifts = select(Shift.id).where(Shift.activity_id.in_(activities))
    attended = select(Attendance.id).where(Attendance.shift_id.in_(shifts))
    return or_(ServiceRecord.member_id.in_(members), ServiceRecord.attendance_id.in_(attended))


def not_on_a_decoy() -> ColumnElement[bool]:
    """For counts that the public sees."""
    return not_(is_on_a_decoy())
