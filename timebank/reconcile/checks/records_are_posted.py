"""From the evidence to the ledger: what was approved was booked, to the member who served."""

from collections.abc import Iterator

from sqlalchemy import Integer, Select, String, case, cast, exists, func, literal, select
from sqlalchemy.orm import Session

from ledger.models import Account, Entry, Transaction
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_UNPAID = N_("The record was approved and earns something, but nothing was posted for it.")
_OTHER = N_("The record names a posting that is not its own: %(key)s.")
_ELSEWHERE = N_("What the record earned was not posted to the account of the member who served.")


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(("approved", "reversed")),
            within.holds(Organisation.path),
            touched_records(within),
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


# The points' key or the time's; points are kept in hundredths, and the comparison with zero needs no scale.
_IN_POINTS = ServiceRecord.points.is_not(None)
_EARNS = case((_IN_POINTS, cast(ServiceRecord.points, Integer) != 0), else_=ServiceRecord.minutes != 0)
_KEY = case((_IN_POINTS, literal("award:record:")), else_=literal("time:record:")) + cast(
    ServiceRecord.id, String
)
_ACCOUNT = (
    literal("member:")
    + cast(ServiceRecord.member_id, String)
    + case((_IN_POINTS, literal(":points")), else_=literal(":time"))
)


def _find(session: Session, within: Range) -> Iterator[Break]:
    # Two questions and not one with alternatives: so the server goes down its indexes for one day's records.
    named = (
        _records(within)
        .with_only_columns(ServiceRecord.id, Transaction.key)
        .outerjoin(Transaction, Transaction.id == ServiceRecord.transaction_id)
        .where((Transaction.id.is_(None) & _EARNS) | (Transaction.key != _KEY))
        .order_by(ServiceRecord.id)
    )
    for record_id, key in session.execute(named.execution_options(yield_per=1000)):
        said = (_UNPAID, {}) if key is None else (_OTHER, {"key": key})
        yield Break(f"record:{record_id}", *said)
    reaches_member = exists(
        select(Entry.line)
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == Transaction.id, Entry.amount > 0, Account.code == _ACCOUNT)
    )
    elsewhere = (
        _records(within)
        .with_only_columns(ServiceRecord.id, Transaction.key)
        .join(Transaction, Transaction.id == ServiceRecord.transaction_id)
        .where(Transaction.key == _KEY, ~reaches_member)
        .order_by(ServiceRecord.id)
    )
    for record_id, key in session.execute(elsewhere.execution_options(yield_per=1000)):
        yield Break(f"record:{record_id}", _ELSEWHERE, {"key": key})


CHECK = Check(
    code="records_are_posted",
    kind="vouchers",
    proves=N_("Every approved service record has its own posting, to the account of the member who served."),
    broken_by=N_("A record was approved in the database itself, or its posting was pointed elsewhere."),
    repair=N_("Look at the record with its coordinator: reject it, or enter it anew so that it is booked."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
