"""A hairdresser with a counter of its own, a bureau that pays for concessions, and donated rice."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import balances
from store.catalogue import offers, prices
from store.catalogue.models import Product
from store.charity import queries as charity
from store.charity import service as giving
from store.charity.service import Recipient
from store.settlement import service
from store.settlement.models import Settlement, SettlementContract
from store.stock.receipts import Incoming, Paper
from tests.cast import NOON, Cast, row
from tests.store.stage import COUNTY_TIME, Stage, sell
from tests.store.stock.papers import receive, shop_of
from timebank.access.actors import Actor, Grant, Role
from timebank.members import groups
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
LATER = NOON + timedelta(days=40)
MARCH = (date(2026, 3, 1), date(2026, 3, 31))
RATE = Decimal("10.50")


@dataclass(frozen=True)
class Trade:
    """Ids, and people who speak for the merchant and for the bureau."""

    merchant_id: int
    merchant_shop_id: int
    merchant_organisation_id: int
    bureau_id: int
    contract_id: int
    funding_id: int
    clerk: Actor
    official: Actor


def office_of(person: Actor, role: Role, place: Organisation) -> Actor:
    """The person with this office and no other."""
    return replace(person, grants=(Grant(role, place.id, place.path),))


def set_up_trade(session: Session, cast: Cast, stage: Stage) -> Trade:
    """Contracts with both; for low-income people a haircut of 60 costs 20, and the bureau pays 40."""
    station, county = (session.get_one(Organisation, one) for one in (cast.station_id, cast.county_id))
    merchant = service.open_merchant(session, house=station, name="老张理发店", keeps_stock=False, at=NOON)
    offers.choose(
        session, shop=merchant.shop, product_ids=[stage.haircut_id], by=cast.administrator.actor, at=NOON
    )
    bureau = orgs.create(session, name="县民政局", kind="other", parent=county, at=NOON)
    by = cast.administrator.actor

    def signed(kind: str, party: Organisation, house: Organisation, number: str) -> SettlementContract:
        return service.sign_contract(
            session,
            kind=kind,
            party=party,
            house=house,
            number=number,
            rate_fen=RATE,
            first_day=FIRST,
            last_day=LAST,
            by=by,
            at=NOON,
        )

    contract = signed("merchant", merchant.organisation, station, "商 2026-1")
    funding = signed("funder", bureau, county, "民 2026-1")
    group = groups.name_group(
        session, organisation=county, name="低收入", description="", from_age=None, at=NOON
    )
    member = row(session, cast.neighbour)
    groups.enter(session, group=group, member=member, since=FIRST, by=cast.coordinator.actor, at=NOON)
    prices.grant_concession(
        session,
        product=session.get_one(Product, stage.haircut_id),
        group=group,
        price_points=Decimal(20),
        funder=bureau,
        valid_from=NOON.astimezone(COUNTY_TIME).date(),
        valid_until=None,
        today=NOON.astimezone(COUNTY_TIME).date(),
        by=by,
        at=NOON,
    )
    return Trade(
        merchant_id=merchant.id,
        merchant_shop_id=merchant.shop_id,
        merchant_organisation_id=merchant.organisation_id,
        bureau_id=bureau.id,
        contract_id=contract.id,
        funding_id=funding.id,
        clerk=office_of(cast.second_attendant.actor, Role.ATTENDANT, merchant.organisation),
        official=office_of(cast.second_coordinator.actor, Role.ADMINISTRATOR, bureau),
    )


def two_haircuts(session: Session, cast: Cast, stage: Stage, trade: Trade, *, at: datetime = NOON) -> None:
    """One at the list price of 60, one at the concession price of 20."""
    for person in (cast.volunteer, cast.neighbour):
        key = f"a-haircut-of-{person.number}-{at.date()}"
        sell(session, trade.merchant_shop_id, person, {stage.haircut_id: 1}, key=key, by=trade.clerk, at=at)


def on_account(session: Session, code: str) -> Decimal:
    """What the books say of an account."""
    return balances.balance(session, code)


def drawn(session: Session, cast: Cast, contract_id: int, *, at: datetime = LATER) -> Settlement:
    """A statement for March."""
    return service.draw(
        session,
        contract=session.get_one(SettlementContract, contract_id),
        first_day=MARCH[0],
        last_day=MARCH[1],
        timezone=COUNTY_TIME,
        by=cast.administrator.actor,
        at=at,
    )


def rice_handed_out(session: Session, cast: Cast, stage: Stage) -> int:
    """Six bags of soap were donated, two of them went to a neighbour by name; the handout's id."""
    paper = Paper("donation", source="红星小学")
    receive(session, stage, cast, [Incoming(stage.soap_id, 6)], key="school-0001", paper=paper)
    shop = shop_of(session, stage)
    batch = next(one.batch for one in charity.donated(session, shop) if one.donor == "红星小学")
    handout = giving.hand_out(
        session,
        shop=shop,
        recipient=Recipient("刘大娘", "东风路 3 号"),
        units=[(batch.id, 2)],
        reason="低收入",
        key="handout-of-the-scene-01",
        by=cast.attendant.actor,
        at=NOON,
    )
    return handout.id
