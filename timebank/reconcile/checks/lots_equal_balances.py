"""The lots of points, each with its day of lapsing, are what the member has; nothing came back that was not taken."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit, audit_since
from ledger.models import Lot
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("The balance is %(balance)s, but %(lots)s are left in the lots.")
_MOVED = N_(
    "This lot got %(amount)s (its entry says %(entry)s), %(moved)s were taken or given back, yet %(left)s are left."
)
_TOO_MUCH = N_("%(returned)s were given back of what this transaction took from a lot, which were %(taken)s.")


def _count(session: Session, within: Range) -> int:
    query = select(func.count()).select_from(Lot).where(within.new(Lot.transaction_id))
    return session.scalar(query) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    if within.since is None:
        breaks = audit.lots_equal_balances(session)
    else:
        breaks = audit_since.lots_follow(session, within.since.transaction)
    for found in breaks:
        says = _DIFFERS if "lots" in found.facts else _MOVED if "moved" in found.facts else _TOO_MUCH
        yield Break(found.subject, says, found.facts)


CHECK = Check(
    code="lots_equal_balances",
    kind="books",
    proves=N_(
        "What is left in the lots of points equals the balances; what came back went where it was from."
    ),
    broken_by=N_("Somebody changed a lot or a balance in the database itself."),
    repair=N_("Stop the line: the entries and their moves are right; let the lots be rebuilt from them."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
