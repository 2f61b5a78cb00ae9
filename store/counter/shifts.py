"""Opening, locking, counting and closing a shift.

Every sale, return and undo of a shift takes its row first, and so does closing it: the report of a shift
misses nothing of the same minute and counts nothing twice, whatever the clocks say.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from store.catalogue.errors import ShopClosed
from store.catalogue.models import Product, Shop
from store.counter import limits, reports, rules
from store.counter.errors import (
    CounterLocked,
    CountMissing,
    CountUnreadable,
    ExplanationMissing,
    OwnShift,
    SecondPersonNeeded,
    ShiftElsewhere,
    ShiftNotForgotten,
    ShiftNotOpen,
)
from store.counter.models import Basket, CounterShift, ShiftCount, ZReport
from store.orders.errors import BasketKeyInvalid, BasketKeyReused
from store.orders.rules import key_is_acceptable
from store.reservations.models import Reservation
from store.reservations.withdrawals import make_room
from store.stock import queries as stock_read
from store.stock import service as stock
from store.stock.rules import MOST_UNITS
from timebank.access.actors import Actor
from timebank.books.queries import shelf_quantities
from timebank.db import queue_for
from timebank.prepared import Prepared


def open_shift(session: Session, *, shop: Shop, key: str, by: Actor, at: datetime) -> CounterShift:
    """Begin a shift; whoever has one open at this shop goes on with it.

    Raises:
        ShopClosed, BasketKeyInvalid
        BasketKeyReused: the page is that of a shift that was closed.
        ShiftElsewhere: the attendant stands at another counter.
    """
    if shop.closed_at is not None:
        raise ShopClosed(shop=shop.name)
    if not key_is_acceptable(key):
        raise BasketKeyInvalid
    queue_for(session, f"shift:{by.user_id}")
    standing = session.scalar(
        select(CounterShift).where(
            CounterShift.opened_by_user_id == by.user_id, CounterShift.closed_at.is_(None)
        )
    )
    if standing is not None:
        if standing.shop_id != shop.id:
            raise ShiftElsewhere(shop=standing.shop.name)
        return standing
    if session.scalar(select(CounterShift.id).where(CounterShift.key == key)) is not None:
        raise BasketKeyReused
    shift = CounterShift(key=key, shop_id=shop.id, opened_by_user_id=by.user_id, opened_at=at, active_at=at)
    session.add(shift)
    session.flush()
    return shift


_SHIFTS = cast(Table, CounterShift.__table__)
# Every step at a counter says it.
_STEP = Prepared(
    update(_SHIFTS)
    .where(
        _SHIFTS.c.opened_by_user_id == bindparam("user"),
        _SHIFTS.c.shop_id == bindparam("shop"),
        _SHIFTS.c.closed_at.is_(None),
        _SHIFTS.c.active_at >= bindparam("since"),
    )
    .values(active_at=bindparam("at", type_=_SHIFTS.c.active_at.type))
    .returning(_SHIFTS.c.id)
)


def step(session: Session, *, shop: Shop, by: Actor, at: datetime) -> int:
    """The attendant does something: her open shift, whose row is hers until the transaction ends.

    Returns:
        the shift's id.

    Raises:
        ShiftNotOpen, CounterLocked
    """
    mine = (
        CounterShift.opened_by_user_id == by.user_id,
        CounterShift.shop_id == shop.id,
        CounterShift.closed_at.is_(None),
    )
    taken = _STEP.scalar(session, user=by.user_id, shop=shop.id, since=at - rules.IDLE_FOR, at=at)
    if taken is not None:
        return int(taken)
    if session.scalar(select(CounterShift.id).where(*mine)) is None:
        raise ShiftNotOpen
    raise CounterLocked


def unlock(session: Session, *, shift: CounterShift, at: datetime) -> None:
    """Whoever opened it has proved to be there; raises ``ShiftNotOpen``."""
    locked = _locked(session, shift)
    locked.active_at = at
    session.flush()


def lock(session: Session, *, shift: CounterShift, at: datetime) -> None:
    """Lock the counter at once, without waiting for two minutes; raises ``ShiftNotOpen``."""
    locked = _locked(session, shift)
    locked.active_at = min(locked.active_at, at - 2 * rules.IDLE_FOR)
    session.flush()


def count_blind(
    session: Session,
    *,
    shift: CounterShift,
    key: str,
    counted: Mapping[int, int | None],
    by: Actor,
    at: datetime,
) -> ShiftCount:
    """Write down what was counted beside what the book says now; a second count stands beside the first.

    Args:
        counted: units by product id, of every product that is to be counted; None for what was unreadable.

    Raises:
        ShiftNotOpen, BasketKeyInvalid, BasketKeyReused
        CountUnreadable: a product was not counted.
    """
    if not key_is_acceptable(key):
        raise BasketKeyInvalid
    shift = _locked(session, shift)
    first = session.scalar(select(ShiftCount).where(ShiftCount.key == key))
    if first is not None:
        if first.shift_id != shift.id:
            raise BasketKeyReused
        return first
    return written_count(session, shift, key=key, counted=counted, by=by, at=at)


def written_count(
    session: Session,
    shift: CounterShift,
    *,
    key: str,
    counted: Mapping[int, int | None],
    by: Actor,
    at: datetime,
) -> ShiftCount:
    """A new count beside what the book says now; raises ``CountUnreadable`` for a product that was not counted."""
    rows = []
    for product in reports.products_to_count(session, shift):
        units = counted.get(product.id)
        if units is None or not 0 <= units <= MOST_UNITS:
            raise CountUnreadable(field=f"count-{product.id}", product=product.name)
        book = stock_read.locked_units(session, shift.shop_id, product.id)
        rows.append({"product": product.id, "name": product.name, "counted": units, "book": book})
    found = ShiftCount(
        key=key,
        shift_id=shift.id,
        rows=rows,
        differs=any(row["counted"] != row["book"] for row in rows),
        counted_by_user_id=by.user_id,
        counted_at=at,
    )
    session.add(found)
    session.flush()
    return found


def close(
    session: Session,
    *,
    shift: CounterShift,
    explanation: str = "",
    signed_by: Actor | None = None,
    by: Actor,
    at: datetime,
) -> ZReport:
    """Close the shift with its newest count; a shift that is closed already gives its report again.

    What differs is booked under the name of the second person, who has signed for it. Reservations that the
    shelf cannot fill any more are ended with it and named on the report: nothing keeps a shift from closing.

    Raises:
        CountMissing: nobody has counted.
        ExplanationMissing, SecondPersonNeeded: the count differs.
    """
    shift = _row(session, shift)
    standing = report_of(session, shift)
    if standing is not None:
        return standing
    count = newest_count(session, shift)
    if count is None:
        raise CountMissing
    if count.differs:
        if not explanation.strip():
            raise ExplanationMissing(field="explanation")
        if signed_by is None or signed_by.user_id in (None, shift.opened_by_user_id, by.user_id):
            raise SecondPersonNeeded(field="login_name")
        withdrawn = book_difference(
            session, shift, count, explanation=explanation.strip(), by=signed_by, at=at
        )
    return _reported(
        session,
        shift,
        withdrawn=withdrawn if count.differs else (),
        kind="closed",
        count=count,
        explanation=explanation.strip() if count.differs else "",
        signed_by_user_id=signed_by.user_id if count.differs and signed_by else None,
        by=by,
        at=at,
    )


def force_close(session: Session, *, shift: CounterShift, reason: str, by: Actor, at: datetime) -> ZReport:
    """Somebody else closes a forgotten shift; whatever its attendant counted, the goods are counted afterwards.

    That count is an event of its own, in ``late_counts``; until it is there the shop is shown that it is owed.

    Raises:
        OwnShift, ExplanationMissing
        ShiftNotForgotten: somebody did something in it lately.
    """
    shift = _row(session, shift)
    standing = report_of(session, shift)
    if standing is not None:
        return standing
    if by.user_id == shift.opened_by_user_id:
        raise OwnShift
    if not rules.is_forgotten(shift.active_at, at):
        raise ShiftNotForgotten(hours=int(rules.FORGOTTEN_AFTER.total_seconds() // 3600))
    if not reason.strip():
        raise ExplanationMissing(field="explanation")
    return _reported(
        session,
        shift,
        kind="forced",
        count=newest_count(session, shift),
        explanation=reason.strip(),
        signed_by_user_id=None,
        by=by,
        at=at,
    )


def report_of(session: Session, shift: CounterShift) -> ZReport | None:
    """The day sheet of a closed shift."""
    return session.scalar(select(ZReport).where(ZReport.shift_id == shift.id))


def newest_count(session: Session, shift: CounterShift) -> ShiftCount | None:
    """What was counted last in this shift."""
    return session.scalars(
        select(ShiftCount).where(ShiftCount.shift_id == shift.id).order_by(ShiftCount.id.desc()).limit(1)
    ).first()


def _reported(
    session: Session,
    shift: CounterShift,
    *,
    kind: str,
    count: ShiftCount | None,
    explanation: str,
    signed_by_user_id: int | None,
    withdrawn: Sequence[Reservation] = (),
    by: Actor,
    at: datetime,
) -> ZReport:
    # Half-filled baskets are kept for whoever comes next: a close loses nobody's goods.
    held = _held_over(session, shift, at=at)
    figures = reports.figures(session, shift)
    figures["held_baskets"] = held
    figures["withdrawn"] = [withdrawn_word(one) for one in withdrawn]
    # The shop's row is the last lock, as when a sale is numbered.
    session.execute(select(Shop.id).where(Shop.id == shift.shop_id).with_for_update(key_share=True))
    report = ZReport(
        shop_id=shift.shop_id,
        number=reports.last_number(session, shift.shop_id) + 1,
        shift_id=shift.id,
        kind=kind,
        figures=figures,
        count_id=count.id if count else None,
        explanation=explanation,
        signed_by_user_id=signed_by_user_id,
        closed_by_user_id=by.user_id,
        closed_at=at,
    )
    shift.closed_at = at
    session.add(report)
    session.flush()
    return report


def _held_over(session: Session, shift: CounterShift, *, at: datetime) -> int:
    """Put aside what is still open with goods in it, give up what is empty; how many are held in the shop now."""
    mine = select(Basket).where(Basket.shift_id == shift.id, Basket.status == "open")
    for basket in session.scalars(mine.with_for_update(of=Basket).order_by(Basket.id)):
        limits.take_back_questions(session, basket)
        basket.member_id = basket.identified_by = basket.identified_at = None
        basket.status = "held" if basket.lines else "abandoned"
        basket.held_at = at if basket.lines else None
    session.flush()
    return reports.held_count(session, shift.shop_id)


def withdrawn_word(found: Reservation) -> str:
    """A reservation that was ended, as day sheets name it: its number and its goods, nobody's name."""
    goods = " ".join(f"{line.product_name}×{line.quantity}" for line in found.lines)
    return f"№ {found.id} {goods}"


