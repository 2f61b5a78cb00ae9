"""From the ledger to the evidence: minutes on a time account come from a service that was approved."""

from collections.abc import Iterator

from sqlalchemy import String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger.models import Account, Entry, Transaction
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.reconcile.checks import Break, Check, Range

_NO_RECORD = N_("Time was credited under %(key)s, but no approved service record stands behind it.")
_DIFFERS = N_("%(posted)s minutes were credited, the service record says %(recorded)s.")


def _count(session: Session, within: Range) -> int:
    kind = (Transaction.kind == "time_credit") & within.new(Transaction.id)
    return session.scalar(select(func.count()).select_from(Transaction).where(kind)) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    # The member's side of the credit, by the account that the record's member owns.
    account = literal("member:") + cast(ServiceRecord.member_id, String) + literal(":time")
    paid = ServiceRecord.status.in_(("approved", "reversed"))
    subject = literal("record:") + cast(ServiceRecord.id, String)
    posted = func.coalesce(func.sum(Entry.amount), 0)
    query = (
        select(Transaction.id, Transaction.key, ServiceRecord.id, ServiceRecord.minutes, posted)
        .outerjoin(
            ServiceRecord,
            (ServiceRecord.transaction_id == Transaction.id) & paid & (subject == Transaction.subject),
        )
        .outerjoin(Account, Account.code == account)
        .outerjoin(Entry, (Entry.transaction_id == Transaction.id) & (Entry.account_id == Account.id))
        .where(Transaction.kind == "time_credit", within.new(Transaction.id))
        .group_by(Transaction.id, Transaction.key, ServiceRecord.id, ServiceRecord.minutes)
        .having(ServiceRecord.id.is_(None) | (posted != ServiceRecord.minutes))
        .order_by(Transaction.id)
    )
    for number, key, record_id, minutes, amount in session.execute(query.execution_options(yield_per=1000)):
        yield _named(number, key, record_id, minutes, amount)


def _named(number: int, key: str, record_id: int | None, minutes: int | None, amount: int) -> Break:
    if record_id is None:
        return Break(f"transaction:{number}", _NO_RECORD, {"key": key})
    facts = {"posted": int(amount), "recorded": minutes, "record": f"record:{record_id}"}
    return Break(f"transaction:{number}", _DIFFERS, facts)


CHECK = Check(
    code="time_credits_have_records",
    kind="vouchers",
    proves=N_("Every credit of time stands for exactly one approved service record, with its minutes."),
    broken_by=N_("Time was posted without a service, or a record was changed after it was booked."),
    repair=N_(
        "Reverse the credit with its reason; if the service took place, have it entered and approved anew."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
