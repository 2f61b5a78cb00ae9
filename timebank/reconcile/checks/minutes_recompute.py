"""Credited minutes follow from the scans, the plan and the county's time rules."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, exists, extract, func, or_, select
from sqlalchemy.orm import Session, aliased

from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import Credit, Plan, Span, credit, credit_without_check_out
from timebank.orgs.models import Organisation
from timebank.policy.rules import Policy
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.settings_then import SettingsThen
from timebank.reconcile.sieve import doubtful, sieves_moments
from timebank.reconcile.touched import touched_records

_DIFFERS = N_("Credited %(minutes)s minutes; scans, plan and time rules give %(expected)s.")
_TIMES = N_("Credited %(credited_from)s – %(credited_until)s; scans, plan and time rules give other times.")
TIME_RULES = (
    "start_tolerance_minutes",
    "end_tolerance_minutes",
    "rounding_minutes",
    "forgotten_percent",
    "forgotten_most_minutes",
)


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        # An old register states its minutes; there is nothing to compute them from.
        .where(
            ServiceRecord.import_run_id.is_(None), within.holds(Organisation.path), touched_records(within)
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    time_rules = SettingsThen(session, TIME_RULES)
    query = (
        _records(within)
        .with_only_columns(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.minutes,
            ServiceRecord.credited_from,
            ServiceRecord.credited_until,
            ServiceRecord.created_at,
            ServiceRecord.stated_from,
            ServiceRecord.stated_until,
            Attendance.checked_in_at,
            Attendance.checked_out_at,
            Attendance.check_out_method,
            Shift.starts_at,
            Shift.ends_at,
            Organisation.path,
        )
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .order_by(ServiceRecord.id)
    )
    if sieves_moments(session):
        query = query.where(doubtful(_surely_right(time_rules)))
    for row in session.execute(query.execution_options(yield_per=1000)):
        found = _by_the_rules(session, row, time_rules.at(row.path, row.created_at))
        if found is not None:
            yield found


def _surely_right(time_rules: SettingsThen) -> ColumnElement[bool]:
    """The common case by the server's arithmetic: both ends are known, and no other service reaches into this one."""
    allowed = {
        name: time_rules.column(name, Organisation.path, ServiceRecord.created_at)
        for name in ("start_tolerance_minutes", "end_tolerance_minutes", "rounding_minutes")
    }
    stated = ServiceRecord.stated_from.is_not(None) & ServiceRecord.stated_until.is_not(None)
    scanned = Attendance.check_out_method.is_not(None)
    came = case((stated, ServiceRecord.stated_from), else_=Attendance.checked_in_at)
    left = case((stated, ServiceRecord.stated_until), else_=Attendance.checked_out_at)
    in_time = came <= Shift.starts_at + _minutes_long(allowed["start_tolerance_minutes"])
    latest = Shift.ends_at + _minutes_long(allowed["end_tolerance_minutes"])
    start = func.date_trunc("minute", case((in_time, Shift.starts_at), else_=came))
    # Null where an end is not known, so that Python looks at it.
    end = case((left.is_not(None), func.greatest(start, func.date_trunc("minute", func.least(left, latest)))))
    # Both ends are whole minutes.
    whole = (
        cast(extract("epoch", ServiceRecord.credited_until - ServiceRecord.credited_from), BigInteger) // 60
    )
    return and_(
        or_(stated, scanned),
        ServiceRecord.credited_from == start,
        ServiceRecord.credited_until == end,
        ServiceRecord.minutes == whole - whole % allowed["rounding_minutes"],
    )


def _minutes_long(minutes: ColumnElement[int]) -> ColumnElement[Any]:
    return func.make_interval(0, 0, 0, 0, 0, minutes)


def _by_the_rules(session: Session, row: Any, policy: Policy) -> Break | None:
    expected = _expected(row, policy)
    other = aliased(ServiceRecord)
    # Another service reaches into this one; no minute counts twice.
    elsewhere: list[Span] = []
    if row.credited_from > expected.credited_from and _borders(
        session, row, other, other.credited_until == row.credited_from
    ):
        elsewhere.append((expected.credited_from, row.credited_from))
        expected = _expected(row, policy, elsewhere)
    if row.credited_until < expected.credited_until and _borders(
        session, row, other, other.credited_from == row.credited_until
    ):
        elsewhere.append((row.credited_until, expected.credited_until))
        expected = _expected(row, policy, elsewhere)
    subject = f"record:{row.id}"
    if row.minutes != expected.minutes:
        return Break(subject, _DIFFERS, {"minutes": row.minutes, "expected": expected.minutes})
    if (row.credited_from, row.credited_until) != (expected.credited_from, expected.credited_until):
        moments = {name: getattr(row, name).isoformat() for name in ("credited_from", "credited_until")}
        return Break(subject, _TIMES, moments)
    return None


def _expected(row: Any, policy: Policy, elsewhere: Sequence[Span] = ()) -> Credit:
    plan = Plan(row.starts_at, row.ends_at)
    if row.stated_from is not None and row.stated_until is not None:
        # Times that the member stated and somebody else accepted stand for those of the scans.
        return credit(
            plan,
            scanned_in=row.stated_from,
            scanned_out=row.stated_until,
            policy=policy,
            elsewhere=elsewhere,
        )
    if row.check_out_method is None or row.checked_out_at is None:
        return credit_without_check_out(
            plan, scanned_in=row.checked_in_at, policy=policy, elsewhere=elsewhere
        )
    return credit(
        plan,
        scanned_in=row.checked_in_at,
        scanned_out=row.checked_out_at,
        policy=policy,
        elsewhere=elsewhere,
    )


def _borders(session: Session, row: Any, other: type[ServiceRecord], touches: ColumnElement[bool]) -> bool:
    beside = select(other.id).where(
        other.member_id == row.member_id,
        other.id != row.id,
        other.credited_until > other.credited_from,
        touches,
    )
    return bool(session.scalar(select(exists(beside))))


CHECK = Check(
    code="minutes_recompute",
    kind="vouchers",
    proves=N_("Every record's minutes follow from its scans, the plan and the county's time rules."),
    broken_by=N_("Minutes, scans or the plan were changed afterwards."),
    repair=N_("Take the record back with its reason and enter the true times with a second person."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
