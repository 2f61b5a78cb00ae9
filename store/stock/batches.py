"""Filling and emptying batches, always together with a movement.

Law: the units left in a shelf's batches are what the ledger says is on the shelf. Locks: whoever moves
units holds the shelf's balance row already (the ledger took it when it posted), so that batches of one
shelf are changed by one transaction at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from ledger.models import Account, Balance
from store.catalogue.models import Product
from store.orders.models import ReturnLine
from store.stock.errors import BatchShort, KeptForReservations, StockExpired
from store.stock.models import BatchMove, StockBatch, StockMovement
from store.stock.rules import OpenBatch, Usable, allocated, given_back
from timebank.books import chart
from timebank.prepared import Prepared, PreparedRows


@dataclass(frozen=True)
class Label:
    """What a new batch says of itself."""

    code: str = ""
    best_before: date | None = None
    expires_at: datetime | None = None
    unit_cost: Decimal | None = None
    origin_id: int | None = None


def put_in_new(session: Session, movement: StockMovement, parts: Sequence[tuple[int, Label]]) -> None:
    """New batches for what a movement brings: units with their label."""
    for units, label in parts:
        batch = StockBatch(
            shop_id=movement.shop_id,
            product_id=movement.product_id,
            made_by_movement_id=movement.id,
            origin_id=label.origin_id,
            code=label.code,
            best_before=label.best_before,
            expires_at=label.expires_at,
            unit_cost=label.unit_cost,
            left=units,
        )
        session.add(batch)
        session.flush()
        session.add(BatchMove(movement_id=movement.id, batch_id=batch.id, quantity=units))
    session.flush()


def take_out(
    session: Session, movements: Sequence[StockMovement], *, at: datetime, usable: Usable
) -> list[BatchMove]:
    """Empty batches by what movements (of one shop) took, first expired first out.

    Raises:
        StockExpired: with ``valid``, too few units are within their date, or the rest is kept for somebody.
    """
    shop_id, wanted = movements[0].shop_id, {moved.product_id: -moved.quantity for moved in movements}
    batches = open_batches(session, shop_id, wanted)
    moves: list[BatchMove] = []
    for movement in movements:
        own = [one for one in batches if one.product_id == movement.product_id]
        parts, missing = allocated(map(_open, own), -movement.quantity, at, usable)
        if missing:
            raise _expired(session, movement.product_id, -movement.quantity, missing)
        moves += _moved(session, movement, own, [(batch_id, -units) for batch_id, units in parts])
        if usable == "valid" and any(_open(one).is_expired(at) and one.left for one in own):
            valid = sum(one.left for one in own if not _open(one).is_expired(at))
            taken = Taken(movement.id, movement.product_id, -movement.quantity)
            _keep_enough_for_reservations(session, shop_id, taken, valid)
    session.flush()
    return moves


class Taken(NamedTuple):
    """Units of one product that a sale's movement took."""

    movement_id: int
    product_id: int
    units: int


_BATCHES = cast(Table, StockBatch.__table__)
_MOVES = PreparedRows(BatchMove, ("movement_id", "batch_id", "quantity"))
# Made once: every sale asks this.
_OPEN_ON_SHELVES = Prepared(
    select(_BATCHES.c.product_id, _BATCHES.c.id, _BATCHES.c.expires_at, _BATCHES.c.units_left)
    .where(
        _BATCHES.c.shop_id == bindparam("shop"),
        _BATCHES.c.product_id.in_(bindparam("products", expanding=True)),
        _BATCHES.c.units_left > 0,
    )
    .order_by(_BATCHES.c.product_id, _BATCHES.c.expires_at.nulls_last(), _BATCHES.c.id)
    .with_for_update()
)
_EMPTY = Prepared(
    update(_BATCHES)
    .where(_BATCHES.c.id == bindparam("batch"))
    .values(units_left=_BATCHES.c.units_left - bindparam("units"))
)


