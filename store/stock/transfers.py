"""Goods go from one shop to another: sent (off the shelf, on the way), received (onto the shelf), with what is missing booked.

Locks, in this order: the transfer, the shelves (by the ledger), their batches, and last the sending shop,
whose transfers are numbered without a gap.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from ledger.errors import InsufficientBalance, KeyReused
from store.catalogue import queries as catalogue
from store.catalogue.models import Product, Shop
from store.stock import batches, rules
from store.stock.batches import Label
from store.stock.errors import (
    CountInvalid,
    MovementKeyReused,
    QuantityInvalid,
    TransferAbsent,
    TransferArrived,
    TransferEmpty,
    TransferSameShop,
    VoucherNeedsCodes,
)
from store.stock.models import StockMovement
from store.stock.paper_models import ArrivalLine, StockTransfer, TransferArrival, TransferLine
from store.stock.service import stock_short
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.books import chart
from timebank.books import goods as books
from timebank.db import queue_for
from timebank.orgs.models import Organisation


def send(
    session: Session,
    *,
    shop: Shop,
    to_shop: Shop,
    goods: Mapping[int, int],
    note: str = "",
    key: str,
    by: Actor,
    at: datetime,
) -> StockTransfer:
    """Units by product id leave ``shop`` for ``to_shop``, first expired first, nothing that is expired. Once per ``key``.

    Raises:
        TransferSameShop, TransferEmpty, QuantityInvalid, VoucherNeedsCodes, ProductAbsent: what cannot be sent.
        StockShort, StockExpired: fewer are there.
        MovementKeyReused: the key stands for something else.
    """
    queue_for(session, f"transfer:{key}")
    standing = session.scalar(select(StockTransfer).where(StockTransfer.key == key))
    if standing is not None:
        return _same(standing, shop, to_shop, goods)
    products = _sendable(session, shop, to_shop, goods)
    transaction_id = _post(session, shop=shop, products=products, goods=goods, key=key, by=by, at=at)
    moved = [
        _movement(
            shop=shop,
            product_id=product_id,
            quantity=-units,
            kind="transfer_out",
            transaction_id=transaction_id,
            by=by,
            at=at,
        )
        for product_id, units in sorted(goods.items())
    ]
    session.add_all(moved)
    session.flush()
    taken = batches.take_out(session, moved, at=at, usable="valid")
    product_of = {movement.id: movement.product_id for movement in moved}
    transfer = StockTransfer(
        number=_next_number(session, shop),
        key=key,
        from_shop_id=shop.id,
        to_shop_id=to_shop.id,
        note=note.strip(),
        sent_by_user_id=by.user_id,
        sent_at=at,
        transaction_id=transaction_id,
        lines=[
            TransferLine(
                product_id=product_of[move.movement_id], batch_id=move.batch_id, quantity=-move.quantity
            )
            for move in taken
        ],
    )
    session.add(transfer)
    session.flush()
    return transfer


def _next_number(session: Session, shop: Shop) -> int:
    session.execute(select(Shop.id).where(Shop.id == shop.id).with_for_update(key_share=True))
    last = session.scalar(select(func.max(StockTransfer.number)).where(StockTransfer.from_shop_id == shop.id))
    return (last or 0) + 1


def _same(standing: StockTransfer, shop: Shop, to_shop: Shop, goods: Mapping[int, int]) -> StockTransfer:
    sent: dict[int, int] = {}
    for line in standing.lines:
        sent[line.product_id] = sent.get(line.product_id, 0) + line.quantity
    if (standing.from_shop_id, standing.to_shop_id, sent) != (shop.id, to_shop.id, dict(goods)):
        raise MovementKeyReused
    return standing


def _sendable(session: Session, shop: Shop, to_shop: Shop, goods: Mapping[int, int]) -> dict[int, Product]:
    county = shop.organisation.path.split("/")[1]
    if shop.id == to_shop.id or to_shop.organisation.path.split("/")[1] != county:
        raise TransferSameShop(field="to_shop")
    if not goods:
        raise TransferEmpty(field="written")
    if not all(1 <= units <= rules.MOST_UNITS for units in goods.values()):
        raise QuantityInvalid(field="quantity", most=rules.MOST_UNITS)
    # What the other shop cannot hand out would lie there for ever.
    products = {product_id: catalogue.shop_product(session, to_shop, product_id) for product_id in goods}
    if any(product.kind == "voucher" for product in products.values()):
        raise VoucherNeedsCodes(field="written")
    return products


def _post(
    session: Session,
    *,
    shop: Shop,
    products: Mapping[int, Product],
    goods: Mapping[int, int],
    key: str,
    by: Actor,
    at: datetime,
) -> int:
    try:
        posting = books.send_goods(
            session, key=key, shop_id=shop.id, goods=sorted(goods.items()), at=at, actor=by.label
        )
    except KeyReused as error:
        raise MovementKeyReused from error
    except InsufficientBalance as error:
        code = error.facts["account"]
        product_id = next(one for one in products if chart.shelf(shop.id, one).code == code)
        raise stock_short(error, products[product_id], goods[product_id]) from error
    return posting.id


def _movement(
    *,
    shop: Shop,
    product_id: int,
    quantity: int,
    kind: str,
    transaction_id: int,
    by: Actor,
    at: datetime,
) -> StockMovement:
    return StockMovement(
        shop_id=shop.id,
        product_id=product_id,
        quantity=quantity,
        kind=kind,
        transaction_id=transaction_id,
        moved_by=by.label,
        moved_at=at,
    )


def receive(
    session: Session,
    *,
    transfer: StockTransfer,
    arrived: Mapping[int, int],
    note: str = "",
    by: Actor,
    at: datetime,
) -> TransferArrival:
    """Units by line id come onto the other shop's shelf in batches like those they left; the rest is lost by the sender.

    Raises:
        TransferArrived: it was received before.
        CountInvalid: a line without a number, or an absurd one.
    """
    session.execute(
        select(StockTransfer.id).where(StockTransfer.id == transfer.id).with_for_update(key_share=True)
    )
    if session.scalar(select(TransferArrival.id).where(TransferArrival.transfer_id == transfer.id)):
        raise TransferArrived
    for line in transfer.lines:
        if not 0 <= arrived.get(line.id, -1) <= rules.MOST_UNITS:
            raise CountInvalid(field=f"line{line.id}", most=rules.MOST_UNITS)
    units: dict[int, tuple[int, int]] = {}
    for line in transfer.lines:
        sent, came = units.get(line.product_id, (0, 0))
        units[line.product_id] = (sent + line.quantity, came + arrived[line.id])
    posting = books.arrive_goods(
        session,
        key=transfer.key,
        shop_id=transfer.to_shop_id,
        organisation_id=transfer.from_shop.organisation_id,
        goods=[(product_id, sent, came) for product_id, (sent, came) in sorted(units.items())],
        at=at,
        actor=by.label,
    )
    for product_id, (_sent, came) in sorted(units.items()):
        if came:
            movement = _movement(
                shop=transfer.to_shop,
                product_id=product_id,
                quantity=came,
                kind="transfer_in",
                transaction_id=posting.id,
                by=by,
                at=at,
            )
            _put_on_shelf(session, transfer, movement, arrived)
    arrival = TransferArrival(
        transfer_id=transfer.id,
        note=note.strip(),
        received_by_user_id=by.user_id,
        received_at=at,
        transaction_id=posting.id,
        lines=[ArrivalLine(transfer_line_id=line.id, quantity=arrived[line.id]) for line in transfer.lines],
    )
    session.add(arrival)
    session.flush()
    return arrival


def _put_on_shelf(
    session: Session, transfer: StockTransfer, movement: StockMovement, arrived: Mapping[int, int]
) -> None:
    session.add(movement)
    session.flush()
    lines = [line for line in transfer.lines if line.product_id == movement.product_id and arrived[line.id]]
    parts = [
        (
            arrived[line.id],
            Label(
                line.batch.code,
                line.batch.best_before,
                line.batch.expires_at,
                line.batch.unit_cost,
                line.batch_id,
            ),
        )
        for line in lines
    ]
    batches.put_in_new(session, movement, parts)


def transfer(session: Session, actor: Actor, transfer_id: int) -> StockTransfer:
    """One transfer from or to a shop within the actor's scope; raises ``TransferAbsent``."""
    found = next(iter(_transfers(session, actor, StockTransfer.id == transfer_id, limit=1)), None)
    if found is None:
        raise TransferAbsent
    return found


