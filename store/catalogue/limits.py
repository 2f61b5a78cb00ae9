"""How many units one person or household may take in a period: said before it is reached, kept when goods are handed over.

Counted are the units of finished orders without what was brought back, and what is reserved and still kept.
Locks: ``lock_household`` makes people of one household wait for each other; nobody else waits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from store.catalogue.calendar import first_day, local_day, midnight, next_first_day
from store.catalogue.errors import LimitAbsent, LimitEnded, LimitInvalid, LimitReached
from store.catalogue.models import Product, PurchaseLimit
from store.orders.models import Order, OrderLine, ReturnLine
from store.reservations.models import Reservation, ReservationLine
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.members.families import household_member_ids, household_of
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids
from timebank.prepared import Prepared

MOST_LIMIT_UNITS = 100_000


@dataclass(frozen=True)
class Left:
    """The tightest limit on one product for one member.

    Attributes:
        units: how many more she may take now; never below zero.
        of: how many the limit allows in all.
        counted_for: ``person`` or ``household``; period: ``day`` … ``year``.
        category: the category that is limited as a whole; empty where it is the product alone.
        renewed_on: the day from which the whole number may be taken again.
    """

    units: int
    of: int
    counted_for: str
    period: str
    category: str
    renewed_on: date


@dataclass(frozen=True)
class Claim:
    """What a whole basket wants of one limit: all lines of a category count together.

    Attributes:
        name: of the category, or of the product that is limited alone.
        wanted: units of it in the basket.
        product_ids: the products of the basket that it limits.
    """

    left: Left
    name: str
    wanted: int
    product_ids: frozenset[int]

    @property
    def over(self) -> int:
        """Units beyond what may still be taken."""
        return max(self.wanted - self.left.units, 0)


def claims(
    session: Session,
    member_id: int,
    goods: Sequence[tuple[Product, int]],
    at: datetime,
    *,
    timezone: ZoneInfo,
) -> list[Claim]:
    """Every limit that a basket touches with what it wants of it, the tightest first."""
    products = [product for product, _units in goods]
    limits = _limits_on(session, member_id, products)
    used = _used(session, member_id, products, limits, at=at, timezone=timezone)
    touched: dict[int, tuple[PurchaseLimit, tuple[int, date]]] = {}
    limited: dict[int, dict[int, int]] = {}
    for product, units in goods:
        for limit, taken in used.get(product.id, []):
            touched[limit.id] = (limit, taken)
            limited.setdefault(limit.id, {})[product.id] = units
    names = {product.id: product.name for product in products}
    found = [
        Claim(
            _left(limit, taken),
            limit.category or names[limit.product_id or 0],
            sum(limited[limit.id].values()),
            frozenset(limited[limit.id]),
        )
        for limit, taken in touched.values()
    ]
    return sorted(found, key=lambda one: (one.left.units - one.wanted, one.left.renewed_on, one.name))


def tightest(found: Iterable[Claim]) -> dict[int, Left]:
    """The tightest limit of each product of a basket, by product id."""
    lefts: dict[int, Left] = {}
    for claim in found:
        for product_id in claim.product_ids:
            known = lefts.get(product_id)
            if known is None or (claim.left.units, claim.left.renewed_on) < (known.units, known.renewed_on):
                lefts[product_id] = claim.left
    return lefts


def limits_left(
    session: Session,
    member_id: int,
    products: Sequence[Product],
    at: datetime,
    *,
    timezone: ZoneInfo,
) -> dict[int, Left]:
    """What is left of the tightest limit of each product, by product id; products without a limit are left out."""
    limits = _limits_on(session, member_id, products)
    return {
        product_id: min(
            (_left(limit, used) for limit, used in found), key=lambda left: (left.units, left.renewed_on)
        )
        for product_id, found in _used(session, member_id, products, limits, at=at, timezone=timezone).items()
    }


def ensure_within_limits(
    session: Session,
    *,
    member_id: int,
    goods: Sequence[tuple[Product, int]],
    at: datetime,
    timezone: ZoneInfo,
) -> None:
    """Refuse a basket that would go beyond a limit; people of the household wait until this transaction ends.

    A reservation that is collected was counted when it was made: collecting it asks for nothing here.

    Raises:
        LimitReached: with the first product that is too much, and how many may still be taken.
    """
    products = [product for product, _units in goods]
    limits = _limits_on(session, member_id, products)
    if not limits:
        return
    lock_household(session, member_id)
    wanted: dict[tuple[int, str], int] = {}
    for product, units in goods:
        for key in ((product.id, ""), (0, product.category)):
            wanted[key] = wanted.get(key, 0) + units
    found = _used(session, member_id, products, limits, at=at, timezone=timezone)
    for product, _units in goods:
        for limit, used in found.get(product.id, []):
            left = _left(limit, used)
            total = wanted[(0, product.category) if limit.category else (product.id, "")]
            if total > left.units:
                raise LimitReached(
                    field="quantity",
                    product=limit.category or product.name,
                    left=left.units,
                    most=left.of,
                    wanted=total,
                    day=left.renewed_on.isoformat(),
                )


def lock_household(session: Session, member_id: int) -> None:
    """Hold what the member, and everybody of the same household, may take, until the transaction ends."""
    household = household_of(session, member_id)
    queue_for(session, f"limits:household:{household}" if household else f"limits:member:{member_id}")


def _left(limit: PurchaseLimit, used: tuple[int, date]) -> Left:
    units, renewed = used
    return Left(
        max(limit.units - units, 0),
        limit.units,
        limit.counted_for,
        limit.period,
        limit.category or "",
        renewed,
    )


Found = dict[int, list[tuple[PurchaseLimit, tuple[int, date]]]]


def _used(
    session: Session,
    member_id: int,
    products: Sequence[Product],
    limits: Sequence[PurchaseLimit],
    *,
    at: datetime,
    timezone: ZoneInfo,
) -> Found:
    """Every one of ``limits`` on each product, with the units that were taken against it and the day it begins anew."""
    if not limits:
        return {}
    day, household = local_day(at, timezone), household_member_ids(session, member_id)
    taken: dict[tuple[str, str], Mapping[int, int]] = {}
    for period, counted_for in {(limit.period, limit.counted_for) for limit in limits}:
        whom = household if counted_for == "household" else frozenset({member_id})
        since = midnight(first_day(period, day), timezone)
        until = midnight(next_first_day(period, day), timezone)
        taken[period, counted_for] = _taken(session, whom, since, until)
    categories = _categories(session, {one for units in taken.values() for one in units}, products)
    found: Found = {}
    for product in products:
        for limit in limits:
            if limit.product_id == product.id or (limit.category and limit.category == product.category):
                units = _counted(limit, taken[limit.period, limit.counted_for], categories)
                found.setdefault(product.id, []).append((limit, (units, next_first_day(limit.period, day))))
    return found


def _counted(limit: PurchaseLimit, taken: Mapping[int, int], categories: Mapping[int, str]) -> int:
    if limit.product_id is not None:
        return taken.get(limit.product_id, 0)
    return sum(units for product_id, units in taken.items() if categories[product_id] == limit.category)


def _taken(
    session: Session, member_ids: frozenset[int], since: datetime, until: datetime
) -> Mapping[int, int]:
    """Units by product id that these members took from ``since`` up to, not including, ``until``."""
    total: dict[int, int] = {}
    for query, sign in (
        (_sold(member_ids, since, until), 1),
        (_brought_back(member_ids, since, until), -1),
        (_kept(member_ids, since, until), 1),
    ):
        for product_id, units in session.execute(query):
            total[int(product_id)] = total.get(int(product_id), 0) + sign * int(units)
    return total


def _sold(member_ids: frozenset[int], since: datetime, until: datetime) -> Select[int, int]:
    return (
        select(OrderLine.product_id, func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.member_id.in_(member_ids), Order.completed_at >= since, Order.completed_at < until)
        .group_by(OrderLine.product_id)
    )


def _brought_back(member_ids: frozenset[int], since: datetime, until: datetime) -> Select[int, int]:
    """What came back of the period's orders, whenever it came back."""
    return (
        select(OrderLine.product_id, func.sum(ReturnLine.quantity))
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.member_id.in_(member_ids), Order.completed_at >= since, Order.completed_at < until)
        .group_by(OrderLine.product_id)
    )