def take_sold(session: Session, shop_id: int, sold: Sequence[Taken], at: datetime) -> None:
    """As :func:`take_out` with ``valid``, for the counter's hot path: rows go straight to the tables.

    Raises:
        StockExpired: too few units are within their date, or the rest is kept for somebody.
    """
    asked: dict[str, Any] = {"shop": shop_id, "products": [one.product_id for one in sold]}
    shelves: dict[int, list[OpenBatch]] = {}
    for product_id, batch_id, expires_at, left in _OPEN_ON_SHELVES.rows(session, **asked):
        shelves.setdefault(product_id, []).append(OpenBatch(batch_id, expires_at, left))
    moves = []
    for one in sold:
        own = shelves.get(one.product_id, [])
        parts, missing = allocated(own, one.units, at, "valid")
        if missing:
            raise _expired(session, one.product_id, one.units, missing)
        if any(batch.is_expired(at) for batch in own):
            valid = sum(batch.left for batch in own if not batch.is_expired(at)) - one.units
            _keep_enough_for_reservations(session, shop_id, one, valid)
        moves += [(one.movement_id, batch_id, units) for batch_id, units in parts]
    _EMPTY.run_many(session, [{"batch": batch_id, "units": units} for _id, batch_id, units in moves])
    rows = [{"movement_id": one, "batch_id": batch, "quantity": -units} for one, batch, units in moves]
    _MOVES.write(session, rows)
    _forget(session, [batch_id for _id, batch_id, _units in moves])


def _forget(session: Session, batch_ids: Sequence[int]) -> None:
    """What this session has read of these batches is old now."""
    for batch_id in batch_ids:
        read = session.identity_map.get(identity_key(StockBatch, batch_id))
        if read is not None:
            session.expire(read)


