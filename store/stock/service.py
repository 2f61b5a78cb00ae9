"""Moving units on and off one shelf: movements and batches, beside the posting that moves them.

Papers are in files of their own: goods in with batch and date in ``receipts``, write-offs with their signatures
in ``write_offs``, transfers in ``transfers``, counting in ``stocktakes``. Locks: the shelf's balance row, taken
by the ledger when it posts (by ``count`` just before); then its batches.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance, KeyReused
from store.catalogue.models import Product, Shop
from store.orders.models import ReturnLine
from store.stock import batches, queries, receipts, rules, vouchers
from store.stock.errors import CountInvalid, MovementKeyReused, StockShort, VoucherNeedsCodes
from store.stock.models import StockMovement
from store.stock.receipts import Incoming, Paper
from timebank.access.actors import Actor
from timebank.books import goods as books
from timebank.prepared import PreparedRows

VOUCHER_SHOWN = "券码已出示，作废"
"""Written on the write-off of a voucher that came back: whoever saw its code could still use it."""


@dataclass(frozen=True)
class Handed:
    """Units of one line that cross the counter: the line's id is an order line's or a return line's."""

    line_id: int
    product_id: int
    quantity: int


def receive(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    quantity: int,
    kind: str,
    key: str,
    note: str = "",
    by: Actor,
    at: datetime,
) -> StockMovement:
    """Units without a date come in on a paper of their own; ``kind`` is ``receipt`` or ``donation``. Once per ``key``.

    Raises:
        QuantityInvalid: not from 1 to ``rules.MOST_UNITS``.
        MovementKeyReused: the key stands for something else.
    """
    return receive_many(
        session, shop=shop, goods=[(product.id, quantity)], kind=kind, key=key, note=note, by=by, at=at
    )[0]


def receive_many(
    session: Session,
    *,
    shop: Shop,
    goods: Sequence[tuple[int, int]],
    kind: str,
    key: str,
    note: str = "",
    by: Actor,
    at: datetime,
) -> list[StockMovement]:
    """A delivery of many products without dates, all or none, on one paper; raises as :func:`receive`."""
    lines = [Incoming(product_id, quantity) for product_id, quantity in goods]
    # Without dates the county's own day does not matter.
    receipt = receipts.receive(
        session,
        shop=shop,
        paper=Paper(kind, source=note),
        lines=lines,
        key=key,
        timezone=ZoneInfo("UTC"),
        by=by,
        at=at,
    )
    ids = [line.id for line in receipt.lines]
    return list(
        session.scalars(
            select(StockMovement)
            .where(StockMovement.receipt_line_id.in_(ids))
            .order_by(StockMovement.receipt_line_id)
        )
    )


_MOVEMENTS = PreparedRows(
    StockMovement,
    (
        "shop_id",
        "product_id",
        "quantity",
        "kind",
        "order_line_id",
        "transaction_id",
        "moved_by",
        "moved_at",
        "note",
    ),
    returning=("product_id", "id"),
)


def record_sale(
    session: Session, *, shop_id: int, handed: Sequence[Handed], transaction_id: int, by: Actor, at: datetime
) -> None:
    """The movements of an order whose spend has taken the units off the shelf already, first expired first.

    Raises:
        StockExpired: too few units are within their date.
        StockShort: fewer voucher codes are free than are wanted.
    """
    rows = [
        {
            "shop_id": shop_id,
            "product_id": one.product_id,
            "quantity": -one.quantity,
            "kind": "sale",
            "order_line_id": one.line_id,
            "transaction_id": transaction_id,
            "moved_by": by.label,
            "moved_at": at,
            "note": "",
        }
        for one in handed
    ]
    # One movement for each product of a posting, so the numbers may come back in any order.
    ids = {row[0]: row[1] for row in _MOVEMENTS.write(session, rows)}
    taken = [batches.Taken(ids[one.product_id], one.product_id, one.quantity) for one in handed]
    batches.take_sold(session, shop_id, taken, at)
    for one in handed:
        if session.get_one(Product, one.product_id).kind == "voucher":
            vouchers.hand_out(
                session,
                shop_id=shop_id,
                product_id=one.product_id,
                order_line_id=one.line_id,
                units=one.quantity,
                at=at,
            )


def record_return(
    session: Session, *, shop_id: int, handed: Sequence[Handed], transaction_id: int, by: Actor, at: datetime
) -> None:
    """The movements of a return whose refund has put the units back already, into the batches they came from.

    A voucher that comes back has been seen: its code is void, and the unit is written off at once.
    """
    for one in handed:
        movement = StockMovement(
            shop_id=shop_id,
            product_id=one.product_id,
            quantity=one.quantity,
            kind="return",
            return_line_id=one.line_id,
            transaction_id=transaction_id,
            moved_by=by.label,
            moved_at=at,
        )
        session.add(movement)
        session.flush()
        order_line_id = session.get_one(ReturnLine, one.line_id).order_line_id
        parts = batches.put_back(session, movement, order_line_id)
        product = session.get_one(Product, one.product_id)
        if product.kind == "voucher":
            vouchers.make_void(session, order_line_id, one.quantity, at)
            for batch_id, units in parts:
                book_write_off(
                    session,
                    shop=session.get_one(Shop, shop_id),
                    product=product,
                    quantity=units,
                    reason=VOUCHER_SHOWN,
                    key=f"voucher-back:{one.line_id}:{batch_id}",
                    batch_id=batch_id,
                    by=by,
                    at=at,
                )


