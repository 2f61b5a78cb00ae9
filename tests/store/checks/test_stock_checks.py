"""Each check of stock and subsidies sees the row that was changed behind the application's back, and names its paper."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.catalogue import prices
from store.catalogue import service as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.service import Particulars
from store.checks import CHECKS
from store.orders import queries, returns
from store.stock import stocktakes, transfers, vouchers, write_offs
from store.stock.paper_models import Stocktake
from store.stock.receipts import Incoming, Paper
from tests.cast import NOON, Cast
from tests.reconcile.tampering import subjects_of, tampering
from tests.store.stage import COUNTY_TIME, Stage, sell
from tests.store.stock.papers import TODAY, colleague, in_days, receive, shop_of
from timebank.db import Database
from timebank.house import House
from timebank.members import groups
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Range

MINE = {
    "batches_equal_movements",
    "batches_equal_shelves",
    "papers_are_booked",
    "stock_numbers_without_gaps",
    "subsidies_are_owed",
    "transfers_arrive",
}


@pytest.fixture
def house(app: Flask, database: Database, cast: Cast, stage: Stage) -> House:
    """A shop with one paper of every kind: dated goods, a write-off, a transfer that lost one, a stocktake, vouchers, a concession."""
    by = cast.attendant.actor
    with database.transaction() as session:
        receive(session, stage, cast, [Incoming(stage.soap_id, 6, "A1", in_days(20))], key="dated")
        _vouchers(session, stage, cast)
        _write_off(session, stage, cast)
        _concession(session, stage, cast)
        sent = transfers.send(
            session,
            shop=shop_of(session, stage),
            to_shop=session.get_one(Shop, stage.second_shop_id),
            goods={stage.soap_id: 3},
            key="t-1",
            by=by,
            at=NOON,
        )
    with database.transaction() as session:
        found = transfers.transfer(session, by, sent.id)
        arrived = {line.id: line.quantity - 1 for line in found.lines}
        transfers.receive(session, transfer=found, arrived=arrived, by=by, at=NOON)
        count = stocktakes.begin(session, shop=shop_of(session, stage), by=by, at=NOON)
        towel = session.get_one(Product, stage.towel_id)
        stocktakes.scan(session, stocktake=count, product=towel, units=2, scan_key="s-1", by=by, at=NOON)
        stocktakes.submit(session, stocktake=count, by=by, at=NOON)
    with database.transaction() as session:
        stocktakes.approve(
            session, stocktake=session.get_one(Stocktake, count.id), by=colleague(cast), at=NOON
        )
    found_house: House = app.extensions["timebank"]
    return found_house


def _vouchers(session: Session, stage: Stage, cast: Cast) -> None:
    county = session.get_one(Organisation, cast.county_id)
    ticket = catalogue.create_product(
        session,
        organisation=county,
        particulars=Particulars("理发券", "服务", Decimal(5), unit="张", kind="voucher"),
        at=NOON,
    )
    vouchers.receive(
        session,
        shop=shop_of(session, stage),
        product=ticket,
        codes=["AAAA-1", "AAAA-2"],
        paper=Paper("donation"),
        key="v-1",
        timezone=COUNTY_TIME,
        by=cast.attendant.actor,
        at=NOON,
    )


def _write_off(session: Session, stage: Stage, cast: Cast) -> None:
    paper = write_offs.ask(
        session,
        shop=shop_of(session, stage),
        product=session.get_one(Product, stage.soap_id),
        quantity=1,
        reason="受潮",
        key="off",
        alone_points=Decimal(0),
        today=TODAY,
        by=cast.attendant.actor,
        at=NOON,
    )
    session.flush()
    write_offs.approve(session, paper=paper, by=colleague(cast), at=NOON)


def _concession(session: Session, stage: Stage, cast: Cast) -> None:
    """The volunteer pays 2 of the soap's 20, the county the rest; two are sold, one comes back."""
    by, county = cast.attendant.actor, session.get_one(Organisation, cast.county_id)
    group = groups.name_group(
        session, organisation=county, name="低收入户", description="", from_age=None, at=NOON
    )
    member = session.get_one(Member, cast.volunteer.member_id)
    groups.enter(session, group=group, member=member, since=date(2020, 1, 1), by=by, at=NOON)
    prices.grant_concession(
        session,
        product=session.get_one(Product, stage.soap_id),
        group=group,
        price_points=Decimal(2),
        funder=county,
        valid_from=TODAY,
        valid_until=None,
        today=TODAY,
        by=by,
        at=NOON,
    )
    order = sell(
        session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key="concession-soap-01", by=by
    ).order
    found = queries.order(session, by, order.id)
    returns.take_back(
        session,
        order=found,
        return_key="concession-soap-back",
        quantities={found.lines[0].id: 1},
        reason="破损",
        by=by,
        at=NOON,
    )


