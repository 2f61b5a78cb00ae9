"""Every gift and donation took its points from its giver, in its own transaction; none was posted without one."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from ledger.models import Transaction
from store.checks.reading import count_of, posted_to_member, shown, stored
from store.giving.models import Gift
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("The gift says %(points)s points, its giver was charged %(charged)s.")
_NO_GIFT = N_("Points were given away under %(key)s, but no gift is written down.")
_KINDS = ("gift", "donation")


def _written(within: Range) -> ColumnElement[bool]:
    return within.written(Gift.id, transaction_id=Gift.transaction_id)


def _gifts(within: Range) -> Select[int]:
    return select(Gift.id).where(_written(within))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _gifts(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    charged = posted_to_member(Gift.transaction_id, Gift.member_id)
    received = posted_to_member(Gift.transaction_id, Gift.to_member_id)
    query = (
        select(Gift.id, Gift.to_member_id, stored(Gift.points).label("points"))
        .add_columns(charged.label("charged"), received.label("received"))
        .where(_written(within))
        .order_by(Gift.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        is_received = row.to_member_id is None or int(row.received or 0) == row.points
        if -int(row.charged or 0) != row.points or not is_received:
            facts = {"points": shown(row.points), "charged": shown(-int(row.charged or 0))}
            yield Break(f"gift:{row.id}", _DIFFERS, facts)
    written = select(func.count(Gift.id)).where(Gift.transaction_id == Transaction.id).scalar_subquery()
    orphans = (
        select(Transaction.id, Transaction.key)
        .where(Transaction.kind.in_(_KINDS), within.new(Transaction.id), written != 1)
        .order_by(Transaction.id)
    )
    for row in session.execute(orphans):
        yield Break(f"transaction:{row.id}", _NO_GIFT, {"key": row.key})


CHECK = Check(
    code="gifts_are_posted",
    kind="vouchers",
    proves=N_(
        "Every gift and donation took just its points from its giver, and nothing was given without one."
    ),
    broken_by=N_("A gift or a posting was written or changed behind the application's back."),
    repair=N_("Ask the giver; reverse the posting with its reason."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Gift.given_at,),
    everywhere_only=True,
)
