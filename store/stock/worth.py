"""What the goods on the shelves are worth in points: the other side of a county's promise."""

from collections import defaultdict
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from timebank.activities.budget import Stock
from timebank.books.queries import shelf_quantities
from timebank.orgs.models import Organisation


def stock_value(session: Session, path: str) -> Stock:
    """Open shops below the organisation at ``path``, and their goods at the list price of today.

    Services have no stock and count nothing; what is reserved is still there and counts.
    """
    shop_ids = session.scalars(
        select(Shop.id)
        .join(Shop.organisation)
        .where(Organisation.path.startswith(path, autoescape=True), Shop.closed_at.is_(None))
    ).all()
    units: dict[int, int] = defaultdict(int)
    for shop_id in shop_ids:
        for product_id, count in shelf_quantities(session, shop_id).items():
            units[product_id] += count
    prices = session.execute(select(Product.id, Product.price_points).where(Product.id.in_(units)))
    worth = sum((units[row[0]] * row[1] for row in prices), Decimal(0))
    return Stock(shops=len(shop_ids), points=worth)
