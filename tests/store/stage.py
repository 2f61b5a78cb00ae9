"""A shop with a few goods and people with points: the scene of every test of the shop."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from store.catalogue import service as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.service import Particulars
from store.orders import service as orders
from store.orders.service import Completed, Wish
from store.stock import service as stock
from tests.cast import NOON, Cast, Person
from timebank.access.actors import Actor
from timebank.books import postings
from timebank.members.models import Member
from timebank.orgs.models import Organisation

CARD_LIMIT = Decimal(100)
COUNTY_TIME = ZoneInfo("Asia/Shanghai")
SOAP, TOWEL = "6901234567892", "6900000810095"


@dataclass(frozen=True)
class Stage:
    """Ids of what stands on the stage. The soap costs 20 (10 on the shelf), the towel 7.50 (5), the haircut 60 (3)."""

    shop_id: int
    second_shop_id: int
    other_shop_id: int
    soap_id: int
    towel_id: int
    haircut_id: int


def set_the_stage(session: Session, cast: Cast, *, at: datetime = NOON) -> Stage:
    """Two shops of the station, one of the other county; goods of the county on the shelves of the first."""
    station = session.get_one(Organisation, cast.station_id)
    county = session.get_one(Organisation, cast.county_id)
    elsewhere = session.get_one(Organisation, cast.other_county_id)
    shop = catalogue.create_shop(
        session,
        organisation=station,
        name="东风爱心超市",
        address="东风路 8 号",
        opening_hours="9–17 点",
        at=at,
    )
    second = catalogue.create_shop(session, organisation=station, name="东风二店", at=at)
    other = catalogue.create_shop(session, organisation=elsewhere, name="远山爱心超市", at=at)
    soap = _listed(session, county, Particulars("香皂", "日化", Decimal(20), barcode=SOAP), at)
    towel = _listed(session, county, Particulars("毛巾", "日化", Decimal("7.50"), barcode=TOWEL), at)
    haircut = _listed(session, county, Particulars("理发一次", "服务", Decimal(60), kind="service"), at)
    by = cast.attendant.actor
    for product, units in ((soap, 10), (towel, 5), (haircut, 3)):
        stock.receive(
            session,
            shop=shop,
            product=product,
            quantity=units,
            kind="receipt",
            key=f"opening-{product.id}",
            by=by,
            at=at,
        )
    return Stage(shop.id, second.id, other.id, soap.id, towel.id, haircut.id)


def _listed(session: Session, place: Organisation, particulars: Particulars, at: datetime) -> Product:
    return catalogue.create_product(session, organisation=place, particulars=particulars, at=at)


def give_points(
    session: Session, person: Person, points: str | int, *, record_id: int = 1, at: datetime = NOON
) -> None:
    """Points for the person, as an approved record would bring them."""
    member = session.get_one(Member, person.member_id)
    postings.award(
        session,
        record_id=record_id,
        member_id=member.id,
        organisation_id=member.organisation_id,
        points=Decimal(points),
        rule_number=1,
        arithmetic="",
        at=at,
        recorded_at=at,
        actor="command",
    )


def sell(
    session: Session,
    shop_id: int,
    person: Person,
    goods: dict[int, int],
    *,
    key: str,
    by: Actor,
    how: str = "code",
    agreed: Decimal | None = None,
    at: datetime = NOON,
) -> Completed:
    """Hand ``goods`` (units by product id) over to ``person``."""
    return orders.complete(
        session,
        shop=session.get_one(Shop, shop_id),
        member=session.get_one(Member, person.member_id),
        identified_by=how,
        wishes=[Wish(product_id, quantity) for product_id, quantity in goods.items()],
        basket_key=key,
        agreed_points=agreed,
        card_limit_points=CARD_LIMIT,
        by=by,
        at=at,
        timezone=COUNTY_TIME,
    )
