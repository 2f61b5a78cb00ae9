"""The demo town's agreements: groups with lower prices that a bureau pays for, limits, a merchant, and months that are settled."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.appointments import service as appointments
from store.appointments.models import Appointment
from store.catalogue import limits, offers, prices
from store.catalogue import service as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.service import Particulars
from store.orders import service as orders
from store.orders.models import Order
from store.orders.service import Wish
from store.settlement import service as settlement
from store.settlement.errors import NothingToSettle
from store.settlement.models import Settlement, SettlementContract
from store.stock import receipts, vouchers
from store.stock.receipts import Incoming, Paper
from timebank.access import queries as access_read
from timebank.access import service as access
from timebank.access.actors import Actor, Grant, Role, system_actor
from timebank.books.queries import points_available
from timebank.demo.town import Resident, Town
from timebank.demo.trail import audited
from timebank.members import groups
from timebank.members.models import Member
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation

MEAL, VOUCHER, HAIRCUT = "老年助餐一份", "电影票兑换券", "理发一次"
MILK, BISCUITS = "纯牛奶250ml", "苏打饼干"
LISTED = (
    Particulars(MEAL, "餐食", Decimal(8), unit="份", low_stock_units=20),
    Particulars(VOUCHER, "券", Decimal(35), unit="张", kind="voucher", low_stock_units=3),
    Particulars(MILK, "食品", Decimal(4), unit="盒", low_stock_units=6),
    Particulars(BISCUITS, "食品", Decimal(6), unit="包", low_stock_units=3),
)
RATE_FEN = Decimal(50)
CONCESSION_DAYS, MERCHANT_DAYS, SETTLING_DAY = (6, 13, 24), (9, 18, 26), 3
CARD_LIMIT = Decimal(100)


@dataclass(frozen=True)
class Agreements:
    """Ids of what was agreed on the first day, and who speaks for the other sides."""

    meal_id: int
    haircut_id: int
    low_income: tuple[int, ...]
    merchant_shop_id: int
    contracts: tuple[int, int]
    barber: Actor
    official: Actor


def agree(session: Session, town: Town) -> None:
    """First day: groups, a meal that costs some of them less, limits, a merchant, dated goods and vouchers."""
    if not town.is_first_day:
        return
    centre, boss = town.centre, town.administrator
    assert centre is not None, "the town is founded before anything is agreed"
    assert boss is not None, "somebody signs"
    county, at = session.get_one(Organisation, centre.id), town.moment(10)
    bureau = orgs.create(session, name="县民政局", kind="other", parent=county, at=at)
    low_income = _groups(session, town, county, boss)
    listed = [
        catalogue.create_product(session, organisation=county, particulars=particulars, at=at)
        for particulars in LISTED
    ]
    meal = listed[0]
    _concessions(session, town, bureau, meal, low_income[1])
    _limits(session, town, county, meal)
    station = session.get_one(Organisation, town.stations[0].id)
    merchant = settlement.open_merchant(
        session,
        house=station,
        name="老张理发店",
        address="东风路 12 号",
        opening_hours="每天 9:00–19:00",
        contact="张师傅",
        keeps_stock=False,
        at=at,
    )
    haircut_id = session.scalars(select(Product.id).where(Product.name == HAIRCUT)).one()
    offers.choose(session, shop=merchant.shop, product_ids=[haircut_id], by=boss, at=at)
    contracts = tuple(
        settlement.sign_contract(
            session,
            kind=kind,
            party=party,
            house=house,
            number=number,
            rate_fen=RATE_FEN,
            first_day=town.first_day,
            last_day=town.last_day + timedelta(days=365),
            by=boss,
            at=at,
        ).id
        for kind, party, house, number in (
            ("merchant", merchant.organisation, station, f"商-{town.today.year}-01"),
            ("funder", bureau, county, f"民-{town.today.year}-01"),
        )
    )
    town.kept["agreements"] = Agreements(
        meal_id=meal.id,
        haircut_id=haircut_id,
        low_income=low_income[0],
        merchant_shop_id=merchant.shop_id,
        contracts=(contracts[0], contracts[1]),
        barber=_staff(session, "张师傅", Role.ATTENDANT, merchant.organisation, at),
        official=_staff(session, "民政局李科长", Role.ADMINISTRATOR, bureau, at),
    )
    _dated_goods_and_vouchers(session, town)


def _groups(
    session: Session, town: Town, county: Organisation, boss: Actor
) -> tuple[tuple[int, ...], tuple[int, int]]:
    """Members on the register of low incomes, and the ids of that group and of the one by age."""
    at = town.moment(10)
    low = groups.name_group(
        session, organisation=county, name="低收入家庭", description="凭民政部门证明", from_age=None, at=at
    )
    old = groups.name_group(
        session, organisation=county, name="七十岁以上老人", description="", from_age=70, at=at
    )
    chosen = town.residents[1::7][:6]
    for one in chosen:
        groups.enter(
            session,
            group=low,
            member=session.get_one(Member, one.member_id),
            since=town.today,
            evidence="低保证已核验",
            by=boss,
            at=at,
        )
    return tuple(one.member_id for one in chosen), (low.id, old.id)


def _concessions(
    session: Session, town: Town, bureau: Organisation, meal: Product, group_ids: tuple[int, int]
) -> None:
    """A meal costs 8; 2 for people with a low income and 5 for old people, and the bureau owes the rest."""
    assert town.administrator is not None, "somebody signs"
    for group_id, price in zip(group_ids, (Decimal(2), Decimal(5)), strict=True):
        prices.grant_concession(
            session,
            product=meal,
            group=groups.groups_named(session, [group_id])[0],
            price_points=price,
            funder=bureau,
            valid_from=town.today,
            valid_until=None,
            today=town.today,
            by=town.administrator,
            at=town.moment(10),
        )


def _limits(session: Session, town: Town, county: Organisation, meal: Product) -> None:
    assert town.administrator is not None, "somebody signs"
    rice = session.scalars(select(Product).where(Product.name == "大米5kg")).one()
    for product, category, counted_for, period, units in (
        (rice, "", "household", "month", 2),
        (meal, "", "person", "day", 1),
        (None, "厨卫", "person", "month", 6),
    ):
        limits.set_limit(
            session,
            organisation=county,
            product=product,
            category=category,
            counted_for=counted_for,
            period=period,
            units=units,
            by=town.administrator,
            at=town.moment(10),
        )


def _staff(session: Session, name: str, role: Role, place: Organisation, at: datetime) -> Actor:
    """Somebody with one office and no log-in name: she is seen in the papers."""
    user = access.create_user(session, name=name, member_id=None, login_names=(), at=at)
    access.grant_role(session, user=user, role=role, organisation_id=place.id, by=system_actor(), at=at)
    session.flush()
    found = access_read.actor_of_user(session, user.id)
    assert found is not None, "it was made just now"
    return replace(found, grants=(Grant(role, place.id, place.path),))


def _dated_goods_and_vouchers(session: Session, town: Town) -> None:
    """Meals, and batches with a last day: one near the visit, one far from it, one that will have expired by then."""
    named = {one.name: one for one in session.scalars(select(Product))}
    for shop, by in town_shops(session, town):
        lines = [
            Incoming(named[MEAL].id, 600),
            Incoming(named[MILK].id, 24, "N-01", town.last_day + timedelta(days=9), Decimal("2.40")),
            Incoming(named[MILK].id, 12, "N-02", town.last_day + timedelta(days=120), Decimal("2.60")),
            Incoming(named[BISCUITS].id, 6, "B-07", town.last_day - timedelta(days=3), Decimal("3.50")),
        ]
        for serial, line in enumerate(lines):
            receipts.receive(
                session,
                shop=shop,
                paper=Paper("receipt" if serial == 0 else "donation", source="惠民超市", restriction=""),
                lines=[line],
                key=f"demo:dated:{shop.id}:{serial}",
                timezone=town.timezone,
                by=by,
                at=town.moment(11),
            )
        vouchers.receive(
            session,
            shop=shop,
            product=named[VOUCHER],
            codes=[f"DY{shop.id:02d}-{serial:04d}-{town.seed:04d}" for serial in range(1, 9)],
            paper=Paper("donation", source="县电影院"),
            key=f"demo:vouchers:{shop.id}",
            timezone=town.timezone,
            by=by,
            at=town.moment(11),
        )


def town_shops(session: Session, town: Town) -> list[tuple[Shop, Actor]]:
    """The stations' shops with their first attendant."""
    shops = session.scalars(select(Shop).where(Shop.closed_at.is_(None)).order_by(Shop.id)).all()
    return [
        (shop, town.attendants[shop.organisation_id][0])
        for shop in shops
        if shop.organisation_id in town.attendants
    ]


