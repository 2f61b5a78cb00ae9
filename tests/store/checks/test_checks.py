"""Each check of the shop sees the row that was changed behind the application's back, and only it does."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from store.checks import CHECKS
from store.orders import queries, returns
from tests.cast import NOON, Cast
from tests.reconcile.tampering import subjects_of, tampering
from tests.store.checks.test_counter_checks import TAMPERINGS as COUNTER_TAMPERINGS
from tests.store.checks.test_people_at_counters import MINE as PEOPLE
from tests.store.checks.test_settlement_checks import MINE as SETTLING
from tests.store.checks.test_stock_checks import MINE as STOCK
from tests.store.stage import Stage, sell
from timebank.db import Database
from timebank.house import House
from timebank.reconcile.checks import Break, Range

KEY = "order-under-audit-0001"


@pytest.fixture
def house(app: Flask, database: Database, cast: Cast, stage: Stage) -> House:
    """A shop with two orders, of the first of which one soap came back."""
    by = cast.attendant.actor
    with database.transaction() as session:
        goods = {stage.soap_id: 2, stage.towel_id: 1}
        order = sell(session, stage.shop_id, cast.volunteer, goods, key=KEY, by=by).order
        sell(session, stage.shop_id, cast.neighbour, {stage.towel_id: 1}, key=f"{KEY}-2", by=by)
    with database.transaction() as session:
        found = queries.order(session, by, order.id)
        soap = next(line for line in found.lines if line.product_id == stage.soap_id)
        returns.take_back(
            session,
            order=found,
            return_key=f"{KEY}-back",
            quantities={soap.id: 1},
            reason="破损",
            by=by,
            at=NOON,
        )
    found_house: House = app.extensions["timebank"]
    return found_house


def _breaks(house: House, path: str | None = None) -> dict[str, list[Break]]:
    within = Range(NOON, ZoneInfo("Asia/Shanghai"), path)
    with house.database.reading() as session:
        found = {check.code: list(check.find(session, within)) for check in CHECKS if check.code not in STOCK}
        for check in CHECKS:
            if found.get(check.code):
                assert subjects_of(session, check, within) == {one.subject for one in found[check.code]}
    return {code: breaks for code, breaks in found.items() if breaks}


def test_a_shop_that_was_left_alone_is_clean_and_everything_was_looked_at(house: House, cast: Cast) -> None:
    assert _breaks(house) == {}
    within = Range(NOON, ZoneInfo("Asia/Shanghai"))
    elsewhere = Range(NOON, ZoneInfo("Asia/Shanghai"), cast.paths[cast.other_county_id])
    named_here = {code for _name, _sql, codes, _subject in TAMPERINGS for code in codes}
    with house.database.reading() as session:
        assert all(check.count(session, within) for check in CHECKS if check.code in named_here)
        assert not any(check.count(session, elsewhere) for check in CHECKS if not check.everywhere_only)
    assert len({check.code for check in CHECKS}) == len(CHECKS)


Tamper = Callable[[Connection], object]


def _run(statement: str) -> Tamper:
    return lambda connection: connection.execute(text(statement))


_FIRST = f"(SELECT id FROM orders WHERE basket_key = '{KEY}')"
_SOAP = f"(SELECT min(id) FROM order_lines WHERE order_id = {_FIRST})"
_SOAP_MOVED = f"(SELECT id FROM stock_movements WHERE order_line_id = {_SOAP})"

# What is done, which checks name it, and the kind of thing they name.
TAMPERINGS: tuple[tuple[str, str, set[str], str], ...] = (
    (
        "an order is made cheaper",
        f"UPDATE orders SET total_points = 100 WHERE id = {_FIRST}",
        {"orders_are_spent", "order_totals"},
        "order:",
    ),
    (
        "an order is moved to another member",
        f"UPDATE orders SET member_id = (SELECT max(member_id) FROM orders) WHERE id = {_FIRST}",
        # The refund went to the member who bought, not to the one who now stands on the order.
        {"orders_are_spent", "returns_are_refunded"},
        "",
    ),
    (
        "an order claims another basket",
        f"UPDATE orders SET basket_key = 'somebody-elses-basket' WHERE id = {_FIRST}",
        {"orders_are_spent"},
        "order:",
    ),
    (
        "the price of a line is changed",
        f"UPDATE order_lines SET price_points = price_points - 100 WHERE id = {_SOAP}",
        {"order_totals", "returns_fit_orders"},
        "",
    ),
    (
        "the quantity of a line is changed",
        f"UPDATE order_lines SET quantity = quantity + 1 WHERE id = {_SOAP}",
        {"order_totals", "orders_have_movements"},
        "order:",
    ),
    (
        "a movement is changed",
        f"UPDATE stock_movements SET quantity = -1 WHERE id = {_SOAP_MOVED}",
        {"orders_have_movements", "shelves_equal_movements"},
        "",
    ),
    (
        "a movement is lost",
        f"DELETE FROM stock_movements WHERE id = {_SOAP_MOVED}",
        {"orders_have_movements", "shelves_equal_movements"},
        "",
    ),
    (
        "a receipt of goods is made larger",
        "UPDATE stock_movements SET quantity = quantity + 5 WHERE id = (SELECT min(id) FROM stock_movements)",
        {"shelves_equal_movements"},
        "movement:",
    ),
    (
        "a return is made dearer",
        "UPDATE returns SET total_points = total_points + 100",
        {"returns_are_refunded", "returns_fit_orders"},
        "return:",
    ),
    (
        "more comes back than was sold",
        "UPDATE return_lines SET quantity = 3",
        {"orders_have_movements", "returns_fit_orders"},
        "",
    ),
    (
        "a refund loses its return",
        "UPDATE returns SET transaction_id = (SELECT min(id) FROM ledger_transactions)",
        {"returns_are_refunded", "spends_have_documents", "orders_have_movements"},
        "",
    ),
    (
        "a number is skipped",
        f"UPDATE orders SET number = 7 WHERE id <> {_FIRST}",
        {"numbers_without_gaps"},
        "shop:",
    ),
    (
        "a sale loses its line",
        f"UPDATE stock_movements SET order_line_id = NULL WHERE id = {_SOAP_MOVED}",
        {"orders_have_movements"},
        "",
    ),
)


@pytest.mark.parametrize(
    ("statement", "codes", "subject"), [one[1:] for one in TAMPERINGS], ids=[one[0] for one in TAMPERINGS]
)
def test_what_was_changed_behind_the_applications_back_is_named(
    house: House, statement: str, codes: set[str], subject: str
) -> None:
    with tampering(house) as connection:
        _run(statement)(connection)
    found = _breaks(house)
    assert set(found) == codes
    for breaks in found.values():
        for one in breaks:
            assert one.subject.startswith(subject)
            assert one.says % one.facts


def test_an_order_that_was_removed_leaves_its_spend_and_its_number_behind(house: House) -> None:
    second = f"(SELECT id FROM orders WHERE basket_key = '{KEY}-2')"
    third = f"(SELECT id FROM order_lines WHERE order_id = {second})"
    with tampering(house) as connection:
        _run(f"DELETE FROM stock_movements WHERE order_line_id = {third}")(connection)
        _run(f"DELETE FROM order_lines WHERE order_id = {second}")(connection)
        _run(f"DELETE FROM orders WHERE id = {second}")(connection)
    found = _breaks(house)
    assert set(found) == {"spends_have_documents", "shelves_equal_movements"}
    assert found["spends_have_documents"][0].facts["key"] == f"spend:{KEY}-2"


def test_every_check_has_a_tampering_that_it_names() -> None:
    elsewhere = STOCK | SETTLING | PEOPLE | {code for _name, _sql, code, _subject in COUNTER_TAMPERINGS}
    assert {check.code for check in CHECKS} == elsewhere.union(
        *(codes for _name, _sql, codes, _subject in TAMPERINGS)
    )
