"""What goods cost one member today: the price list, concessions, and who owes the difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from store.catalogue.calendar import local_day
from store.catalogue.errors import ProductAbsent, ProductWithdrawn
from store.catalogue.models import Product, Shop
from store.catalogue.prices import prices_for
from store.catalogue.queries import listed_products
from timebank.members.models import Member


@dataclass(frozen=True)
class Priced:
    """Units of one product at what one unit costs the member.

    Attributes:
        price_points: what the member pays of a unit.
        subsidy_points: what ``funder_organisation_id`` owes of it; 0 where nobody does.
    """

    product: Product
    quantity: int
    price_points: Decimal
    subsidy_points: Decimal = Decimal(0)
    funder_organisation_id: int | None = None


def priced(
    session: Session,
    *,
    shop: Shop,
    member: Member | None,
    goods: Sequence[tuple[int, int]],
    at: datetime,
    timezone: ZoneInfo,
) -> list[Priced]:
    """Each of ``goods`` (product ids with units) at today's price for the member.

    Raises:
        ProductAbsent, ProductWithdrawn: what is not handed out there.
    """
    found = listed_products(session, shop, [product_id for product_id, _quantity in goods])
    products = []
    for product_id, _quantity in goods:
        if product_id not in found:
            raise ProductAbsent(field="product_id")
        if found[product_id].withdrawn_at is not None:
            raise ProductWithdrawn(product=found[product_id].name)
        products.append(found[product_id])
    prices = prices_for(session, products, member, local_day(at, timezone))
    return [
        Priced(
            product=found[product_id],
            quantity=quantity,
            price_points=prices[product_id].member_price,
            subsidy_points=prices[product_id].subsidy,
            funder_organisation_id=prices[product_id].funder_organisation_id,
        )
        for product_id, quantity in goods
    ]


def subsidies(lines: Sequence[Priced]) -> list[tuple[int, Decimal]]:
    """What each funder owes for these lines, by organisation id."""
    owed: dict[int, Decimal] = {}
    for line in lines:
        if line.funder_organisation_id is not None and line.subsidy_points:
            before = owed.get(line.funder_organisation_id, Decimal(0))
            owed[line.funder_organisation_id] = before + line.subsidy_points * line.quantity
    return sorted(owed.items())