def trade(session: Session, town: Town) -> None:
    """Meals at the lower price, haircuts at the merchant's, and on one day of the month its settlement."""
    if town.is_first_day:
        return
    agreed: Agreements = town.kept["agreements"]
    if town.today.day in CONCESSION_DAYS:
        _meals(session, town, agreed)
    if town.today.day in MERCHANT_DAYS:
        _haircut(session, town, agreed)
    if town.today.day == SETTLING_DAY:
        for contract_id in agreed.contracts:
            _settle(session, town, agreed, session.get_one(SettlementContract, contract_id))


def _meals(session: Session, town: Town, agreed: Agreements) -> None:
    shop, by = town_shops(session, town)[0]
    for member_id in agreed.low_income[:3]:
        member = session.get_one(Member, member_id)
        if member_id != by.member_id and points_available(session, member_id, at=town.moment(12)) >= 2:
            _sold(session, town, shop, member, product_id=agreed.meal_id, by=by)


def _haircut(session: Session, town: Town, agreed: Agreements) -> None:
    """Somebody with enough points goes to the barber, who confirms the same evening; the newest is still to come."""
    shop = session.get_one(Shop, agreed.merchant_shop_id)
    price = session.get_one(Product, agreed.haircut_id).price_points
    rich = next((one for one in _in_turn(town) if _can_spend(session, town, one, price)), None)
    if rich is None:
        return
    member = session.get_one(Member, rich.member_id)
    order = _sold(session, town, shop, member, product_id=agreed.haircut_id, by=agreed.barber)
    audited(
        session,
        agreed.barber,
        "order.completed",
        f"order:{order.id}",
        organisation_id=shop.organisation_id,
        at=town.moment(12),
    )
    asked = session.scalars(
        select(Appointment).where(Appointment.order_line_id.in_([line.id for line in order.lines]))
    ).one()
    appointments.plan(
        session,
        appointment=asked,
        planned_for=town.moment(15) + timedelta(days=2),
        provider="张师傅",
        told_by=agreed.barber.label,
        at=town.moment(13),
    )
    if town.today <= town.last_day - timedelta(days=4):
        appointments.confirm(
            session,
            appointment=asked,
            note="",
            told_by=agreed.barber.label,
            at=town.moment(16) + timedelta(days=2),
        )


