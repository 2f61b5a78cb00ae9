"""A statement as a spreadsheet: one row for each product of each receipt, names in it, nothing that would run."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from store.orders.exports import Cell
from store.settlement.models import Settlement, SettlementItem, SettlementLine
from timebank.errors import N_
from timebank.web.spreadsheets import defused

COLUMNS: tuple[str, ...] = (
    N_("Statement no."),
    N_("With whom"),
    N_("Time"),
    N_("What"),
    N_("Shop"),
    N_("Receipt no."),
    N_("Group"),
    N_("Product"),
    N_("Units"),
    N_("Points"),
    N_("Transaction"),
)
KINDS: dict[str, str] = {
    "sale": N_("Handed out"),
    "return": N_("Brought back"),
    "undo": N_("Undone"),
    "gift": N_("Points given to the pool"),
    "other": N_("Booked without a receipt"),
}


def rows(settlement: Settlement, names: Mapping[str, str], timezone: ZoneInfo) -> Iterator[list[Cell]]:
    """Every item of the statement in the order of :data:`COLUMNS`; ``names`` says each of :data:`KINDS` in words."""
    for line in settlement.lines:
        for item in line.items or [_bare(settlement, line)]:
            yield [
                settlement.number,
                defused(settlement.party.name),
                line.posted_at.astimezone(timezone).strftime("%Y-%m-%d %H:%M:%S"),
                names[item.kind],
                defused(item.shop.name) if item.shop else "",
                item.number if item.number is not None else "",
                defused(item.group_name),
                defused(item.product_name),
                item.units,
                item.points,
                line.transaction_id,
            ]


def _bare(settlement: Settlement, line: SettlementLine) -> SettlementItem:
    """A line of a statement that was drawn before its products were written down."""
    points: Decimal = line.points if settlement.kind == "merchant" else -line.points
    return SettlementItem(kind="other", product_name="", group_name="", units=0, points=points)
