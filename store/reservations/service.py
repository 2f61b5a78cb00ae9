"""Keeping goods for a member, giving them back, handing them out to her or to whomever she sends.

Locks, in this order: the reservation, then the accounts (by the ledger), and last the shop (by the sale).
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ledger.errors import HoldEnded, HoldLapsed, InsufficientBalance, KeyReused
from store.catalogue.errors import ProductWithdrawn
from store.catalogue.limits import ensure_within_limits
from store.catalogue.models import Product, Shop
from store.catalogue.rules import plain
from store.disputes.queries import ensure_not_frozen
from store.orders import rules as order_rules
from store.orders import service as orders
from store.orders.errors import BasketKeyInvalid, BasketKeyReused, PointsShort, TotalChanged
from store.orders.models import Order
from store.orders.pricing import Priced, priced, subsidies
from store.orders.service import Circumstances
from store.reservations import queries, rules
from store.reservations.delegates import NOBODY, Delegate, ensure_collector
from store.reservations.errors import (
    CollectorMissing,
    GoodsExpireSooner,
    ReservationEnded,
    ReservationOverdue,
    ReservationsMany,
    WishesEmpty,
)
from store.reservations.models import Reservation, ReservationLine, WishLine
from store.settlement.standing import ensure_contract
from store.stock.bringing import bring
from store.stock.errors import QuantityInvalid, StockShort
from store.stock.queries import good_units
from timebank.access.actors import Actor, system_actor
from timebank.access.keys import Keyring
from timebank.books import chart, postings
from timebank.db import queue_for
from timebank.errors import N_
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.policy.queries import policy_for
from timebank.reconcile import stops

MOST_UNITS_PER_LINE = 999


def wish(session: Session, *, member_id: int, shop: Shop, product: Product, quantity: int) -> None:
    """Make it exactly ``quantity`` units in the member's own basket; 0 takes the line away.

    Raises:
        QuantityInvalid, ProductWithdrawn
    """
    if not 0 <= quantity <= MOST_UNITS_PER_LINE:
        raise QuantityInvalid(field="quantity", most=MOST_UNITS_PER_LINE)
    if quantity and product.withdrawn_at is not None:
        raise ProductWithdrawn(product=product.name)
    # Two presses at once about one line wait for each other.
    queue_for(session, f"wish:{member_id}:{shop.id}:{product.id}")
    line = session.scalar(
        select(WishLine).where(
            WishLine.member_id == member_id, WishLine.shop_id == shop.id, WishLine.product_id == product.id
        )
    )
    if line is None and quantity:
        session.add(WishLine(member_id=member_id, shop_id=shop.id, product_id=product.id, quantity=quantity))
    elif line is not None and quantity:
        line.quantity = quantity
    elif line is not None:
        session.delete(line)
    session.flush()


def reserve(
    session: Session,
    *,
    keyring: Keyring,
    shop: Shop,
    member: Member,
    goods: Sequence[tuple[int, int]],
    key: str,
    agreed_points: Decimal | None,
    delegate: Delegate = NOBODY,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> Reservation:
    """Hold points and goods until the deadline, once per ``key``; the member's basket there is emptied.

    Args:
        goods: product ids with units.
        agreed_points: the total that the member saw.

    Raises:
        BasketKeyInvalid, WishesEmpty, QuantityInvalid: what was sent.
        BasketKeyReused: the key stands for something else.
        ShopClosed, ContractLacking, MemberSuspended, MemberElsewhere, PointsFrozen, ReservationsMany, LimitReached: who may not.
        ProductAbsent, ProductWithdrawn, TotalChanged, PointsShort, StockShort, GoodsExpireSooner: what does not fit any more.
    """
    if not order_rules.key_is_acceptable(key):
        raise BasketKeyInvalid
    digest = rules.content_digest(
        shop_id=shop.id, member_id=member.id, goods=goods, agreed_points=agreed_points
    )
    # One member's reservations are counted one after the other.
    queue_for(session, f"reserve:{member.id}")
    standing = session.scalar(select(Reservation).where(Reservation.key == key))
    if standing is not None:
        if standing.content_digest != digest:
            raise BasketKeyReused
        return standing
    policy = policy_for(session, shop.organisation.path)
    _ensure_may_reserve(session, shop, member, policy.reservations_at_once, at)
    ensure_contract(session, shop, at=at, timezone=timezone)
    _ensure_goods(goods)
    lines = priced(session, shop=shop, member=member, goods=sorted(goods), at=at, timezone=timezone)
    cost = order_rules.total((line.price_points, line.quantity) for line in lines)
    if agreed_points is not None and agreed_points != cost:
        raise TotalChanged(total=plain(cost), agreed=plain(agreed_points))
    wanted = [(line.product, line.quantity) for line in lines]
    ensure_within_limits(session, member_id=member.id, goods=wanted, at=at, timezone=timezone)
    found = _made(
        keyring, shop, member, lines, key=key, digest=digest, delegate=delegate, at=at,
        deadline=rules.deadline(
            at, hours=policy.reservation_hours, open_days=shop.open_days, timezone=timezone
        ),
    )  # fmt: skip
    bring(session, shop=shop, goods=sorted(goods), key=key, by=system_actor("reservation"), at=at)
    _hold(session, shop, found, lines, by)
    session.add(found)
    session.execute(delete(WishLine).where(WishLine.member_id == member.id, WishLine.shop_id == shop.id))
    session.flush()
    return found


def _made(
    keyring: Keyring,
    shop: Shop,
    member: Member,
    lines: Sequence[Priced],
    *,
    key: str,
    digest: str,
    delegate: Delegate,
    at: datetime,
    deadline: datetime,
) -> Reservation:
    return Reservation(
        key=key,
        content_digest=digest,
        shop_id=shop.id,
        member_id=member.id,
        total_points=order_rules.total((line.price_points, line.quantity) for line in lines),
        status="reserved",
        code_digest=rules.code_digest(keyring, rules.pickup_code(keyring, key, 1)),
        code_turn=1,
        delegate_name=delegate.name,
        delegate_member_id=delegate.member_id,
        delegate_phone_tail=delegate.phone_tail,
        reserved_at=at,
        deadline=deadline,
        lines=[
            ReservationLine(
                product_id=line.product.id,
                product_name=line.product.name,
                quantity=line.quantity,
                price_points=line.price_points,
                subsidy_points=line.subsidy_points,
                funder_organisation_id=line.funder_organisation_id,
            )
            for line in lines
        ],
    )


def _ensure_may_reserve(session: Session, shop: Shop, member: Member, most: int, at: datetime) -> None:
    nobody = Actor(label="", name="")
    orders.ensure_may_redeem(shop=shop, member=member, by=nobody)
    ensure_not_frozen(session, member.id)
    stops.ensure_open(session, shop.organisation.path)
    if queries.open_count(session, member.id, at) >= most:
        raise ReservationsMany(most=most)


def _ensure_goods(goods: Sequence[tuple[int, int]]) -> None:
    if not goods:
        raise WishesEmpty
    for _product_id, quantity in goods:
        if not 1 <= quantity <= MOST_UNITS_PER_LINE:
            raise QuantityInvalid(field="quantity", most=MOST_UNITS_PER_LINE)


def _hold(session: Session, shop: Shop, found: Reservation, lines: Sequence[Priced], by: Actor) -> None:
    try:
        postings.reserve(
            session,
            key=found.key,
            member_id=found.member_id,
            shop_id=shop.id,
            organisation_id=shop.organisation_id,
            points=found.total_points,
            goods=[(line.product.id, line.quantity) for line in lines],
            subsidies=subsidies(lines),
            deadline=found.deadline,
            at=found.reserved_at,
            actor=by.label,
        )
    except KeyReused as error:
        raise BasketKeyReused from error
    except InsufficientBalance as error:
        raise _shortage(error, found, lines) from error
    # The shelves' rows are this transaction's now: nobody keeps or moves anything of them beside it.
    _ensure_good_until_deadline(session, found, lines)


def _ensure_good_until_deadline(session: Session, found: Reservation, lines: Sequence[Priced]) -> None:
    mine = {line.product.id for line in lines}
    standing = queries.kept_units(session, found.shop_id, found.reserved_at)
    others = [one for one in standing if one[0] in mine]
    deadlines = {until for _product, until, _units in others} | {found.deadline}
    good = {until: good_units(session, found.shop_id, until) for until in deadlines}
    for line in lines:
        own = line.product.id
        kept = [(until, units) for product_id, until, units in others if product_id == own]
        kept.append((found.deadline, line.quantity))
        short = rules.short_of_good(kept, {until: good[until].get(own, 0) for until in deadlines})
        if short > 0:
            raise GoodsExpireSooner(
                product=line.product.name, left=max(line.quantity - short, 0), wanted=line.quantity
            )


def _shortage(
    error: InsufficientBalance, found: Reservation, lines: Sequence[Priced]
) -> PointsShort | StockShort:
    available, account = Decimal(error.facts["available"]), error.facts["account"]
    if account == chart.member_points(found.member_id).code:
        cost = found.total_points
        return PointsShort(short=plain(cost - available), total=plain(cost), balance=plain(available))
    line = next(one for one in lines if chart.shelf(found.shop_id, one.product.id).code == account)
    return StockShort(product=line.product.name, left=int(available), wanted=line.quantity)


def name_delegate(session: Session, *, reservation: Reservation, delegate: Delegate) -> None:
    """Who may collect it besides the member; ``NOBODY`` takes that back. Raises ``ReservationEnded``."""
    found = _locked(session, reservation)
    _ensure_open(found)
    found.delegate_name, found.delegate_member_id = delegate.name, delegate.member_id
    found.delegate_phone_tail = delegate.phone_tail
    session.flush()


def renew_code(session: Session, *, keyring: Keyring, reservation: Reservation) -> None:
    """Another pick-up code, when the first was overheard; the old one is worthless at once."""
    found = _locked(session, reservation)
    _ensure_open(found)
    found.code_turn += 1
    found.code_digest = rules.code_digest(keyring, rules.pickup_code(keyring, found.key, found.code_turn))
    session.flush()


def cancel(session: Session, *, reservation: Reservation, reason: str, by: Actor, at: datetime) -> bool:
    """Give points and goods back at once; cancelling again changes nothing.

    Returns:
        whether it was cancelled now.

    Raises:
        ReservationEnded: it was collected.
    """
    found = _locked(session, reservation)
    if found.status == "collected":
        raise ReservationEnded
    if found.status != "reserved":
        return False
    status = "expired" if found.deadline <= at else "cancelled"
    postings.release(session, key=found.key, at=at, actor=by.label, reason=reason or status)
    found.status, found.ended_at, found.ended_by, found.reason = status, at, by.label, reason[:200]
    session.flush()
    return status == "cancelled"


def hand_out(
    session: Session,
    *,
    reservation: Reservation,
    collector: str,
    collected_by: str,
    shown_member_id: int | None = None,
    phone_tail: str = "",
    shift_id: int | None,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> tuple[Order, bool]:
    """Hand over what was kept: the holds become the sale. Once; pressing again gives the first order.

    Args:
        collector: ``self``, or ``delegate`` for whomever the member has named.
        collected_by: who stands there, as the attendant has read it; for a delegate.
        shown_member_id: whose code, card or PIN was shown, where the delegate is a member.
        phone_tail: the last four digits of her phone, as the delegate says them.

    Returns: the order, and whether it is new.

    Raises:
        CollectorMissing, CollectorOther, CollectorUnproved, CollectorPhoneWrong, ReservationEnded, ReservationOverdue, ContractLacking, and those of the sale.
    """
    found = _locked(session, reservation)
    if found.status == "collected" and found.order is not None:
        return found.order, False
    _ensure_open(found)
    if collector not in ("self", "delegate"):
        raise CollectorMissing(field="collector")
    if collector == "delegate":
        ensure_collector(found, shown_member_id, phone_tail)
    ensure_contract(session, found.shop, at=at, timezone=timezone)
    name = (collected_by.strip() or found.delegate_name)[:60] if collector == "delegate" else ""
    if found.deadline <= at:
        raise ReservationOverdue(deadline=_local(found.deadline, timezone))
    try:
        order = orders.hand_out_reserved(
            session,
            shop=found.shop,
            member=found.member,
            lines=[_as_priced(line) for line in found.lines],
            reservation_key=found.key,
            by=by,
            at=at,
            circumstances=Circumstances(agreed_by="reserved", shift_id=shift_id, collected_by=name),
        )
    except HoldLapsed as error:
        raise ReservationOverdue(deadline=_local(found.deadline, timezone)) from error
    except HoldEnded as error:
        raise ReservationEnded from error
    found.status, found.ended_at, found.ended_by, found.order_id = "collected", at, by.label, order.id
    session.flush()
    return order, True


def _as_priced(line: ReservationLine) -> Priced:
    return Priced(
        line.product, line.quantity, line.price_points, line.subsidy_points, line.funder_organisation_id
    )


def _local(moment: datetime, timezone: ZoneInfo) -> str:
    return f"{moment.astimezone(timezone):%Y-%m-%d %H:%M}"


def expire(session: Session, *, at: datetime, limit: int = 200) -> int:
    """End what was kept until a deadline that has passed; the member is told. How many; call it until it says 0."""
    overdue = (
        select(Reservation)
        .where(Reservation.status == "reserved", Reservation.deadline <= at)
        .order_by(Reservation.id)
        .limit(limit)
        .with_for_update(of=Reservation, skip_locked=True)
    )
    found = session.scalars(overdue).all()
    for one in found:
        postings.release(session, key=one.key, at=at, actor="job", reason="expired")
        one.status, one.ended_at, one.ended_by = "expired", at, "job"
        tell_expired(session, one, at=at)
    session.flush()
    return len(found)


def tell_expired(session: Session, found: Reservation, *, at: datetime) -> None:
    """The member hears, once, that it was kept until its deadline and that her points are back."""
    notices.tell(
        session,
        member_id=found.member_id,
        kind="reservation.expired",
        sentence=N_("Your reservation at %(shop)s was kept until %(deadline)s; %(points)s points are back."),
        facts={"shop": found.shop.name, "deadline": found.deadline, "points": found.total_points},
        href=f"/my/reservations/{found.id}",
        at=at,
        key=f"reservation.expired:{found.id}",
    )


def _locked(session: Session, reservation: Reservation) -> Reservation:
    return session.scalars(
        select(Reservation)
        .where(Reservation.id == reservation.id)
        .with_for_update(of=Reservation)
        .execution_options(populate_existing=True)
    ).one()


def _ensure_open(found: Reservation) -> None:
    if found.status != "reserved":
        raise ReservationEnded
