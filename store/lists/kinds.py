"""Every list of a shop that can be taken along as a file, one entry each: its columns, its rows in pages, its count."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from store.catalogue.models import Product, Shop
from store.catalogue.prices import list_prices
from store.catalogue.queries import Wanted, shop_products
from store.orders.exports import defused
from store.orders.queries import names_of_users
from store.stock import queries
from store.stock.models import ReceiptLine, StockBatch, StockMovement, StockReceipt
from store.stock.paper_models import Stocktake, StocktakeLine, StockTransfer, TransferLine, WriteOff
from timebank.errors import N_

Cell = str | int | Decimal
ROWS_AT_ONCE = 500
MOST_PRODUCTS = 100_000


@dataclass(frozen=True)
class Asked:
    """What is asked for: the shop, the page's filters, the county's time and moment."""

    shop: Shop
    arguments: Mapping[str, str]
    timezone: ZoneInfo
    at: datetime

    def words(self, name: str) -> str:
        """One filter, or nothing."""
        return str(self.arguments.get(name, ""))[:100]

    def moment(self, at: datetime) -> str:
        """A moment in the county's time."""
        return at.astimezone(self.timezone).strftime("%Y-%m-%d %H:%M:%S")


@dataclass(frozen=True)
class ListKind:
    """One list. ``pages`` gives its rows in pages, so that a long one never stands in memory twice."""

    code: str
    title: str
    columns: tuple[str, ...]
    count: Callable[[Session, Asked], int]
    pages: Callable[[Session, Asked], Iterator[list[Sequence[Cell]]]]


def _paged(session: Session, query: Select[int]) -> Iterator[list[int]]:
    """Ids of ``query``, newest first, some at a time."""
    ids = list(session.scalars(query))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield ids[start : start + ROWS_AT_ONCE]


def _counted(session: Session, query: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _people(session: Session, labels: set[str]) -> dict[str, str]:
    ids = {int(label[5:]) for label in labels if label.startswith("user:")}
    return {f"user:{number}": name for number, name in names_of_users(session, sorted(ids)).items()}


def _shelves(session: Session, asked: Asked) -> list[queries.Shelf]:
    found = queries.shelves(session, asked.shop, words=asked.words("q"), category=asked.words("category"))
    return [shelf for shelf in found if shelf.is_low or asked.words("low") != "1"]


def _stock_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    shelves = _shelves(session, asked)
    prices = list_prices(
        session, [shelf.product for shelf in shelves], asked.at.astimezone(asked.timezone).date()
    )
    good = queries.sellable(session, asked.shop.id, asked.at)
    for start in range(0, len(shelves), ROWS_AT_ONCE):
        yield [
            [
                defused(shelf.product.name),
                defused(shelf.product.category),
                shelf.product.barcode or "",
                shelf.units,
                good.get(shelf.product.id, 0),
                defused(shelf.product.unit),
                prices[shelf.product.id],
                shelf.product.low_stock_units,
            ]
            for shelf in shelves[start : start + ROWS_AT_ONCE]
        ]


def _products(session: Session, asked: Asked) -> Sequence[Product]:
    wanted = Wanted(asked.words("q"), asked.words("category"), asked.words("withdrawn") == "1")
    return shop_products(session, asked.shop, wanted, limit=MOST_PRODUCTS)


def _product_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    products = _products(session, asked)
    prices = list_prices(session, products, asked.at.astimezone(asked.timezone).date())
    for start in range(0, len(products), ROWS_AT_ONCE):
        yield [
            [
                defused(one.name),
                defused(one.category),
                one.barcode or "",
                prices[one.id],
                defused(one.unit),
                one.low_stock_units,
                defused(one.description),
            ]
            for one in products[start : start + ROWS_AT_ONCE]
        ]


def _batch_ids(asked: Asked) -> Select[int]:
    query = select(StockBatch.id).where(StockBatch.shop_id == asked.shop.id, StockBatch.left > 0)
    if asked.words("all") != "1" and not asked.words("product"):
        query = query.where(StockBatch.expires_at < queries.soon(asked.at))
    if asked.words("product").isdecimal():
        query = query.where(StockBatch.product_id == int(asked.words("product")))
    return query.order_by(StockBatch.expires_at.nulls_last(), StockBatch.id)


def _batch_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _batch_ids(asked)):
        rows = session.scalars(
            select(StockBatch)
            .options(joinedload(StockBatch.product))
            .where(StockBatch.id.in_(ids))
            .order_by(StockBatch.expires_at.nulls_last(), StockBatch.id)
        )
        yield [
            [
                defused(one.product.name),
                defused(one.code),
                one.best_before.isoformat() if one.best_before else "",
                one.left,
                one.unit_cost if one.unit_cost is not None else "",
            ]
            for one in rows
        ]


