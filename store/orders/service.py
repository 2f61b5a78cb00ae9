"""Selling: points, stock and order in the caller's one transaction. Taking back is in ``returns``.

Locks, in this order: the key and the balances (by the ledger, the member's points and the shelves by
account), and last the shop, whose receipts are numbered without a gap.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance, KeyReused
from store.appointments import service as appointments
from store.catalogue.errors import ShopClosed
from store.catalogue.limits import ensure_within_limits
from store.catalogue.models import Shop
from store.catalogue.offers import ensure_own_staff
from store.catalogue.rules import plain
from store.disputes.queries import ensure_not_frozen
from store.orders import rules
from store.orders.errors import (
    BasketEmpty,
    BasketKeyInvalid,
    BasketKeyReused,
    MemberElsewhere,
    OwnRedemption,
    PinNeeded,
    PointsShort,
    TotalChanged,
)
from store.orders.models import Order, OrderLine, OrderSignature
from store.orders.pricing import Priced, priced, subsidies
from store.settlement.standing import ensure_contract
from store.stock import service as stock
from store.stock.bringing import bring
from store.stock.errors import QuantityInvalid, StockShort
from store.stock.service import Handed
from timebank.access.actors import Actor
from timebank.books import chart, postings
from timebank.db import has_one_writer
from timebank.errors import N_
from timebank.members.errors import MemberSuspended
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.prepared import Prepared, PreparedRows, written
from timebank.reconcile import stops

MOST_UNITS_PER_LINE = 999
RECEIPT_WORD_BYTES = 16


@dataclass(frozen=True)
class Wish:
    """Units of one product that somebody wants."""

    product_id: int
    quantity: int


@dataclass(frozen=True)
class Completed:
    """A sale. ``replayed`` says that it stood already and nothing was taken now."""

    order: Order
    replayed: bool


@dataclass(frozen=True)
class Circumstances:
    """What else is written down with a sale.

    Attributes:
        agreed_by: ``shown``, ``phone``, ``pin``, ``signature`` or ``reserved``.
        shift_id: the counter's shift, where there is one.
        collected_by: who took the goods home, where it was not the member.
        strokes: a drawn signature; an empty list for one on paper, None for none.
    """

    agreed_by: str = "shown"
    shift_id: int | None = None
    collected_by: str = ""
    strokes: list[list[int]] | None = None


PLAIN = Circumstances()


@dataclass(frozen=True)
class _Sale:
    """Everything that a sale is about, once it is known to be allowed."""

    shop: Shop
    member: Member
    lines: Sequence[Priced]
    cost: Decimal
    basket_key: str
    by: Actor
    at: datetime
    circumstances: Circumstances


def complete(
    session: Session,
    *,
    shop: Shop,
    member: Member,
    identified_by: str,
    wishes: Sequence[Wish],
    basket_key: str,
    agreed_points: Decimal | None,
    card_limit_points: Decimal,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
    circumstances: Circumstances = PLAIN,
) -> Completed:
    """Hand goods over for points, once per ``basket_key``.

    Args:
        identified_by: ``code``, ``card``, ``card_pin`` or ``number_pin``; agreed_points: the total that the
            member saw, or None where nobody saw one.
        card_limit_points: up to this total a paper card needs no PIN. timezone: prices and limits go by its days.

    Raises:
        BasketKeyInvalid, BasketEmpty, QuantityInvalid, BasketKeyReused: what was sent.
        ShopClosed, ContractLacking, ProductAbsent, ProductWithdrawn: what is not handed out.
        MerchantsOwnStaff, MemberSuspended, OwnRedemption, MemberElsewhere, PinNeeded, PointsFrozen: who may not.
        LimitReached, TotalChanged, PointsShort, StockShort: what does not fit any more.
    """
    if not rules.key_is_acceptable(basket_key):
        raise BasketKeyInvalid
    goods = _wanted_goods(wishes)
    digest = rules.basket_digest(
        shop_id=shop.id, member_id=member.id, goods=goods, agreed_points=agreed_points
    )
    first = _first_result(session, basket_key, digest)
    if first is not None:
        return Completed(first, replayed=True)
    ensure_may_redeem(shop=shop, member=member, by=by)
    ensure_own_staff(by, shop)
    ensure_contract(session, shop, at=at, timezone=timezone)
    ensure_not_frozen(session, member.id)
    stops.ensure_open(session, shop.organisation.path)
    lines = priced(session, shop=shop, member=member, goods=goods, at=at, timezone=timezone)
    cost = rules.total((line.price_points, line.quantity) for line in lines)
    if agreed_points is not None and agreed_points != cost:
        raise TotalChanged(total=plain(cost), agreed=plain(agreed_points))
    if not rules.proof_suffices(identified_by, cost, card_limit_points):
        raise PinNeeded(field="pin", most=plain(card_limit_points))
    wanted = [(line.product, line.quantity) for line in lines]
    ensure_within_limits(session, member_id=member.id, goods=wanted, at=at, timezone=timezone)
    sale = _Sale(shop, member, lines, cost, basket_key, by, at, circumstances)
    transaction_id = _spend(session, sale)
    if transaction_id is None:
        # Another request with the same key was faster.
        return Completed(_standing(session, basket_key, digest), replayed=True)
    order = _written_down(
        session, sale, digest=digest, identified_by=identified_by, transaction_id=transaction_id
    )
    return Completed(order, replayed=False)


def hand_out_reserved(
    session: Session,
    *,
    shop: Shop,
    member: Member,
    lines: Sequence[Priced],
    reservation_key: str,
    by: Actor,
    at: datetime,
    circumstances: Circumstances,
) -> Order:
    """Hand over what was reserved, at the price of the day of the reservation; the holds become the sale.

    The caller has locked the reservation and knows that it is still open, so this happens once.

    Raises:
        ShopClosed, MerchantsOwnStaff, MemberSuspended, OwnRedemption, MemberElsewhere, PointsFrozen: who may not.
        Refusals of ``books.postings.collect``.
    """
    ensure_may_redeem(shop=shop, member=member, by=by)
    ensure_own_staff(by, shop)
    ensure_not_frozen(session, member.id)
    stops.ensure_open(session, shop.organisation.path)
    goods = [(line.product.id, line.quantity) for line in lines]
    cost = rules.total((line.price_points, line.quantity) for line in lines)
    posting = postings.collect(
        session, key=reservation_key, order_token=reservation_key, at=at, actor=by.label
    )
    sale = _Sale(shop, member, lines, cost, reservation_key, by, at, circumstances)
    digest = rules.basket_digest(shop_id=shop.id, member_id=member.id, goods=goods, agreed_points=cost)
    return _written_down(
        session,
        sale,
        digest=digest,
        identified_by="pickup_code",
        transaction_id=posting.id,
    )


def ensure_may_redeem(*, shop: Shop, member: Member, by: Actor) -> None:
    """Refuse what no basket could change.

    Raises:
        ShopClosed, MemberSuspended, OwnRedemption, MemberElsewhere
    """
    if shop.closed_at is not None:
        raise ShopClosed(shop=shop.name)
    if member.suspended_at is not None:
        raise MemberSuspended
    if by.member_id == member.id:
        raise OwnRedemption
    if member.organisation.path.split("/")[1] != shop.organisation.path.split("/")[1]:
        raise MemberElsewhere


def _wanted_goods(wishes: Sequence[Wish]) -> list[tuple[int, int]]:
    """Product ids in order with their units; the same product named twice is added up."""
    units: dict[int, int] = {}
    for wish in wishes:
        units[wish.product_id] = units.get(wish.product_id, 0) + wish.quantity
        if wish.quantity < 1 or units[wish.product_id] > MOST_UNITS_PER_LINE:
            raise QuantityInvalid(field="quantity", most=MOST_UNITS_PER_LINE)
    if not units:
        raise BasketEmpty
    return sorted(units.items())


# What every sale says, whatever it sells.
_STANDING = Prepared(select(Order.id, Order.basket_digest).where(Order.basket_key == bindparam("key")))
_SHOP_LOCKED = Prepared(select(Shop.id).where(Shop.id == bindparam("shop")).with_for_update(key_share=True))
_LAST_NUMBER = Prepared(select(func.max(Order.number)).where(Order.shop_id == bindparam("shop")))
_ORDER = PreparedRows(
    Order,
    ("number", "shop_id", "member_id", "basket_key", "basket_digest", "total_points", "identified_by", "agreed_by",
     "shift_id", "collected_by", "sold_by_user_id", "completed_at", "receipt_token", "transaction_id"),
    returning=("id",),
)  # fmt: skip
_LINES = PreparedRows(
    OrderLine,
    ("order_id", "product_id", "product_name", "quantity", "price_points", "subsidy_points", "funder_organisation_id"),
    returning=("product_id", "id"),
)  # fmt: skip


def _first_result(session: Session, basket_key: str, digest: str) -> Order | None:
    found = _STANDING.first(session, key=basket_key)
    if found is None:
        return None
    if found[1] != digest:
        raise BasketKeyReused
    return session.get_one(Order, found[0])


def _standing(session: Session, basket_key: str, digest: str) -> Order:
    order = _first_result(session, basket_key, digest)
    if order is None:
        raise BasketKeyReused
    return order


def _spend(session: Session, sale: _Sale) -> int | None:
    """The ledger transaction of the sale, or None when it was posted before under this key."""
    goods = [(line.product.id, line.quantity) for line in sale.lines]
    bring(session, shop=sale.shop, goods=goods, key=sale.basket_key, by=sale.by, at=sale.at)
    try:
        posting = postings.spend(
            session,
            order_token=sale.basket_key,
            member_id=sale.member.id,
            shop_id=sale.shop.id,
            organisation_id=sale.shop.organisation_id,
            points=sale.cost,
            goods=goods,
            subsidies=subsidies(sale.lines),
            at=sale.at,
            actor=sale.by.label,
        )
    except KeyReused as error:
        raise BasketKeyReused from error
    except InsufficientBalance as error:
        raise _shortage(error, sale) from error
    return None if posting.replayed else posting.id


def _shortage(error: InsufficientBalance, sale: _Sale) -> PointsShort | StockShort:
    """The ledger's refusal in the words of the counter."""
    available, account = Decimal(error.facts["available"]), error.facts["account"]
    if account == chart.member_points(sale.member.id).code:
        short, total = plain(sale.cost - available), plain(sale.cost)
        return PointsShort(short=short, total=total, balance=plain(available))
    product = next(
        line.product for line in sale.lines if chart.shelf(sale.shop.id, line.product.id).code == account
    )
    return StockShort(product=product.name, left=int(available), wanted=int(error.facts["wanted"]))


