"""Attendance that no scan proves at both ends is paid only by a person who says why."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_NO_REASON = N_("There is no scan at both ends, and whoever approved it gave no reason.")
_NO_EVIDENCE = N_("The attendance was entered by hand without saying by whom and why.")


def _incomplete() -> ColumnElement[bool]:
    return (
        (Attendance.check_in_method == "manual")
        | Attendance.check_out_method.is_(None)
        | (Attendance.check_out_method == "manual")
    )


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(("approved", "reversed")),
            # For an old register, the file and whoever imported it stand in.
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            touched_records(within),
            _incomplete(),
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    by_hand = Attendance.check_in_method == "manual"
    unexplained = by_hand & (Attendance.recorded_by_user_id.is_(None) | (Attendance.reason == ""))
    query = (
        _records(within)
        .with_only_columns(ServiceRecord.id, unexplained.label("unexplained"))
        .where((ServiceRecord.decision_reason == "") | unexplained)
        .order_by(ServiceRecord.id)
    )
    for record_id, is_unexplained in session.execute(query.execution_options(yield_per=1000)):
        yield Break(f"record:{record_id}", _NO_EVIDENCE if is_unexplained else _NO_REASON)


CHECK = Check(
    code="exceptions_are_approved",
    kind="vouchers",
    proves=N_("Attendance without a scan at both ends was approved one by one, with a reason."),
    broken_by=N_("Reasons were removed, or rows were approved past the page that asks for them."),
    repair=N_("Ask the approver for the reason and evidence; without them take the record back."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
