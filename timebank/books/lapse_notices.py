"""Telling members of points that lapse soon: once for each day on which some do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Lot
from timebank.books import chart
from timebank.errors import N_
from timebank.notices import service as notices

# Long enough for the next market day and for somebody who is asked to go along.
TOLD_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Lapsing:
    """Points of one member that lapse at the beginning of one day of the county."""

    member_id: int
    day: date
    points: Decimal


def lapsing_soon(session: Session, *, at: datetime, timezone: ZoneInfo) -> list[Lapsing]:
    """What lapses within 30 days after ``at`` and has not lapsed yet, by member and day."""
    rows = session.execute(
        select(Account.code, Lot.expires_at, func.sum(Lot.left))
        .join(Account, Account.id == Lot.account_id)
        .where(Lot.left > 0, Lot.expires_at > at, Lot.expires_at <= at + TOLD_BEFORE)
        .group_by(Account.id, Account.code, Lot.expires_at)
        .order_by(Account.id, Lot.expires_at)
    )
    return [
        Lapsing(
            chart.member_of_points(code),
            expires_at.astimezone(timezone).date(),
            from_scaled(int(left), POINTS),
        )
        for code, expires_at, left in rows
        if expires_at is not None
    ]


def tell(session: Session, found: Iterable[Lapsing], *, at: datetime) -> int:
    """Tell each member of each day once, however often this runs; how many were told now."""
    told = 0
    for one in found:
        notice = notices.tell(
            session,
            member_id=one.member_id,
            kind="points.lapse_soon",
            sentence=N_("%(points)s points lapse on %(day)s unless you spend them before."),
            facts={"points": one.points, "day": one.day},
            href="/my/points",
            at=at,
            key=f"points.lapse_soon:{one.member_id}:{one.day}",
        )
        told += notice is not None
    return told
