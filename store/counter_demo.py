"""The demo town's quieter days at the counter: something is reserved and collected, a sale undone, points donated."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.giving import service as giving
from store.orders import queries as orders_read
from store.orders import returns
from store.orders import service as orders
from store.orders.service import Wish
from store.reservations import service as reservations
from store.reservations.models import Reservation
from timebank.access.actors import Actor
from timebank.books.queries import points_available, shelf_availables
from timebank.demo.town import Resident, Town
from timebank.members.models import Member
from timebank.orgs.models import Organisation

DAY_OF_MONTH = 20
ENOUGH_POINTS = Decimal(40)
DONATED = Decimal(5)
CARD_LIMIT = Decimal(100)


def reserve_and_undo(session: Session, town: Town) -> None:
    """On one day of every month: a reservation that is collected, a sale that is undone, a donation.

    On the day of the visit something is reserved and waits for its owner.
    """
    if town.is_first_day or not (town.is_last_day or town.today.day == DAY_OF_MONTH):
        return
    chance = town.chance("reservations")
    for shop in session.scalars(select(Shop).where(Shop.closed_at.is_(None)).order_by(Shop.id)).all():
        attendants = town.attendants.get(shop.organisation_id)
        product = _cheap_product(session, shop)
        near = [one for one in town.residents if one.place.path.startswith(shop.organisation.path)]
        chance.shuffle(near)
        rich = [
            one
            for one in near
            if points_available(session, one.member_id, at=town.moment(9)) >= ENOUGH_POINTS
        ]
        if not attendants or product is None or len(rich) < 2:
            continue
        if town.is_last_day:
            _reserve(session, town, shop, product, customer=rich[0])
            return
        _collect(session, town, shop, product, customer=rich[0], by=_other_than(attendants, rich[0]))
        _undo(session, town, shop, product, customer=rich[1], by=_other_than(attendants, rich[1]))
        _donate(session, town, rich[1])
        return


def _other_than(attendants: list[Actor], customer: Resident) -> Actor:
    return next(one for one in attendants if one.member_id != customer.member_id)


def _cheap_product(session: Session, shop: Shop) -> Product | None:
    """A product of which some are there and that costs little."""
    units = shelf_availables(session, shop.id)
    known = session.scalars(select(Product).where(Product.id.in_(units), Product.kind == "goods")).all()
    there = [one for one in known if units[one.id] >= 5 and one.withdrawn_at is None]
    return min(there, key=lambda one: (one.price_points, one.id), default=None)


def _own(customer: Resident) -> Actor:
    return customer.actor or Actor(
        label=f"member:{customer.member_id}", name=customer.name, member_id=customer.member_id
    )


def _reserve(
    session: Session, town: Town, shop: Shop, product: Product, *, customer: Resident
) -> Reservation:
    return reservations.reserve(
        session,
        keyring=town.house.keyring,
        shop=shop,
        member=session.get_one(Member, customer.member_id),
        goods=[(product.id, 1)],
        key=f"demo-reservation-{town.today}-{shop.id:04d}",
        agreed_points=None,
        by=_own(customer),
        at=town.moment(10),
        timezone=town.timezone,
    )


def _collect(
    session: Session, town: Town, shop: Shop, product: Product, *, customer: Resident, by: Actor
) -> None:
    kept = _reserve(session, town, shop, product, customer=customer)
    reservations.hand_out(
        session,
        reservation=kept,
        collector="self",
        collected_by="",
        shift_id=None,
        by=by,
        at=town.moment(16),
        timezone=town.timezone,
    )


def _undo(
    session: Session, town: Town, shop: Shop, product: Product, *, customer: Resident, by: Actor
) -> None:
    done = orders.complete(
        session,
        shop=shop,
        member=session.get_one(Member, customer.member_id),
        identified_by="code",
        wishes=[Wish(product.id, 1)],
        basket_key=f"demo-undone-{town.today}-{shop.id:04d}",
        agreed_points=None,
        card_limit_points=CARD_LIMIT,
        by=by,
        at=town.moment(16, 10),
        timezone=town.timezone,
    )
    found = orders_read.order(session, by, done.order.id)
    returns.undo(
        session,
        order=found,
        return_key=f"demo-undo-{town.today}-{shop.id:04d}",
        by=by,
        at=town.moment(16, 14),
    )


def _donate(session: Session, town: Town, customer: Resident) -> None:
    member = session.get_one(Member, customer.member_id)
    giving.donate(
        session,
        member=member,
        to=session.get_one(Organisation, int(member.organisation.path.split("/")[1])),
        points=DONATED,
        words="愿更多人受益",
        key=f"demo-donation-{town.today}-{member.id:06d}",
        by=_own(customer),
        at=town.moment(17),
    )
