"""How many people the organiser counted, beside how many were checked in at the fullest moment."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.hours.errors import HeadCountInvalid, HeadCountUnexplained
from timebank.hours.models import Attendance, HeadCount
from timebank.hours.rules import head_count_differs, inside_at_peak

MOST_PEOPLE = 100_000


def keep_head_count(
    session: Session, *, shift: Shift, counted: int, by: Actor, at: datetime, note: str = ""
) -> HeadCount:
    """Keep a count; a later one stands beside it, and the last one is compared.

    Raises:
        HeadCountInvalid: below zero or beyond any crowd.
        HeadCountUnexplained: far from those who were checked in, without a word why.
    """
    if not 0 <= counted <= MOST_PEOPLE:
        raise HeadCountInvalid(field="head_count")
    assert by.user_id is not None, "a person counts"
    inside = peak_of(session, shift.id, at=at)
    if head_count_differs(counted, inside) and not note.strip():
        raise HeadCountUnexplained(field="note", counted=counted, inside=inside)
    row = HeadCount(
        shift_id=shift.id,
        counted=counted,
        inside_at_peak=inside,
        note=note.strip(),
        said_by_user_id=by.user_id,
        said_at=at,
    )
    session.add(row)
    session.flush()
    return row


def head_count_of(session: Session, shift_id: int) -> HeadCount | None:
    """The shift's last count."""
    return session.scalar(
        select(HeadCount).where(HeadCount.shift_id == shift_id).order_by(HeadCount.id.desc()).limit(1)
    )


def peak_of(session: Session, shift_id: int, *, at: datetime) -> int:
    """How many members were checked in at the fullest moment up to ``at``."""
    rows = session.execute(
        select(Attendance.checked_in_at, Attendance.checked_out_at).where(Attendance.shift_id == shift_id)
    )
    return inside_at_peak((row[0], row[1] or max(at, row[0])) for row in rows)
