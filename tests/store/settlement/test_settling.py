"""Statements come from the books alone, both sides confirm them, and nothing is paid twice."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from store.orders import queries as orders
from store.orders import returns
from store.orders.models import Order
from store.settlement import queries, rules, service
from store.settlement.errors import (
    CarriedOver,
    ContractNumberTaken,
    ContractOverlaps,
    FunderElsewhere,
    NothingToSettle,
    PaymentInvalid,
    PeriodInvalid,
    RateInvalid,
    SettlementAbsent,
    SettlementNotAgreed,
    SettlementNotOpen,
    SettlementNotYours,
)
from store.settlement.models import Settlement, SettlementContract
from tests.cast import NOON, Cast
from tests.store.settlement.stage import (
    FIRST,
    LAST,
    LATER,
    MARCH,
    Trade,
    drawn,
    on_account,
    set_up_trade,
    two_haircuts,
)
from tests.store.stage import COUNTY_TIME, Stage, give_points
from timebank.books import chart
from timebank.books.queries import shelf_quantity
from timebank.db import Database
from timebank.errors import Refusal
from timebank.orgs.models import Organisation

TODAY = LATER.astimezone(COUNTY_TIME).date()


@pytest.fixture
def trade(database: Database, cast: Cast, stage: Stage) -> Trade:
    with database.transaction() as session:
        found = set_up_trade(session, cast, stage)
        two_haircuts(session, cast, stage, found)
    return found


def agreed(database: Database, cast: Cast, trade: Trade) -> int:
    with database.transaction() as session:
        settlement = drawn(session, cast, trade.contract_id)
        service.confirm(session, settlement=settlement, side="house", by=cast.administrator.actor, at=LATER)
        service.confirm(session, settlement=settlement, side="party", by=trade.clerk, at=LATER)
        return settlement.id


def test_a_merchant_without_stock_hands_out_what_it_brings(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.reading() as session:
        assert shelf_quantity(session, trade.merchant_shop_id, stage.haircut_id) == 0
        assert session.query(Order).filter_by(shop_id=trade.merchant_shop_id).count() == 2


def test_the_merchant_is_owed_the_list_price_and_the_funder_owes_the_difference(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        merchant = drawn(session, cast, trade.contract_id)
        assert (merchant.points, merchant.postings) == (Decimal(120), 2)
        assert merchant.amount_fen == 1260
        assert merchant.number == 1
        funder = drawn(session, cast, trade.funding_id)
        assert (funder.points, funder.postings, funder.amount_fen) == (Decimal(40), 1, 420)


def test_a_posting_stands_on_one_statement_and_late_ones_on_the_next(
    database: Database, cast: Cast, stage: Stage, trade: Trade
) -> None:
    with database.transaction() as session:
        drawn(session, cast, trade.contract_id)
        with pytest.raises(NothingToSettle):
            drawn(session, cast, trade.contract_id)
        order = session.query(Order).filter_by(member_id=cast.volunteer.member_id).one()
        found = orders.order(session, cast.attendant.actor, order.id)
        _bring_back(session, cast, found)
        with pytest.raises(CarriedOver):
            # Only what came back, under a contract that goes on: the next statement sets it off.
            drawn(session, cast, trade.contract_id)
        two_haircuts_more = NOON + timedelta(days=1)
        give_points(session, cast.volunteer, 100, record_id=77)
        give_points(session, cast.neighbour, 100, record_id=78)
        two_haircuts(session, cast, stage, trade, at=two_haircuts_more)
        second = drawn(session, cast, trade.contract_id)
        assert (second.points, second.postings) == (Decimal(60), 3), "two haircuts less the one brought back"


def _bring_back(session: Session, cast: Cast, order: Order) -> None:
    returns.take_back(
        session,
        order=order,
        return_key="came-back-again-0001",
        quantities={order.lines[0].id: 1},
        reason="没理成",
        by=cast.attendant.actor,
        at=NOON,
    )


def test_both_sides_confirm_and_one_person_is_not_both(database: Database, cast: Cast, trade: Trade) -> None:
    house = cast.administrator.actor
    with database.transaction() as session:
        settlement = drawn(session, cast, trade.contract_id)
        # The house's own people, and attendants of the station above, do not speak for the merchant.
        for wrong in (house, cast.attendant.actor, trade.official):
            with pytest.raises(SettlementNotYours):
                service.confirm(session, settlement=settlement, side="party", by=wrong, at=LATER)
        service.confirm(session, settlement=settlement, side="party", by=trade.clerk, at=LATER)
        with pytest.raises(SettlementNotYours):
            service.confirm(session, settlement=settlement, side="house", by=trade.clerk, at=LATER)
        assert settlement.status == "drawn"
        service.confirm(session, settlement=settlement, side="house", by=house, at=LATER)
        assert settlement.status == "agreed"
        with pytest.raises(SettlementNotOpen):
            service.withdraw(session, settlement=settlement, reason="x")
    for forged in (
        "UPDATE settlements SET party_confirmed_by_user_id = NULL",
        "UPDATE settlements SET house_confirmed_by_user_id = party_confirmed_by_user_id",
    ):
        with pytest.raises(IntegrityError), database.transaction() as session:
            session.execute(text(forged))


def test_what_is_paid_leaves_the_account_and_is_paid_once(
    database: Database, cast: Cast, trade: Trade
) -> None:
    number = agreed(database, cast, trade)
    code = chart.points_redeemed(trade.merchant_organisation_id).code
    with database.reading() as session:
        assert on_account(session, code) == 120
    outcomes: list[object] = []

    def pay() -> None:
        try:
            with database.transaction() as session:
                settlement = session.get_one(Settlement, number)
                outcomes.append(
                    service.pay(
                        session,
                        settlement=settlement,
                        reference="BANK-1",
                        paid_on=TODAY,
                        today=TODAY,
                        by=cast.administrator.actor,
                        at=LATER,
                    ).id
                )
        except Refusal as refusal:
            outcomes.append(type(refusal))

    threads = [threading.Thread(target=pay) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(one) for one in outcomes) == sorted(["1", *[str(SettlementNotAgreed)] * 2])
    with database.reading() as session:
        assert on_account(session, code) == 0
    again = text(
        "INSERT INTO settlement_payments (settlement_id, amount_fen, reference, paid_on, "
        "recorded_by_user_id, recorded_at, transaction_id) SELECT settlement_id, amount_fen, reference, "
        "paid_on, recorded_by_user_id, recorded_at, 1 FROM settlement_payments"
    )
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.execute(again)


def test_nothing_is_paid_that_not_both_confirmed_or_without_the_banks_number(
    database: Database, cast: Cast, trade: Trade
) -> None:
    with database.transaction() as session:
        settlement = drawn(session, cast, trade.contract_id)
        by = cast.administrator.actor
        for reference, day, refusal in (
            ("BANK-1", TODAY, SettlementNotAgreed),
            (" ", TODAY, PaymentInvalid),
            ("BANK-1", TODAY + timedelta(days=1), PaymentInvalid),
        ):
            with pytest.raises(refusal):
                service.pay(
                    session,
                    settlement=settlement,
                    reference=reference,
                    paid_on=day,
                    today=TODAY,
                    by=by,
                    at=LATER,
                )


def test_a_funders_payment_takes_its_debt_off(database: Database, cast: Cast, trade: Trade) -> None:
    code = chart.subsidy_owed(trade.bureau_id).code
    with database.transaction() as session:
        assert on_account(session, code) == -40
        settlement = drawn(session, cast, trade.funding_id)
        service.confirm(session, settlement=settlement, side="house", by=cast.administrator.actor, at=LATER)
        service.confirm(session, settlement=settlement, side="party", by=trade.official, at=LATER)
        service.pay(
            session,
            settlement=settlement,
            reference="BANK-2",
            paid_on=TODAY,
            today=TODAY,
            by=cast.administrator.actor,
            at=LATER,
        )
        assert on_account(session, code) == 0


def test_a_withdrawn_statement_frees_its_postings(database: Database, cast: Cast, trade: Trade) -> None:
    with database.transaction() as session:
        first = drawn(session, cast, trade.contract_id)
        service.withdraw(session, settlement=first, reason="日期错了")
        second = drawn(session, cast, trade.contract_id)
        assert (second.number, second.points) == (2, Decimal(120))


def test_contracts_do_not_overlap_and_say_what_they_must(
    database: Database, cast: Cast, trade: Trade
) -> None:
    with database.transaction() as session:
        contract = session.get_one(SettlementContract, trade.contract_id)
        elsewhere = session.get_one(Organisation, cast.other_county_id)
        good = {
            "kind": "merchant",
            "party": contract.party,
            "house": contract.house,
            "number": "商 2027-1",
            "rate_fen": Decimal(10),
            "first_day": LAST + timedelta(days=1),
            "last_day": LAST + timedelta(days=300),
            "by": cast.administrator.actor,
            "at": NOON,
        }
        for change, refusal in (
            ({"first_day": LAST}, ContractOverlaps),
            ({"last_day": LAST}, PeriodInvalid),
            ({"rate_fen": Decimal(0)}, RateInvalid),
            ({"rate_fen": Decimal("0.001")}, RateInvalid),
            ({"number": contract.number}, ContractNumberTaken),
            ({"party": elsewhere}, FunderElsewhere),
        ):
            with pytest.raises(refusal):
                service.sign_contract(session, **(good | change))
        service.sign_contract(session, **good)


def test_a_statement_is_of_days_that_are_over_and_within_the_contract(
    database: Database, cast: Cast, trade: Trade
) -> None:
    with database.transaction() as session:
        contract = session.get_one(SettlementContract, trade.contract_id)
        for first, last, at in (
            (FIRST - timedelta(days=1), MARCH[1], LATER),
            (MARCH[1], MARCH[0], LATER),
            (MARCH[0], date(2026, 3, 2), NOON),
            (MARCH[0], LAST + timedelta(days=1), LATER),
            (MARCH[0], LAST + timedelta(days=900), LATER + timedelta(days=900)),
        ):
            with pytest.raises(PeriodInvalid):
                service.draw(
                    session,
                    contract=contract,
                    first_day=first,
                    last_day=last,
                    timezone=COUNTY_TIME,
                    by=cast.administrator.actor,
                    at=at,
                )


def test_each_side_sees_its_statement_and_nobody_elses(database: Database, cast: Cast, trade: Trade) -> None:
    with database.transaction() as session:
        number = drawn(session, cast, trade.contract_id).id
        for sees in (cast.administrator.actor, cast.auditor.actor, trade.clerk):
            assert queries.settlement(session, sees, number).id == number
        for sees_not in (trade.official, cast.stranger_administrator.actor, cast.volunteer.actor):
            with pytest.raises(SettlementAbsent):
                queries.settlement(session, sees_not, number)


@given(points=st.decimals(0, 1_000_000, places=2), rate=st.decimals("0.01", 1000, places=2))
def test_money_is_rounded_once_half_up_and_never_off_by_more_than_half_a_fen(
    points: Decimal, rate: Decimal
) -> None:
    fen = rules.amount_fen(points, rate)
    assert abs(Decimal(fen) - points * rate) <= Decimal("0.5")
    assert rules.amount_fen(Decimal("0.50"), Decimal(1)) == 1
