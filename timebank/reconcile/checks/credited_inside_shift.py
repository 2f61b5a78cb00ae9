"""Nobody is credited before the plan begins or much after it ends."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.orgs.models import Organisation
from timebank.policy.settings import setting_named
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_OUTSIDE = N_(
    "Credited %(credited_from)s – %(credited_until)s, but the shift was planned %(starts_at)s – %(ends_at)s."
)
_COUNTED = ("pending", "approved")


def _count(session: Session, within: Range) -> int:
    query = (
        select(func.count())
        .select_from(ServiceRecord)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(_COUNTED),
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            touched_records(within),
        )
    )
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    # The most that any county may allow; what its own setting allows is part of recomputing the minutes.
    setting = setting_named("end_tolerance_minutes")
    assert setting is not None
    tolerance = timedelta(minutes=int(setting.most or 0))
    query = (
        select(
            ServiceRecord.id,
            ServiceRecord.credited_from,
            ServiceRecord.credited_until,
            Shift.starts_at,
            Shift.ends_at,
        )
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(_COUNTED),
            # Old registers know the day and the hours, not the minute of the clock.
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            touched_records(within),
            (ServiceRecord.credited_from < Shift.starts_at) | (ServiceRecord.credited_until > Shift.ends_at),
        )
        .order_by(ServiceRecord.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        if row.credited_from < row.starts_at or row.credited_until > row.ends_at + tolerance:
            moments = ("credited_from", "credited_until", "starts_at", "ends_at")
            yield Break(
                f"record:{row.id}", _OUTSIDE, {name: getattr(row, name).isoformat() for name in moments}
            )


CHECK = Check(
    code="credited_inside_shift",
    kind="vouchers",
    proves=N_("Credited time lies inside the planned shift, up to the tolerance at its end."),
    broken_by=N_("Times were changed after the shift, in the record or in the plan."),
    repair=N_("Ask the coordinator what happened; take the record back and enter it with the true times."),
    count=_count,
    find=_find,
    opens_a_case=True,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
