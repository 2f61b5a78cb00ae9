"""What looks like a break and is none: each is put beside the line that its check draws, and left alone."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.lived_in import VISIT
from tests.reconcile.tampering import subjects_of, tampering
from timebank.house import House
from timebank.reconcile.checks import Range

_SCANNED = (
    "(SELECT min(r.id) FROM service_records r JOIN attendances a ON a.id = r.attendance_id "
    "WHERE r.status = 'approved' AND r.import_run_id IS NULL AND a.check_out_method = 'rotating')"
)
_ITS_ATTENDANCE = f"(SELECT attendance_id FROM service_records WHERE id = {_SCANNED})"

# What is done, and which check would be wrong to name it.
LOOK_ALIKES: tuple[tuple[str, str, str], ...] = (
    (
        "a day above the limit for which somebody gave the reason",
        f"UPDATE service_records SET minutes = 900, decision_reason = '防汛值守' WHERE id = {_SCANNED}",
        "hours_within_caps",
    ),
    (
        "an activity published in the very minute in which it began",
        "UPDATE activities SET published_at = (SELECT min(starts_at) FROM shifts WHERE activity_id = activities.id) "
        "WHERE published_at IS NOT NULL",
        "published_before_start",
    ),
    (
        "a service of no minutes, for which nothing is posted",
        "UPDATE service_records SET minutes = 0, transaction_id = NULL, "
        f"points = CASE WHEN points IS NULL THEN NULL ELSE 0 END WHERE id = {_SCANNED}",
        "records_are_posted",
    ),
    (
        "somebody without a phone, entered with a reason and approved with one",
        f"UPDATE attendances SET check_in_method = 'manual', recorded_by_user_id = 1, reason = '手机没电' "
        f"WHERE id = {_ITS_ATTENDANCE}",
        "scans_prove_attendance",
    ),
    (
        "credited to the last minute of the plan",
        "UPDATE service_records SET credited_until = (SELECT s.ends_at FROM attendances a "
        "JOIN shifts s ON s.id = a.shift_id WHERE a.id = service_records.attendance_id) "
        f"WHERE id = {_SCANNED}",
        "credited_inside_shift",
    ),
    (
        "one service begins when the other ends",
        # The latest end of any other service of the member's becomes the beginning of this one.
        "UPDATE service_records SET credited_from = (SELECT max(o.credited_until) FROM service_records o "
        "WHERE o.member_id = service_records.member_id AND o.id <> service_records.id), "
        "credited_until = '2099-01-01 00:00:00+00' WHERE id = (SELECT max(id) FROM service_records r "
        "WHERE status = 'approved' AND import_run_id IS NULL AND EXISTS (SELECT 1 FROM service_records o "
        "WHERE o.member_id = r.member_id AND o.id <> r.id AND o.status = 'approved'))",
        "no_overlap",
    ),
    (
        "an account that holds nothing at all",
        "UPDATE ledger_balances SET amount = 0, held = 0 WHERE floor = 0",
        "floors_hold",
    ),
    (
        "goods collected by the code of a reservation",
        "UPDATE orders SET identified_by = 'pickup_code' WHERE id = (SELECT min(id) FROM orders)",
        "orders_are_identified",
    ),
    (
        "who approves everybody else's typed this one in, and a colleague approved it",
        "UPDATE service_records SET recorded_by_user_id = approved_by_user_id, approved_by_user_id = "
        "(SELECT max(u.id) FROM users u WHERE u.id <> service_records.approved_by_user_id "
        f"AND coalesce(u.member_id, 0) <> service_records.member_id) WHERE id = {_SCANNED}",
        "four_eyes",
    ),
    (
        "an account was closed since, which what it holds does not say",
        "UPDATE ledger_accounts SET status = 'closed' WHERE id = (SELECT max(account_id) FROM ledger_entries)",
        "digests_recompute",
    ),
)


def test_what_only_looks_like_a_break_is_left_alone_by_full_and_incremental_runs(lived_in: House) -> None:
    within = Range(VISIT, ZoneInfo(lived_in.settings.timezone), totals=lived_in.control_totals)
    by_code = {check.code: check for check in lived_in.checks}
    with tampering(lived_in) as connection:
        for what, statement, code in LOOK_ALIKES:
            change = connection.begin_nested()
            assert connection.execute(text(statement)).rowcount, what
            session = Session(connection, join_transaction_mode="create_savepoint")
            check = by_code[code]
            assert list(check.find(session, replace(within, counted={}))) == [], what
            assert subjects_of(session, check, within) == set(), what
            session.close()
            change.rollback()
