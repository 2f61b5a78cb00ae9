"""When points lapse: from months to the day, from the day to the moment; and the posting that takes them away."""

from collections.abc import Callable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ledger import lots
from ledger.journal import Posting
from timebank.books import chart

USUAL_TIMEZONE = ZoneInfo("Asia/Shanghai")
_MONTHS_PER_YEAR = 12


def lapse_day(booked_on: date, months: int) -> date | None:
    """The day at whose beginning points lapse that were booked on ``booked_on``; None where they never do.

    The first of a month: points are good until the end of the month that lies ``months`` after the booking's.
    Everything of one month lapses together, so a member is warned once and remembers one date.
    """
    if not months:
        return None
    count = booked_on.year * _MONTHS_PER_YEAR + booked_on.month + months
    return date(count // _MONTHS_PER_YEAR, count % _MONTHS_PER_YEAR + 1, 1)


def lapse_moment(lapses_on: date | None, timezone: ZoneInfo) -> datetime | None:
    """The beginning of the county's day."""
    return None if lapses_on is None else datetime.combine(lapses_on, time(), timezone)


def lapse_points(
    session: Session, *, at: datetime, actor: str, home_of: Callable[[int], int], limit: int = 200
) -> list[Posting]:
    """Post what has lapsed by ``at`` out of at most ``limit`` members' accounts; call it until it returns nothing.

    What is reserved stays until its reservation ends: it was taken in time. ``home_of`` tells the organisation
    of a member, to whose book of lapsed points they go. Repeating changes nothing.
    """
    return lots.lapse(
        session,
        at=at,
        recorded_at=at,
        actor=actor,
        to=lambda code: chart.points_expired(home_of(chart.member_of_points(code))),
        subject=lambda code: f"member:{chart.member_of_points(code)}",
        limit=limit,
    )
