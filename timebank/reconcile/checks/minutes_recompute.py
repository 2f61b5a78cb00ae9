"""Credited minutes follow from the scans, the plan and the county's time rules."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import Credit, Plan, credit, credit_without_check_out, whole_minutes
from timebank.orgs.models import Organisation
from timebank.policy.models import PolicySetting
from timebank.policy.rules import Policy, ids_of_path, merged
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("Credited %(minutes)s minutes; scans, plan and time rules give %(expected)s.")
_TIMES = N_("Credited %(credited_from)s – %(credited_until)s; scans, plan and time rules give other times.")
_TOO_MUCH = N_("Credited %(minutes)s minutes between times that are only %(expected)s minutes apart.")
TIME_RULES = (
    "start_tolerance_minutes",
    "end_tolerance_minutes",
    "rounding_minutes",
    "forgotten_percent",
    "forgotten_most_minutes",
)


class _TimeRules:
    """The settings of every organisation, and since when they have been what they are."""

    def __init__(self, session: Session) -> None:
        query = select(
            PolicySetting.organisation_id, PolicySetting.name, PolicySetting.value, PolicySetting.changed_at
        ).where(PolicySetting.name.in_(TIME_RULES))
        self._rows = session.execute(query).all()
        self._known: dict[str, tuple[Policy, datetime | None]] = {}

    def at(self, path: str) -> tuple[Policy, datetime | None]:
        """The policy at ``path`` and the moment of the last change that matters there."""
        if path not in self._known:
            above = set(ids_of_path(path))
            rows = [row for row in self._rows if row.organisation_id in above]
            policy = merged([(row.organisation_id, row.name, row.value) for row in rows], path)
            self._known[path] = policy, max((row.changed_at for row in rows), default=None)
        return self._known[path]


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        # An old register states its minutes; there is nothing to compute them from.
        .where(ServiceRecord.import_run_id.is_(None), within.holds(Organisation.path))
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    time_rules = _TimeRules(session)
    query = (
        _records(within)
        .with_only_columns(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.minutes,
            ServiceRecord.credited_from,
            ServiceRecord.credited_until,
            ServiceRecord.created_at,
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
    for row in session.execute(query.execution_options(yield_per=1000)):
        policy, since = time_rules.at(row.path)
        if since is not None and row.created_at < since:
            # The rules of that day are gone; what no rule could ever give is still found.
            found = _beyond_any_rule(row)
        else:
            found = _by_the_rules(session, row, policy)
        if found is not None:
            yield found


def _beyond_any_rule(row: Any) -> Break | None:
    between = whole_minutes(row.credited_until - row.credited_from)
    if row.minutes <= between:
        return None
    return Break(f"record:{row.id}", _TOO_MUCH, {"minutes": row.minutes, "expected": between})


def _by_the_rules(session: Session, row: Any, policy: Policy) -> Break | None:
    expected = _expected(row, policy)
    if row.credited_from > expected.credited_from and _is_credited_until(session, row):
        # Another service reaches into this one; no minute counts twice.
        expected = _expected(row, policy, not_before=row.credited_from)
    subject = f"record:{row.id}"
    if row.minutes != expected.minutes:
        return Break(subject, _DIFFERS, {"minutes": row.minutes, "expected": expected.minutes})
    if (row.credited_from, row.credited_until) != (expected.credited_from, expected.credited_until):
        moments = {name: getattr(row, name).isoformat() for name in ("credited_from", "credited_until")}
        return Break(subject, _TIMES, moments)
    return None


def _expected(row: Any, policy: Policy, not_before: datetime | None = None) -> Credit:
    plan = Plan(row.starts_at, row.ends_at)
    if row.check_out_method is None or row.checked_out_at is None:
        return credit_without_check_out(
            plan, scanned_in=row.checked_in_at, policy=policy, not_before=not_before
        )
    return credit(
        plan,
        scanned_in=row.checked_in_at,
        scanned_out=row.checked_out_at,
        policy=policy,
        not_before=not_before,
    )


def _is_credited_until(session: Session, row: Any) -> bool:
    other = aliased(ServiceRecord)
    ends_there = exists(
        select(other.id).where(
            other.member_id == row.member_id, other.id != row.id, other.credited_until == row.credited_from
        )
    )
    return bool(session.scalar(select(ends_there)))


CHECK = Check(
    code="minutes_recompute",
    kind="vouchers",
    proves=N_("Every record's minutes follow from its scans, the plan and the county's time rules."),
    broken_by=N_("Minutes, scans or the plan were changed afterwards."),
    repair=N_("Take the record back with its reason and enter the true times with a second person."),
    count=_count,
    find=_find,
)
