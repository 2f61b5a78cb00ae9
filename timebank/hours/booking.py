"""Paying approved records: points by rule and caps, or hours onto the time account, in one batch.

Caps are read under the members' locks, so that two coordinators who confirm at the same moment
cannot both use what is left of a cap.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.books import postings
from timebank.books.lapsing import USUAL_TIMEZONE, lapse_day
from timebank.hours.models import ServiceRecord
from timebank.hours.rules import APPROVED
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy.models import PointsRule
from timebank.policy.rules import ON_CONVERSION, Policy, award_for, choose_rule

# Versions of one rule, for one organisation and category, share their caps.
RuleLine = tuple[int, int | None]


class _RuleBook:
    """Rules and settings by organisation, each read once for a batch."""

    def __init__(self, session: Session, organisation_ids: Iterable[int]) -> None:
        rows = session.execute(
            select(Organisation.id, Organisation.path).where(Organisation.id.in_(set(organisation_ids)))
        )
        self._paths = {row[0]: row[1] for row in rows}
        self._rules = {path: policy_queries.rules_along(session, path) for path in self._paths.values()}
        self._policies = {path: policy_queries.policy_for(session, path) for path in self._paths.values()}

    def policy(self, organisation_id: int) -> Policy:
        return self._policies[self._paths[organisation_id]]

    def rule(self, record: ServiceRecord) -> PointsRule | None:
        path = self._paths[record.organisation_id]
        return choose_rule(self._rules[path], path, record.category_id, record.served_on)


class _Paid:
    """Points that members already have under each line of rules, by day and by month."""

    def __init__(self) -> None:
        self._by_day: dict[tuple[int, RuleLine, date], Decimal] = defaultdict(Decimal)
        self._by_month: dict[tuple[int, RuleLine, int, int], Decimal] = defaultdict(Decimal)

    def add(self, member_id: int, line: RuleLine, day: date, points: Decimal) -> None:
        self._by_day[member_id, line, day] += points
        self._by_month[member_id, line, day.year, day.month] += points

    def so_far(self, member_id: int, line: RuleLine, day: date) -> tuple[Decimal, Decimal]:
        return (
            self._by_day[member_id, line, day],
            self._by_month[member_id, line, day.year, day.month],
        )


def _already_paid(session: Session, records: Sequence[ServiceRecord]) -> _Paid:
    paid = _Paid()
    first = min(record.served_on for record in records).replace(day=1)
    rows = session.execute(
        select(
            ServiceRecord.member_id,
            PointsRule.organisation_id,
            PointsRule.category_id,
            ServiceRecord.served_on,
            func.sum(ServiceRecord.points),
        )
        .join(PointsRule, PointsRule.id == ServiceRecord.rule_id)
        .where(
            ServiceRecord.status == APPROVED,
            ServiceRecord.member_id.in_({record.member_id for record in records}),
            ServiceRecord.served_on >= first,
        )
        .group_by(
            ServiceRecord.member_id,
            PointsRule.organisation_id,
            PointsRule.category_id,
            ServiceRecord.served_on,
        )
    )
    for member_id, organisation_id, category_id, served_on, points in rows:
        paid.add(member_id, (organisation_id, category_id), served_on, points or Decimal(0))
    return paid


def preview(
    session: Session, records: Sequence[ServiceRecord]
) -> dict[int, tuple[Decimal | None, str, PointsRule | None]]:
    """What each record would get if all of them were approved now, in this order.

    Returns:
        By record id: points (None where hours are credited instead), arithmetic, rule.
    """
    if not records:
        return {}
    book = _RuleBook(session, {record.organisation_id for record in records})
    paid = _already_paid(session, records)
    shown: dict[int, tuple[Decimal | None, str, PointsRule | None]] = {}
    for record in records:
        if book.policy(record.organisation_id).points_booked == ON_CONVERSION:
            shown[record.id] = (None, "", None)
            continue
        rule = book.rule(record)
        points, arithmetic = _price(record, rule, paid)
        shown[record.id] = (points, arithmetic, rule)
    return shown


def _price(record: ServiceRecord, rule: PointsRule | None, paid: _Paid) -> tuple[Decimal, str]:
    if rule is None:
        return Decimal(0), ""
    line = (rule.organisation_id, rule.category_id)
    today, this_month = paid.so_far(record.member_id, line, record.served_on)
    points, arithmetic = award_for(record.minutes, policy_queries.values_of(rule), today, this_month)
    paid.add(record.member_id, line, record.served_on, points)
    return points, arithmetic


def book(
    session: Session,
    records: Sequence[ServiceRecord],
    *,
    actor: str,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
    dated_by_service: bool = False,
) -> None:
    """Price and post records that have just been approved; all or none, the members being locked.

    Args:
        timezone: the county's own, in which the points lapse at the beginning of a day.
        dated_by_service: the postings take effect when the service ended rather than now: old registers.
    """
    prices = preview(session, records)
    for record in records:
        record.points, record.arithmetic, record.rule = prices[record.id]
    paid_in_points = [record for record in records if record.points]
    paid_in_hours = [record for record in records if record.points is None and record.minutes]
    lapses = _lapse_days(session, {record.organisation_id for record in paid_in_points}, at, timezone)
    awards = [
        replace(
            _award(record, _effective(record, at, dated_by_service), at, actor),
            lapses_on=lapses[record.organisation_id],
            timezone=timezone,
        )
        for record in paid_in_points
    ]
    hours = [
        _time_credit(record, _effective(record, at, dated_by_service), at, actor) for record in paid_in_hours
    ]
    posted = [*postings.award_many(session, awards), *postings.credit_time_many(session, hours)]
    for record, posting in zip([*paid_in_points, *paid_in_hours], posted, strict=True):
        record.transaction_id = posting.id
    session.flush()


def _effective(record: ServiceRecord, at: datetime, dated_by_service: bool) -> datetime:
    return min(record.credited_until, at) if dated_by_service else at


def _lapse_days(
    session: Session, organisation_ids: Iterable[int], at: datetime, timezone: ZoneInfo
) -> dict[int, date | None]:
    """When points lapse that are booked now, by organisation: each county's own setting."""
    book = _RuleBook(session, organisation_ids)
    today = at.astimezone(timezone).date()
    return {number: lapse_day(today, book.policy(number).points_lapse_months) for number in organisation_ids}


def _award(record: ServiceRecord, effective: datetime, at: datetime, actor: str) -> postings.Award:
    return postings.Award(
        record_id=record.id,
        member_id=record.member_id,
        organisation_id=record.organisation_id,
        points=record.points or Decimal(0),
        rule_number=record.rule.number if record.rule else None,
        arithmetic=record.arithmetic,
        at=effective,
        recorded_at=at,
        actor=actor,
    )


def _time_credit(record: ServiceRecord, effective: datetime, at: datetime, actor: str) -> postings.TimeCredit:
    return postings.TimeCredit(
        record_id=record.id,
        member_id=record.member_id,
        organisation_id=record.organisation_id,
        minutes=record.minutes,
        at=effective,
        recorded_at=at,
        actor=actor,
    )
