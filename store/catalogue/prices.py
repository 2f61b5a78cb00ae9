"""What a product costs whom on which day: dated price lists, and concessions that an organisation pays for.

A finished order keeps what it was sold at. The price of a day is the newest line of the price list that
holds on it; a member of a group with a concession pays the lowest one, and its funder owes the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Date, bindparam, cast, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, joinedload

from store.catalogue import rules
from store.catalogue.errors import (
    ConcessionAbsent,
    ConcessionDaysWrong,
    ConcessionEnded,
    ConcessionNotLower,
    PriceDayPast,
    PriceInvalid,
)
from store.catalogue.models import ConcessionPrice, Product, ProductPrice, Shop
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.members.groups import groups_of
from timebank.members.models import Member, MemberGroup
from timebank.orgs.models import Organisation
from timebank.orm import BigId
from timebank.prepared import Prepared

FURTHEST_DAYS = 731


@dataclass(frozen=True)
class Price:
    """What one unit costs one member on one day.

    Attributes:
        list_price: what the shop gets for it, in points.
        member_price: what the member pays of it; 0 where a funder pays all.
        funder_organisation_id: who owes the rest; None where the member pays all.
        subsidy: the rest, ``list_price − member_price``.
        group_id: the group whose concession it is.
    """

    list_price: Decimal
    member_price: Decimal
    funder_organisation_id: int | None = None
    subsidy: Decimal = Decimal(0)
    group_id: int | None = None


def price_for(session: Session, product: Product, member: Member | None, day: date) -> Price:
    """What a unit of ``product`` costs ``member`` on ``day`` (the county's own); None for somebody in no group."""
    return prices_for(session, [product], member, day)[product.id]


def prices_for(
    session: Session, products: Sequence[Product], member: Member | None, day: date
) -> dict[int, Price]:
    """:func:`price_for` of many products by product id, in one query, and one more where a concession could hold."""
    listed, offered = _lines_and_concessions(session, products, day)
    prices = {product_id: Price(price, price) for product_id, price in listed.items()}
    # Nearly nothing has a concession, so the member's groups are asked for last.
    groups = groups_of(session, member.id, day) if member is not None and offered else frozenset()
    for one in offered:
        stands, price = prices[one.product_id], listed[one.product_id]
        if one.group_id in groups and one.price_points < stands.member_price:
            prices[one.product_id] = Price(
                price,
                one.price_points,
                one.funder_organisation_id,
                price - one.price_points,
                one.group_id,
            )
    return prices


class _Offered(NamedTuple):
    """A concession that holds on the day, whoever it is for."""

    product_id: int
    price_points: Decimal
    group_id: int
    funder_organisation_id: int


_DAY = bindparam("day", type_=Date)
_PRODUCTS: BindParameter[Any] = bindparam("products", expanding=True)
# Made once: a redemption asks this every time. Of two equal concessions the older one pays, so that whoever
# funds it does not change by chance; a later line of the price list overrules an earlier one.
_PRICED = Prepared(
    union_all(
        select(
            literal(1).label("place"),
            ProductPrice.product_id.label("product_id"),
            ProductPrice.price_points.label("price_points"),
            ProductPrice.valid_from.label("day"),
            ProductPrice.id.label("line_id"),
            cast(null(), BigId).label("group_id"),
            cast(null(), BigId).label("funder_id"),
        ).where(ProductPrice.product_id.in_(_PRODUCTS), ProductPrice.valid_from <= _DAY),
        select(
            literal(2),
            ConcessionPrice.product_id,
            ConcessionPrice.price_points,
            cast(null(), Date),
            ConcessionPrice.id,
            ConcessionPrice.group_id,
            ConcessionPrice.funder_organisation_id,
        ).where(
            ConcessionPrice.product_id.in_(_PRODUCTS),
            ConcessionPrice.valid_from <= _DAY,
            or_(ConcessionPrice.valid_until.is_(None), ConcessionPrice.valid_until >= _DAY),
        ),
    ).order_by("place", "day", "line_id")
)


def _lines_and_concessions(
    session: Session, products: Sequence[Product], day: date
) -> tuple[dict[int, Decimal], list[_Offered]]:
    """The list price of each product, and every concession on them that holds on ``day``."""
    asked: dict[str, Any] = {"products": [product.id for product in products], "day": day}
    listed = {product.id: product.price_points for product in products}
    offered = []
    for place, product_id, price, _day, _line_id, group_id, funder_id in _PRICED.rows(session, **asked):
        if place == 1:
            listed[product_id] = price
        else:
            offered.append(_Offered(product_id, price, group_id, funder_id))
    return listed, offered


def list_prices(session: Session, products: Sequence[Product], day: date) -> dict[int, Decimal]:
    """The price of each product on ``day`` for everybody, by product id."""
    rows = session.execute(
        select(ProductPrice.product_id, ProductPrice.price_points)
        .where(
            ProductPrice.product_id.in_([product.id for product in products]), ProductPrice.valid_from <= day
        )
        .order_by(ProductPrice.valid_from, ProductPrice.id)
    )
    dated = {int(product_id): price for product_id, price in rows}
    return {product.id: dated.get(product.id, product.price_points) for product in products}


def price_list(session: Session, product: Product) -> Sequence[ProductPrice]:
    """Every line of the product's price list, the latest day first."""
    return session.scalars(
        select(ProductPrice)
        .where(ProductPrice.product_id == product.id)
        .order_by(ProductPrice.valid_from.desc(), ProductPrice.id.desc())
    ).all()


def concessions(session: Session, product: Product) -> Sequence[ConcessionPrice]:
    """Every concession of the product, those that hold first, then by day."""
    return session.scalars(
        select(ConcessionPrice)
        .options(joinedload(ConcessionPrice.group), joinedload(ConcessionPrice.funder))
        .where(ConcessionPrice.product_id == product.id)
        .order_by(ConcessionPrice.valid_until.is_not(None), ConcessionPrice.valid_from.desc())
    ).all()


def concession(session: Session, actor: Actor, concession_id: int) -> ConcessionPrice:
    """One concession of the actor's county; raises ``ConcessionAbsent``."""
    found = session.scalar(
        select(ConcessionPrice)
        .join(ConcessionPrice.product)
        .join(Product.organisation)
        .where(ConcessionPrice.id == concession_id, scope.within_county(actor, Organisation.path))
    )
    if found is None:
        raise ConcessionAbsent
    return found


def possible_funders(session: Session, actor: Actor) -> Sequence[Organisation]:
    """Who of the county can promise to pay for a concession: no team, and no merchant, who is paid itself."""
    merchants = select(Shop.organisation_id).where(Shop.is_merchants)
    found = select(Organisation).where(
        scope.within_county(actor, Organisation.path),
        Organisation.kind != "team",
        Organisation.id.not_in(merchants),
    )
    return session.scalars(found.order_by(Organisation.path)).all()


def set_price(
    session: Session,
    *,
    product: Product,
    price_points: Decimal,
    valid_from: date,
    today: date,
    by: Actor,
    at: datetime,
) -> ProductPrice:
    """A line of the price list from ``valid_from`` on; earlier days, and what was sold on them, keep theirs.

    Raises:
        PriceInvalid: not above zero, or more than two decimals.
        PriceDayPast: before today, or absurdly far ahead.
    """
    if not rules.price_is_acceptable(price_points):
        raise PriceInvalid(field="price")
    if not today <= valid_from <= today + timedelta(days=FURTHEST_DAYS):
        raise PriceDayPast(field="valid_from")
    if session.scalar(select(ProductPrice.id).where(ProductPrice.product_id == product.id).limit(1)) is None:
        # What it cost until now stays known too.
        session.add(_line(product, product.price_points, date(2000, 1, 1), by, at))
        session.flush()
    line = _line(product, price_points, valid_from, by, at)
    session.add(line)
    session.flush()
    product.price_points = list_prices(session, [product], today)[product.id]
    session.flush()
    return line


def _line(product: Product, price: Decimal, day: date, by: Actor, at: datetime) -> ProductPrice:
    return ProductPrice(
        product_id=product.id, price_points=price, valid_from=day, entered_by=by.label, entered_at=at
    )


def put_in_force(session: Session, day: date) -> int:
    """Write the price of ``day`` onto every product whose price list says another; how many that were."""
    products = session.scalars(
        select(Product).where(Product.id.in_(select(ProductPrice.product_id).distinct()))
    ).all()
    changed = 0
    for product_id, price in list_prices(session, products, day).items():
        product = session.get_one(Product, product_id)
        if product.price_points != price:
            product.price_points, changed = price, changed + 1
    session.flush()
    return changed


def grant_concession(
    session: Session,
    *,
    product: Product,
    group: MemberGroup,
    price_points: Decimal,
    funder: Organisation,
    valid_from: date,
    valid_until: date | None,
    today: date,
    by: Actor,
    at: datetime,
) -> ConcessionPrice:
    """Members of ``group`` pay ``price_points``; ``funder`` owes the difference to the list price of the day.

    Raises:
        PriceInvalid: below zero, or more than two decimals.
        ConcessionNotLower: not below the list price of its first day.
        ConcessionDaysWrong: begins before today or ends before it begins.
    """
    if price_points != price_points.quantize(Decimal("0.01")) or price_points < 0:
        raise PriceInvalid(field="price")
    if valid_from < today or (valid_until is not None and valid_until < valid_from):
        raise ConcessionDaysWrong(field="valid_from")
    listed = list_prices(session, [product], valid_from)[product.id]
    if price_points >= listed:
        raise ConcessionNotLower(field="price", price=rules.plain(listed))
    row = ConcessionPrice(
        product_id=product.id,
        group_id=group.id,
        price_points=price_points,
        funder_organisation_id=funder.id,
        valid_from=valid_from,
        valid_until=valid_until,
        entered_by=by.label,
        entered_at=at,
    )
    session.add(row)
    session.flush()
    return row


def end_concession(session: Session, *, concession: ConcessionPrice, today: date, by: Actor) -> None:
    """It holds until the end of today, and no longer; one that has not begun holds on its first day only.

    Raises:
        ConcessionEnded: it has ended already.
    """
    if concession.valid_until is not None and concession.valid_until <= today:
        raise ConcessionEnded
    concession.valid_until, concession.ended_by = max(today, concession.valid_from), by.label
    session.flush()
