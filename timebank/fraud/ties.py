"""Ties: one person gave another something in which no machine saw the receiver. The edges of the weekly graph."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_
from sqlalchemy.orm import Session

from timebank.fraud.rules.reading import records
from timebank.hours.models import Attendance, ServiceRecord

BY_HAND, AT_THE_COUNTER = "by_hand", "counter"
_TYPED = ("manual", "sheet", "offline")


@dataclass(frozen=True)
class Tie:
    """One row between two people.

    Attributes:
        kind: ``by_hand`` (typed or edited hours) or ``counter`` (a redemption).
        place: within which the giver's usual share is counted, such as ``organisation:3`` or ``shop:1``.
        user_id: who approved, or stood at the counter. member_id: who got it.
        points: at stake, as far as known.
    """

    kind: str
    place: str
    organisation_id: int
    user_id: int
    member_id: int
    points: Decimal


Reader = Callable[[Session, datetime, datetime], Iterable[Tie]]


def by_hand(session: Session, since: datetime, until: datetime) -> Iterator[Tie]:
    """Approvals of rows that were typed in, or edited after a correction."""
    rows = records(
        session,
        since,
        until,
        ServiceRecord.approved_by_user_id.is_not(None),
        or_(
            Attendance.check_in_method.in_(_TYPED),
            Attendance.check_out_method.in_(_TYPED),
            ServiceRecord.corrects_id.is_not(None),
        ),
        order=(ServiceRecord.id,),
    )
    for row in rows:
        place = f"organisation:{row.organisation_id}"
        yield Tie(BY_HAND, place, row.organisation_id, row.approver, row.member_id, row.points or Decimal(0))


TIES: tuple[Reader, ...] = (by_hand,)
