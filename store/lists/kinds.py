"""Every list of a shop that can be taken along as a file, one entry each: its columns, its rows in pages, its count."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store.lists import rows
from store.lists.rows import Asked, Cell
from timebank.errors import N_


@dataclass(frozen=True)
class ListKind:
    """One list. ``pages`` gives its rows in pages, so that a long one never stands in memory twice."""

    code: str
    title: str
    columns: tuple[str, ...]
    count: Callable[[Session, Asked], int]
    pages: Callable[[Session, Asked], Iterator[list[Sequence[Cell]]]]


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
        lambda session, asked: len(rows.shelves(session, asked)),
        rows.stock_pages,
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
        lambda session, asked: len(rows.products(session, asked)),
        rows.product_pages,
    ),
    ListKind(
        "batches",
        N_("Batches"),
        (N_("Product"), N_("Batch"), N_("Best before"), N_("On the shelf"), N_("Value of one unit")),
        lambda session, asked: rows.counted(session, rows.batch_ids(asked)),
        rows.batch_pages,
    ),
    ListKind(
        "movements",
        N_("Movements"),
        (N_("Time"), N_("Product"), N_("What"), N_("Quantity"), N_("By"), N_("Note")),
        lambda session, asked: rows.counted(session, rows.movement_ids(asked)),
        rows.movement_pages,
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
        lambda session, asked: rows.counted(session, rows.receipt_ids(asked)),
        rows.receipt_pages,
    ),
    ListKind(
        "write_offs",
        N_("Write-offs"),
        (
            N_("Time"),
            N_("Product"),
            N_("Quantity"),
            N_("Worth in points"),
            N_("Reason"),
            N_("Status"),
            N_("Asked by"),
            N_("Decided by"),
        ),
        lambda session, asked: rows.counted(session, rows.write_off_ids(asked)),
        rows.write_off_pages,
    ),
    ListKind(
        "transfers",
        N_("Transfers"),
        (
            N_("No."),
            N_("Time"),
            N_("From shop"),
            N_("To shop"),
            N_("Product"),
            N_("Sent"),
            N_("Came in"),
            N_("Received on"),
        ),
        lambda session, asked: rows.counted(session, rows.transfer_ids(asked)),
        rows.transfer_pages,
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
        lambda session, asked: rows.counted(session, rows.stocktake_ids(asked)),
        rows.stocktake_pages,
    ),
)