def _next_number(session: Session, shop: Shop) -> int:
    # The shop's row is the last lock of a sale, so counters of one shop wait only for each other's commit.
    if not has_one_writer(session):
        _SHOP_LOCKED.run(session, shop=shop.id)
    return (_LAST_NUMBER.scalar(session, shop=shop.id) or 0) + 1


def _written_down(
    session: Session,
    sale: _Sale,
    *,
    digest: str,
    identified_by: str,
    transaction_id: int,
) -> Order:
    """The order with its number, its receipt's word, its lines and their movements."""
    # Rows and not objects: a sale writes a dozen of them, and nothing has to be looked up again.
    row = {
        "number": _next_number(session, sale.shop),
        "shop_id": sale.shop.id,
        "member_id": sale.member.id,
        "basket_key": sale.basket_key,
        "basket_digest": digest,
        "total_points": sale.cost,
        "identified_by": identified_by,
        "agreed_by": sale.circumstances.agreed_by,
        "shift_id": sale.circumstances.shift_id,
        "collected_by": sale.circumstances.collected_by,
        "sold_by_user_id": sale.by.user_id,
        "completed_at": sale.at,
        "receipt_token": secrets.token_urlsafe(RECEIPT_WORD_BYTES),
        "transaction_id": transaction_id,
    }
    ((order_id,),) = _ORDER.write(session, [row])
    order = written(session, Order(id=order_id, **row))
    stock.record_sale(
        session,
        shop_id=sale.shop.id,
        handed=_lines_written(session, sale, order.id),
        transaction_id=transaction_id,
        by=sale.by,
        at=sale.at,
    )
    if sale.circumstances.strokes is not None:
        kind = "drawn" if sale.circumstances.strokes else "paper"
        session.add(
            OrderSignature(
                order_id=order.id, kind=kind, strokes=sale.circumstances.strokes, signed_at=sale.at
            )
        )
    appointments.ask(session, order, [line.product for line in sale.lines])
    _tell(session, sale, order)
    return order


def _lines_written(session: Session, sale: _Sale, order_id: int) -> list[Handed]:
    rows = [
        {
            "order_id": order_id,
            "product_id": line.product.id,
            "product_name": line.product.name,
            "quantity": line.quantity,
            "price_points": line.price_points,
            "subsidy_points": line.subsidy_points,
            "funder_organisation_id": line.funder_organisation_id,
        }
        for line in sale.lines
    ]
    # A product stands on one line of an order, so the lines' numbers may come back in any order.
    ids = {row[0]: row[1] for row in _LINES.write(session, rows)}
    return [Handed(ids[line.product.id], line.product.id, line.quantity) for line in sale.lines]


def _tell(session: Session, sale: _Sale, order: Order) -> None:
    """Every redemption is told to the member, who can say at once that it was not her."""
    notices.tell(
        session,
        member_id=order.member_id,
        kind="order.completed",
        sentence=N_(
            "%(points)s points were taken at %(shop)s, receipt no. %(number)s. If this was not you, say so here at once."
        ),
        facts={"points": order.total_points, "shop": sale.shop.name, "number": order.number},
        href=f"/orders/{order.id}",
        at=sale.at,
    )
