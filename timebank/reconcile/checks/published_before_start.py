"""An activity that is published after it began may never have taken place."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range

_NEVER = N_("Members were checked in, but the activity was never published.")
_LATE = N_("Published %(published_at)s, although it began %(began_at)s.")


def _was_scanned(within: Range) -> ColumnElement[bool]:
    """Somebody was seen there by a scan: old registers and entries by hand do not count."""
    return exists(
        select(Attendance.id)
        .join(ServiceRecord, ServiceRecord.attendance_id == Attendance.id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .where(
            Shift.activity_id == Activity.id,
            Attendance.check_in_method != "manual",
            ServiceRecord.import_run_id.is_(None),
            within.written(Attendance.id),
        )
    )


def _activities(within: Range) -> Select[int]:
    return (
        select(Activity.id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .where(within.holds(Organisation.path), _was_scanned(within))
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_activities(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    began_at = select(func.min(Shift.starts_at)).where(Shift.activity_id == Activity.id).scalar_subquery()
    late = and_(Activity.published_at.is_not(None), Activity.published_at > began_at)
    query = (
        _activities(within)
        .with_only_columns(Activity.id, Activity.published_at, began_at.label("began_at"))
        .where(or_(Activity.published_at.is_(None), late))
        .order_by(Activity.id)
    )
    for activity_id, published_at, first in session.execute(query.execution_options(yield_per=1000)):
        subject = f"activity:{activity_id}"
        if published_at is None:
            yield Break(subject, _NEVER)
        else:
            moments = {"published_at": published_at.isoformat(), "began_at": first.isoformat()}
            yield Break(subject, _LATE, moments)


CHECK = Check(
    code="published_before_start",
    kind="vouchers",
    proves=N_("Every activity that people were checked in to had been published before it began."),
    broken_by=N_("An activity was invented afterwards, or its times were moved."),
    repair=N_("Open a case: ask members who are said to have been there, and look at who showed the code."),
    count=_count,
    find=_find,
    opens_a_case=True,
    incremental=True,
    watches=(Attendance.created_at,),
)
