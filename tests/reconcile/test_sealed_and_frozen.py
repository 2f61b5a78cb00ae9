"""What was proved, sealed and frozen: tampering with it is named, and an incremental run says what a full one says."""

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text

from tests.lived_in import VISIT
from tests.reconcile.tampering import allow_anything, breaks_of, tampering
from timebank.books import postings
from timebank.books import suspense as suspense_books
from timebank.house import House
from timebank.reconcile import marks, runner, service, totals
from timebank.reconcile.checks import Range
from timebank.reconcile.models import ControlTotal, ReconciliationRun, SuspenseItem
from timebank.reconcile.service import Result


def _run(house: House, *, full: bool) -> Result:
    result, _number = runner.reconcile(
        house,
        house.checks,
        organisation_id=None,
        started_by="job",
        clock=lambda: VISIT,
        keep=False,
        full=full,
    )
    return result


def _named(result: Result) -> dict[str, list[str]]:
    return {one.check.code: [found.subject for found in one.breaks] for one in result.outcomes if one.breaks}


def _first(connection: Connection, words: str) -> int:
    return int(connection.scalar(text(words)) or 0)


def test_a_seal_that_was_changed_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        connection.execute(text("UPDATE ledger_seals SET size = size + 1 WHERE id = 1"))
    assert [one.subject for one in breaks_of(lived_in)["seals_hold"]] == ["seal:1", "seal:1"]


def test_a_sum_at_a_seal_that_was_changed_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        account = _first(
            connection, "SELECT account_id FROM ledger_checkpoints ORDER BY seal_id DESC, account_id LIMIT 1"
        )
        connection.execute(
            text("UPDATE ledger_checkpoints SET amount = amount + 5 WHERE account_id = :n"), {"n": account}
        )
    assert set(breaks_of(lived_in)) == {"checkpoints_equal_entries"}


def test_a_reserved_amount_without_its_reservation_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        allow_anything(connection, "ledger_balances", "ck_ledger_balances_floor")
        account = _first(
            connection, "SELECT min(account_id) FROM ledger_balances WHERE amount > 0 AND held = 0"
        )
        connection.execute(text("UPDATE ledger_balances SET held = 1 WHERE account_id = :n"), {"n": account})
    assert set(breaks_of(lived_in)) == {"holds_equal_balances"}


def test_a_changed_past_is_an_alarm_that_names_the_day_and_the_total(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT id, day FROM control_totals WHERE name = 'orders' ORDER BY day LIMIT 1")
        ).one()
        connection.execute(text("UPDATE control_totals SET amount = amount + 1 WHERE id = :n"), {"n": row.id})
    found = breaks_of(lived_in)
    assert set(found) == {"control_totals_unchanged"}
    assert found["control_totals_unchanged"][0].facts["total"] == "orders"
    assert found["control_totals_unchanged"][0].facts["day"] == str(row.day)


def test_more_hours_of_a_day_than_allowed_without_a_reason_are_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        allow_anything(connection, "service_records", "ck_service_records_minutes_of_a_day")
        record = connection.execute(
            text(
                "SELECT id, member_id FROM service_records WHERE status = 'approved' AND import_run_id IS NULL "
                "AND decision_reason = '' ORDER BY id LIMIT 1"
            )
        ).one()
        connection.execute(text("UPDATE service_records SET minutes = 900 WHERE id = :n"), {"n": record.id})
        connection.execute(
            text("UPDATE service_records SET decision_reason = '' WHERE member_id = :n"),
            {"n": record.member_id},
        )
    assert f"member:{record.member_id}" in [one.subject for one in breaks_of(lived_in)["hours_within_caps"]]


def test_what_was_posted_to_suspense_without_an_item_is_named(lived_in: House) -> None:
    with lived_in.database.transaction() as session:
        item = session.scalars(select(SuspenseItem).where(SuspenseItem.origin == "count")).first()
        assert item is not None, "the town has counted a shelf"
        assert item.organisation_id is not None
        suspense_books.suspend_goods(
            session,
            key="by hand",
            organisation_id=item.organisation_id,
            product_id=int(item.facts["product_id"]),
            missing=2,
            subject="movement:1",
            at=VISIT,
            actor="user:1",
        )
    found = breaks_of(lived_in)["suspense_is_itemised"]
    assert len(found) == 1
    assert found[0].facts["booked"] - found[0].facts["items"] == 2


