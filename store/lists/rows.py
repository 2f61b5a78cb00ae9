"""The rows of every list of a shop, in pages, so that a long one never stands in memory twice; names, never bare ids."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from store.catalogue.models import Product, Shop
from store.catalogue.prices import list_prices
from store.catalogue.queries import Wanted, shop_products
from store.orders.queries import names_of_users
from store.stock import queries
from store.stock.models import ReceiptLine, StockBatch, StockMovement, StockReceipt
from store.stock.paper_models import Stocktake, StocktakeLine, StockTransfer, TransferLine, WriteOff
from timebank.web.spreadsheets import defused

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


def _paged(session: Session, query: Select[int]) -> Iterator[list[int]]:
    """Ids of ``query``, newest first, some at a time."""
    ids = list(session.scalars(query))
    for start in range(0, len(ids), ROWS_AT_ONCE):
        yield ids[start : start + ROWS_AT_ONCE]


def counted(session: Session, query: Select[int]) -> int:
    """How many rows a query has."""
    return session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0


def _people(session: Session, labels: set[str]) -> dict[str, str]:
    ids = {int(label[5:]) for label in labels if label.startswith("user:")}
    return {f"user:{number}": name for number, name in names_of_users(session, sorted(ids)).items()}


def shelves(session: Session, asked: Asked) -> list[queries.Shelf]:
    """The shelves that the page shows."""
    found = queries.shelves(session, asked.shop, words=asked.words("q"), category=asked.words("category"))
    return [shelf for shelf in found if shelf.is_low or asked.words("low") != "1"]


def stock_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Shelves by name."""
    found = shelves(session, asked)
    prices = list_prices(
        session, [shelf.product for shelf in found], asked.at.astimezone(asked.timezone).date()
    )
    good = queries.sellable(session, asked.shop.id, asked.at)
    for start in range(0, len(found), ROWS_AT_ONCE):
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
            for shelf in found[start : start + ROWS_AT_ONCE]
        ]


def products(session: Session, asked: Asked) -> Sequence[Product]:
    """The products that the page shows."""
    wanted = Wanted(asked.words("q"), asked.words("category"), asked.words("withdrawn") == "1")
    return shop_products(session, asked.shop, wanted, limit=MOST_PRODUCTS)


def product_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Products by name."""
    found = products(session, asked)
    prices = list_prices(session, found, asked.at.astimezone(asked.timezone).date())
    for start in range(0, len(found), ROWS_AT_ONCE):
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
            for one in found[start : start + ROWS_AT_ONCE]
        ]


def batch_ids(asked: Asked) -> Select[int]:
    """Ids of the batches that the page shows."""
    query = select(StockBatch.id).where(StockBatch.shop_id == asked.shop.id, StockBatch.left > 0)
    if asked.words("all") != "1" and not asked.words("product"):
        query = query.where(StockBatch.expires_at < queries.soon(asked.at))
    if asked.words("product").isdecimal():
        query = query.where(StockBatch.product_id == int(asked.words("product")))
    return query.order_by(StockBatch.expires_at.nulls_last(), StockBatch.id)


def batch_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Batches in the order in which they go out."""
    for ids in _paged(session, batch_ids(asked)):
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


def movement_ids(asked: Asked) -> Select[int]:
    """Ids of the movements that the page shows."""
    query = select(StockMovement.id).where(StockMovement.shop_id == asked.shop.id)
    if asked.words("kind"):
        query = query.where(StockMovement.kind == asked.words("kind"))
    if asked.words("product").isdecimal():
        query = query.where(StockMovement.product_id == int(asked.words("product")))
    return query.order_by(StockMovement.id.desc())


def movement_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Movements, newest first."""
    for ids in _paged(session, movement_ids(asked)):
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


def receipt_ids(asked: Asked) -> Select[int]:
    """Ids of the lines of goods in."""
    query = (
        select(ReceiptLine.id)
        .join(StockReceipt, StockReceipt.id == ReceiptLine.receipt_id)
        .where(StockReceipt.shop_id == asked.shop.id)
    )
    if asked.words("kind"):
        query = query.where(StockReceipt.kind == asked.words("kind"))
    return query.order_by(ReceiptLine.id.desc())


def receipt_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Lines of goods in, newest first."""
    for ids in _paged(session, receipt_ids(asked)):
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


def write_off_ids(asked: Asked) -> Select[int]:
    """Ids of the write-offs that the page shows."""
    query = select(WriteOff.id).where(WriteOff.shop_id == asked.shop.id)
    if asked.words("waiting") == "1":
        query = query.where(WriteOff.status == "waiting")
    return query.order_by(WriteOff.id.desc())


def write_off_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Write-offs, newest first."""
    for ids in _paged(session, write_off_ids(asked)):
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


def transfer_ids(asked: Asked) -> Select[int]:
    """Ids of the lines of transfers from and to the shop."""
    sides = (StockTransfer.from_shop_id == asked.shop.id) | (StockTransfer.to_shop_id == asked.shop.id)
    query = select(TransferLine.id).join(StockTransfer, StockTransfer.id == TransferLine.transfer_id)
    return query.where(sides).order_by(TransferLine.id.desc())


def transfer_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Lines of transfers, newest first."""
    for ids in _paged(session, transfer_ids(asked)):
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


def stocktake_ids(asked: Asked) -> Select[int]:
    """Ids of the lines of stocktakes."""
    return (
        select(StocktakeLine.id)
        .join(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
        .where(Stocktake.shop_id == asked.shop.id)
        .order_by(StocktakeLine.id.desc())
    )


def stocktake_pages(session: Session, asked: Asked) -> Iterator[list[Sequence[Cell]]]:
    """Lines of stocktakes, newest first."""
    for ids in _paged(session, stocktake_ids(asked)):
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
