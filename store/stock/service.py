"""Moving goods: in, off, counted. Every movement is posted in the books in the same transaction.

Locks: the shelf's balance row, taken by the ledger when it posts (by ``count`` just before).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance, KeyReused
from store.catalogue.models import Product, Shop
from store.stock import queries, rules
from store.stock.errors import CountInvalid, MovementKeyReused, QuantityInvalid, ReasonMissing, StockShort
from store.stock.models import StockMovement
from timebank.access.actors import Actor
from timebank.books import goods as books
from timebank.books.goods import GoodsMovement


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
    """Units come in; ``kind`` is ``receipt`` (bought) or ``donation``. The same ``key`` books them once.

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
    """A delivery of many products, all or none; raises as :func:`receive`."""
    for _product_id, quantity in goods:
        _ensure_quantity(quantity)
    keys = [key if len(goods) == 1 else f"{key}:{product_id}" for product_id, _quantity in goods]
    receipts = [
        GoodsMovement(one, shop.id, shop.organisation_id, product_id, quantity, at, by.label)
        for one, (product_id, quantity) in zip(keys, goods, strict=True)
    ]
    try:
        posted = books.receive_goods_many(session, receipts)
    except KeyReused as error:
        raise MovementKeyReused from error
    return [
        _booked(
            session,
            _movement(shop, product_id, quantity, kind=kind, key=one, note=note, by=by, at=at),
            transaction_id=posting.id,
            replayed=posting.replayed,
        )
        for posting, one, (product_id, quantity) in zip(posted, keys, goods, strict=True)
    ]


def write_off(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    quantity: int,
    reason: str,
    key: str,
    by: Actor,
    at: datetime,
) -> StockMovement:
    """Units leave the shelf because they are spoiled, broken or given away without points.

    Raises:
        QuantityInvalid, ReasonMissing: what was entered.
        StockShort: fewer are there.
        MovementKeyReused: the key stands for something else.
    """
    _ensure_quantity(quantity)
    if not reason.strip():
        raise ReasonMissing(field="note")
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
        raise StockShort(
            field="quantity", product=product.name, left=int(error.facts["available"]), wanted=quantity
        ) from error
    movement = _movement(
        shop, product.id, -quantity, kind="write_off", key=key, note=reason.strip(), by=by, at=at
    )
    return _booked(session, movement, transaction_id=posting.id, replayed=posting.replayed)


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
    """Book what counting the shelf found; None when it agrees with the book.

    Raises:
        CountInvalid: not from 0 to ``rules.MOST_UNITS``.
        MovementKeyReused: the key stands for a movement of another product or shop.
    """
    if not 0 <= counted <= rules.MOST_UNITS:
        raise CountInvalid(field="quantity", most=rules.MOST_UNITS)
    standing = _standing(session, key)
    if standing is not None:
        if (standing.shop_id, standing.product_id, standing.kind) != (shop.id, product.id, "count"):
            raise MovementKeyReused
        return standing
    difference = counted - queries.locked_units(session, shop.id, product.id)
    if difference == 0:
        return None
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
    movement = _movement(shop, product.id, difference, kind="count", key=key, note=note.strip(), by=by, at=at)
    return _booked(session, movement, transaction_id=posting.id, replayed=posting.replayed)


def record_sale(
    session: Session, *, shop_id: int, handed: Sequence[Handed], transaction_id: int, by: Actor, at: datetime
) -> None:
    """The movements of an order whose spend has taken the units off the shelf already."""
    session.add_all(
        _handed_movement(shop_id, one, kind="sale", transaction_id=transaction_id, by=by, at=at)
        for one in handed
    )
    session.flush()


def record_return(
    session: Session, *, shop_id: int, handed: Sequence[Handed], transaction_id: int, by: Actor, at: datetime
) -> None:
    """The movements of a return whose refund has put the units back already."""
    session.add_all(
        _handed_movement(shop_id, one, kind="return", transaction_id=transaction_id, by=by, at=at)
        for one in handed
    )
    session.flush()


def _handed_movement(
    shop_id: int, one: Handed, *, kind: str, transaction_id: int, by: Actor, at: datetime
) -> StockMovement:
    out = kind == "sale"
    return StockMovement(
        shop_id=shop_id,
        product_id=one.product_id,
        quantity=-one.quantity if out else one.quantity,
        kind=kind,
        order_line_id=one.line_id if out else None,
        return_line_id=None if out else one.line_id,
        transaction_id=transaction_id,
        moved_by=by.label,
        moved_at=at,
    )


def _movement(
    shop: Shop, product_id: int, quantity: int, *, kind: str, key: str, note: str, by: Actor, at: datetime
) -> StockMovement:
    return StockMovement(
        shop_id=shop.id,
        product_id=product_id,
        quantity=quantity,
        kind=kind,
        moved_by=by.label,
        moved_at=at,
        movement_key=key,
        note=note,
    )


def _booked(
    session: Session, movement: StockMovement, *, transaction_id: int, replayed: bool
) -> StockMovement:
    """The movement of a posting: the one that stands when it was posted before, else the new one."""
    if replayed:
        standing = _standing(session, movement.movement_key or "")
        if standing is None or standing.kind != movement.kind:
            raise MovementKeyReused
        return standing
    movement.transaction_id = transaction_id
    session.add(movement)
    session.flush()
    return movement


def _standing(session: Session, key: str) -> StockMovement | None:
    return session.scalar(select(StockMovement).where(StockMovement.movement_key == key))


def _ensure_quantity(quantity: int) -> None:
    if not 1 <= quantity <= rules.MOST_UNITS:
        raise QuantityInvalid(field="quantity", most=rules.MOST_UNITS)
