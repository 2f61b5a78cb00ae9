"""The shop's steps of the demo town: shelves on the first day, deliveries every month, redemptions all year."""

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import service as catalogue
from store.catalogue.limits import limits_left
from store.catalogue.models import Product, Shop
from store.catalogue.prices import prices_for
from store.catalogue.rules import check_digit
from store.catalogue.service import Particulars
from store.orders import queries as orders_read
from store.orders import returns
from store.orders import service as orders
from store.orders.service import Wish
from store.stock import service as stock
from store.stock import write_offs
from store.stock.queries import sellable
from timebank.access.actors import Actor
from timebank.books.queries import points_balances, shelf_quantities
from timebank.demo.town import Resident, Town
from timebank.demo.trail import audited
from timebank.members.models import Member
from timebank.orgs.models import Organisation

# About thirty goods in the groups that county lists use: name, category, unit, points, low mark.
GOODS: tuple[tuple[str, str, str, int, int], ...] = (
    ("洗衣液2kg", "日化", "瓶", 60, 4),
    ("香皂", "日化", "块", 10, 10),
    ("牙膏", "日化", "支", 15, 8),
    ("洗发水400ml", "日化", "瓶", 40, 5),
    ("洗洁精1kg", "日化", "瓶", 20, 8),
    ("卷纸10卷", "日化", "提", 30, 6),
    ("抽纸6包", "日化", "提", 25, 6),
    ("毛巾", "日化", "条", 20, 8),
    ("洗手液", "日化", "瓶", 15, 8),
    ("肥皂2块", "日化", "份", 8, 10),
    ("不锈钢盆", "厨卫", "个", 35, 4),
    ("菜刀", "厨卫", "把", 50, 3),
    ("炒锅", "厨卫", "口", 120, 2),
    ("保鲜盒3件", "厨卫", "套", 30, 4),
    ("水杯", "厨卫", "个", 25, 5),
    ("抹布5条", "厨卫", "份", 10, 8),
    ("拖把", "厨卫", "把", 40, 4),
    ("垃圾袋100只", "厨卫", "份", 12, 8),
    ("保温壶", "厨卫", "个", 80, 3),
    ("碗4只", "厨卫", "套", 30, 5),
    ("笔记本", "文化用品", "本", 6, 12),
    ("中性笔12支", "文化用品", "盒", 15, 8),
    ("彩铅24色", "文化用品", "盒", 35, 4),
    ("书包", "文化用品", "个", 90, 3),
    ("字典", "文化用品", "本", 60, 3),
    ("象棋", "文化用品", "副", 30, 3),
    ("跳绳", "文化用品", "根", 15, 5),
    ("大米5kg", "粮油", "袋", 45, 6),
    ("食用油1.8L", "粮油", "桶", 60, 5),
    ("理发一次", "服务", "次", 30, 3),
    ("家电清洗一次", "服务", "次", 100, 2),
)
DONORS = ("惠民超市", "青禾县慈善会", "王师傅", "县供销社", "热心居民")
SPOILED = ("包装破损", "受潮", "搬运时损坏")
OPENING_DAYS = (1, 3, 5)  # Tuesday, Thursday, Saturday.
PROOFS = ("code", "code", "code", "card", "number_pin")
CARD_LIMIT = Decimal(100)
CUSTOMERS_PER_MEMBER = 0.04
COMES_BACK = 0.03
CHEAPEST_POINTS = min(points for _name, _category, _unit, points, _low in GOODS)


def stock_the_shelves(session: Session, town: Town) -> None:
    """First day: a shop at every station with attendants, the county's list, and full shelves."""
    if not town.is_first_day:
        return
    centre = town.centre
    assert centre is not None, "the town is founded before its shops"
    at, chance = town.moment(9), town.chance("shelves")
    county = session.get_one(Organisation, centre.id)
    products = [
        catalogue.create_product(
            session,
            organisation=county,
            particulars=Particulars(
                name=name,
                category=category,
                price_points=Decimal(points),
                unit=unit,
                kind="service" if category == "服务" else "goods",
                barcode=None if category == "服务" else barcode(serial),
                low_stock_units=low,
            ),
            at=at,
        )
        for serial, (name, category, unit, points, low) in enumerate(GOODS)
    ]
    for station in town.stations:
        attendants = town.attendants.get(station.id)
        if not attendants:
            continue
        shop = catalogue.create_shop(
            session,
            organisation=session.get_one(Organisation, station.id),
            name=f"{station.name}爱心超市",
            address=f"{station.name}一楼",
            opening_hours="周二、周四、周六 9:00–17:00",
            open_days="246",
            at=at,
        )
        goods = [(product.id, chance.randint(8, 40)) for product in products]
        stock.receive_many(
            session,
            shop=shop,
            goods=goods,
            kind="receipt",
            key=f"demo:opening:{shop.id}",
            note="县供销社 首批配货",
            by=attendants[0],
            at=at,
        )


def barcode(serial: int) -> str:
    """A number that a manufacturer never has."""
    # 200–299 is for use inside a shop and is given to no manufacturer (GS1).
    body = f"20000000{serial:04d}"
    return body + check_digit(body)


