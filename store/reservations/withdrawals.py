"""The shop itself ends a reservation: with a reason, or because what was kept is not on the shelf any more.

The member is told, and points and goods are given back at once. Locks as in ``service``: the reservations come
before the shelves, so whoever books a difference makes room first.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.reservations import service
from store.reservations.models import Reservation, ReservationLine
from store.stock.errors import ReasonMissing
from timebank.access.actors import Actor
from timebank.books.queries import shelf_availables
from timebank.errors import N_
from timebank.notices import service as notices

COUNTED = "counted"
"""The reason that stands on a reservation whose goods were missing when the shelf was counted."""


def withdraw(session: Session, *, reservation: Reservation, reason: str, by: Actor, at: datetime) -> bool:
    """End it for the shop, with a reason that the member reads; again changes nothing.

    Returns:
        whether it was ended now.

    Raises:
        ReasonMissing
        ReservationEnded: it was collected.
    """
    words = reason.strip()[:200]
    if not words:
        raise ReasonMissing(field="reason")
    was_open = reservation.status == "reserved"
    is_cancelled = service.cancel(session, reservation=reservation, reason=words, by=by, at=at)
    if is_cancelled:
        _tell(session, reservation, words, at)
    elif was_open and reservation.status == "expired":
        service.tell_expired(session, reservation, at=at)
    return is_cancelled


def unfillable(session: Session, shop_id: int, missing: Mapping[int, int], at: datetime) -> list[Reservation]:
    """Which reservations the shelf cannot fill when so many units by product id are not there.

    What nobody has reserved is missing first; then the overdue give way, then those that were made last.
    """
    free = shelf_availables(session, shop_id)
    short = {product_id: units - free.get(product_id, 0) for product_id, units in missing.items()}
    short = {product_id: units for product_id, units in short.items() if units > 0}
    if not short:
        return []
    standing = session.scalars(
        select(Reservation)
        .options(
            selectinload(Reservation.lines), joinedload(Reservation.member), joinedload(Reservation.shop)
        )
        .where(
            Reservation.shop_id == shop_id,
            Reservation.status == "reserved",
            Reservation.id.in_(
                select(ReservationLine.reservation_id).where(ReservationLine.product_id.in_(short))
            ),
        )
        .order_by(Reservation.id.desc())
    ).all()
    found = []
    for one in sorted(standing, key=lambda one: (one.deadline > at, -one.id)):
        if any(short.get(line.product_id, 0) > 0 for line in one.lines):
            found.append(one)
            for line in one.lines:
                short[line.product_id] = short.get(line.product_id, 0) - line.quantity
    return found


def make_room(
    session: Session, *, shop_id: int, missing: Mapping[int, int], by: Actor, at: datetime
) -> list[Reservation]:
    """End what :func:`unfillable` names, so that the difference can be booked; those that were ended."""
    found = unfillable(session, shop_id, missing, at)
    for one in sorted(found, key=lambda one: one.id):
        withdraw(session, reservation=one, reason=COUNTED, by=by, at=at)
    return found


def _tell(session: Session, found: Reservation, reason: str, at: datetime) -> None:
    is_counted = reason == COUNTED
    notices.tell(
        session,
        member_id=found.member_id,
        kind="reservation.withdrawn",
        sentence=N_(
            "Your reservation at %(shop)s cannot be kept: when the goods were counted, some were missing. %(points)s points are back."
        )
        if is_counted
        else N_("%(shop)s has cancelled your reservation: %(reason)s. %(points)s points are back."),
        facts={"shop": found.shop.name, "points": found.total_points}
        | ({} if is_counted else {"reason": reason.rstrip("。.")}),
        href=f"/my/reservations/{found.id}",
        at=at,
        key=f"reservation.withdrawn:{found.id}",
    )