def _breaks(house: House) -> dict[str, list[Break]]:
    within = Range(NOON, ZoneInfo("Asia/Shanghai"))
    with house.database.reading() as session:
        found = {check.code: list(check.find(session, within)) for check in CHECKS}
    return {code: breaks for code, breaks in found.items() if breaks}


_FIRST_BATCH = "(SELECT min(id) FROM stock_batches WHERE code = 'A1')"
_SOLD = "(SELECT min(id) FROM order_lines WHERE subsidy_points > 0)"

# What is done, which of these checks name it, and the kind of thing they name.
TAMPERINGS: tuple[tuple[str, str, set[str], str], ...] = (
    (
        "a batch is made larger",
        f"UPDATE stock_batches SET units_left = units_left + 1 WHERE id = {_FIRST_BATCH}",
        {"batches_equal_movements", "batches_equal_shelves"},
        "batch:",
    ),
    (
        "a batch gets an earlier date",
        f"UPDATE stock_batches SET expires_at = '2000-01-02 00:00:00+00:00' WHERE id = {_FIRST_BATCH}",
        {"batches_equal_movements"},
        "movement:",
    ),
    (
        "a move between batch and shelf is lost",
        "DELETE FROM batch_moves WHERE id = (SELECT max(id) FROM batch_moves)",
        {"batches_equal_movements"},
        "movement:",
    ),
    (
        "a voucher code is made free again",
        "INSERT INTO vouchers (shop_id, product_id, code, receipt_line_id) "
        "SELECT shop_id, product_id, 'AAAA-9', receipt_line_id FROM vouchers WHERE code = 'AAAA-1'",
        {"batches_equal_shelves"},
        "shelf:",
    ),
    (
        "a paper of goods in says more",
        "UPDATE receipt_lines SET quantity = quantity + 1 WHERE id = (SELECT min(id) FROM receipt_lines)",
        {"papers_are_booked"},
        "receipt:",
    ),
    (
        "a write-off says less",
        "UPDATE write_offs SET quantity = 2 WHERE key = 'off'",
        {"papers_are_booked"},
        "write_off:",
    ),
    (
        "a write-off is removed",
        "DELETE FROM write_offs WHERE key = 'off'",
        {"papers_are_booked"},
        "movement:",
    ),
    (
        "a count is changed afterwards",
        "UPDATE stocktake_lines SET counted_units = 3 WHERE counted_units = 2",
        {"papers_are_booked"},
        "stocktake:",
    ),
    (
        "a paper of goods in is renumbered",
        "UPDATE stock_receipts SET number = 99 WHERE number = 2",
        {"stock_numbers_without_gaps"},
        "shop:",
    ),
    (
        "a transfer is renumbered",
        "UPDATE stock_transfers SET number = 2",
        {"stock_numbers_without_gaps"},
        "shop:",
    ),
    ("more was sent", "UPDATE transfer_lines SET quantity = quantity + 1", {"transfers_arrive"}, "transfer:"),
    (
        "more arrived",
        "UPDATE arrival_lines SET quantity = quantity + 1",
        {"transfers_arrive"},
        "transfer:",
    ),
    (
        "a subsidy is made larger",
        f"UPDATE order_lines SET subsidy_points = subsidy_points + 100 WHERE id = {_SOLD}",
        {"subsidies_are_owed"},
        "order:",
    ),
    (
        "another organisation is made to pay",
        f"UPDATE order_lines SET funder_organisation_id = funder_organisation_id + 1 WHERE id = {_SOLD}",
        {"subsidies_are_owed"},
        "order:",
    ),
)


def test_papers_of_every_kind_are_clean_and_everything_was_looked_at(house: House) -> None:
    assert _breaks(house) == {}
    within = Range(NOON, ZoneInfo("Asia/Shanghai"))
    with house.database.reading() as session:
        assert all(check.count(session, within) for check in CHECKS if check.code in MINE)


def test_every_check_of_stock_has_somebody_who_tampers() -> None:
    assert {code for _what, _statement, codes, _kind in TAMPERINGS for code in codes} == MINE
    assert {check.code for check in CHECKS} >= MINE


def test_what_was_changed_behind_the_application_s_back_is_named(house: House) -> None:
    # One house for all: each change is taken back before the next.
    within = Range(NOON, ZoneInfo("Asia/Shanghai"))
    with tampering(house) as connection:
        for what, statement, codes, kind in TAMPERINGS:
            change = connection.begin_nested()
            connection.execute(text(statement))
            session = Session(connection, join_transaction_mode="create_savepoint")
            found = {c.code: list(c.find(session, within)) for c in CHECKS if c.code in MINE}
            named = {code: breaks for code, breaks in found.items() if breaks}
            for check in CHECKS:
                if check.code in named:
                    subjects = {one.subject for one in named[check.code]}
                    assert subjects_of(session, check, within) == subjects, what
            session.close()
            change.rollback()
            assert set(named) == codes, what
            told = [one for breaks in named.values() for one in breaks]
            assert any(one.subject.startswith(kind) for one in told), what
            assert all(one.says % one.facts for one in told)
