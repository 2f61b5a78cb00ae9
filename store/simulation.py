"""The shop's side of the simulated town: the same services that the counter's pages call."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from store.catalogue import service as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.service import Particulars
from store.counter import limits, reports, shifts
from store.counter import service as counter
from store.counter.models import CounterShift
from store.counter.service import Hand
from store.demo import GOODS, barcode
from store.disputes import service as disputes
from store.orders import returns
from store.orders.models import Order
from store.stock import service as stock
from store.stock import write_offs
from timebank.access.keys import digest
from timebank.books.queries import points_balances, shelf_quantities
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy.queries import policy_for
from timebank.simulation.ground import Person, Stand
from timebank.simulation.market import Counted, Sold, Visit, Ware
from timebank.simulation.world import World

FIRST_UNITS, FILLED_UP_TO, LOW_UNITS = (40, 90), 80, 25
PIN_OR_PAPER: list[list[int]] = []


class SimulatedMarket:
    """Shops, shelves, sales, shifts."""

    def open_shops(self, world: World) -> None:
        """A shop at every station that has attendants, the county's list, and full shelves."""
        assert world.centre is not None
        at, chance = world.moment(6, 30), world.fate("shelves")
        with world.transaction() as session:
            county = session.get_one(Organisation, world.centre.id)
            products = [
                catalogue.create_product(
                    session,
                    organisation=county,
                    particulars=Particulars(
                        name=name,
                        category=category,
                        price_points=Decimal(points),
                        unit=unit,
                        kind="goods",
                        barcode=barcode(serial),
                        low_stock_units=low,
                    ),
                    at=at,
                )
                for serial, (name, category, unit, points, low) in enumerate(GOODS)
                if category != "服务"
            ]
            for station_id, attendants in world.kept["attendants"].items():
                home = next(one for one in world.stations if one.id == station_id)
                shop = catalogue.create_shop(
                    session,
                    organisation=session.get_one(Organisation, station_id),
                    name=f"{home.name}爱心超市",
                    address=f"{home.name}一楼",
                    opening_hours="周二、周四、周六 9:00–17:00",
                    at=at,
                )
                stock.receive_many(
                    session,
                    shop=shop,
                    goods=[(product.id, chance.randint(*FIRST_UNITS)) for product in products],
                    kind="receipt",
                    key=f"simulated:opening:{shop.id}",
                    note="首批配货",
                    by=attendants[0].staff,
                    at=at,
                )
                world.shops.append(Stand(shop.id, shop.name, home))
                world.attendants[shop.id] = attendants

    def wares(self, world: World, shop: Stand) -> list[Ware]:
        """What stands on the shelves, by product id."""
        with world.transaction() as session:
            units = shelf_quantities(session, shop.id)
            products = session.scalars(
                select(Product).where(Product.withdrawn_at.is_(None)).order_by(Product.id)
            )
            return [Ware(one.id, one.name, one.price_points, units.get(one.id, 0)) for one in products]

    def balances(self, world: World, member_ids: Sequence[int]) -> dict[int, Decimal]:
        """Points that can be spent."""
        with world.transaction() as session:
            return dict(points_balances(session, list(member_ids)))

    def redeem(self, world: World, visit: Visit) -> Sold:
        """Basket, member, agreement, hand-over."""
        with world.transaction() as session:
            shift_id = world.open_counter(visit.shop, visit.at, by=visit.by)
            shop = session.get_one(Shop, visit.shop.id)
            self._be_there(world, shift_id, visit)
            basket = counter.basket_with_key(
                session,
                shop=shop,
                key=visit.key,
                device_digest=digest(f"counter {visit.shop.id}"),
                shift_id=shift_id,
                by=visit.by.staff,
                at=visit.at,
            )
            products = {product_id: session.get_one(Product, product_id) for product_id, _ in visit.goods}
            for product_id, units in visit.goods:
                counter.put(session, basket=basket, product=products[product_id], quantity=units)
            member = session.get_one(Member, visit.customer.member_id)
            counter.attach(
                session, basket=basket, shop=shop, member=member, how=visit.identified_by,
                by=visit.by.staff, at=visit.at,
            )  # fmt: skip
            cost = sum((products[one].price_points * units for one, units in visit.goods), Decimal(0))
            if visit.agreed_by == "phone":
                asked = limits.ask(session, basket=basket, total_points=cost, by=visit.by.staff, at=visit.at)
                limits.answer(session, agreement_id=asked.id, member_id=member.id, yes=True, at=visit.at)
            done = counter.hand_over(
                session,
                basket=basket,
                shop=shop,
                agreed_points=cost,
                by=visit.by.staff,
                at=visit.at,
                timezone=world.timezone,
                hand=_hand(visit),
            )
            world.audited(
                session,
                visit.by.staff,
                "order.completed",
                f"order:{done.order.id}",
                visit.shop.home,
                at=visit.at,
            )
            return Sold(done.order.id, cost, visit.by)

    def _be_there(self, world: World, shift_id: int, visit: Visit) -> None:
        """The counter is unlocked by the attendant's PIN after a pause."""
        with world.transaction() as session:
            shift = session.get_one(CounterShift, shift_id)
            shifts.unlock(session, shift=shift, at=visit.at)

    def undo(self, world: World, order_id: int, at: datetime, by: Person) -> None:
        """The whole sale was a mistake."""
        with world.transaction() as session:
            order = session.get_one(Order, order_id)
            stand = next(one for one in world.shops if one.id == order.shop_id)
            shift_id = world.open_counter(stand, at, by=by)
            returns.undo(
                session,
                order=order,
                return_key=f"simulated-undo-{order_id:08d}",
                shift_id=shift_id,
                by=by.staff,
                at=at,
            )
            world.audited(session, by.staff, "order.undone", f"order:{order_id}", stand.home, at=at)

    def return_goods(self, world: World, order_id: int, at: datetime, by: Person, units: int) -> Decimal:
        """Units of the first line come back."""
        with world.transaction() as session:
            order = session.get_one(Order, order_id)
            stand = next(one for one in world.shops if one.id == order.shop_id)
            shift_id = world.open_counter(stand, at, by=by)
            number = world.kept["returns"] = world.kept.get("returns", 0) + 1
            policy = policy_for(session, stand.home.path)
            other = next(one for one in world.attendants[stand.id] if one is not by)
            taken = returns.take_back(
                session,
                order=order,
                return_key=f"simulated-return-{world.seed:06d}-{number:06d}",
                quantities={order.lines[0].id: units},
                reason="拿错了",
                shift_id=shift_id,
                approval_from_points=policy.return_approval_from_points,
                approved_by=other.staff,
                by=by.staff,
                at=at,
            )
            world.audited(session, by.staff, "order.returned", f"order:{order_id}", stand.home, at=at)
            return taken.document.total_points

    def open_counter(self, world: World, shop: Stand, by: Person, at: datetime) -> int:
        """An attendant begins a shift."""
        with world.transaction() as session:
            number = world.kept["shifts"] = world.kept.get("shifts", 0) + 1
            return shifts.open_shift(
                session,
                shop=session.get_one(Shop, shop.id),
                key=f"simulated-shift-{world.seed:06d}-{number:06d}",
                by=by.staff,
                at=at,
            ).id

    def close_counter(
        self, world: World, shift_id: int, at: datetime, missing: int, signed_by: Person | None
    ) -> Counted:
        """Count what moved most, blind, and close with the second person's signature where it differs."""
        with world.transaction() as session:
            shift = session.get_one(CounterShift, shift_id)
            by = next(
                one for one in world.attendants[shift.shop_id] if one.user_id == shift.opened_by_user_id
            )
            units = shelf_quantities(session, shift.shop_id)
            counted: dict[int, int | None] = {}
            left = missing
            for product in reports.products_to_count(session, shift):
                fewer = min(left, units.get(product.id, 0))
                counted[product.id] = units.get(product.id, 0) - fewer
                left -= fewer
            count = shifts.count_blind(
                session, shift=shift, key=f"simulated-count-{world.seed:06d}-{shift_id:06d}",
                counted=counted, by=by.staff, at=at,
            )  # fmt: skip
            shifts.close(
                session,
                shift=shift,
                explanation="清点有出入，已与复核人一同查看。",
                signed_by=signed_by.staff if signed_by else None,
                by=by.staff,
                at=at + timedelta(minutes=5),
            )
            return Counted(abs(missing - left), f"shift_count:{count.id}")

    def deliver(self, world: World, shop: Stand, at: datetime, by: Person) -> None:
        """What runs low is filled up."""
        low = [ware for ware in self.wares(world, shop) if ware.units <= LOW_UNITS]
        if not low:
            return
        with world.transaction() as session:
            stock.receive_many(
                session,
                shop=session.get_one(Shop, shop.id),
                goods=[(ware.product_id, FILLED_UP_TO - ware.units) for ware in low],
                kind="receipt",
                key=f"simulated:{world.today}:{shop.id}",
                note="县供销社",
                by=by.staff,
                at=at,
            )

    def write_off(self, world: World, shop: Stand, at: datetime, by: Person) -> None:
        """A spoiled unit goes."""
        ware = world.chance(f"spoiled {shop.name}").choice(
            [one for one in self.wares(world, shop) if one.units]
        )
        with world.transaction() as session:
            write_offs.ask(
                session,
                shop=session.get_one(Shop, shop.id),
                product=session.get_one(Product, ware.product_id),
                quantity=1,
                reason="包装破损",
                key=f"simulated:off:{world.today}:{shop.id}",
                alone_points=Decimal(200),
                today=world.today,
                by=by.staff,
                at=at,
            )

    def report_not_me(self, world: World, order_id: int, at: datetime) -> None:
        """The member says that a redemption was not hers."""
        with world.transaction() as session:
            order = session.get_one(Order, order_id)
            disputes.report(
                session,
                order_id=order.id,
                member_id=order.member_id,
                organisation_id=order.shop.organisation_id,
                says="这不是我兑换的。",
                key=f"simulated-not-me-{order.id:08d}",
                by=world.person(order.member_id).staff,
                at=at,
            )


def _hand(visit: Visit) -> Hand:
    """What the member did to agree."""
    if visit.agreed_by == "pin":
        return Hand(pin_of=visit.customer.member_id)
    return Hand(strokes=PIN_OR_PAPER if visit.agreed_by == "signature" else None)


MARKET = SimulatedMarket()
