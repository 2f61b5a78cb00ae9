"""The demo town's vouchers: the volunteer whose pages are shown redeemed two cinema tickets and used one of them."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.orders import service as orders
from store.orders.models import Order
from store.orders.service import Wish
from store.stock import voucher_use
from store.trade_demo import CARD_LIMIT, VOUCHER, town_shops
from timebank.access.actors import Actor
from timebank.books.queries import points_available
from timebank.demo.town import Resident, Town
from timebank.members.models import Member

REDEEMED_BEFORE_VISIT = (11, 4)
USED_BEFORE_VISIT = 8


def redeem_vouchers(session: Session, town: Town) -> None:
    """Eleven and four days before the visit a ticket is redeemed; eight days before it the first one is used."""
    before = (town.last_day - town.today).days
    if town.is_first_day or before not in (*REDEEMED_BEFORE_VISIT, USED_BEFORE_VISIT):
        return
    shop, by = town_shops(session, town)[0]
    visited = _visited(town)
    if before == USED_BEFORE_VISIT:
        _use(session, town, visited, by)
    elif by.member_id != visited.member_id:
        _redeem(session, town, shop, visited, by)


def _visited(town: Town) -> Resident:
    """Whose pages the visitor opens: the volunteer of the log-ins."""
    (phone,) = [one["login_name"] for one in town.kept["logins"] if one["role"] == "volunteer"]
    return next(one for one in town.residents if one.phone == phone)


def _redeem(session: Session, town: Town, shop: Shop, visited: Resident, by: Actor) -> Order | None:
    product = session.scalars(select(Product).where(Product.name == VOUCHER)).one()
    if points_available(session, visited.member_id, at=town.moment(14)) < product.price_points:
        return None
    return orders.complete(
        session,
        shop=shop,
        member=session.get_one(Member, visited.member_id),
        identified_by="code",
        wishes=[Wish(product.id, 1)],
        basket_key=f"demo-voucher-{town.today}-{shop.id:04d}",
        agreed_points=None,
        card_limit_points=CARD_LIMIT,
        by=by,
        at=town.moment(14),
        timezone=town.timezone,
    ).order


def _use(session: Session, town: Town, visited: Resident, by: Actor) -> None:
    for voucher in voucher_use.of_member(session, visited.member_id, limit=1):
        voucher_use.use(session, voucher=voucher, by=by, at=town.moment(19), timezone=town.timezone)


STEPS = (redeem_vouchers,)
