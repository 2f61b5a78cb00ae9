"""From the ledger to the evidence: points were awarded for a service that was approved."""

from collections.abc import Iterator

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.reconcile.checks import Break, Check, Range

_NO_RECORD = N_("Points were awarded under %(key)s, but no approved service record stands behind it.")
_SEVERAL = N_("One award pays %(records)s service records.")
_OTHER = N_("The award was written for %(written_for)s, but %(record)s claims it.")
_UNFINISHED = N_("Points were awarded for %(record)s, whose attendance is not completed.")


def _count(session: Session, within: Range) -> int:
    kind = (Transaction.kind == "award") & within.new(Transaction.id)
    return session.scalar(select(func.count()).select_from(Transaction).where(kind)) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    paid = ServiceRecord.status.in_(("approved", "reversed"))
    claimed = (
        select(
            ServiceRecord.transaction_id,
            func.count().label("records"),
            func.min(ServiceRecord.id).label("record_id"),
            func.count(Attendance.checked_out_at).label("completed"),
        )
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .where(paid, within.new(ServiceRecord.transaction_id))
        .group_by(ServiceRecord.transaction_id)
        .subquery()
    )
    subject = literal("record:") + cast(claimed.c.record_id, String)
    query = (
        select(Transaction.id, Transaction.key, Transaction.subject, claimed)
        .outerjoin(claimed, claimed.c.transaction_id == Transaction.id)
        .where(
            Transaction.kind == "award",
            within.new(Transaction.id),
            claimed.c.records.is_(None)
            | (claimed.c.records > 1)
            | (subject != Transaction.subject)
            | (claimed.c.completed < claimed.c.records),
        )
        .order_by(Transaction.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        yield _named(row.id, row.key, row.subject, row.records, row.record_id)


def _named(number: int, key: str, written_for: str, records: int | None, record_id: int | None) -> Break:
    subject, record = f"transaction:{number}", f"record:{record_id}"
    if records is None:
        return Break(subject, _NO_RECORD, {"key": key})
    if records > 1:
        return Break(subject, _SEVERAL, {"records": records})
    if record != written_for:
        return Break(subject, _OTHER, {"written_for": written_for, "record": record})
    return Break(subject, _UNFINISHED, {"record": record})


CHECK = Check(
    code="awards_have_records",
    kind="vouchers",
    proves=N_(
        "Every award of points stands for exactly one approved service record with a completed attendance."
    ),
    broken_by=N_("Points were posted without a service, or a record or attendance was changed afterwards."),
    repair=N_(
        "Reverse the award with its reason; if the service took place, have it entered and approved anew."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
