"""The checks of shifts, reservations, undone sales and gifts see what was changed behind the application's back."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import text

from store.catalogue.models import Shop
from store.checks import CHECKS
from store.counter import reports, shifts
from store.counter.models import CounterShift
from store.giving import service as giving
from store.orders import returns
from store.orders.queries import order as order_in_scope
from store.reservations import service as reservations
from tests.cast import NOON, Cast, row
from tests.reconcile.tampering import subjects_of, tampering
from tests.store.counter.till import fresh, open_till, serve
from tests.store.stage import COUNTY_TIME, Stage
from timebank.books.queries import shelf_quantity
from timebank.db import Database
from timebank.house import House
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Range

MINE = frozenset(
    {
        "day_sheets_recompute",
        "day_sheets_without_gaps",
        "gifts_are_posted",
        "reservations_match_holds",
        "undone_sales_are_whole",
    }
)


@pytest.fixture
def house(app: Flask, database: Database, cast: Cast, stage: Stage) -> House:
    """A closed shift with a sale and an undone one, an open reservation, a collected and a cancelled one, a gift."""
    by = cast.attendant.actor
    with database.transaction() as session:
        shift = open_till(session, stage, by)
        serve(session, stage, by, cast.volunteer, {stage.soap_id: 1})
        wrong = serve(session, stage, by, cast.neighbour, {stage.soap_id: 1})
        found = order_in_scope(session, by, wrong.id)
        returns.undo(session, order=found, return_key=fresh(), shift_id=shift.id, by=by, at=NOON)
        made = [
            reservations.reserve(
                session, keyring=cast.keyring, shop=session.get_one(Shop, stage.shop_id),
                member=row(session, cast.volunteer), goods=[(stage.towel_id, 1)], key=fresh(),
                agreed_points=None, by=cast.volunteer.actor, at=NOON, timezone=COUNTY_TIME,
            )
            for _turn in range(3)
        ]  # fmt: skip
        reservations.hand_out(
            session, reservation=made[1], collector="self", collected_by="", shift_id=shift.id, by=by, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
        reservations.cancel(session, reservation=made[2], reason="", by=cast.volunteer.actor, at=NOON)
        giving.donate(
            session, member=row(session, cast.volunteer), to=session.get_one(Organisation, cast.county_id),
            points=Decimal(5), words="", key=fresh(), by=cast.volunteer.actor, at=NOON,
        )  # fmt: skip
        shift = session.get_one(CounterShift, shift.id)
        counted: dict[int, int | None] = {
            product.id: shelf_quantity(session, stage.shop_id, product.id)
            for product in reports.products_to_count(session, shift)
        }
        shifts.count_blind(session, shift=shift, key=fresh(), counted=counted, by=by, at=NOON)
        shifts.close(session, shift=shift, by=by, at=NOON)
    found_house: House = app.extensions["timebank"]
    return found_house


def _broken(house: House) -> dict[str, list[str]]:
    within = Range(NOON + timedelta(hours=1), ZoneInfo("Asia/Shanghai"))
    with house.database.reading() as session:
        found = {check.code: list(check.find(session, within)) for check in CHECKS if check.code in MINE}
        for check in CHECKS:
            if found.get(check.code):
                assert subjects_of(session, check, within) == {one.subject for one in found[check.code]}
    for breaks in found.values():
        for one in breaks:
            assert one.says % one.facts
    return {code: [one.subject for one in breaks] for code, breaks in found.items() if breaks}


TAMPERINGS: tuple[tuple[str, str, str, str], ...] = (
    ("an order leaves its shift", "UPDATE orders SET shift_id = NULL WHERE id = 1", "day_sheets_recompute", "report:"),
    ("a return leaves its shift", "UPDATE returns SET shift_id = NULL", "day_sheets_recompute", "report:"),
    ("a day sheet is renumbered", "UPDATE z_reports SET number = 2", "day_sheets_without_gaps", "shop:"),
    ("a day sheet is removed", "DELETE FROM z_reports", "day_sheets_without_gaps", "shift:"),
    ("a shift is opened again", "UPDATE counter_shifts SET closed_at = NULL", "day_sheets_without_gaps", "shift:"),
    ("a cancelled reservation stands again", "UPDATE reservations SET status = 'reserved', ended_at = NULL WHERE status = 'cancelled'",
     "reservations_match_holds", "reservation:"),
    ("a reservation is made cheaper", "UPDATE reservations SET total_points = total_points - 100 WHERE status = 'reserved'",
     "reservations_match_holds", "reservation:"),
    ("a reservation keeps more", "UPDATE reservation_lines SET quantity = 2 WHERE reservation_id = 1", "reservations_match_holds", "reservation:"),
    ("a collected reservation is somebody else's", "UPDATE reservations SET member_id = 2 WHERE status = 'collected'",
     "reservations_match_holds", "reservation:"),
    ("a hold is let go", "UPDATE ledger_holds SET status = 'voided' WHERE status = 'held'", "reservations_match_holds", "reservation:"),
    ("an undo comes late", "UPDATE returns SET returned_at = '2026-03-02 09:00:00+00'", "undone_sales_are_whole", "return:"),
    ("an undo gives back less", "UPDATE returns SET total_points = total_points - 100", "undone_sales_are_whole", "return:"),
    ("a gift is made larger", "UPDATE gifts SET points = points + 100", "gifts_are_posted", "gift:"),
    ("a gift is removed", "DELETE FROM gifts", "gifts_are_posted", "transaction:"),
)  # fmt: skip


def test_a_shop_that_was_left_alone_is_clean_and_all_of_it_was_looked_at(house: House) -> None:
    assert _broken(house) == {}
    within = Range(NOON, ZoneInfo("Asia/Shanghai"))
    with house.database.reading() as session:
        assert all(check.count(session, within) for check in CHECKS if check.code in MINE)


@pytest.mark.parametrize(
    ("statement", "code", "subject"), [one[1:] for one in TAMPERINGS], ids=[one[0] for one in TAMPERINGS]
)
def test_what_was_changed_behind_the_applications_back_is_named(
    house: House, statement: str, code: str, subject: str
) -> None:
    with tampering(house) as connection:
        connection.execute(text(statement))
    found = _broken(house)
    assert code in found
    assert all(one.startswith(subject) for one in found[code])


def test_each_of_these_checks_has_a_tampering() -> None:
    assert {code for _name, _sql, code, _subject in TAMPERINGS} == MINE
    assert {check.code for check in CHECKS} >= MINE