def deliver(session: Session, town: Town) -> None:
    """The first of every month: what runs low comes in again, a donation, and something spoiled is written off."""
    if town.is_first_day or town.today.day != 1:
        return
    chance = town.chance("deliveries")
    for shop, attendants in _shops(session, town):
        units = shelf_quantities(session, shop.id)
        low = [
            product for product in _given(session) if units.get(product.id, 0) <= product.low_stock_units + 3
        ]
        at, by = town.moment(8, 40), chance.choice(attendants)
        key = f"demo:{town.today}:{shop.id}"
        if low:
            goods = [(product.id, chance.randint(10, 30)) for product in low]
            stock.receive_many(
                session,
                shop=shop,
                goods=goods,
                kind="receipt",
                key=f"{key}:in",
                note="县供销社",
                by=by,
                at=at,
            )
        # Only a thing can be spoiled: a haircut is never written off.
        gift = chance.choice([product for product in _given(session) if product.kind == "goods"])
        stock.receive(
            session,
            shop=shop,
            product=gift,
            quantity=chance.randint(3, 12),
            kind="donation",
            key=f"{key}:gift",
            note=chance.choice(DONORS),
            by=by,
            at=at,
        )
        write_offs.ask(
            session,
            shop=shop,
            product=gift,
            quantity=1,
            reason=chance.choice(SPOILED),
            key=f"{key}:off",
            alone_points=Decimal(200),
            today=town.today,
            by=by,
            at=town.moment(16, 50),
        )
        audited(session, by, "stock.received", f"shop:{shop.id}", organisation_id=shop.organisation_id, at=at)


def redeem(session: Session, town: Town) -> None:
    """On opening days a few residents take something home; now and then something comes back."""
    if town.today.weekday() not in OPENING_DAYS or town.is_first_day:
        return
    chance = town.chance("counter")
    for shop, attendants in _shops(session, town):
        near = [one for one in town.residents if one.place.path.startswith(shop.organisation.path)]
        wanted = min(len(near), 1 + int(len(near) * CUSTOMERS_PER_MEMBER))
        customers = chance.sample(near, wanted)
        balances = points_balances(session, [one.member_id for one in customers])
        for turn, customer in enumerate(customers):
            if balances[customer.member_id] < CHEAPEST_POINTS:
                continue
            by = next(one for one in attendants if one.member_id != customer.member_id)
            _serve(session, town, _Visit(shop, customer, balances[customer.member_id], by, turn))


@dataclass(frozen=True)
class _Visit:
    """Somebody at the counter."""

    shop: Shop
    customer: Resident
    balance: Decimal
    by: Actor
    turn: int


def _serve(session: Session, town: Town, visit: _Visit) -> None:
    chance = town.chance(f"customer {visit.shop.id} {visit.turn}")
    basket = _filled_basket(session, town, visit, chance)
    if not basket:
        return
    member = session.get_one(Member, visit.customer.member_id)
    cost = sum(
        (one.member_price for one in prices_for(session, basket, member, town.today).values()), Decimal(0)
    )
    proof, at = chance.choice(PROOFS), town.moment(9 + visit.turn * 37 // 60 % 8, visit.turn * 37 % 60)
    done = orders.complete(
        session,
        shop=visit.shop,
        member=member,
        identified_by="card_pin" if proof == "card" and cost > CARD_LIMIT else proof,
        wishes=[Wish(product.id, 1) for product in basket],
        basket_key=f"demo-{town.today}-{visit.shop.id:04d}-{visit.turn:04d}",
        agreed_points=cost,
        card_limit_points=CARD_LIMIT,
        by=visit.by,
        at=at,
        timezone=town.timezone,
    )
    place = visit.shop.organisation_id
    audited(session, visit.by, "order.completed", f"order:{done.order.id}", organisation_id=place, at=at)
    if chance.random() < COMES_BACK:
        _bring_back(session, town, done.order.id, visit.by)


def _filled_basket(session: Session, town: Town, visit: _Visit, chance: Random) -> list[Product]:
    """Up to three different things that are there, within their limits, and that the points suffice for."""
    at, left = town.moment(17), visit.balance
    units = sellable(session, visit.shop.id, at)
    there = [product for product in _products(session) if units.get(product.id, 0) > 0]
    limited = limits_left(session, visit.customer.member_id, there, at, timezone=town.timezone)
    there = [
        product
        for product in there
        if product.id not in limited
        or limited[product.id].units >= (3 if limited[product.id].category else 1)
    ]
    basket: list[Product] = []
    for product in chance.sample(there, len(there)):
        if len(basket) < 3 and product.price_points <= left and chance.random() < 0.5:
            basket.append(product)
            left -= product.price_points
    return basket


def _bring_back(session: Session, town: Town, order_id: int, by: Actor) -> None:
    order = orders_read.order(session, by, order_id)
    at = town.moment(17)
    returns.take_back(
        session,
        order=order,
        return_key=f"demo-return-{town.today}-{order_id}",
        quantities={order.lines[0].id: 1},
        reason="拿错了",
        by=by,
        at=at,
    )
    place = order.shop.organisation_id
    audited(session, by, "order.returned", f"order:{order.id}", organisation_id=place, at=at)


def _shops(session: Session, town: Town) -> list[tuple[Shop, list[Actor]]]:
    shops = session.scalars(select(Shop).order_by(Shop.id)).all()
    return [
        (shop, town.attendants[shop.organisation_id])
        for shop in shops
        if shop.organisation_id in town.attendants
    ]


def _given(session: Session) -> list[Product]:
    """What can simply be brought: vouchers come in with their codes, and food with its last day."""
    return [one for one in _products(session) if one.kind != "voucher" and one.category != "食品"]


def _products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.id)))


STEPS = (stock_the_shelves, deliver, redeem)