def _kept(member_ids: frozenset[int], since: datetime, until: datetime) -> Select[int, int]:
    """What was reserved in the period and still waits for its owner."""
    return (
        select(ReservationLine.product_id, func.sum(ReservationLine.quantity))
        .join(Reservation, Reservation.id == ReservationLine.reservation_id)
        .where(
            Reservation.member_id.in_(member_ids),
            Reservation.status == "reserved",
            Reservation.reserved_at >= since,
            Reservation.reserved_at < until,
        )
        .group_by(ReservationLine.product_id)
    )


def _categories(session: Session, product_ids: Iterable[int], known: Sequence[Product]) -> dict[int, str]:
    categories = {product.id: product.category for product in known}
    missing = [product_id for product_id in product_ids if product_id not in categories]
    if missing:
        rows = session.execute(select(Product.id, Product.category).where(Product.id.in_(missing)))
        categories |= {int(product_id): str(category) for product_id, category in rows}
    return categories


# Asked by every sale.
_LIMITS = Prepared(
    select(PurchaseLimit.id)
    .where(
        PurchaseLimit.ended_at.is_(None),
        PurchaseLimit.organisation_id.in_(bindparam("places", expanding=True)),
        or_(
            PurchaseLimit.product_id.in_(bindparam("products", expanding=True)),
            PurchaseLimit.category.in_(bindparam("categories", expanding=True)),
        ),
    )
    .order_by(PurchaseLimit.id)
)