def _movement_ids(asked: Asked) -> Select[int]:
    query = select(StockMovement.id).where(StockMovement.shop_id == asked.shop.id)
    if asked.words("kind"):
        query = query.where(StockMovement.kind == asked.words("kind"))
    if asked.words("product").isdecimal():
        query = query.where(StockMovement.product_id == int(asked.words("product")))
    return query.order_by(StockMovement.id.desc())


def _movement_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _movement_ids(asked)):
        rows = session.scalars(
            select(StockMovement)
            .options(joinedload(StockMovement.product))
            .where(StockMovement.id.in_(ids))
            .order_by(StockMovement.id.desc())
        ).all()
        names = _people(session, {one.moved_by for one in rows})
        yield [
            [
                asked.moment(one.moved_at),
                defused(one.product.name),
                one.kind,
                one.quantity,
                defused(names.get(one.moved_by, one.moved_by)),
                defused(one.note),
            ]
            for one in rows
        ]


def _receipt_ids(asked: Asked) -> Select[int]:
    query = (
        select(ReceiptLine.id)
        .join(StockReceipt, StockReceipt.id == ReceiptLine.receipt_id)
        .where(StockReceipt.shop_id == asked.shop.id)
    )
    if asked.words("kind"):
        query = query.where(StockReceipt.kind == asked.words("kind"))
    return query.order_by(ReceiptLine.id.desc())


def _receipt_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _receipt_ids(asked)):
        rows = session.scalars(
            select(ReceiptLine)
            .options(
                joinedload(ReceiptLine.product),
                joinedload(ReceiptLine.receipt).joinedload(StockReceipt.source),
            )
            .where(ReceiptLine.id.in_(ids))
            .order_by(ReceiptLine.id.desc())
        ).all()
        names = _people(session, {one.receipt.received_by for one in rows})
        yield [
            [
                one.receipt.number,
                asked.moment(one.receipt.received_at),
                one.receipt.kind,
                defused(one.receipt.source.name if one.receipt.source else ""),
                defused(one.receipt.restriction),
                defused(one.product.name),
                one.quantity,
                defused(one.batch_code),
                one.best_before.isoformat() if one.best_before else "",
                one.unit_cost if one.unit_cost is not None else "",
                defused(names.get(one.receipt.received_by, one.receipt.received_by)),
            ]
            for one in rows
        ]


def _write_off_ids(asked: Asked) -> Select[int]:
    query = select(WriteOff.id).where(WriteOff.shop_id == asked.shop.id)
    if asked.words("waiting") == "1":
        query = query.where(WriteOff.status == "waiting")
    return query.order_by(WriteOff.id.desc())


def _write_off_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _write_off_ids(asked)):
        rows = session.scalars(
            select(WriteOff)
            .options(joinedload(WriteOff.product))
            .where(WriteOff.id.in_(ids))
            .order_by(WriteOff.id.desc())
        ).all()
        people = {one for row in rows for one in (row.asked_by_user_id, row.decided_by_user_id) if one}
        names = names_of_users(session, sorted(people))
        yield [
            [
                asked.moment(one.asked_at),
                defused(one.product.name),
                one.quantity,
                one.value_points,
                defused(one.reason),
                one.status,
                defused(names.get(one.asked_by_user_id, "")),
                defused(names.get(one.decided_by_user_id or 0, "")),
            ]
            for one in rows
        ]


def _transfer_ids(asked: Asked) -> Select[int]:
    sides = (StockTransfer.from_shop_id == asked.shop.id) | (StockTransfer.to_shop_id == asked.shop.id)
    query = select(TransferLine.id).join(StockTransfer, StockTransfer.id == TransferLine.transfer_id)
    return query.where(sides).order_by(TransferLine.id.desc())


def _transfer_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _transfer_ids(asked)):
        rows = session.scalars(
            select(TransferLine)
            .options(
                joinedload(TransferLine.product),
                joinedload(TransferLine.transfer).joinedload(StockTransfer.from_shop),
                joinedload(TransferLine.transfer).joinedload(StockTransfer.to_shop),
                joinedload(TransferLine.transfer).joinedload(StockTransfer.arrival),
            )
            .where(TransferLine.id.in_(ids))
            .order_by(TransferLine.id.desc())
        ).unique()
        yield [_transfer_row(one, asked) for one in rows]


