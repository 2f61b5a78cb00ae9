"""The volunteer turns hours of the time account into points, by the general rule of the day."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from ledger.errors import KeyReused
from timebank.access.actors import Actor
from timebank.books import postings
from timebank.books import queries as books
from timebank.books.lapsing import lapse_day
from timebank.hours import queries
from timebank.hours.errors import ConversionOverCap, ConversionUnavailable, NothingToConvert
from timebank.members.models import Member
from timebank.policy import queries as policy_queries
from timebank.policy.models import PointsRule
from timebank.policy.rules import award_for, largest_conversion, room_under_caps, written_hours


@dataclass(frozen=True)
class Conversion:
    """What a conversion gives, before or after it is done.

    Attributes:
        is_repeat: it was done before, under the same key.
    """

    minutes: int
    points: Decimal
    arithmetic: str
    is_repeat: bool = False


@dataclass(frozen=True)
class Exchange:
    """What the member may convert now.

    Attributes:
        available_minutes: on the time account.
        most_minutes: of these, what the rule's caps leave today.
    """

    available_minutes: int
    most_minutes: int
    rule: PointsRule
    paid_today: Decimal
    paid_this_month: Decimal


def exchange_for(session: Session, *, member: Member, at: datetime, timezone: ZoneInfo) -> Exchange:
    """The rule and the room for conversions of ``member`` today; raises ``ConversionUnavailable``."""
    today = at.astimezone(timezone).date()
    rule = policy_queries.rule_for(session, member.organisation.path, None, today)
    if rule is None:
        raise ConversionUnavailable
    paid_today = _converted(session, member.id, today, today + timedelta(days=1), timezone)
    month = today.replace(day=1)
    paid_this_month = _converted(session, member.id, month, _next_month(month), timezone)
    values = policy_queries.values_of(rule)
    available = books.time_balance(session, member.id)
    most = largest_conversion(available, values, room_under_caps(values, paid_today, paid_this_month))
    return Exchange(available, most, rule, paid_today, paid_this_month)


def _converted(session: Session, member_id: int, first: date, end: date, timezone: ZoneInfo) -> Decimal:
    return books.points_converted(
        session,
        member_id,
        since=datetime.combine(first, time(), timezone),
        until=datetime.combine(end, time(), timezone),
    )


def _next_month(first_of_month: date) -> date:
    return (first_of_month + timedelta(days=31)).replace(day=1)


def preview_conversion(
    session: Session, *, member: Member, minutes: int, at: datetime, timezone: ZoneInfo
) -> Conversion:
    """What ``minutes`` would give now.

    Raises:
        ConversionUnavailable: no general rule today.
        NothingToConvert: more than there is, or worth nothing.
        ConversionOverCap: hours beyond a cap would be lost, so they are not taken.
    """
    exchange = exchange_for(session, member=member, at=at, timezone=timezone)
    if not 0 < minutes <= exchange.available_minutes:
        raise NothingToConvert(field="hours", available=exchange.available_minutes)
    if minutes > exchange.most_minutes:
        raise ConversionOverCap(field="hours", most=written_hours(exchange.most_minutes))
    points, arithmetic = award_for(
        minutes,
        policy_queries.values_of(exchange.rule),
        exchange.paid_today,
        exchange.paid_this_month,
    )
    if not points:
        raise NothingToConvert(field="hours", available=exchange.available_minutes)
    return Conversion(minutes, points, arithmetic)


def convert(
    session: Session,
    *,
    key: str,
    member: Member,
    minutes: int,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> Conversion:
    """Convert ``minutes``; the same key and minutes give the first result again.

    Raises:
        KeyReused: the key stands for another number of minutes.
        Whatever :func:`preview_conversion` raises.
    """
    queries.lock_members(session, [member.id])
    whole_key = f"{member.id}:{key}"
    first = books.conversion(session, whole_key)
    if first is not None:
        if first[0] != minutes:
            raise KeyReused(key=whole_key, transaction=None)
        return Conversion(*first, is_repeat=True)
    planned = preview_conversion(session, member=member, minutes=minutes, at=at, timezone=timezone)
    rule = exchange_for(session, member=member, at=at, timezone=timezone).rule
    policy = policy_queries.policy_for(session, member.organisation.path)
    postings.convert(
        session,
        key=whole_key,
        member_id=member.id,
        organisation_id=member.organisation_id,
        minutes=minutes,
        points=planned.points,
        rule_number=rule.number,
        arithmetic=planned.arithmetic,
        at=at,
        actor=by.label,
        lapses_on=lapse_day(at.astimezone(timezone).date(), policy.points_lapse_months),
        timezone=timezone,
    )
    return planned