def _limits_on(session: Session, member_id: int, products: Sequence[Product]) -> Sequence[PurchaseLimit]:
    # Whoever sells or reserves has loaded the member, so this asks for nothing.
    place = session.get_one(Member, member_id).organisation.path
    ids = _LIMITS.rows(
        session,
        places=ancestor_ids(place),
        products=[product.id for product in products],
        categories=sorted({product.category for product in products}),
    )
    # Most goods have none.
    return [session.get_one(PurchaseLimit, limit_id) for (limit_id,) in ids]


def limits_of(session: Session, actor: Actor) -> Sequence[PurchaseLimit]:
    """Every limit of the actor's county that holds, products before categories."""
    return session.scalars(
        select(PurchaseLimit)
        .join(PurchaseLimit.organisation)
        .options(joinedload(PurchaseLimit.organisation), joinedload(PurchaseLimit.product))
        .where(PurchaseLimit.ended_at.is_(None), scope.within_county(actor, Organisation.path))
        .order_by(PurchaseLimit.category.is_not(None), PurchaseLimit.id)
    ).all()


def of_product(session: Session, product: Product) -> Sequence[PurchaseLimit]:
    """The limits on the product and on its category that hold."""
    return session.scalars(
        select(PurchaseLimit)
        .options(joinedload(PurchaseLimit.organisation))
        .where(
            PurchaseLimit.ended_at.is_(None),
            or_(
                PurchaseLimit.product_id == product.id,
                (PurchaseLimit.category == product.category)
                & PurchaseLimit.organisation_id.in_(ancestor_ids(product.organisation.path)),
            ),
        )
        .order_by(PurchaseLimit.id)
    ).all()


def limit(session: Session, actor: Actor, limit_id: int) -> PurchaseLimit:
    """One limit of the actor's county; raises ``LimitAbsent``."""
    found = session.scalar(
        select(PurchaseLimit)
        .join(PurchaseLimit.organisation)
        .options(contains_eager(PurchaseLimit.organisation))
        .where(PurchaseLimit.id == limit_id, scope.within_county(actor, Organisation.path))
    )
    if found is None:
        raise LimitAbsent
    return found


def set_limit(
    session: Session,
    *,
    organisation: Organisation,
    product: Product | None,
    category: str,
    counted_for: str,
    period: str,
    units: int,
    by: Actor,
    at: datetime,
) -> PurchaseLimit:
    """A limit for the members of ``organisation`` and below it, on one product or on one category.

    Raises:
        LimitInvalid: not a whole number of units from 1, or neither one product nor one category.
    """
    if not 1 <= units <= MOST_LIMIT_UNITS or (product is None) == (not category):
        raise LimitInvalid(field="units", most=MOST_LIMIT_UNITS)
    row = PurchaseLimit(
        organisation_id=organisation.id,
        product_id=product.id if product else None,
        category=category or None,
        counted_for=counted_for,
        period=period,
        units=units,
        entered_by=by.label,
        entered_at=at,
    )
    session.add(row)
    session.flush()
    return row


def end_limit(session: Session, *, limit: PurchaseLimit, by: Actor, at: datetime) -> None:
    """It holds no longer; raises ``LimitEnded`` when it did not before."""
    if limit.ended_at is not None:
        raise LimitEnded
    limit.ended_at, limit.ended_by = at, by.label
    session.flush()
