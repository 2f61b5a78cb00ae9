"""Every line of the reference's "what breaks elsewhere", as a test by its name. Deeper ones stand beside each room."""

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError

from ledger.balances import balance
from ledger.models import Account, Balance, Entry
from store.catalogue.models import Shop
from store.counter import reports, service, shifts
from store.counter.models import CounterShift, ZReport
from store.orders import exports
from store.orders.errors import BasketKeyReused
from store.orders.models import Order, OrderLine
from store.orders.queries import Sought, order_lines
from store.reservations import rules as pickup
from store.reservations import service as reservations
from store.reservations.models import Reservation
from store.stock.errors import QuantityInvalid, StockShort
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fill, finish, fresh, open_till, serve
from tests.store.stage import COUNTY_TIME, Stage, sell
from timebank.access.actors import Actor
from timebank.books import chart
from timebank.books.queries import points_available, points_balance, shelf_available, shelf_quantity
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes
from timebank.members.errors import CodeUsed
from timebank.policy.rules import Policy

ClientAs = Callable[[str], FlaskClient]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def by(cast: Cast) -> Actor:
    """The attendant."""
    return cast.attendant.actor


def test_the_same_sale_twice_after_a_time_out_or_a_double_tap(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    key = fresh()
    orders = []
    for _press in range(2):
        with database.transaction() as session:
            orders.append(
                sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=key, by=by).order.id
            )
    assert orders[0] == orders[1]
    with database.transaction() as session, pytest.raises(BasketKeyReused):
        sell(session, stage.shop_id, cast.neighbour, {stage.soap_id: 1}, key=key, by=by)
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 80


def test_a_receipt_for_a_sale_that_is_not_in_the_database_or_a_sale_kept_only_in_the_browser(
    client_as: ClientAs, stage: Stage
) -> None:
    browser = client_as("attendant")
    assert browser.get("/orders/999/receipt").status_code == 404
    assert browser.get("/r/no-such-word-was-ever-printed").status_code == 404
    for script in (ROOT / "timebank/static/js").glob("counter*.js"):
        assert not re.search(r"localStorage|sessionStorage|indexedDB", script.read_text()), script.name


def test_held_baskets_lost_at_shift_close_and_a_close_that_misses_the_sale_of_the_same_minute(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        held = fill(session, stage, by, {stage.soap_id: 1})
        service.hold(session, basket=held, words="", at=NOON)
        serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, at=NOON)
        counted: dict[int, int | None] = {
            one.id: shelf_quantity(session, stage.shop_id, one.id)
            for one in reports.products_to_count(session, shift)
        }
        shifts.count_blind(session, shift=shift, key=fresh(), counted=counted, by=by, at=NOON)
        report = shifts.close(session, shift=shift, by=by, at=NOON)
        assert (report.figures["orders"], report.figures["held_baskets"]) == (1, 1)
        again = open_till(session, stage, by)
        shop = session.get_one(Shop, stage.shop_id)
        taken = service.recall(
            session, shop=shop, basket_id=held.id, device_digest="x", shift_id=again.id, by=by, at=NOON
        )
        assert finish(session, stage, by, taken, cast.volunteer).total_points == 20


