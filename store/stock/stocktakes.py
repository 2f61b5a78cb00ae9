"""Counting a shop while the counter keeps selling: snapshot, scans, a second person, and only then the differences.

The book's figure moves while people count. A scan therefore keeps what the book said at its own moment: the
snapshot and every movement since. What counts is the last scan of a product: all that was counted against
that figure. What is sold afterwards changes both alike, so the difference that is booked is the one that was found.

Locks, in this order: the stocktake, its line, the shelf (by the ledger), its batches.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from store.catalogue.models import Product, Shop
from store.catalogue.queries import Wanted, shop_products
from store.reservations.withdrawals import make_room
from store.stock import queries, rules, service
from store.stock.errors import (
    CountInvalid,
    MovementKeyReused,
    SecondPersonNeeded,
    StocktakeAbsent,
    StocktakeClosed,
    StocktakeEmpty,
    StocktakeRunning,
)
from store.stock.models import StockMovement
from store.stock.paper_models import Stocktake, StocktakeLine, StocktakeScan
from store.stock.rules import differs
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.books.queries import shelf_quantities
from timebank.orgs.models import Organisation

LINES_LIMIT = 5_000


def begin(
    session: Session, *, shop: Shop, category: str = "", note: str = "", by: Actor, at: datetime
) -> Stocktake:
    """Open a count of ``shop``, or of one category there, with a snapshot of what the book says now.

    Raises:
        StocktakeRunning: one is open or waits for its second person.
    """
    session.execute(select(Shop.id).where(Shop.id == shop.id).with_for_update(key_share=True))
    last = session.scalar(select(func.max(Stocktake.number)).where(Stocktake.shop_id == shop.id))
    units = shelf_quantities(session, shop.id)
    products = shop_products(session, shop, Wanted(category=category, withdrawn=None), limit=LINES_LIMIT)
    stocktake = Stocktake(
        shop_id=shop.id,
        number=(last or 0) + 1,
        status="open",
        note=note.strip(),
        opened_by_user_id=by.user_id,
        opened_at=at,
        lines=[
            StocktakeLine(product_id=product.id, snapshot_units=units.get(product.id, 0))
            for product in products
            if product.withdrawn_at is None or units.get(product.id)
        ],
    )
    try:
        with session.begin_nested():
            session.add(stocktake)
            session.flush()
    except IntegrityError as error:
        raise StocktakeRunning from error
    return stocktake


def scan(
    session: Session,
    *,
    stocktake: Stocktake,
    product: Product,
    units: int,
    scan_key: str,
    by: Actor,
    at: datetime,
) -> StocktakeLine:
    """Count ``units`` more of ``product`` (fewer to correct, 0 to say that none is there). Once per ``scan_key``.

    Raises:
        StocktakeClosed: it is not open.
        CountInvalid: the count would be below zero or absurd.
        MovementKeyReused: the key stands for another product.
    """
    _at_stage(session, stocktake, "open", share=True)
    line = _line(session, stocktake, product)
    before = session.scalar(select(StocktakeScan).where(StocktakeScan.scan_key == scan_key))
    if before is not None:
        if before.line_id != line.id:
            raise MovementKeyReused
        return line
    counted = (line.counted_units or 0) + units
    if not 0 <= counted <= rules.MOST_UNITS:
        raise CountInvalid(field="quantity", most=rules.MOST_UNITS)
    # Sales of this product wait from here on, so that the scan and the book are of one moment.
    expected = queries.locked_units(session, stocktake.shop_id, product.id)
    line.counted_units, line.expected_units = counted, expected
    session.add(
        StocktakeScan(
            line_id=line.id,
            scan_key=scan_key,
            units=units,
            expected_units=expected,
            scanned_by_user_id=by.user_id,
            scanned_at=at,
        )
    )
    session.flush()
    return line


def _line(session: Session, stocktake: Stocktake, product: Product) -> StocktakeLine:
    query = (
        select(StocktakeLine)
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.product_id == product.id)
        .with_for_update(of=StocktakeLine)
        .execution_options(populate_existing=True)
    )
    line = session.scalars(query).one_or_none()
    if line is None:
        # Found on the shelf although the book knows none, or outside the category that is counted.
        try:
            with session.begin_nested():
                units = shelf_quantities(session, stocktake.shop_id).get(product.id, 0)
                session.add(
                    StocktakeLine(stocktake_id=stocktake.id, product_id=product.id, snapshot_units=units)
                )
                session.flush()
        except IntegrityError:
            pass
        line = session.scalars(query).one()
    return line


def submit(session: Session, *, stocktake: Stocktake, by: Actor, at: datetime) -> None:
    """Nothing more is scanned; somebody else looks at the differences.

    Raises:
        StocktakeClosed: it is not open.
        StocktakeEmpty: nothing was counted.
    """
    _at_stage(session, stocktake, "open")
    counted = select(StocktakeLine.id).where(
        StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.counted_units.is_not(None)
    )
    if session.scalar(counted.limit(1)) is None:
        raise StocktakeEmpty
    stocktake.status, stocktake.submitted_by_user_id, stocktake.submitted_at = "submitted", by.user_id, at
    session.flush()


def send_back(session: Session, *, stocktake: Stocktake, by: Actor) -> None:
    """The second person wants something counted again; raises as :func:`approve`."""
    _at_stage(session, stocktake, "submitted")
    _ensure_second(session, stocktake, by)
    stocktake.status, stocktake.submitted_by_user_id, stocktake.submitted_at = "open", None, None
    session.flush()


def give_up(session: Session, *, stocktake: Stocktake, by: Actor, at: datetime) -> None:
    """Nothing is booked; what was scanned stays on paper. Raises ``StocktakeClosed`` after an approval."""
    session.refresh(stocktake, ["status"], with_for_update=True)
    if stocktake.status not in ("open", "submitted"):
        raise StocktakeClosed
    stocktake.status, stocktake.decided_by_user_id, stocktake.decided_at = "given_up", by.user_id, at
    session.flush()


def approve(session: Session, *, stocktake: Stocktake, by: Actor, at: datetime) -> list[StockMovement]:
    """A second person signs, and every difference is booked; all or none.

    Reservations that the shelf cannot fill any more are ended with it: the members are told, the points are back.

    Raises:
        StocktakeClosed: it was decided, or sent back, a moment ago.
        SecondPersonNeeded: ``by`` opened, scanned or submitted it.
        StockShort: fewer are on the shelf by now than are said to be missing.
    """
    _at_stage(session, stocktake, "submitted")
    _ensure_second(session, stocktake, by)
    # The database decides once more: of two approvals that came through, one changes a row.
    decided = session.execute(
        update(Stocktake)
        .where(Stocktake.id == stocktake.id, Stocktake.status == "submitted")
        .values(status="approved", decided_by_user_id=by.user_id, decided_at=at)
    )
    if cast(CursorResult[Any], decided).rowcount != 1:
        raise StocktakeClosed
    session.refresh(stocktake)
    lines = session.scalars(
        select(StocktakeLine)
        .options(joinedload(StocktakeLine.product))
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeLine.counted_units.is_not(None))
        .order_by(StocktakeLine.product_id)
    ).all()
    missing = missing_of(lines, shelf_quantities(session, stocktake.shop_id))
    make_room(session, shop_id=stocktake.shop_id, missing=missing, by=by, at=at)
    booked = []
    for line in lines:
        if differs(line.counted_units, line.expected_units):
            booked.append(_book(session, stocktake, line, by, at))
            line.movement_id = booked[-1].id
    session.flush()
    return booked


def missing_of(lines: Sequence[StocktakeLine], there: Mapping[int, int]) -> dict[int, int]:
    """Units by product id that were not found; never more than the book has now, which ``there`` says."""
    short = {line.product_id: -differs(line.counted_units, line.expected_units) for line in lines}
    return {
        product_id: min(units, there.get(product_id, 0)) for product_id, units in short.items() if units > 0
    }


def _book(
    session: Session, stocktake: Stocktake, line: StocktakeLine, by: Actor, at: datetime
) -> StockMovement:
    return service.book_difference(
        session,
        shop=stocktake.shop,
        product=line.product,
        difference=differs(line.counted_units, line.expected_units),
        note=f"№ {stocktake.number}",
        key=f"stocktake:{line.id}",
        by=by,
        at=at,
    )


def _at_stage(session: Session, stocktake: Stocktake, status: str, *, share: bool = False) -> None:
    lock = {"read": True} if share else True
    session.refresh(stocktake, ["status"], with_for_update=lock)
    if stocktake.status != status:
        raise StocktakeClosed


def _ensure_second(session: Session, stocktake: Stocktake, by: Actor) -> None:
    scanned = (
        select(StocktakeScan.id)
        .join(StocktakeLine, StocktakeLine.id == StocktakeScan.line_id)
        .where(StocktakeLine.stocktake_id == stocktake.id, StocktakeScan.scanned_by_user_id == by.user_id)
    )
    counted = session.scalar(scanned.limit(1)) is not None
    if counted or by.user_id in (stocktake.opened_by_user_id, stocktake.submitted_by_user_id):
        raise SecondPersonNeeded


def stocktake(session: Session, actor: Actor, stocktake_id: int) -> Stocktake:
    """One stocktake within the actor's scope, with its lines; raises ``StocktakeAbsent``."""
    found = session.scalar(
        select(Stocktake)
        .join(Stocktake.shop)
        .join(Shop.organisation)
        .options(
            contains_eager(Stocktake.shop).contains_eager(Shop.organisation),
            selectinload(Stocktake.lines).joinedload(StocktakeLine.product),
        )
        .where(Stocktake.id == stocktake_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise StocktakeAbsent
    return found


def stocktakes_of(
    session: Session, shop: Shop, *, before: int | None = None, limit: int = 50
) -> Sequence[Stocktake]:
    """The shop's stocktakes, newest first."""
    query = select(Stocktake).where(Stocktake.shop_id == shop.id)
    if before is not None:
        query = query.where(Stocktake.id < before)
    return session.scalars(query.order_by(Stocktake.id.desc()).limit(limit)).all()


def running(session: Session, shop: Shop) -> Stocktake | None:
    """The shop's stocktake that is open or waits for its second person."""
    return session.scalar(
        select(Stocktake).where(Stocktake.shop_id == shop.id, Stocktake.status.in_(("open", "submitted")))
    )
