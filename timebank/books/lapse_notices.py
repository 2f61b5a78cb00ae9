"""Telling members of points that lapse soon: once for each day on which some do."""

from collections.abc import Iterable, Sequence
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
from timebank.orm import Base
from timebank.policy.queries import policy_for

# No county tells its members earlier than this, whatever it sets.
EARLIEST = timedelta(days=120)
AT_ONCE = 1_000


@dataclass(frozen=True)
class Lapsing:
    """Points of one member that lapse at the beginning of one day of the county."""

    member_id: int
    day: date
    points: Decimal


def lapsing_soon(session: Session, *, at: datetime, timezone: ZoneInfo) -> list[Lapsing]:
    """What lapses within so many days after ``at`` as the member's county sets, and has not lapsed yet."""
    rows = session.execute(
        select(Account.code, Lot.expires_at, func.sum(Lot.left))
        .join(Account, Account.id == Lot.account_id)
        .where(Lot.left > 0, Lot.expires_at > at, Lot.expires_at <= at + EARLIEST)
        .group_by(Account.id, Account.code, Lot.expires_at)
        .order_by(Account.id, Lot.expires_at)
    ).all()
    owners = {code: chart.member_of_points(code) for code, _expires_at, _left in rows}
    before = _told_before(session, sorted(set(owners.values())))
    return [
        Lapsing(
            owners[code],
            expires_at.astimezone(timezone).date(),
            from_scaled(int(left), POINTS),
        )
        for code, expires_at, left in rows
        if expires_at is not None and expires_at <= at + before[owners[code]]
    ]


def _told_before(session: Session, member_ids: Sequence[int]) -> dict[int, timedelta]:
    """How long before each member is told, by the settings of where she belongs."""
    # Members and their places lie in rooms above this one, so their tables are asked for by name.
    people, places = Base.metadata.tables["members"], Base.metadata.tables["organisations"]
    found: dict[int, timedelta] = {}
    days: dict[str, timedelta] = {}
    for first in range(0, len(member_ids), AT_ONCE):
        rows = session.execute(
            select(people.c.id, places.c.path)
            .join(places, places.c.id == people.c.organisation_id)
            .where(people.c.id.in_(member_ids[first : first + AT_ONCE]))
        )
        for member_id, path in rows:
            if path not in days:
                days[path] = timedelta(days=policy_for(session, path).lapse_notice_days)
            found[member_id] = days[path]
    return found


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
