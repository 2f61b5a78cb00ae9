"""Pages of orders by key, within the actor's scope."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from store.catalogue.models import Shop
from store.orders.models import Order, Return
from store.permissions import ORDERS_READ
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page


def _whole() -> Select[Order]:
    return select(Order).options(
        selectinload(Order.lines), selectinload(Order.returns).selectinload(Return.lines)
    )


def orders_page(
    session: Session,
    actor: Actor,
    *,
    shop_id: int | None = None,
    member_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Order]:
    """One page of the orders that the actor may read, newest first, completed from ``since`` to before ``until``."""
    query = _whole().join(Order.shop).join(Shop.organisation)
    query = query.where(scope.within(actor, Organisation.path, ORDERS_READ))
    if shop_id is not None:
        query = query.where(Order.shop_id == shop_id)
    if member_id is not None:
        query = query.where(Order.member_id == member_id)
    if since is not None:
        query = query.where(Order.completed_at >= since)
    if until is not None:
        query = query.where(Order.completed_at < until)
    return page(session, query, key=(Order.id,), cursor=cursor, limit=limit, descending=True)


def orders_of_member(session: Session, member_id: int) -> list[Order]:
    """Every order of a member, newest first, for the member's own export."""
    return list(session.scalars(_whole().where(Order.member_id == member_id).order_by(Order.id.desc())))
