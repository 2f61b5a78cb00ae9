"""Pages of shops, products and limits by key: open to everybody of the county, and to nobody else."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from store.catalogue.models import Product, PurchaseLimit, Shop
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page


def _visible(actor: Actor) -> ColumnElement[bool]:
    path = Organisation.path
    return or_(scope.within_county(actor, path), scope.within(actor, path))


def shops_page(
    session: Session, actor: Actor, *, words: str = "", cursor: str | None = None, limit: int = PAGE_ROWS
) -> Page[Shop]:
    """One page of the county's shops, closed ones too, oldest first."""
    query = select(Shop).join(Shop.organisation).options(contains_eager(Shop.organisation))
    query = query.where(_visible(actor))
    for word in words.split():
        query = query.where(Shop.name.contains(word, autoescape=True))
    return page(session, query, key=(Shop.id,), cursor=cursor, limit=limit)


def products_page(
    session: Session,
    actor: Actor,
    *,
    words: str = "",
    below: str = "",
    status: str = "",
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
    **equals: Any,
) -> Page[Product]:
    """One page of the county's products in pinyin order.

    Args:
        status: ``offered``, ``withdrawn`` or both.
        equals: columns that must have exactly this value; empty values leave the question open.
    """
    query: Select[Product] = (
        select(Product).join(Product.organisation).options(contains_eager(Product.organisation))
    )
    query = query.where(_visible(actor))
    for word in words.lower().split():
        pinyin = func.replace(Product.sort_name, " ", "")
        query = query.where(
            or_(
                func.lower(Product.name).contains(word, autoescape=True),
                pinyin.contains(word, autoescape=True),
            )
        )
    if below:
        query = query.where(Organisation.path.startswith(below, autoescape=True))
    if status:
        withdrawn = Product.withdrawn_at
        query = query.where(withdrawn.is_(None) if status == "offered" else withdrawn.is_not(None))
    for name, value in equals.items():
        if value:
            query = query.where(getattr(Product, name) == value)
    return page(session, query, key=(Product.sort_name, Product.id), cursor=cursor, limit=limit)


def limits_page(
    session: Session,
    actor: Actor,
    *,
    product_id: int | None = None,
    status: str = "",
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[PurchaseLimit]:
    """One page of the county's limits, newest first; ``status``: ``holding``, ``ended`` or both."""
    query = (
        select(PurchaseLimit)
        .join(PurchaseLimit.organisation)
        .options(contains_eager(PurchaseLimit.organisation))
        .where(_visible(actor))
    )
    if product_id is not None:
        query = query.where(PurchaseLimit.product_id == product_id)
    if status:
        ended = PurchaseLimit.ended_at
        query = query.where(ended.is_(None) if status == "holding" else ended.is_not(None))
    return page(session, query, key=(PurchaseLimit.id,), cursor=cursor, limit=limit, descending=True)
