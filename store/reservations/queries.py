"""Finding reservations and what is in a member's own basket."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from store.catalogue.models import Shop
from store.reservations.models import Reservation, ReservationLine, WishLine
from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.books.reservations import ReservationAbsent
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page


def state_of(reservation: Reservation, at: datetime) -> str:
    """``reserved``, ``collected``, ``cancelled`` or ``expired``."""
    if reservation.status == "reserved" and reservation.deadline <= at:
        return "expired"
    return reservation.status


def own(session: Session, member_id: int | None, reservation_id: int) -> Reservation:
    """One of the member's own; raises ``ReservationAbsent``."""
    found = session.scalar(
        _whole().where(Reservation.id == reservation_id, Reservation.member_id == member_id)
    )
    if found is None:
        raise ReservationAbsent
    return found


def in_shop(session: Session, shop_id: int, reservation_id: int) -> Reservation:
    """One of the shop's; raises ``ReservationAbsent``."""
    found = session.scalar(_whole().where(Reservation.id == reservation_id, Reservation.shop_id == shop_id))
    if found is None:
        raise ReservationAbsent
    return found


def of_member(session: Session, member_id: int, *, limit: int = 50) -> Sequence[Reservation]:
    """The member's reservations, newest first."""
    query = _whole().where(Reservation.member_id == member_id)
    return session.scalars(query.order_by(Reservation.id.desc()).limit(limit)).unique().all()


def open_in_shop(session: Session, shop_id: int, *, at: datetime, limit: int = 200) -> Sequence[Reservation]:
    """What waits in the shop to be collected, the nearest deadline first."""
    query = _whole().where(
        Reservation.shop_id == shop_id, Reservation.status == "reserved", Reservation.deadline > at
    )
    return session.scalars(query.order_by(Reservation.deadline, Reservation.id).limit(limit)).unique().all()


def kept_units(session: Session, shop_id: int, at: datetime) -> list[tuple[int, datetime, int]]:
    """What is kept in the shop now: product id, until when, units."""
    rows = session.execute(
        select(ReservationLine.product_id, Reservation.deadline, ReservationLine.quantity)
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .where(Reservation.shop_id == shop_id, Reservation.status == "reserved", Reservation.deadline > at)
    )
    return [(product_id, deadline, units) for product_id, deadline, units in rows]


def by_code_digest(session: Session, shop_id: int, digest: str) -> Reservation | None:
    """The reservation of this shop behind a pick-up code."""
    query = _whole().where(Reservation.shop_id == shop_id, Reservation.code_digest == digest)
    return session.scalars(query).unique().one_or_none()


def open_count(session: Session, member_id: int, at: datetime) -> int:
    """How many reservations of the member are open."""
    query = select(func.count(Reservation.id)).where(
        Reservation.member_id == member_id, Reservation.status == "reserved", Reservation.deadline > at
    )
    return session.scalar(query) or 0


def wishes(session: Session, member_id: int, shop_id: int) -> Sequence[WishLine]:
    """What is in the member's own basket at this shop."""
    query = (
        select(WishLine)
        .options(joinedload(WishLine.product))
        .where(WishLine.member_id == member_id, WishLine.shop_id == shop_id)
        .order_by(WishLine.id)
    )
    return session.scalars(query).all()


def wished_shops(session: Session, member_id: int) -> dict[int, int]:
    """Shop ids with the units that wait in the member's baskets there."""
    rows = session.execute(
        select(WishLine.shop_id, func.sum(WishLine.quantity))
        .where(WishLine.member_id == member_id)
        .group_by(WishLine.shop_id)
    )
    return {shop_id: int(units) for shop_id, units in rows}


def reservations_page(
    session: Session,
    actor: Actor,
    permission: Permission,
    *,
    shop_id: int | None = None,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Reservation]:
    """One page of the reservations in the shops that the actor may read, newest first."""
    query = (
        select(Reservation)
        .join(Reservation.shop)
        .join(Shop.organisation)
        .options(selectinload(Reservation.lines))
        .where(scope.within(actor, Organisation.path, permission))
    )
    if shop_id is not None:
        query = query.where(Reservation.shop_id == shop_id)
    if status is not None:
        query = query.where(Reservation.status == status)
    return page(session, query, key=(Reservation.id,), cursor=cursor, limit=limit, descending=True)


def _whole() -> Select[Reservation]:
    return (
        select(Reservation)
        .join(Reservation.shop)
        .join(Shop.organisation)
        .options(
            contains_eager(Reservation.shop).contains_eager(Shop.organisation),
            joinedload(Reservation.member).joinedload(Member.organisation),
            selectinload(Reservation.lines),
        )
    )
