"""A merchant's counter: which products it hands out, and who may sell there."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.errors import MerchantsOwnStaff
from store.catalogue.models import Product, Shop, ShopProduct
from store.permissions import COUNTER_SELL
from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.orgs.rules import ancestor_ids


def is_own_staff(actor: Actor, shop: Shop) -> bool:
    """Whether the actor may sell there as far as the merchant is concerned: an office held above it does not reach in."""
    if not shop.is_merchants:
        return True
    return any(path.startswith(shop.organisation.path) for path in actor.paths(COUNTER_SELL))


def ensure_own_staff(actor: Actor, shop: Shop) -> None:
    """Raises ``MerchantsOwnStaff``."""
    if not is_own_staff(actor, shop):
        raise MerchantsOwnStaff(shop=shop.name)


def offered(session: Session, shop: Shop) -> Sequence[Product]:
    """What stands on the merchant's own list, in pinyin order, withdrawn or not."""
    return session.scalars(
        select(Product)
        .join(ShopProduct, ShopProduct.product_id == Product.id)
        .where(ShopProduct.shop_id == shop.id)
        .order_by(Product.sort_name, Product.id)
    ).all()


def merchants_with(session: Session, product: Product) -> frozenset[int]:
    """Ids of the merchants' counters that have the product on their list."""
    rows = session.scalars(select(ShopProduct.shop_id).where(ShopProduct.product_id == product.id))
    return frozenset(rows)


def possible(session: Session, shop: Shop) -> Sequence[Product]:
    """What may be put on the list: products of its organisation and of those above it that are handed out."""
    return session.scalars(
        select(Product)
        .where(
            Product.organisation_id.in_(ancestor_ids(shop.organisation.path)), Product.withdrawn_at.is_(None)
        )
        .order_by(Product.category, Product.sort_name, Product.id)
    ).all()


def choose(
    session: Session, *, shop: Shop, product_ids: Collection[int], by: Actor, at: datetime
) -> list[str]:
    """Make the merchant's list exactly these, of those that are possible; the names on it afterwards."""
    queue_for(session, f"shop-products:{shop.id}")
    wanted = {one.id: one.name for one in possible(session, shop) if one.id in product_ids}
    standing = session.scalars(select(ShopProduct).where(ShopProduct.shop_id == shop.id)).all()
    for row in standing:
        if row.product_id not in wanted:
            session.delete(row)
    there = {row.product_id for row in standing}
    session.add_all(
        ShopProduct(shop_id=shop.id, product_id=product_id, entered_by=by.label, entered_at=at)
        for product_id in wanted
        if product_id not in there
    )
    session.flush()
    return list(wanted.values())
