"""What the suspense accounts hold is what the open items say, to the piece."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.balances import balances
from ledger.models import Account
from timebank.books import chart
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.models import SuspenseItem

_DIFFERS = N_("The account holds %(booked)s, the open items come to %(items)s.")
_END = ":goods-suspense:"


def _count(session: Session, _within: Range) -> int:
    return session.scalar(select(func.count(SuspenseItem.id)).where(SuspenseItem.amount.is_not(None))) or 0


def _find(session: Session, _within: Range) -> Iterator[Break]:
    query = select(SuspenseItem.organisation_id, SuspenseItem.facts, SuspenseItem.amount).where(
        SuspenseItem.amount.is_not(None), SuspenseItem.closed_at.is_(None)
    )
    waiting: dict[str, int] = {}
    for organisation_id, facts, amount in session.execute(query):
        assert organisation_id is not None, "what is booked lies somewhere"
        assert amount is not None, "asked for above"
        code = chart.goods_suspense(organisation_id, int(facts["product_id"])).code
        # What is missing stands on the account above zero.
        waiting[code] = waiting.get(code, 0) - amount
    codes = set(session.scalars(select(Account.code).where(Account.code.like(f"org:%{_END}%")))) | set(
        waiting
    )
    held = balances(session, sorted(codes))
    for code in sorted(codes):
        if int(held[code]) != waiting.get(code, 0):
            yield Break(
                f"account:{code}", _DIFFERS, {"booked": int(held[code]), "items": waiting.get(code, 0)}
            )


CHECK = Check(
    code="suspense_is_itemised",
    kind="books",
    proves=N_(
        "Whatever lies on a suspense account is an open difference with an owner, and the other way round."
    ),
    broken_by=N_(
        "An item was removed or closed in the database itself, or somebody posted to the account by hand."
    ),
    repair=N_("Compare the account with the list of differences; reverse what was posted without an item."),
    count=_count,
    find=_find,
    everywhere_only=True,
)
