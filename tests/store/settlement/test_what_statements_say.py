"""A statement says what it pays for, and what comes back late is settled too, after the contract's end as well."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.orders import queries as orders
from store.orders import returns
from store.orders.models import Order
from store.settlement import items, queries, service
from store.settlement.errors import NothingToSettle, SettlementNotAgreed
from store.settlement.items import Sum
from store.settlement.models import Settlement, SettlementContract, SettlementItem
from tests.cast import NOON, Cast
from tests.store.settlement.stage import (
    LAST,
    LATER,
    RATE,
    Trade,
    drawn,
    on_account,
    set_up_trade,
    two_haircuts,
)
from tests.store.stage import COUNTY_TIME, Stage
from timebank.books import chart
from timebank.db import Database

AFTER = datetime(2027, 2, 3, 4, tzinfo=NOON.tzinfo)
CLOSING = (LAST + timedelta(days=1), date(2027, 2, 3))


@pytest.fixture
def trade(database: Database, cast: Cast, stage: Stage) -> Trade:
    with database.transaction() as session:
        found = set_up_trade(session, cast, stage)
        two_haircuts(session, cast, stage, found)
    return found


def _brought_back(session: Session, cast: Cast, trade: Trade, person: str, at: datetime) -> None:
    order = session.scalars(select(Order).where(Order.member_id == getattr(cast, person).member_id)).one()
    returns.take_back(
        session,
        order=orders.order(session, cast.attendant.actor, order.id),
        return_key=f"late-{person}-0000000001",
        quantities={order.lines[0].id: 1},
        reason="没理成",
        by=trade.clerk,
        at=at,
    )


def _settled(
    session: Session, cast: Cast, trade: Trade, contract_id: int, days: tuple[date, date]
) -> Settlement:
    """Drawn for these days and confirmed by both."""
    house, at = cast.administrator.actor, AFTER + timedelta(days=1)
    settlement = service.draw(
        session,
        contract=session.get_one(SettlementContract, contract_id),
        first_day=days[0],
        last_day=days[1],
        timezone=COUNTY_TIME,
        by=house,
        at=at,
    )
    party = trade.clerk if settlement.kind == "merchant" else trade.official
    service.confirm(session, settlement=settlement, side="house", by=house, at=at)
    service.confirm(session, settlement=settlement, side="party", by=party, at=at)
    return settlement


def _paid(session: Session, cast: Cast, settlement: Settlement) -> None:
    today = (AFTER + timedelta(days=1)).astimezone(COUNTY_TIME).date()
    service.pay(
        session,
        settlement=settlement,
        reference=f"BANK-{settlement.number}",
        paid_on=today,
        today=today,
        by=cast.administrator.actor,
        at=AFTER + timedelta(days=1),
    )


def _said(settlement: Settlement) -> list[Sum]:
    return items.sums(item for line in settlement.lines for item in line.items)


def test_a_statement_names_receipt_product_and_units_and_a_funders_the_group(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        merchants = drawn(session, cast, trade.contract_id)
        said = [
            (item.kind, item.number, item.product_name, item.units, item.points)
            for line in merchants.lines
            for item in line.items
        ]
        assert said == [("sale", 1, "理发一次", 1, Decimal(60)), ("sale", 2, "理发一次", 1, Decimal(60))]
        assert _said(merchants) == [Sum("", "理发一次", 2, Decimal(120))]
        funders = drawn(session, cast, trade.funding_id)
        assert _said(funders) == [Sum("低收入", "理发一次", 1, Decimal(40))]
        assert items.by_group(_said(funders)) == {"低收入": Decimal(40)}


def test_what_it_was_for_adds_up_to_what_is_owed_also_when_something_came_back(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        _brought_back(session, cast, trade, "neighbour", NOON + timedelta(hours=1))
        settlement = drawn(session, cast, trade.contract_id)
        kinds = [item.kind for line in settlement.lines for item in line.items]
        assert (kinds, settlement.points) == (["sale", "sale", "return"], Decimal(60))
        assert _said(settlement) == [Sum("", "理发一次", 1, Decimal(60))]


def test_a_withdrawn_statement_leaves_nothing_of_what_it_said(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        service.withdraw(session, settlement=drawn(session, cast, trade.contract_id), reason="日期错了")
        assert session.scalar(select(func.count(SettlementItem.id))) == 0


@pytest.mark.parametrize("kind", ["merchant", "funder"])
def test_what_comes_back_after_the_contract_is_on_a_closing_statement_that_the_other_side_pays(
    database: Database, cast: Cast, stage: Stage, trade: Trade, kind: str
) -> None:
    contract_id = trade.contract_id if kind == "merchant" else trade.funding_id
    account, sign = (
        (chart.points_redeemed(trade.merchant_organisation_id), 1)
        if kind == "merchant"
        else (chart.subsidy_owed(trade.bureau_id), -1)
    )
    with database.transaction() as session:
        _paid(session, cast, _settled(session, cast, trade, contract_id, (date(2026, 1, 1), LAST)))
        assert on_account(session, account.code) == 0
        _brought_back(session, cast, trade, "neighbour", AFTER)
    back = Decimal(60) if kind == "merchant" else Decimal(40)
    with database.transaction() as session:
        contract = session.get_one(SettlementContract, contract_id)
        assert on_account(session, account.code) == -sign * back
        open_ = queries.balance(session, contract, COUNTY_TIME)
        assert (open_.waiting, open_.waiting_points, open_.points) == (1, -back, -back)
        closing = _settled(session, cast, trade, contract_id, CLOSING)
        assert (closing.points, closing.amount_fen, closing.status) == (-back, int(-back * RATE), "agreed")
        assert [(one.units, one.points) for one in _said(closing)] == [(-1, -back)]
        _paid(session, cast, closing)
        assert on_account(session, account.code) == 0
        assert queries.balance(session, contract, COUNTY_TIME).points == 0
        with pytest.raises(NothingToSettle):
            _settled(session, cast, trade, contract_id, CLOSING)


def test_a_return_belongs_to_the_contract_under_which_it_was_sold(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        old = session.get_one(SettlementContract, trade.contract_id)
        _settled(session, cast, trade, old.id, (date(2026, 1, 1), LAST))
        new = service.sign_contract(
            session,
            kind="merchant",
            party=old.party,
            house=old.house,
            number="商 2027-1",
            rate_fen=RATE * 2,
            first_day=LAST + timedelta(days=1),
            last_day=LAST + timedelta(days=365),
            by=cast.administrator.actor,
            at=NOON,
        )
        _brought_back(session, cast, trade, "volunteer", AFTER)
        assert queries.balance(session, new, COUNTY_TIME).waiting == 0
        assert queries.balance(session, old, COUNTY_TIME).waiting_points == Decimal(-60)
        closing = _settled(session, cast, trade, old.id, CLOSING)
        assert closing.amount_fen == -630, "at the rate at which it had been paid"


def test_a_closing_statement_that_comes_to_nothing_is_confirmed_and_never_paid(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        for person in ("volunteer", "neighbour"):
            _brought_back(session, cast, trade, person, AFTER)
        closing = _settled(session, cast, trade, trade.contract_id, (LATER.date(), CLOSING[1]))
        assert (closing.points, closing.amount_fen, closing.postings) == (0, 0, 4)
        with pytest.raises(SettlementNotAgreed):
            _paid(session, cast, closing)
