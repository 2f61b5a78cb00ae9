"""F-19: an account that slept is emptied from a new phone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.access.models import LogIn, User
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, points_of
from timebank.hours.models import Attendance

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = orders(
        session, window.since(_MONTH), window.until, order=(Order.member_id, Order.completed_at, Order.id)
    )
    for member_id, bought in grouped(rows, lambda row: row.member_id):
        first = bought[0]
        log_in = _new_phone(session, member_id, first.completed_at, limits["hours"])
        if log_in is None:
            continue
        number, came_at = log_in
        quiet = _quiet_days(session, member_id, came_at)
        if quiet is None or quiet < limits["quiet_days"]:
            continue
        taken = [row for row in bought if row.completed_at - came_at <= timedelta(hours=limits["hours"])]
        yield Finding(
            key=f"member:{member_id}:{first.id}",
            organisation_id=first.organisation_id,
            day=window.day(taken[-1].completed_at),
            members=(member_id,),
            facts={"quiet_days": quiet, "redemptions": len(taken)},
            evidence=(f"log_in:{number}", *(f"order:{row.id}" for row in taken)),
            points=sum((row.total_points for row in taken), points_of(())),
        )


def _new_phone(session: Session, member_id: int, before: datetime, hours: int) -> tuple[int, datetime] | None:
    """The log-in on a phone that this member had never used, within the hours before the redemption."""
    own = (
        select(LogIn.id, LogIn.at, LogIn.device_digest)
        .join(User, User.id == LogIn.user_id)
        .where(User.member_id == member_id, LogIn.at <= before)
    )
    known: set[str] = set()
    for row in session.execute(own.order_by(LogIn.at, LogIn.id)):
        is_new = bool(known) and row.device_digest not in known
        known.add(row.device_digest)
        if is_new and before - row.at <= timedelta(hours=hours):
            return row.id, row.at
    return None


def _quiet_days(session: Session, member_id: int, before: datetime) -> int | None:
    """Days since the member was last seen before that: at a shift, at a counter, or logging in."""
    seen = [
        session.scalar(
            select(func.max(Order.completed_at)).where(
                Order.member_id == member_id, Order.completed_at < before
            )
        ),
        session.scalar(
            select(func.max(Attendance.checked_in_at)).where(
                Attendance.member_id == member_id, Attendance.checked_in_at < before
            )
        ),
        session.scalar(
            select(func.max(LogIn.at))
            .join(User, User.id == LogIn.user_id)
            .where(User.member_id == member_id, LogIn.at < before)
        ),
    ]
    last = max((moment for moment in seen if moment is not None), default=None)
    return None if last is None else (before - last).days


RULE = Rule(
    code="F-19",
    version=1,
    name=N_("A sleeping account is emptied from a new phone"),
    says=N_(
        "After %(quiet_days)s quiet days somebody logged in on a new phone and redeemed %(redemptions)s times within 72 hours."
    ),
    honest=N_("Somebody who was ill or away and came back with a new phone: ask."),
    blind=N_("A thief who uses the member's own phone, or who waits."),
    prevented_by=N_("PIN on a new phone and after long quiet; a message for every redemption."),
    weight=100,
    thresholds=(
        Threshold("quiet_days", N_("quiet days before"), 90, 30, 1000),
        Threshold("hours", N_("hours between log-in and redemption"), 72, 1, 720),
    ),
    find=_find,
    opens_alone=True,
)
