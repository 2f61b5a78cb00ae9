"""账实: what is left in the batches of a shelf is what the ledger says is on it; free voucher codes are as many again."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ledger.models import Account, Balance
from store.catalogue.models import Product, Shop
from store.checks.reading import count_of, shelf_code, shops_within
from store.stock.models import StockBatch
from store.stock.paper_models import Voucher
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_SUMS = N_("%(product)s: the batches hold %(left)s units, the books say %(posted)s.")
_CODES = N_("%(product)s: %(codes)s voucher codes are free, the books say %(posted)s.")


def _shelves(within: Range) -> Select[Any]:
    left = (
        select(func.coalesce(func.sum(StockBatch.left), 0))
        .where(StockBatch.shop_id == Shop.id, StockBatch.product_id == Product.id)
        .correlate(Shop, Product)
        .scalar_subquery()
    )
    free = (
        select(func.count(Voucher.id))
        .where(
            Voucher.shop_id == Shop.id,
            Voucher.product_id == Product.id,
            Voucher.order_line_id.is_(None),
            Voucher.void_at.is_(None),
        )
        .correlate(Shop, Product)
        .scalar_subquery()
    )
    return (
        select(Shop.id, Product.id.label("product_id"), Product.name, Product.kind)
        .add_columns(Balance.amount.label("posted"), left.label("units_left"), free.label("codes"))
        .select_from(Shop)
        .join(Account, Account.code.startswith("shop:"))
        .join(Balance, Balance.account_id == Account.id)
        .join(Product, Account.code == shelf_code(Shop.id, Product.id))
        .where(Shop.id.in_(shops_within(within)))
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _shelves(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    shelves = _shelves(within).subquery()
    for row in session.execute(select(shelves).order_by(shelves.c.id, shelves.c.product_id)):
        subject, facts = f"shelf:{row.id}:{row.product_id}", {"product": row.name, "posted": int(row.posted)}
        if int(row.units_left) != int(row.posted):
            yield Break(subject, _SUMS, facts | {"left": int(row.units_left)})
        if row.kind == "voucher" and int(row.codes) != int(row.posted):
            yield Break(subject, _CODES, facts | {"codes": int(row.codes)})


CHECK = Check(
    code="batches_equal_shelves",
    kind="shelf",
    proves=N_("What is left in a shelf's batches, and for vouchers the free codes, is what the books say."),
    broken_by=N_("A batch or a voucher code was added, changed or removed without a posting."),
    repair=N_("Count the shelf; the difference is booked by the count and stays visible."),
    count=_count,
    find=_find,
)