def test_a_finished_sale_edited_or_a_number_used_twice(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        for turn in range(2):
            sell(session, stage.shop_id, cast.volunteer, {stage.towel_id: 1}, key=f"{fresh()}-{turn}", by=by)
    for change in (
        update(Order).values(total_points=Decimal(1)), update(OrderLine).values(quantity=9), delete(Order),
    ):  # fmt: skip
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(change)
    with database.reading() as session:
        numbers = session.scalars(select(Order.number).order_by(Order.id)).all()
        assert numbers == [1, 2]
        assert {
            tuple(one.name for one in index.columns)
            for index in Order.__table__.constraints
            if hasattr(index, "columns")
        } >= {("shop_id", "number")}


def test_oversell_and_cancelling_that_gives_nothing_back_and_the_last_reserved_unit_refused_to_its_owner(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        kept = reservations.reserve(
            session, keyring=cast.keyring, shop=session.get_one(Shop, stage.shop_id), member=row(session, cast.volunteer),
            goods=[(stage.towel_id, 4)], key=fresh(), agreed_points=None, by=cast.volunteer.actor, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
    for units, error in ((2, StockShort), (1, None)):
        with database.transaction() as session:
            if error is None:
                sell(session, stage.shop_id, cast.neighbour, {stage.towel_id: units}, key=fresh(), by=by)
                continue
            with pytest.raises(error):
                sell(session, stage.shop_id, cast.neighbour, {stage.towel_id: units}, key=fresh(), by=by)
    with database.transaction() as session:
        found = session.get_one(Reservation, kept.id)
        reservations.hand_out(
            session, reservation=found, collector="self", collected_by="", shift_id=None, by=by, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
        assert shelf_quantity(session, stage.shop_id, stage.towel_id) == 0
        other = reservations.reserve(
            session, keyring=cast.keyring, shop=session.get_one(Shop, stage.shop_id), member=row(session, cast.volunteer),
            goods=[(stage.soap_id, 2)], key=fresh(), agreed_points=None, by=cast.volunteer.actor, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
        reservations.cancel(session, reservation=other, reason="", by=cast.volunteer.actor, at=NOON)
        assert shelf_available(session, stage.shop_id, stage.soap_id) == 10
        assert points_available(session, cast.volunteer.member_id) == 70


def test_an_order_without_a_quantity_and_a_log_that_is_not_the_balance(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    for units in (0, -1):
        with database.transaction() as session, pytest.raises(QuantityInvalid):
            sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: units}, key=fresh(), by=by)
    with database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {stage.soap_id: 3}, key=fresh(), by=by)
        code = chart.member_points(cast.volunteer.member_id).code
        log = session.scalar(
            select(func.sum(Entry.amount))
            .join(Account, Account.id == Entry.account_id)
            .where(Account.code == code)
        )
        kept = session.scalar(
            select(Balance.amount).join(Account, Account.id == Balance.account_id).where(Account.code == code)
        )
        assert log == kept
        assert balance(session, code) == 40


def test_six_digit_codes_a_qr_with_the_balance_in_the_clear_and_one_code_rescanned(
    database: Database, cast: Cast, stage: Stage
) -> None:
    code = pickup.pickup_code(cast.keyring, fresh(), 1)
    assert len(code) == 15
    assert cast.volunteer.number not in code
    with database.transaction() as session:
        shown = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
        assert shown.isdecimal()
        assert len(shown) == 18
        codes.consume(session, shown, by=f"shop:{stage.shop_id}", at=now())
        with pytest.raises(CodeUsed):
            codes.consume(session, shown, by=f"shop:{stage.shop_id}", at=now())


def test_member_identity_taken_from_the_request_so_that_one_member_spends_anothers_points(
    client_as: ClientAs, database: Database, cast: Cast, stage: Stage
) -> None:
    attendant, neighbour = client_as("attendant"), client_as("neighbour")
    counter = f"/shops/{stage.shop_id}/counter"
    attendant.post(f"{counter}/open", data={"key": fresh()})
    forged = {
        "key": fresh(),
        "agreed": "20.00",
        "member": cast.volunteer.member_id,
        "member_id": cast.volunteer.member_id,
    }
    attendant.post(f"{counter}/line", data=forged | {"product": stage.soap_id, "quantity": 1})
    assert attendant.post(f"{counter}/complete", data=forged).status_code == 403
    # Neither does a member reserve with somebody else's points, nor answer or give in her name.
    basket = f"/shops/{stage.shop_id}/my-basket"
    neighbour.post(f"{basket}/line", data=forged | {"product": stage.soap_id, "quantity": 1})
    neighbour.post(f"{basket}/reserve", data=forged | {"key": fresh()})
    with database.reading() as session:
        assert session.scalars(select(Reservation.member_id)).all() == [cast.neighbour.member_id]
        assert points_available(session, cast.volunteer.member_id) == 100


def test_default_settings_under_which_the_very_first_redemption_fails(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    assert Policy().agreement_from_points > 100
    with database.transaction() as session:
        open_till(session, stage, by)
        for how in ("code", "card", "number_pin"):
            assert serve(session, stage, by, cast.volunteer, {stage.towel_id: 1}, how=how).number


def test_exports_without_names_and_strings_that_become_formulas(
    database: Database, cast: Cast, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        row(session, cast.volunteer).name = "=HYPERLINK(1)"
        sell(session, stage.shop_id, cast.volunteer, {stage.towel_id: 1}, key=fresh(), by=by)
    with database.reading() as session:
        cells = [exports.row(*one, COUNTY_TIME) for one in order_lines(session, cast.auditor.actor, Sought())]
    assert "'=HYPERLINK(1)" in cells[0]
    assert cast.volunteer.number in cells[0]
    assert cast.attendant.name in cells[0]


def test_waiting_text_that_makes_people_think_it_is_done() -> None:
    page = (ROOT / "templates/counter/show.html").read_text(encoding="utf-8")
    assert "it is not known whether it was handed over" in page
    assert "No answer yet" in page


def test_a_day_sheet_of_somebody_elses_shop_is_not_there(
    client_as: ClientAs, database: Database, stage: Stage, by: Actor
) -> None:
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        shifts.count_blind(session, shift=shift, key=fresh(), counted={}, by=by, at=NOON)
        report_id = shifts.close(session, shift=shift, by=by, at=NOON).id
        assert session.scalar(select(func.count(ZReport.id))) == 1
        assert session.get_one(CounterShift, shift.id).closed_at == NOON
    assert client_as("attendant").get(f"/day-sheets/{report_id}").status_code == 200
    assert client_as("stranger_attendant").get(f"/day-sheets/{report_id}").status_code == 404
