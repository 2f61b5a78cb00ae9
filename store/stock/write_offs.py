"""Writing off: below the county's limit one person suffices, above it a second one signs before anything is booked.

Locks, in this order: the write-off, the shelf (by the ledger), its batches.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from store.catalogue.models import Product, Shop
from store.catalogue.prices import list_prices
from store.stock import rules, service, vouchers
from store.stock.errors import (
    MovementKeyReused,
    QuantityInvalid,
    ReasonMissing,
    SecondPersonNeeded,
    WriteOffAbsent,
    WriteOffDecided,
)
from store.stock.paper_models import WriteOff
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.orgs.models import Organisation


def ask(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    quantity: int,
    reason: str,
    batch_id: int | None = None,
    key: str,
    alone_points: Decimal,
    today: date,
    by: Actor,
    at: datetime,
) -> WriteOff:
    """Write units off, or ask for it when they are worth more than ``alone_points`` points. Once per ``key``.

    Raises:
        QuantityInvalid, ReasonMissing: what was entered.
        StockShort, BatchShort: fewer are there.
        MovementKeyReused: the key stands for something else.
    """
    if not 1 <= quantity <= rules.MOST_UNITS:
        raise QuantityInvalid(field="quantity", most=rules.MOST_UNITS)
    if not reason.strip():
        raise ReasonMissing(field="note")
    queue_for(session, f"write-off:{key}")
    standing = session.scalar(select(WriteOff).where(WriteOff.key == key))
    if standing is not None:
        if (standing.shop_id, standing.product_id, standing.quantity) != (shop.id, product.id, quantity):
            raise MovementKeyReused
        return standing
    value = list_prices(session, [product], today)[product.id] * quantity
    paper = WriteOff(
        key=key,
        shop_id=shop.id,
        product_id=product.id,
        batch_id=batch_id,
        quantity=quantity,
        reason=reason.strip(),
        value_points=value,
        status="waiting",
        needs_second=value > alone_points,
        asked_by_user_id=by.user_id,
        asked_at=at,
        shop=shop,
        product=product,
    )
    if not paper.needs_second:
        _book(session, paper, by, at)
    session.add(paper)
    session.flush()
    return paper


def approve(session: Session, *, paper: WriteOff, by: Actor, at: datetime) -> None:
    """A second person agrees, and the units leave the shelf.

    Raises:
        WriteOffDecided: somebody was faster.
        SecondPersonNeeded: ``by`` asked for it.
        StockShort, BatchShort: the units are gone by now.
    """
    _ensure_decidable(session, paper, by)
    paper.decided_by_user_id, paper.decided_at = by.user_id, at
    _book(session, paper, by, at)
    session.flush()


def refuse(session: Session, *, paper: WriteOff, by: Actor, at: datetime) -> None:
    """A second person says no; the units stay. Raises as :func:`approve`."""
    _ensure_decidable(session, paper, by)
    paper.decided_by_user_id, paper.decided_at, paper.status = by.user_id, at, "refused"
    session.flush()


def _ensure_decidable(session: Session, paper: WriteOff, by: Actor) -> None:
    # Two people who decide at once wait here; the second one sees what the first one did.
    # The columns that are decided about, and not the product beside them, which no lock is wanted on.
    session.refresh(paper, ["status", "decided_by_user_id", "movement_id"], with_for_update=True)
    if paper.status != "waiting":
        raise WriteOffDecided
    if paper.asked_by_user_id == by.user_id:
        raise SecondPersonNeeded


def _book(session: Session, paper: WriteOff, by: Actor, at: datetime) -> None:
    with session.no_autoflush:
        movement = service.book_write_off(
            session,
            shop=paper.shop,
            product=paper.product,
            quantity=paper.quantity,
            reason=paper.reason,
            key=f"write-off:{paper.key}",
            batch_id=paper.batch_id,
            by=by,
            at=at,
        )
        if paper.product.kind == "voucher":
            vouchers.take_away(session, paper.shop_id, paper.product_id, paper.quantity, at)
    paper.status, paper.movement_id = "booked", movement.id


def write_off(session: Session, actor: Actor, write_off_id: int) -> WriteOff:
    """One paper within the actor's scope; raises ``WriteOffAbsent``."""
    found = session.scalar(
        select(WriteOff)
        .join(WriteOff.shop)
        .join(Shop.organisation)
        .options(
            contains_eager(WriteOff.shop).contains_eager(Shop.organisation), joinedload(WriteOff.product)
        )
        .where(WriteOff.id == write_off_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise WriteOffAbsent
    return found


def papers(
    session: Session, shop: Shop, *, waiting: bool = False, before: int | None = None, limit: int = 50
) -> Sequence[WriteOff]:
    """The shop's write-offs, newest first, or only those that wait for a second person."""
    query = (
        select(WriteOff)
        .options(joinedload(WriteOff.product), joinedload(WriteOff.batch))
        .where(WriteOff.shop_id == shop.id)
    )
    if waiting:
        query = query.where(WriteOff.status == "waiting")
    if before is not None:
        query = query.where(WriteOff.id < before)
    return session.scalars(query.order_by(WriteOff.id.desc()).limit(limit)).all()
