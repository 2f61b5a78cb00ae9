"""Goods come in: a purchase or a donation, on a numbered paper, each line one movement and one batch.

Locks, in this order: the shelves (by the ledger), the source by its name, and last the shop, whose papers
are numbered without a gap.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.errors import KeyReused
from store.catalogue.models import Shop
from store.stock import rules
from store.stock.batches import Label, put_in_new
from store.stock.errors import (
    BestBeforeFar,
    BestBeforePast,
    MovementKeyReused,
    QuantityInvalid,
    ReceiptElsewhere,
)
from store.stock.models import ReceiptLine, StockMovement, StockReceipt, StockSource
from timebank.access.actors import Actor
from timebank.books import goods as books
from timebank.books.goods import GoodsMovement
from timebank.db import queue_for

LONGEST_YEARS = timedelta(days=20 * 366)


@dataclass(frozen=True)
class Incoming:
    """Units of one product that come in together.

    Attributes:
        best_before: the last day on which they are handed out; None for what does not spoil.
        unit_cost: money, at most two decimals; None where nobody said.
    """

    product_id: int
    quantity: int
    batch_code: str = ""
    best_before: date | None = None
    unit_cost: Decimal | None = None


@dataclass(frozen=True)
class Paper:
    """What stands at the head of a receipt. ``kind``: ``receipt`` (bought) or ``donation``."""

    kind: str
    source: str = ""
    contact: str = ""
    restriction: str = ""
    note: str = ""


def receive(
    session: Session,
    *,
    shop: Shop,
    paper: Paper,
    lines: Sequence[Incoming],
    key: str,
    receipt: StockReceipt | None = None,
    timezone: ZoneInfo,
    by: Actor,
    at: datetime,
) -> StockReceipt:
    """Book ``lines`` on a new receipt, or on ``receipt`` which was begun before. The same ``key`` books them once.

    Raises:
        QuantityInvalid, BestBeforePast, BestBeforeFar: what was entered.
        ReceiptElsewhere: ``receipt`` is another shop's.
        MovementKeyReused: the key stands for something else.
    """
    for line in lines:
        _ensure_acceptable(line, at.astimezone(timezone).date())
    if receipt is not None and receipt.shop_id != shop.id:
        raise ReceiptElsewhere
    keys = [key if len(lines) == 1 else f"{key}:{place}" for place in range(len(lines))]
    posted = _posted(session, shop, dict(zip(keys, lines, strict=True)), by, at)
    if any(replayed for _id, replayed in posted):
        return _standing(session, keys, lines)
    document = receipt or _new_receipt(session, shop, paper, by, at)
    for one, line_key, (transaction_id, _replayed) in zip(lines, keys, posted, strict=True):
        movement = StockMovement(
            shop_id=shop.id,
            product_id=one.product_id,
            quantity=one.quantity,
            kind=document.kind,
            transaction_id=transaction_id,
            moved_by=by.label,
            moved_at=at,
            movement_key=line_key,
            note=_said(document),
        )
        _written_down(session, document, one, movement, timezone)
    session.refresh(document, ["lines"])
    return document


def _ensure_acceptable(line: Incoming, today: date) -> None:
    if not 1 <= line.quantity <= rules.MOST_UNITS:
        raise QuantityInvalid(field="quantity", most=rules.MOST_UNITS)
    if line.best_before is not None and line.best_before < today:
        raise BestBeforePast(field="best_before")
    if line.best_before is not None and line.best_before > today + LONGEST_YEARS:
        raise BestBeforeFar(field="best_before")


def _posted(
    session: Session, shop: Shop, lines: Mapping[str, Incoming], by: Actor, at: datetime
) -> list[tuple[int, bool]]:
    """Transaction ids with whether each was posted before."""
    receipts = [
        GoodsMovement(key, shop.id, shop.organisation_id, line.product_id, line.quantity, at, by.label)
        for key, line in lines.items()
    ]
    try:
        return [(one.id, one.replayed) for one in books.receive_goods_many(session, receipts)]
    except KeyReused as error:
        raise MovementKeyReused from error


def _standing(session: Session, keys: Sequence[str], lines: Sequence[Incoming]) -> StockReceipt:
    """The receipt that stands under these keys, if every line of it says the same."""
    rows = session.execute(
        select(StockMovement.movement_key, ReceiptLine)
        .join(ReceiptLine, ReceiptLine.id == StockMovement.receipt_line_id)
        .where(StockMovement.movement_key.in_(keys))
    )
    found = {str(row[0]): row[1] for row in rows}
    for key, wanted in zip(keys, lines, strict=True):
        stands = found.get(key)
        if stands is None or wanted != Incoming(
            stands.product_id, stands.quantity, stands.batch_code, stands.best_before, stands.unit_cost
        ):
            raise MovementKeyReused
    return found[keys[0]].receipt


def _new_receipt(session: Session, shop: Shop, paper: Paper, by: Actor, at: datetime) -> StockReceipt:
    source = _source(session, shop, paper, at) if paper.source.strip() else None
    # The shop's row is the last lock, as in a sale: whoever numbers a paper of this shop waits here.
    session.execute(select(Shop.id).where(Shop.id == shop.id).with_for_update(key_share=True))
    last = session.scalar(select(func.max(StockReceipt.number)).where(StockReceipt.shop_id == shop.id))
    receipt = StockReceipt(
        shop_id=shop.id,
        number=(last or 0) + 1,
        kind=paper.kind,
        source_id=source.id if source else None,
        source=source,
        restriction=paper.restriction.strip(),
        note=paper.note.strip(),
        received_by=by.label,
        received_at=at,
    )
    session.add(receipt)
    session.flush()
    return receipt


def _source(session: Session, shop: Shop, paper: Paper, at: datetime) -> StockSource:
    name = " ".join(paper.source.split())[:100]
    queue_for(session, f"stock-source:{shop.organisation_id}:{name}")
    known = session.scalar(
        select(StockSource).where(
            StockSource.organisation_id == shop.organisation_id, StockSource.name == name
        )
    )
    if known is None:
        known = StockSource(
            organisation_id=shop.organisation_id, name=name, contact=paper.contact.strip(), created_at=at
        )
        session.add(known)
        session.flush()
    elif paper.contact.strip():
        known.contact = paper.contact.strip()
    return known


def _said(receipt: StockReceipt) -> str:
    """From whom, and what else was said, as it stands beside the movement."""
    return " · ".join(filter(None, (receipt.source.name if receipt.source else "", receipt.note)))


def _written_down(
    session: Session,
    receipt: StockReceipt,
    incoming: Incoming,
    movement: StockMovement,
    timezone: ZoneInfo,
) -> None:
    line = ReceiptLine(
        receipt_id=receipt.id,
        product_id=incoming.product_id,
        quantity=incoming.quantity,
        batch_code=incoming.batch_code,
        best_before=incoming.best_before,
        unit_cost=incoming.unit_cost,
    )
    session.add(line)
    session.flush()
    movement.receipt_line_id = line.id
    session.add(movement)
    session.flush()
    until = rules.expires_at(incoming.best_before, timezone) if incoming.best_before else None
    label = Label(incoming.batch_code, incoming.best_before, until, incoming.unit_cost)
    put_in_new(session, movement, [(incoming.quantity, label)])
