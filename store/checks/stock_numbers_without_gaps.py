"""Goods-in papers, transfers and stocktakes of a shop are numbered 1, 2, 3 … : a number that is missing is a paper that is missing."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.stock.models import StockReceipt
from store.stock.paper_models import Stocktake, StockTransfer
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_GAPS = (
    (
        StockReceipt,
        StockReceipt.shop_id,
        N_("Goods-in papers go up to no. %(last)s, but there are %(papers)s of them."),
    ),
    (
        StockTransfer,
        StockTransfer.from_shop_id,
        N_("Transfers go up to no. %(last)s, but there are %(papers)s of them."),
    ),
    (Stocktake, Stocktake.shop_id, N_("Stocktakes go up to no. %(last)s, but there are %(papers)s of them.")),
)


def _count(session: Session, within: Range) -> int:
    shops = shops_within(within)
    return sum(
        count_of(session, select(model.id).where(shop_id.in_(shops))) for model, shop_id, _says in _GAPS
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    for model, shop_id, says in _GAPS:
        number: Any = model.number
        last, papers = func.max(number), func.count(model.id)
        query = (
            select(shop_id.label("shop_id"), last.label("last"), papers.label("papers"))
            .where(shop_id.in_(shops_within(within)))
            .group_by(shop_id)
            .having((last != papers) | (func.min(number) != 1))
            .order_by(shop_id)
        )
        for row in session.execute(query):
            yield Break(f"shop:{row.shop_id}", says, {"last": row.last, "papers": row.papers})


CHECK = Check(
    code="stock_numbers_without_gaps",
    kind="vouchers",
    proves=N_("Goods-in papers, transfers and stocktakes of every shop are numbered from 1 without a gap."),
    broken_by=N_("A paper was removed from the database, or its number was changed."),
    repair=N_("Look for the missing number in the trail and in a backup."),
    count=_count,
    find=_find,
)
