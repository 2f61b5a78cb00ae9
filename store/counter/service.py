"""Filling a basket, saying whose it is, and handing it over.

Locks: the basket first, then those of ``orders.service.complete``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Insert, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from store.catalogue.errors import ProductWithdrawn
from store.catalogue.models import Product, Shop
from store.catalogue.queries import scanned_units
from store.counter import limits, rules
from store.counter.errors import BasketAbsent, BasketClosed, BasketFull, MemberNotIdentified
from store.counter.models import Basket, BasketLine
from store.disputes.queries import ensure_not_frozen
from store.orders import service as orders
from store.orders.errors import BasketEmpty, BasketKeyInvalid, BasketKeyReused
from store.orders.rules import key_is_acceptable
from store.orders.service import Circumstances, Completed, Wish
from timebank.access.actors import Actor
from timebank.errors import Refusal
from timebank.members.models import Member
from timebank.policy.queries import policy_for
from timebank.prepared import Prepared


@dataclass(frozen=True)
class Scanned:
    """What came of one scan: a product that is in the basket now, or why not."""

    written: str
    product: Product | None
    refusal: Refusal | None


def basket_with_key(
    session: Session,
    *,
    shop: Shop,
    key: str,
    device_digest: str,
    shift_id: int | None = None,
    by: Actor,
    at: datetime,
) -> Basket:
    """The attendant's basket under the page's key, made when it is new, and locked.

    Raises:
        BasketKeyInvalid: not a key.
        BasketKeyReused: it is somebody else's, or of another shop.
    """
    if not key_is_acceptable(key):
        raise BasketKeyInvalid
    basket = _locked(session, key)
    if basket is None:
        _insert_if_new(
            session, shop=shop, key=key, device_digest=device_digest, shift_id=shift_id, by=by, at=at
        )
        basket = _locked(session, key)
    if basket is None or (basket.shop_id, basket.opened_by_user_id) != (shop.id, by.user_id):
        raise BasketKeyReused
    return basket


# Made once: every step at a counter begins with it.
_BASKET = select(Basket).where(Basket.key == bindparam("basket_key")).with_for_update(of=Basket)
_CONTENTS = (
    select(BasketLine)
    .where(BasketLine.basket_id == bindparam("basket"))
    .options(joinedload(BasketLine.product, innerjoin=True))
    .order_by(BasketLine.id)
)
_SOLD = Prepared(
    update(cast(Table, Basket.__table__))
    .where(cast(Table, Basket.__table__).c.id == bindparam("basket"))
    .values(status="completed")
)


def _locked(session: Session, key: str) -> Basket | None:
    basket = session.scalar(_BASKET, {"basket_key": key})
    if basket is not None and "lines" not in vars(basket):
        # Asked after the lock, so that nothing in it is older than the lock.
        set_committed_value(basket, "lines", session.scalars(_CONTENTS, {"basket": basket.id}).all())
    return basket


def _insert_if_new(
    session: Session,
    *,
    shop: Shop,
    key: str,
    device_digest: str,
    shift_id: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """Two requests that begin one basket at the same moment get the same row."""
    insert: Insert
    if session.get_bind().dialect.name == "postgresql":
        insert = postgresql.insert(Basket).on_conflict_do_nothing(index_elements=[Basket.key])
    else:
        insert = sqlite.insert(Basket).on_conflict_do_nothing(index_elements=[Basket.key])
    session.execute(
        insert.values(
            key=key,
            shop_id=shop.id,
            opened_by_user_id=by.user_id,
            shift_id=shift_id,
            device_digest=device_digest,
            status="open",
            scanning_page="",
            scans_taken=0,
            held_as="",
            opened_at=at,
        )
    )


def scan(session: Session, *, basket: Basket, shop: Shop, written: str) -> Product:
    """Put the product with this barcode into the basket: as many units as one scan of it means.

    Raises:
        BasketClosed, BarcodeUnknown, ProductWithdrawn, BasketFull
    """
    product, units = scanned_units(session, shop, written)
    add(session, basket=basket, product=product, units=units)
    return product


def scan_many(
    session: Session, *, basket: Basket, shop: Shop, page: str, first: int, written: Sequence[str]
) -> list[Scanned]:
    """Scans number ``first``, ``first + 1`` … of ``page``; those that were taken before are not taken again.

    Args:
        page: random word of one loaded page; each page counts its scans from 1.

    Raises:
        BasketClosed: nothing was taken.
    """
    _ensure_open(basket)
    if basket.scanning_page != page:
        basket.scanning_page, basket.scans_taken = page, 0
    results = []
    for number, code in enumerate(written[: rules.MOST_SCANS_AT_ONCE], start=first):
        if number <= basket.scans_taken:
            continue
        basket.scans_taken = number
        try:
            results.append(Scanned(code, scan(session, basket=basket, shop=shop, written=code), None))
        except Refusal as refusal:
            results.append(Scanned(code, None, refusal))
    session.flush()
    return results


def add(session: Session, *, basket: Basket, product: Product, units: int = 1) -> int:
    """Put units of ``product`` into the basket, or with a negative number take them out; what is left of it.

    Raises:
        BasketClosed, ProductWithdrawn, BasketFull
    """
    line = next((line for line in basket.lines if line.product_id == product.id), None)
    now = line.quantity if line else 0
    if now + units > rules.MOST_UNITS_PER_LINE:
        raise BasketFull(most=rules.MOST_UNITS_PER_LINE)
    return put(session, basket=basket, product=product, quantity=rules.changed_quantity(now, units))


def put(session: Session, *, basket: Basket, product: Product, quantity: int) -> int:
    """Make it exactly ``quantity`` units; 0 takes the line away.

    Raises:
        BasketClosed, ProductWithdrawn, BasketFull
    """
    _ensure_open(basket)
    if quantity > rules.MOST_UNITS_PER_LINE:
        raise BasketFull(most=rules.MOST_UNITS_PER_LINE)
    line = next((line for line in basket.lines if line.product_id == product.id), None)
    if line is not None and quantity <= 0:
        basket.lines.remove(line)
    elif line is not None:
        line.quantity = quantity
    elif quantity > 0:
        if product.withdrawn_at is not None:
            raise ProductWithdrawn(product=product.name)
        basket.lines.append(BasketLine(product_id=product.id, product=product, quantity=quantity))
    limits.take_back_questions(session, basket)
    session.flush()
    return max(quantity, 0)


def attach(
    session: Session, *, basket: Basket, shop: Shop, member: Member, how: str, by: Actor, at: datetime
) -> None:
    """Whose basket it is, by what was shown: ``code``, ``card``, ``card_pin`` or ``number_pin``.

    Raises:
        BasketClosed, ShopClosed, MemberSuspended, OwnRedemption, MemberElsewhere, PointsFrozen
    """
    _ensure_open(basket)
    orders.ensure_may_redeem(shop=shop, member=member, by=by)
    ensure_not_frozen(session, member.id)
    if basket.member_id != member.id:
        limits.take_back_questions(session, basket)
    basket.member_id, basket.identified_by, basket.identified_at = member.id, how, at
    session.flush()


def forget_member(session: Session, *, basket: Basket) -> None:
    """Nobody's basket any more; the goods stay in it."""
    _ensure_open(basket)
    limits.take_back_questions(session, basket)
    basket.member_id = basket.identified_by = basket.identified_at = None
    session.flush()


