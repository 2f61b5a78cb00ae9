"""Noting that a member is insured for volunteering, which activities may ask for."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import InsuranceNote


def note(
    session: Session, *, member_id: int, insured_until: date, evidence: str, by: Actor, at: datetime
) -> InsuranceNote:
    """Somebody of the staff saw an insurance that covers the member up to and including ``insured_until``.

    Notes are never changed; the one that reaches farthest counts.
    """
    found = InsuranceNote(
        member_id=member_id,
        insured_until=insured_until,
        evidence=evidence.strip(),
        noted_by=by.label,
        noted_at=at,
    )
    session.add(found)
    session.flush()
    return found


def notes_of(session: Session, member_id: int) -> Sequence[InsuranceNote]:
    """Every note about the member, the one that reaches farthest first."""
    return session.scalars(
        select(InsuranceNote)
        .where(InsuranceNote.member_id == member_id)
        .order_by(InsuranceNote.insured_until.desc(), InsuranceNote.id.desc())
    ).all()
