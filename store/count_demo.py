"""The demo town counts: three days before the visit a piece is missing on a shelf, and nobody has said why yet."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.stock import service as stock
from timebank.books.queries import shelf_availables
from timebank.demo.town import Town

DAYS_BEFORE = 3


def count_a_shelf(session: Session, town: Town) -> None:
    """On one day: the fullest shelf of the first shop that has one, one piece short."""
    if town.today != town.last_day - timedelta(days=DAYS_BEFORE):
        return
    for shop in session.scalars(select(Shop).where(Shop.closed_at.is_(None)).order_by(Shop.id)).all():
        attendants = town.attendants.get(shop.organisation_id)
        units = shelf_availables(session, shop.id)
        goods = session.scalars(select(Product).where(Product.id.in_(units), Product.kind == "goods")).all()
        product = max(goods, key=lambda one: (units[one.id], -one.id), default=None)
        if not attendants or product is None or units[product.id] < 5:
            continue
        stock.book_difference(
            session,
            shop=shop,
            product=product,
            difference=-1,
            note="盘点",
            key=f"demo-count-{town.today}-{shop.id:04d}",
            by=attendants[0],
            at=town.moment(18),
        )
        return
