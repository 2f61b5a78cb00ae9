"""Orders as a spreadsheet: one row for each line, with names, nothing that a spreadsheet would run."""

import csv
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from store.orders.models import Order, OrderLine
from timebank.errors import N_
from timebank.web.spreadsheets import defused

Cell = str | int | Decimal

COLUMNS: tuple[str, ...] = (
    N_("Shop"),
    N_("Receipt no."),
    N_("Time"),
    N_("Volunteer number"),
    N_("Member"),
    N_("Attendant"),
    N_("Product"),
    N_("Quantity"),
    N_("Price"),
    N_("Amount"),
    N_("Brought back"),
)


def row(line: OrderLine, order: Order, sold_by: str, back_units: int, timezone: ZoneInfo) -> list[Cell]:
    """One line of an order in the order of :data:`COLUMNS`."""
    return [
        defused(order.shop.name),
        order.number,
        order.completed_at.astimezone(timezone).strftime("%Y-%m-%d %H:%M:%S"),
        order.member.number,
        defused(order.member.name),
        defused(sold_by),
        defused(line.product_name),
        line.quantity,
        line.price_points,
        line.price_points * line.quantity,
        back_units,
    ]


def xlsx(title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook with one sheet; numbers are numbers, texts are texts."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(defused(title)[:31])
    sheet.append([defused(word) for word in header])
    for cells in rows:
        sheet.append(list(cells))
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def csv_text(_title: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """UTF-8 with a mark at the beginning, by which spreadsheet programs know Chinese when they see it."""
    written = StringIO()
    writer = csv.writer(written)
    writer.writerow([defused(word) for word in header])
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


WRITERS: dict[str, tuple[Callable[[str, Sequence[str], Iterable[Sequence[Cell]]], bytes], str]] = {
    "xlsx": (xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": (csv_text, "text/csv; charset=utf-8"),
}
