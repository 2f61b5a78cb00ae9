"""What was taken back was reversed, and nothing else was."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from ledger.models import Transaction
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_NOT_REVERSED = N_("The record was taken back, but its posting was not reversed.")
_STILL_APPROVED = N_("The posting was reversed, but the record still counts as approved.")


def _count(session: Session, within: Range) -> int:
    query = (
        select(func.count())
        .select_from(ServiceRecord)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.transaction_id.is_not(None),
            within.holds(Organisation.path),
            touched_records(within),
        )
    )
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    reversal = aliased(Transaction)
    query = (
        select(ServiceRecord.id, ServiceRecord.status)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .outerjoin(reversal, reversal.reverses == ServiceRecord.transaction_id)
        .where(
            ServiceRecord.transaction_id.is_not(None),
            within.holds(Organisation.path),
            touched_records(within),
            (ServiceRecord.status == "reversed") != reversal.id.is_not(None),
        )
        .order_by(ServiceRecord.id)
    )
    for record_id, status in session.execute(query.execution_options(yield_per=1000)):
        says = _NOT_REVERSED if status == "reversed" else _STILL_APPROVED
        yield Break(f"record:{record_id}", says, {"status": status})


CHECK = Check(
    code="reversals_match",
    kind="vouchers",
    proves=N_("A service record is taken back exactly when its posting is reversed."),
    broken_by=N_("A record's state was changed in the database itself, or a posting was reversed by hand."),
    repair=N_("Find out from the audit trail what was meant; then take the record back, or enter it anew."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