def missing_of(session: Session, shift: CounterShift, count: ShiftCount) -> dict[int, int]:
    """Units by product id that were not there when it was counted; never more than the book has now."""
    there = shelf_quantities(session, shift.shop_id)
    short = {int(row["product"]): int(row["book"]) - int(row["counted"]) for row in count.rows}
    return {
        product_id: min(units, there.get(product_id, 0)) for product_id, units in short.items() if units > 0
    }


def book_difference(
    session: Session, shift: CounterShift, count: ShiftCount, *, explanation: str, by: Actor, at: datetime
) -> list[Reservation]:
    """Bring the shelf to what was counted; what moved since the count stays moved.

    Returns:
        reservations that could not be filled any more, and were ended.
    """
    missing = missing_of(session, shift, count)
    withdrawn = make_room(session, shop_id=shift.shop_id, missing=missing, by=by, at=at)
    for row in sorted(count.rows, key=lambda one: int(one["product"])):
        difference = int(row["counted"]) - int(row["book"])
        if difference:
            product_id = int(row["product"])
            now = stock_read.locked_units(session, shift.shop_id, product_id)
            stock.count(
                session,
                shop=shift.shop,
                product=session.get_one(Product, product_id),
                counted=max(now + difference, 0),
                note=explanation,
                key=f"shift-{shift.id}-{count.id}-{product_id}",
                by=by,
                at=at,
            )
    return withdrawn


def _row(session: Session, shift: CounterShift) -> CounterShift:
    return session.scalars(
        select(CounterShift)
        .where(CounterShift.id == shift.id)
        .with_for_update(of=CounterShift)
        .execution_options(populate_existing=True)
    ).one()


def _locked(session: Session, shift: CounterShift) -> CounterShift:
    found = _row(session, shift)
    if found.closed_at is not None:
        raise ShiftNotOpen
    return found