def book_write_off(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    quantity: int,
    reason: str,
    key: str,
    batch_id: int | None,
    by: Actor,
    at: datetime,
) -> StockMovement:
    """Units leave the shelf without points; who may is decided in ``write_offs``. The same ``key`` books once.

    Raises:
        StockShort, BatchShort: fewer are there.
        MovementKeyReused: the key stands for something else.
    """
    try:
        posting = books.write_off(
            session,
            key=key,
            shop_id=shop.id,
            organisation_id=shop.organisation_id,
            product_id=product.id,
            quantity=quantity,
            at=at,
            actor=by.label,
        )
    except KeyReused as error:
        raise MovementKeyReused from error
    except InsufficientBalance as error:
        raise stock_short(error, product, quantity) from error
    movement = StockMovement(
        shop_id=shop.id,
        product_id=product.id,
        quantity=-quantity,
        kind="write_off",
        moved_by=by.label,
        moved_at=at,
        movement_key=key,
        note=reason,
        transaction_id=posting.id,
    )
    if posting.replayed:
        return standing(session, movement)
    session.add(movement)
    session.flush()
    if batch_id is not None:
        batches.take_from(session, movement, batch_id)
    else:
        batches.take_out(session, [movement], at=at, usable="any")
    return movement


def count(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    counted: int,
    note: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> StockMovement | None:
    """Bring the book to what was counted now; None when it agrees. Once per ``key``.

    Whoever calls this has the second person's signature: a stocktake, or the close of a shift.

    Raises:
        CountInvalid: not from 0 to ``rules.MOST_UNITS``.
        MovementKeyReused: the key stands for a movement of another product or shop.
        StockShort: fewer are free than are missing, because some are kept for a reservation.
    """
    if not 0 <= counted <= rules.MOST_UNITS:
        raise CountInvalid(field="quantity", most=rules.MOST_UNITS)
    before = session.scalar(select(StockMovement).where(StockMovement.movement_key == key))
    if before is not None:
        if (before.shop_id, before.product_id, before.kind) != (shop.id, product.id, "count"):
            raise MovementKeyReused
        return before
    difference = counted - queries.locked_units(session, shop.id, product.id)
    if difference == 0:
        return None
    return book_difference(
        session, shop=shop, product=product, difference=difference, note=note, key=key, by=by, at=at
    )


def book_difference(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    difference: int,
    note: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> StockMovement:
    """More (+) or fewer (−) units were found than the book says; a second person has signed. Once per ``key``.

    Raises:
        StockShort: fewer are free than are missing.
        VoucherNeedsCodes: vouchers do not turn up by counting.
        MovementKeyReused: the key stands for something else.
    """
    if product.kind == "voucher" and difference > 0:
        raise VoucherNeedsCodes
    try:
        posting = books.count_difference(
            session,
            key=key,
            shop_id=shop.id,
            organisation_id=shop.organisation_id,
            product_id=product.id,
            quantity=difference,
            at=at,
            actor=by.label,
        )
    except KeyReused as error:
        raise MovementKeyReused from error
    except InsufficientBalance as error:
        raise stock_short(error, product, -difference) from error
    movement = StockMovement(
        shop_id=shop.id,
        product_id=product.id,
        quantity=difference,
        kind="count",
        transaction_id=posting.id,
        moved_by=by.label,
        moved_at=at,
        movement_key=key,
        note=note.strip(),
    )
    if posting.replayed:
        return standing(session, movement)
    session.add(movement)
    session.flush()
    if difference > 0:
        batches.put_in_found(session, movement, at)
        return movement
    batches.take_out(session, [movement], at=at, usable="any")
    if product.kind == "voucher":
        vouchers.take_away(session, shop.id, product.id, -difference, at)
    return movement


def stock_short(error: InsufficientBalance, product: Product, wanted: int) -> StockShort:
    """The ledger's refusal in the words of the shop."""
    left = int(error.facts["available"])
    return StockShort(field="quantity", product=product.name, left=left, wanted=wanted)


def standing(session: Session, wanted: StockMovement) -> StockMovement:
    """The movement that was booked under the same key before; raises ``MovementKeyReused`` when it is another."""
    found = session.scalar(select(StockMovement).where(StockMovement.movement_key == wanted.movement_key))
    said = (wanted.shop_id, wanted.product_id, wanted.quantity, wanted.kind)
    if found is None or (found.shop_id, found.product_id, found.quantity, found.kind) != said:
        raise MovementKeyReused
    return found