def transfers_of(
    session: Session, actor: Actor, shop: Shop, *, before: int | None = None, limit: int = 50
) -> Sequence[StockTransfer]:
    """What was sent from or to ``shop``, newest first."""
    condition = or_(StockTransfer.from_shop_id == shop.id, StockTransfer.to_shop_id == shop.id)
    if before is not None:
        condition &= StockTransfer.id < before
    return _transfers(session, actor, condition, limit=limit)


def _transfers(
    session: Session, actor: Actor, condition: ColumnElement[bool], *, limit: int
) -> Sequence[StockTransfer]:
    sender, receiver = aliased(Shop), aliased(Shop)
    here, there = aliased(Organisation), aliased(Organisation)
    return session.scalars(
        select(StockTransfer)
        .join(sender, sender.id == StockTransfer.from_shop_id)
        .join(here, here.id == sender.organisation_id)
        .join(receiver, receiver.id == StockTransfer.to_shop_id)
        .join(there, there.id == receiver.organisation_id)
        .where(condition, or_(scope.within(actor, here.path), scope.within(actor, there.path)))
        .options(
            joinedload(StockTransfer.from_shop).joinedload(Shop.organisation),
            joinedload(StockTransfer.to_shop).joinedload(Shop.organisation),
            selectinload(StockTransfer.lines).joinedload(TransferLine.product),
            selectinload(StockTransfer.lines).joinedload(TransferLine.batch),
            joinedload(StockTransfer.arrival).selectinload(TransferArrival.lines),
        )
        .order_by(StockTransfer.id.desc())
        .limit(limit)
    ).all()
