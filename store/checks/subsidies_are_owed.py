"""What a funder owes for concession prices, by the lines of orders and returns, is what the same transactions booked."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session

from ledger.models import Account, Entry
from store.checks.reading import count_of, shops_within, shown, stored
from store.orders.models import Order, OrderLine, Return, ReturnLine
from timebank.books import chart
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_OWED = N_("The lines say that %(said)s points are owed by the funder, the books say %(posted)s.")


def _account(funder_id: Any) -> Any:
    before, after = chart.subsidy_owed(0).code.split("0")
    return literal(before) + cast(funder_id, String) + literal(after)


def _posted(transaction_id: Any) -> Any:
    """What the transaction took from subsidy accounts, in hundredths."""
    before, after = chart.subsidy_owed(0).code.split("0")
    return (
        select(func.coalesce(-func.sum(Entry.amount), 0))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == transaction_id, Account.code.like(f"{before}%{after}"))
        .scalar_subquery()
    )


def _orders(within: Range) -> Select[*tuple[Any, ...]]:
    said = func.sum(stored(OrderLine.subsidy_points) * OrderLine.quantity)
    return (
        select(Order.id, said.label("said"), _posted(Order.transaction_id).label("posted"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            Order.shop_id.in_(shops_within(within)),
            within.written(Order.id, transaction_id=Order.transaction_id),
        )
        .group_by(Order.id, Order.transaction_id)
    )


def _returns(within: Range) -> Select[*tuple[Any, ...]]:
    said = -func.sum(stored(OrderLine.subsidy_points) * ReturnLine.quantity)
    return (
        select(Return.id, said.label("said"), _posted(Return.transaction_id).label("posted"))
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Order, Order.id == Return.order_id)
        .where(
            Order.shop_id.in_(shops_within(within)),
            within.written(Return.id, transaction_id=Return.transaction_id),
        )
        .group_by(Return.id, Return.transaction_id)
    )


def _funders(within: Range) -> Select[*tuple[Any, ...]]:
    """Orders whose books owe something to another funder than their lines name."""
    posted = (
        select(Entry.transaction_id)
        .join(Account, Account.id == Entry.account_id)
        .where(
            Entry.transaction_id == Order.transaction_id,
            Account.code == _account(OrderLine.funder_organisation_id),
        )
        .exists()
    )
    return (
        select(Order.id, func.sum(stored(OrderLine.subsidy_points) * OrderLine.quantity).label("said"))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(
            OrderLine.funder_organisation_id.is_not(None),
            ~posted,
            Order.shop_id.in_(shops_within(within)),
            within.written(Order.id, transaction_id=Order.transaction_id),
        )
        .group_by(Order.id)
        .order_by(Order.id)
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _orders(within)) + count_of(session, _returns(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    named = set()
    for room, query in (("order", _orders(within)), ("return", _returns(within))):
        rows = query.subquery()
        for row in session.execute(select(rows).where(rows.c.said != rows.c.posted).order_by(rows.c.id)):
            named.add((room, row.id))
            yield Break(f"{room}:{row.id}", _OWED, {"said": shown(row.said), "posted": shown(row.posted)})
    for row in session.execute(_funders(within)):
        if ("order", row.id) not in named:
            yield Break(f"order:{row.id}", _OWED, {"said": shown(row.said), "posted": shown(0)})


CHECK = Check(
    code="subsidies_are_owed",
    kind="books",
    proves=N_(
        "What a funder owes for concession prices by the orders is booked on its account, order by order."
    ),
    broken_by=N_("The subsidy or the funder on a line was changed after the sale."),
    repair=N_("Take the order back and sell it again; the funder's account follows."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        Order.completed_at,
        Return.returned_at,
    ),
)