def _in_turn(town: Town) -> list[Resident]:
    near = [one for one in town.residents if one.place.path.startswith(town.stations[0].path)]
    town.chance("barber").shuffle(near)
    return near


def _can_spend(session: Session, town: Town, one: Resident, price: Decimal) -> bool:
    return points_available(session, one.member_id, at=town.moment(12)) >= price


def _sold(session: Session, town: Town, shop: Shop, member: Member, *, product_id: int, by: Actor) -> Order:
    return orders.complete(
        session,
        shop=shop,
        member=member,
        identified_by="code",
        wishes=[Wish(product_id, 1)],
        basket_key=f"demo-{town.today}-{product_id:04d}-{member.id:06d}",
        agreed_points=None,
        card_limit_points=CARD_LIMIT,
        by=by,
        at=town.moment(12),
        timezone=town.timezone,
    ).order


def _settle(session: Session, town: Town, agreed: Agreements, contract: SettlementContract) -> None:
    """The month before, if anything was booked in it. The newest waits for the other side; the others are paid."""
    boss = town.administrator
    last = town.today.replace(day=1) - timedelta(days=1)
    first = max(date(last.year, last.month, 1), contract.first_day)
    assert boss is not None, "the town has an administrator"
    if last < contract.first_day:
        return
    try:
        drawn = settlement.draw(
            session,
            contract=contract,
            first_day=first,
            last_day=last,
            timezone=town.timezone,
            by=boss,
            at=town.moment(9),
        )
    except NothingToSettle:
        return
    settlement.confirm(session, settlement=drawn, side="house", by=boss, at=town.moment(9, 20))
    if town.today + timedelta(days=31) > town.last_day:
        return
    _paid(session, town, agreed, drawn, boss)


def _paid(session: Session, town: Town, agreed: Agreements, drawn: Settlement, boss: Actor) -> None:
    other = agreed.barber if drawn.kind == "merchant" else agreed.official
    settlement.confirm(session, settlement=drawn, side="party", by=other, at=town.moment(14))
    settlement.pay(
        session,
        settlement=drawn,
        reference=f"转账 {town.today:%Y%m%d}-{drawn.id}",
        paid_on=town.today,
        today=town.today,
        by=boss,
        at=town.moment(16),
    )


STEPS = (agree, trade)