def abandon(session: Session, *, basket: Basket) -> None:
    """Put everything back; nothing was taken from anybody."""
    _ensure_open(basket)
    limits.take_back_questions(session, basket)
    basket.status = "abandoned"
    session.flush()


def hold(session: Session, *, basket: Basket, words: str, at: datetime) -> None:
    """Put the basket aside until its owner is back; whoever she was, she has to show it again then.

    Raises:
        BasketClosed
        BasketEmpty: there is nothing in it.
    """
    _ensure_open(basket)
    if not basket.lines:
        raise BasketEmpty
    limits.take_back_questions(session, basket)
    basket.member_id = basket.identified_by = basket.identified_at = None
    basket.status, basket.held_at, basket.held_as = "held", at, words.strip()[:60]
    session.flush()


def recall(
    session: Session,
    *,
    shop: Shop,
    basket_id: int,
    device_digest: str,
    shift_id: int,
    by: Actor,
    at: datetime,
) -> Basket:
    """Take up a basket that was put aside in this shop, by whomever; of two who press at once one gets it.

    Raises:
        BasketAbsent: nobody holds it any more, or it is another shop's.
    """
    taken = session.scalar(
        update(Basket)
        .where(Basket.id == basket_id, Basket.shop_id == shop.id, Basket.status == "held")
        .values(
            status="open",
            opened_by_user_id=by.user_id,
            shift_id=shift_id,
            device_digest=device_digest,
            opened_at=at,
        )
        .returning(Basket.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise BasketAbsent
    return session.get_one(Basket, taken, populate_existing=True)


def give_up_held(session: Session, *, shop: Shop, basket_id: int) -> None:
    """Put the goods of a held basket back on the shelf; raises ``BasketAbsent``."""
    taken = session.scalar(
        update(Basket)
        .where(Basket.id == basket_id, Basket.shop_id == shop.id, Basket.status == "held")
        .values(status="abandoned")
        .returning(Basket.id)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        raise BasketAbsent


@dataclass(frozen=True)
class Hand:
    """What the member did to agree, as the form brings it.

    Attributes:
        pin_of: the member whose PIN was just proved, or None.
        strokes: a drawn signature; an empty list for one on paper; None for none.
    """

    pin_of: int | None = None
    strokes: list[list[int]] | None = None


NO_HAND = Hand()


def hand_over(
    session: Session,
    *,
    basket: Basket,
    shop: Shop,
    agreed_points: Decimal,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
    hand: Hand = NO_HAND,
) -> Completed:
    """Sell what is in the basket to the member who was identified; the same basket sells once.

    Args:
        agreed_points: the total that stood on the page when the member agreed.
        timezone: the county's own, whose days the limits count.

    Raises:
        BasketClosed: it was given up.
        MemberNotIdentified: nobody was identified, or too long ago.
        AgreementNeeded, PinOrPhoneNeeded, AgreementRefused: so many points take more than a look at the screen.
        DayLimitReached, CardUsedOften: today's limits.
        Refusals of ``orders.service.complete``.
    """
    if basket.status not in ("open", "completed"):
        raise BasketClosed
    policy = policy_for(session, shop.organisation.path)
    agreed_by = "shown"
    if basket.status == "open":
        if not rules.still_identified(basket.identified_at, at):
            raise MemberNotIdentified
        agreed_by = limits.agreed_by(
            session,
            basket,
            agreed_points,
            policy,
            hand_pin_of=hand.pin_of,
            signed=hand.strokes is not None,
            at=at,
        )
        limits.ensure_within(session, basket, agreed_points, policy, by=by, at=at, timezone=timezone)
    completed = _sold(
        session, basket=basket, shop=shop, agreed_points=agreed_points, agreed_by=agreed_by, by=by, at=at,
        card_limit_points=Decimal(policy.card_limit_points), timezone=timezone, strokes=hand.strokes if agreed_by == "signature" else None,
    )  # fmt: skip
    _SOLD.run(session, basket=basket.id)
    set_committed_value(basket, "status", "completed")
    return completed


def _ensure_open(basket: Basket) -> None:
    if basket.status != "open":
        raise BasketClosed


def _sold(
    session: Session,
    *,
    basket: Basket,
    shop: Shop,
    agreed_points: Decimal,
    agreed_by: str,
    card_limit_points: Decimal,
    strokes: list[list[int]] | None,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> Completed:
    return orders.complete(
        session,
        shop=shop,
        member=session.get_one(Member, basket.member_id),
        identified_by=basket.identified_by or "",
        wishes=[Wish(line.product_id, line.quantity) for line in basket.lines],
        basket_key=basket.key,
        agreed_points=agreed_points,
        card_limit_points=card_limit_points,
        by=by,
        at=at,
        timezone=timezone,
        circumstances=Circumstances(
            agreed_by=agreed_by,
            shift_id=basket.shift_id,
            strokes=strokes,
        ),
    )