def take_from(session: Session, movement: StockMovement, batch_id: int) -> None:
    """Empty one batch that somebody named; raises ``BatchShort`` when it holds fewer."""
    batch = session.scalars(
        select(StockBatch)
        .where(
            StockBatch.id == batch_id,
            StockBatch.shop_id == movement.shop_id,
            StockBatch.product_id == movement.product_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if batch is None or batch.left < -movement.quantity:
        raise BatchShort(field="batch", left=batch.left if batch else 0, wanted=-movement.quantity)
    _moved(session, movement, [batch], [(batch.id, movement.quantity)])
    session.flush()


def take_parts(session: Session, movement: StockMovement, parts: Sequence[tuple[int, int]]) -> None:
    """Empty several batches that somebody named, ids with units; raises ``BatchShort`` when one holds fewer."""
    found = {batch.id: batch for batch in _locked(session, [batch_id for batch_id, _units in parts])}
    for batch_id, units in parts:
        batch = found.get(batch_id)
        own = batch is not None and (batch.shop_id, batch.product_id) == (
            movement.shop_id,
            movement.product_id,
        )
        if batch is None or not own or batch.left < units:
            raise BatchShort(field="batch", left=batch.left if batch is not None and own else 0, wanted=units)
    _moved(session, movement, list(found.values()), [(batch_id, -units) for batch_id, units in parts])
    session.flush()


def put_back(session: Session, movement: StockMovement, order_line_id: int) -> list[tuple[int, int]]:
    """Units of an order line go back into the batches that they came from; ids with units."""
    back = select(ReturnLine.id).where(ReturnLine.order_line_id == order_line_id)
    rows = session.execute(
        select(BatchMove.batch_id, func.sum(BatchMove.quantity))
        .join(StockMovement, StockMovement.id == BatchMove.movement_id)
        .where(
            (StockMovement.kind == "sale") & (StockMovement.order_line_id == order_line_id)
            | (StockMovement.kind == "return") & StockMovement.return_line_id.in_(back)
        )
        .group_by(BatchMove.batch_id)
        .order_by(func.min(BatchMove.id))
    )
    out = [(int(batch_id), -int(units)) for batch_id, units in rows if units < 0]
    parts = given_back(out, movement.quantity)
    _moved(session, movement, _locked(session, [batch_id for batch_id, _units in parts]), parts)
    session.flush()
    return parts


def put_in_found(session: Session, movement: StockMovement, at: datetime) -> None:
    """More was counted than the book said: into the valid batch that expires first, which is the careful guess.

    Without one, into the newest batch of the shelf; a shelf that never had any gets one without a date.
    """
    own = open_batches(session, movement.shop_id, [movement.product_id])
    valid = [one for one in own if not _open(one).is_expired(at)]
    if not (valid or own):
        newest = session.scalars(
            select(StockBatch)
            .where(StockBatch.shop_id == movement.shop_id, StockBatch.product_id == movement.product_id)
            .order_by(StockBatch.id.desc())
            .limit(1)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).first()
        own = [newest] if newest else []
    chosen = (valid or own)[:1]
    if chosen:
        _moved(session, movement, chosen, [(chosen[0].id, movement.quantity)])
        session.flush()
    else:
        put_in_new(session, movement, [(movement.quantity, Label())])


def open_batches(session: Session, shop_id: int, product_ids: Iterable[int]) -> Sequence[StockBatch]:
    """The shelf's batches with something left, in the order in which they go out, locked."""
    return session.scalars(
        select(StockBatch)
        .where(
            StockBatch.shop_id == shop_id, StockBatch.product_id.in_(list(product_ids)), StockBatch.left > 0
        )
        .order_by(StockBatch.product_id, StockBatch.expires_at.nulls_last(), StockBatch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _locked(session: Session, batch_ids: Sequence[int]) -> Sequence[StockBatch]:
    return session.scalars(
        select(StockBatch)
        .where(StockBatch.id.in_(batch_ids))
        .order_by(StockBatch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _open(batch: StockBatch) -> OpenBatch:
    return OpenBatch(batch.id, batch.expires_at, batch.left)


def _moved(
    session: Session,
    movement: StockMovement,
    batches: Sequence[StockBatch],
    parts: Sequence[tuple[int, int]],
) -> list[BatchMove]:
    by_id = {batch.id: batch for batch in batches}
    moves = []
    for batch_id, quantity in parts:
        by_id[batch_id].left += quantity
        moves.append(BatchMove(movement_id=movement.id, batch_id=batch_id, quantity=quantity))
    session.add_all(moves)
    return moves


def _keep_enough_for_reservations(session: Session, shop_id: int, taken: Taken, valid: int) -> None:
    # The books count expired units as on the shelf; what is reserved must be there in good units.
    held = held_units(session, shop_id, [taken.product_id]).get(taken.product_id, 0)
    if valid < held:
        raise _expired(session, taken.product_id, taken.units, held - valid)


def ensure_reserved_stay(session: Session, movement: StockMovement, at: datetime) -> None:
    """After a movement took batches by name: what is reserved is still there within its date.

    Raises:
        KeptForReservations
    """
    kept = held_units(session, movement.shop_id, [movement.product_id]).get(movement.product_id, 0)
    if not kept:
        return
    rest = open_batches(session, movement.shop_id, [movement.product_id])
    short = kept - sum(one.left for one in rest if not _open(one).is_expired(at))
    if short > 0:
        product, wanted = session.get_one(Product, movement.product_id), -movement.quantity
        left = max(wanted - short, 0)
        raise KeptForReservations(product=product.name, kept=kept, left=left, wanted=wanted)


def held_units(session: Session, shop_id: int, product_ids: Iterable[int]) -> Mapping[int, int]:
    """Units that are kept for reservations, by product id."""
    codes = {chart.shelf(shop_id, product_id).code: product_id for product_id in product_ids}
    rows = session.execute(
        select(Account.code, Balance.held)
        .join(Balance, Balance.account_id == Account.id)
        .where(Account.code.in_(list(codes)), Balance.held > 0)
    )
    return {codes[code]: int(held) for code, held in rows}


def _expired(session: Session, product_id: int, wanted: int, missing: int) -> StockExpired:
    product = session.get_one(Product, product_id)
    return StockExpired(product=product.name, wanted=wanted, left=max(wanted - missing, 0))
