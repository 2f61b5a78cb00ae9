"""Counters that stay open and orders of nobody are named; a counter that is open for an afternoon is left alone."""

from datetime import timedelta

from sqlalchemy import text

from tests.lived_in import VISIT
from tests.reconcile.conftest import lived_in, postgres_town, sqlite_town
from tests.reconcile.tampering import allow_anything, assert_named, breaks_of, tampering
from timebank.house import House

__all__ = ["lived_in", "postgres_town", "sqlite_town"]

# The checks that this file tampers for.
MINE = {"shifts_are_closed", "orders_are_identified"}


def test_a_counter_that_has_been_open_overnight_is_named_and_one_of_an_afternoon_is_not(
    lived_in: House,
) -> None:
    for hours, is_named in ((5, False), (20, True)):
        with tampering(lived_in) as connection:
            number = connection.scalar(text("SELECT max(id) FROM counter_shifts"))
            opened_at = VISIT - timedelta(hours=hours)
            stored = (
                opened_at if connection.dialect.name == "postgresql" else str(opened_at.replace(tzinfo=None))
            )
            connection.execute(
                text("UPDATE counter_shifts SET closed_at = NULL, opened_at = :at WHERE id = :n"),
                {"at": stored, "n": number},
            )
        found = [one.subject for one in breaks_of(lived_in).get("shifts_are_closed", [])]
        assert found == ([f"counter_shift:{number}"] if is_named else [])


def test_an_order_of_somebody_whom_nobody_identified_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        allow_anything(connection, "orders", "ck_orders_identified_by_known")
        number = connection.scalar(text("SELECT min(id) FROM orders"))
        connection.execute(text("UPDATE orders SET identified_by = 'memory' WHERE id = :n"), {"n": number})
    assert_named(lived_in, "orders_are_identified", f"order:{number}")
