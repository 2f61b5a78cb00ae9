"""An attendance that claims a scan has that scan in the log, which nobody can change."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.hours.models import Attendance
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range

_NO_ENTRY = N_(
    "The attendance claims that the member was scanned in, but the log of scans knows nothing of it."
)
_NO_EXIT = N_(
    "The attendance claims that the member was scanned out, but the log of scans knows nothing of it."
)
_SCANNED = ("rotating", "member", "static", "short", "offline")


def _attendances(within: Range) -> Select[int]:
    return (
        select(Attendance.id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .where(
            within.holds(Organisation.path),
            within.written(Attendance.id, changed=Attendance.checked_out_at),
            Attendance.check_in_method.in_(_SCANNED) | Attendance.check_out_method.in_(_SCANNED),
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_attendances(within).subquery())) or 0


def _logged(kind: str, method: ColumnElement[str | None], at: ColumnElement[object]) -> ColumnElement[bool]:
    return exists(
        select(Scan.id).where(
            Scan.shift_id == Attendance.shift_id,
            Scan.member_id == Attendance.member_id,
            Scan.kind == kind,
            Scan.outcome == "ok",
            Scan.method == method,
            Scan.at == at,
        )
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    no_entry = Attendance.check_in_method.in_(_SCANNED) & ~_logged(
        "in", Attendance.__table__.c.check_in_method, Attendance.__table__.c.checked_in_at
    )
    no_exit = Attendance.check_out_method.in_(_SCANNED) & ~_logged(
        "out", Attendance.__table__.c.check_out_method, Attendance.__table__.c.checked_out_at
    )
    for says, missing in ((_NO_ENTRY, no_entry), (_NO_EXIT, no_exit)):
        query = _attendances(within).where(missing).order_by(Attendance.id)
        for attendance_id in session.scalars(query.execution_options(yield_per=1000)):
            yield Break(f"attendance:{attendance_id}", says)


CHECK = Check(
    code="scans_prove_attendance",
    kind="vouchers",
    proves=N_(
        "Every attendance that claims a scan has that scan, at that moment and by that means, in the log of scans."
    ),
    broken_by=N_("An attendance was made or changed in the database itself."),
    repair=N_("Open a case: without a scan it is an entry by hand and needs a reason and a second person."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Attendance.created_at,),
)
