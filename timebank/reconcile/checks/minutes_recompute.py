"""Credited minutes follow from the scans, the plan and the county's time rules."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased

from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import Credit, Plan, Span, credit, credit_without_check_out
from timebank.orgs.models import Organisation
from timebank.policy.models import PolicySetting
from timebank.policy.rules import Policy, merged
from timebank.reconcile.checks import Break, Check, Range
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


class SettingsThen:
    """The settings of every organisation as they held at any moment."""

    def __init__(self, session: Session, names: Sequence[str]) -> None:
        query = select(
            PolicySetting.organisation_id, PolicySetting.name, PolicySetting.value, PolicySetting.changed_at
        ).where(PolicySetting.name.in_(names))
        self._rows = session.execute(query.order_by(PolicySetting.changed_at, PolicySetting.id)).all()
        self._changes = [row.changed_at for row in self._rows]
        self._known: dict[tuple[str, int], Policy] = {}

    def at(self, path: str, moment: datetime) -> Policy:
        """What held at ``path`` when the record was made."""
        # As many rows as were written until then say everything about that moment.
        written = bisect_right(self._changes, moment)
        if (path, written) not in self._known:
            rows = ((row.organisation_id, row.name, row.value) for row in self._rows[:written])
            self._known[path, written] = merged(rows, path)
        return self._known[path, written]


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
    for row in session.execute(query.execution_options(yield_per=1000)):
        found = _by_the_rules(session, row, time_rules.at(row.path, row.created_at))
        if found is not None:
            yield found


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
)