def test_an_incremental_run_says_what_a_full_one_says_on_clean_books_and_on_what_was_tampered_with_since(
    lived_in: House,
) -> None:
    with lived_in.database.reading() as session:
        run = marks.last_run(session)
        assert run is not None
        assert run.result["mode"] == "full"
        since = marks.since_of(session, lived_in.checks)
        assert {check.code for check in lived_in.checks if check.incremental} == set(since)
    clean = _run(lived_in, full=False)
    assert clean.mode == "incremental"
    assert clean.clean == _run(lived_in, full=True).clean is True
    with tampering(lived_in) as connection:
        # Everything after the first seal counts as new when the last run had only that one behind it.
        run_id = _first(connection, "SELECT max(id) FROM reconciliation_runs")
    _set_back(lived_in, run_id)
    with tampering(lived_in) as connection:
        number = (
            _first(connection, "SELECT max(transaction_id) FROM ledger_seal_leaves WHERE seal_id = 1") + 1
        )
        connection.execute(
            text("UPDATE ledger_transactions SET actor = 'user:4711' WHERE id = :n"), {"n": number}
        )
        connection.execute(
            text("UPDATE ledger_entries SET amount = amount + 1 WHERE transaction_id = :n AND line = 1"),
            {"n": number},
        )
    full, later = _named(_run(lived_in, full=True)), _named(_run(lived_in, full=False))
    assert "digests_recompute" in full
    assert f"transaction:{number}" in later["digests_recompute"]
    assert later["entries_sum_to_zero"] == full["entries_sum_to_zero"]


def _set_back(house: House, run_id: int) -> None:
    with house.database.transaction() as session:
        run = session.get_one(ReconciliationRun, run_id)
        nothing = {"seal": 0, "at": (VISIT - timedelta(days=400)).isoformat(), "numbers": {}}
        run.result = run.result | {"marks": nothing}


def test_an_old_row_that_was_tampered_with_is_left_to_the_weekly_full_run(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = _first(connection, "SELECT min(id) FROM ledger_transactions")
        connection.execute(
            text("UPDATE ledger_transactions SET actor = 'user:4711' WHERE id = :n"), {"n": number}
        )
    assert _run(lived_in, full=False).clean
    assert _named(_run(lived_in, full=True)) == {"digests_recompute": [f"transaction:{number}"]}
    with lived_in.database.reading() as session:
        assert not marks.full_is_due(session, VISIT)
        assert marks.full_is_due(session, VISIT + timedelta(days=8))


def test_a_check_that_found_something_looks_at_everything_again(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        number = _first(connection, "SELECT min(id) FROM ledger_transactions")
        connection.execute(
            text("UPDATE ledger_transactions SET actor = 'user:4711' WHERE id = :n"), {"n": number}
        )
    runner.reconcile(lived_in, lived_in.checks, organisation_id=None, started_by="job", clock=lambda: VISIT)
    again = _run(lived_in, full=False)
    assert _named(again) == {"digests_recompute": [f"transaction:{number}"]}
    assert again.mode == "incremental"


def test_a_late_posting_for_an_earlier_day_belongs_to_the_day_on_which_it_was_written_down(
    lived_in: House,
) -> None:
    timezone = ZoneInfo("Asia/Shanghai")
    within = Range(VISIT, timezone, totals=lived_in.control_totals)
    frozen = [one for one in lived_in.checks if one.code == "control_totals_unchanged"]
    with lived_in.database.reading() as session:
        last = session.scalars(select(ControlTotal.day).order_by(ControlTotal.day.desc())).first()
        assert last is not None
    happened = VISIT - timedelta(days=5)
    assert happened.date() < last, "that day is over and frozen"
    posted = dict[bool, int]()
    for written in (False, True):
        if written:
            with lived_in.database.transaction() as session:
                postings.award(
                    session,
                    record_id=4711,
                    member_id=1,
                    organisation_id=1,
                    points=Decimal(25),
                    rule_number=1,
                    arithmetic="",
                    at=happened,
                    recorded_at=VISIT,
                    actor="user:1",
                )
        with lived_in.database.reading() as session:
            assert service.examine(session, frozen, within).clean
        posted[written] = _entries_of(lived_in, VISIT.astimezone(timezone).date())
        assert _entries_of(lived_in, happened.astimezone(timezone).date(), written_anew=False)
    assert posted[True] == posted[False] + 2


def _entries_of(house: House, day: date, *, written_anew: bool = True) -> int:
    """How many entries the day comes to, and that a frozen one still comes to what was frozen."""
    timezone = ZoneInfo("Asia/Shanghai")
    begins, ends = (totals.day_begins(day + timedelta(days=more), timezone) for more in (0, 1))
    with house.database.reading() as session:
        found = totals.added_up(session, house.control_totals, since=begins, until=ends, timezone=timezone)
        frozen = session.scalars(
            select(ControlTotal.amount).where(ControlTotal.day == day, ControlTotal.name == totals.ENTRIES)
        ).all()
    count = sum(amount for (_county, _day, name), amount in found.items() if name == totals.ENTRIES)
    assert written_anew or sum(frozen) == count
    return count
