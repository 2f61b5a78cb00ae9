"""The checks of settlements and handouts see the row that was changed behind the application's back."""

from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text

from store.checks import CHECKS
from store.settlement import service
from tests.cast import NOON, Cast
from tests.reconcile.tampering import subjects_of, tampering
from tests.store.settlement.stage import LATER, drawn, rice_handed_out, set_up_trade, two_haircuts
from tests.store.stage import COUNTY_TIME, Stage
from timebank.db import Database
from timebank.house import House
from timebank.reconcile.checks import Break, Range

MINE = {"handouts_have_movements", "settlements_equal_books"}


@pytest.fixture
def house(app: Flask, database: Database, cast: Cast, stage: Stage) -> House:
    """A merchant that was paid, a funder that was not, a statement that was withdrawn, and a handout."""
    today = LATER.astimezone(COUNTY_TIME).date()
    by = cast.administrator.actor
    with database.transaction() as session:
        trade = set_up_trade(session, cast, stage)
        two_haircuts(session, cast, stage, trade)
        service.withdraw(session, settlement=drawn(session, cast, trade.contract_id), reason="日期错了")
        paid = drawn(session, cast, trade.contract_id)
        service.confirm(session, settlement=paid, side="house", by=by, at=LATER)
        service.confirm(session, settlement=paid, side="party", by=trade.clerk, at=LATER)
        service.pay(session, settlement=paid, reference="BANK-1", paid_on=today, today=today, by=by, at=LATER)
        drawn(session, cast, trade.funding_id)
        rice_handed_out(session, cast, stage)
    found: House = app.extensions["timebank"]
    return found


def _breaks(house: House) -> dict[str, list[Break]]:
    within = Range(LATER, ZoneInfo("Asia/Shanghai"))
    with house.database.reading() as session:
        found = {check.code: list(check.find(session, within)) for check in CHECKS if check.code in MINE}
        for check in CHECKS:
            if found.get(check.code):
                assert subjects_of(session, check, within) == {one.subject for one in found[check.code]}
    return {code: breaks for code, breaks in found.items() if breaks}


def test_what_was_left_alone_is_clean_and_all_of_it_was_looked_at(house: House, cast: Cast) -> None:
    with house.database.reading() as session:
        for path, counts in ((None, [1, 2]), (cast.paths[cast.other_county_id], [0, 0])):
            within = Range(NOON, ZoneInfo("Asia/Shanghai"), path)
            assert [check.count(session, within) for check in CHECKS if check.code in MINE] == counts
        within = Range(LATER, ZoneInfo("Asia/Shanghai"))
        assert {check.code: list(check.find(session, within)) for check in CHECKS} == {
            check.code: [] for check in CHECKS
        }


_PAID = "(SELECT id FROM settlements WHERE status = 'paid')"
TAMPERINGS: tuple[tuple[str, str, str], ...] = (
    (
        "a line says more than its posting",
        f"UPDATE settlement_lines SET points = points + 100 WHERE settlement_id = {_PAID}",
        "settlements_equal_books",
    ),
    (
        "a line is taken off",
        "DELETE FROM settlement_lines WHERE id = (SELECT min(id) FROM settlement_lines)",
        "settlements_equal_books",
    ),
    (
        "the amount is raised",
        f"UPDATE settlements SET amount_fen = amount_fen + 1 WHERE id = {_PAID}",
        "settlements_equal_books",
    ),
    (
        "a line names another transaction",
        "UPDATE settlement_lines SET transaction_id = 1 WHERE id = (SELECT min(id) FROM settlement_lines)",
        "settlements_equal_books",
    ),
    (
        "what a line was for says more",
        "UPDATE settlement_items SET points = points + 100 WHERE id = (SELECT min(id) FROM settlement_items)",
        "settlements_equal_books",
    ),
    (
        "what a line was for is lost",
        "DELETE FROM settlement_items WHERE id = (SELECT min(id) FROM settlement_items)",
        "settlements_equal_books",
    ),
    ("the payment is lost", "DELETE FROM settlement_payments", "settlements_equal_books"),
    (
        "another sum was paid",
        "UPDATE settlement_payments SET amount_fen = amount_fen + 100",
        "settlements_equal_books",
    ),
    (
        "the payment names another posting",
        "UPDATE settlement_payments SET transaction_id = 1",
        "settlements_equal_books",
    ),
    (
        "the slip says fewer units",
        "UPDATE charity_handout_lines SET quantity = 1",
        "handouts_have_movements",
    ),
    ("the slip is lost", "DELETE FROM charity_handout_lines", "handouts_have_movements"),
    (
        "the movement becomes a write-off",
        "UPDATE stock_movements SET kind = 'write_off' WHERE kind = 'handout'",
        "handouts_have_movements",
    ),
)


@pytest.mark.parametrize(
    ("statement", "code"), [one[1:] for one in TAMPERINGS], ids=[one[0] for one in TAMPERINGS]
)
def test_what_was_changed_behind_the_applications_back_is_named(
    house: House, statement: str, code: str
) -> None:
    with tampering(house) as connection:
        connection.execute(text(statement))
    found = _breaks(house)
    assert set(found) == {code}
    for one in found[code]:
        assert one.says % one.facts
        assert one.subject.startswith(("settlement:", "handout:", "movement:"))


def test_each_of_them_has_a_tampering_that_it_names() -> None:
    assert {code for _name, _statement, code in TAMPERINGS} == MINE