def _transfer_row(one: TransferLine, asked: Asked) -> list[Cell]:
    arrival = one.transfer.arrival
    came = {line.transfer_line_id: line.quantity for line in arrival.lines} if arrival else {}
    return [
        one.transfer.number,
        asked.moment(one.transfer.sent_at),
        defused(one.transfer.from_shop.name),
        defused(one.transfer.to_shop.name),
        defused(one.product.name),
        one.quantity,
        came.get(one.id, ""),
        asked.moment(arrival.received_at) if arrival else "",
    ]


def _stocktake_ids(asked: Asked) -> Select[int]:
    return (
        select(StocktakeLine.id)
        .join(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
        .where(Stocktake.shop_id == asked.shop.id)
        .order_by(StocktakeLine.id.desc())
    )


def _stocktake_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    for ids in _paged(session, _stocktake_ids(asked)):
        rows = session.scalars(
            select(StocktakeLine)
            .options(joinedload(StocktakeLine.product), joinedload(StocktakeLine.stocktake))
            .where(StocktakeLine.id.in_(ids))
            .order_by(StocktakeLine.id.desc())
        )
        yield [
            [
                one.stocktake.number,
                asked.moment(one.stocktake.opened_at),
                one.stocktake.status,
                defused(one.product.name),
                one.snapshot_units,
                "" if one.expected_units is None else one.expected_units,
                "" if one.counted_units is None else one.counted_units,
            ]
            for one in rows
        ]


KINDS: tuple[ListKind, ...] = (
    ListKind(
        "stock",
        N_("Stock"),
        (
            N_("Product"),
            N_("Product category"),
            N_("Barcode"),
            N_("On the shelf"),
            N_("Can be handed out"),
            N_("Unit"),
            N_("Price"),
            N_("Runs low at"),
        ),
        lambda session, asked: len(_shelves(session, asked)),
        _stock_pages,
    ),
    ListKind(
        "products",
        N_("Products"),
        (
            N_("Product"),
            N_("Product category"),
            N_("Barcode"),
            N_("Price"),
            N_("Unit"),
            N_("Runs low at"),
            N_("Description"),
        ),
        lambda session, asked: len(_products(session, asked)),
        _product_pages,
    ),
    ListKind(
        "batches",
        N_("Batches"),
        (N_("Product"), N_("Batch"), N_("Best before"), N_("On the shelf"), N_("Value of one unit")),
        lambda session, asked: _counted(session, _batch_ids(asked)),
        _batch_pages,
    ),
    ListKind(
        "movements",
        N_("Movements"),
        (N_("Time"), N_("Product"), N_("What"), N_("Quantity"), N_("By"), N_("Note")),
        lambda session, asked: _counted(session, _movement_ids(asked)),
        _movement_pages,
    ),
    ListKind(
        "receipts",
        N_("Goods in"),
        (
            N_("No."),
            N_("Time"),
            N_("What"),
            N_("Supplier or donor"),
            N_("Meant for"),
            N_("Product"),
            N_("Quantity"),
            N_("Batch"),
            N_("Best before"),
            N_("Value of one unit"),
            N_("By"),
        ),
        lambda session, asked: _counted(session, _receipt_ids(asked)),
        _receipt_pages,
    ),
    ListKind(
        "write_offs",
        N_("Write-offs"),
        (
            N_("Time"),
            N_("Product"),
            N_("Quantity"),
            N_("Value"),
            N_("Reason"),
            N_("Status"),
            N_("Asked by"),
            N_("Decided by"),
        ),
        lambda session, asked: _counted(session, _write_off_ids(asked)),
        _write_off_pages,
    ),
    ListKind(
        "transfers",
        N_("Transfers"),
        (
            N_("No."),
            N_("Time"),
            N_("From"),
            N_("To"),
            N_("Product"),
            N_("Sent"),
            N_("Arrived"),
            N_("Received on"),
        ),
        lambda session, asked: _counted(session, _transfer_ids(asked)),
        _transfer_pages,
    ),
    ListKind(
        "stocktakes",
        N_("Stocktakes"),
        (
            N_("No."),
            N_("Time"),
            N_("Status"),
            N_("Product"),
            N_("Snapshot"),
            N_("By the book"),
            N_("Counted"),
        ),
        lambda session, asked: _counted(session, _stocktake_ids(asked)),
        _stocktake_pages,
    ),
)
