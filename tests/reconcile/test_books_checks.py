"""账账: each check of the books sees the row that was changed behind the application's back."""

from decimal import Decimal

from sqlalchemy import text

from ledger import journal
from ledger.accounts import AccountSpec
from ledger.amounts import POINTS
from ledger.journal import Draft, Leg
from tests.lived_in import VISIT
from tests.reconcile.tampering import allow_anything, assert_named, breaks_of, tampering
from timebank.books import chart
from timebank.house import House


def _post(
    house: House, key: str, source: AccountSpec, target: AccountSpec, *, amount: str, kind: str = "gift"
) -> int:
    """A posting past the house's own events, as somebody with the ledger's pen could write it."""
    legs = [Leg(source, -Decimal(amount)), Leg(target, Decimal(amount))]
    with house.database.transaction() as session:
        draft = Draft(
            key=key, kind=kind, legs=legs, at=VISIT, recorded_at=VISIT, actor="user:1", subject="member:1"
        )
        return journal.post(session, draft).id


def test_a_changed_entry_is_named_because_its_transaction_no_longer_sums_to_zero(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = connection.scalar(
            text(
                "SELECT min(e.transaction_id) FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id "
                "WHERE a.code LIKE 'org%time-issued'"
            )
        )
        connection.execute(
            text("UPDATE ledger_entries SET amount = amount - 60 WHERE transaction_id = :n AND amount < 0"),
            {"n": number},
        )
    found = assert_named(
        lived_in,
        "entries_sum_to_zero",
        f"transaction:{number}",
        also=frozenset({"digests_recompute", "checkpoints_equal_entries", "control_totals_unchanged"}),
    )
    assert found.facts["sum"] == "-60"


def test_a_transaction_closed_with_another_number_of_entries_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = connection.scalar(text("SELECT max(id) FROM ledger_transactions"))
        connection.execute(text("UPDATE ledger_transactions SET lines = 9 WHERE id = :n"), {"n": number})
    found = assert_named(lived_in, "transactions_complete", f"transaction:{number}")
    assert found.facts["closed_with"] == 9


def test_a_changed_balance_is_named_with_the_sum_of_its_entries(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT id, code FROM ledger_accounts WHERE code LIKE 'member%time' ORDER BY id LIMIT 1")
        ).one()
        connection.execute(
            text("UPDATE ledger_balances SET amount = amount + 600 WHERE account_id = :id"), {"id": row.id}
        )
    assert_named(lived_in, "balances_equal_entries", f"account:{row.code}")


def test_a_balance_below_its_floor_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT id, code FROM ledger_accounts WHERE code LIKE 'member%points' ORDER BY id LIMIT 1")
        ).one()
        allow_anything(connection, "ledger_balances", "ck_ledger_balances_floor")
        connection.execute(
            text("UPDATE ledger_balances SET floor = amount + 1 WHERE account_id = :id"), {"id": row.id}
        )
    assert_named(lived_in, "floors_hold", f"account:{row.code}")


def test_a_changed_word_of_a_transaction_is_named_by_its_digest(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = connection.scalar(text("SELECT min(id) FROM ledger_transactions"))
        connection.execute(
            text("UPDATE ledger_transactions SET actor = 'user:4711' WHERE id = :n"), {"n": number}
        )
    assert_named(lived_in, "digests_recompute", f"transaction:{number}")


def test_points_on_an_account_of_nobody_are_named(lived_in: House) -> None:
    drawer = AccountSpec("drawer", POINTS, floor=Decimal(-99))
    _post(lived_in, "loan", drawer, AccountSpec("pocket", POINTS), amount="5")
    found = breaks_of(lived_in)["points_outstanding"]
    assert [one.subject for one in found] == ["account:drawer", "account:pocket"]
    assert [one.facts["points"] for one in found] == ["-5.00", "5.00"]


def test_a_balance_of_points_that_nobody_issued_is_named_in_the_equation(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        connection.execute(
            text(
                "UPDATE ledger_balances SET amount = amount + 100 WHERE account_id = "
                "(SELECT min(id) FROM ledger_accounts WHERE code LIKE 'member%points')"
            )
        )
    also = frozenset({"balances_equal_entries", "lots_equal_balances"})
    assert_named(lived_in, "points_outstanding", "points", also=also)


def test_a_conversion_at_another_rate_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = connection.scalar(text("SELECT min(id) FROM ledger_transactions WHERE kind = 'conversion'"))
        assert number, "the town has conversions"
        connection.execute(
            text(
                "UPDATE ledger_entries SET amount = amount * 2 WHERE transaction_id = :n AND line IN (2, 3)"
            ),
            {"n": number},
        )
    found = breaks_of(lived_in, left_to_the_full_run=frozenset({"points_outstanding"}))
    assert [one.subject for one in found["conversions_recompute"]] == [f"transaction:{number}"]
    assert "entries_sum_to_zero" not in found


def test_points_posted_past_the_houses_events_are_named(lived_in: House) -> None:
    number = _post(lived_in, "gift", chart.points_issued(1), chart.member_points(1), amount="500")
    found = breaks_of(lived_in)
    assert list(found) == ["issued_by_events", "gifts_are_posted"]
    assert {one.subject for one in found["issued_by_events"]} == {f"transaction:{number}"}


def test_an_award_without_a_record_is_named(lived_in: House) -> None:
    key, source = "award:record:999999", chart.points_issued(1)
    number = _post(lived_in, key, source, chart.member_points(1), amount="25", kind="award")
    assert_named(lived_in, "awards_have_records", f"transaction:{number}")


def test_a_credit_of_time_without_a_record_is_named(lived_in: House) -> None:
    key, source = "time:record:999999", chart.time_issued(1)
    number = _post(lived_in, key, source, chart.member_time(1), amount="120", kind="time_credit")
    assert_named(lived_in, "time_credits_have_records", f"transaction:{number}")


def test_a_lot_that_holds_more_than_its_entries_is_named_with_its_account(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text(
                "SELECT l.transaction_id, l.line, a.code FROM ledger_lots l "
                'JOIN ledger_accounts a ON a.id = l.account_id WHERE l."left" > 0 ORDER BY l.transaction_id LIMIT 1'
            )
        ).one()
        connection.execute(
            text('UPDATE ledger_lots SET "left" = "left" - 1 WHERE transaction_id = :n AND line = :l'),
            {"n": row.transaction_id, "l": row.line},
        )
    found = breaks_of(lived_in)
    assert set(found) == {"lots_equal_balances"}
    assert [one.subject for one in found["lots_equal_balances"]] == [
        f"account:{row.code}",
        f"lot:{row.transaction_id}.{row.line}",
    ]
