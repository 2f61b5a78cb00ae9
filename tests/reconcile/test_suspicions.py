"""Breaks that are a suspicion about people open a case, once; others wait in suspense alone."""

from datetime import datetime, timedelta

from sqlalchemy import select, text

from tests.lived_in import VISIT
from tests.reconcile.tampering import tampering
from timebank.fraud.models import Case
from timebank.house import House
from timebank.reconcile import runner
from timebank.reconcile.models import SuspenseItem


def _reconcile(house: House, at: datetime) -> None:
    runner.reconcile(house, house.checks, organisation_id=None, started_by="job", clock=lambda: at)


def test_an_activity_published_after_it_began_opens_one_case_about_who_planned_it_and_a_lost_posting_none(
    lived_in: House,
) -> None:
    with lived_in.database.reading() as session:
        before = set(session.scalars(select(Case.id)))
    with tampering(lived_in) as connection:
        rows = connection.execute(
            text(
                "SELECT DISTINCT s.activity_id FROM shifts s JOIN attendances a ON a.shift_id = s.id "
                "WHERE a.check_in_method = 'rotating' AND a.checked_out_at IS NOT NULL"
            )
        ).scalars()
        activities = sorted(rows)[:2]
        for number in activities:
            connection.execute(
                text("UPDATE activities SET published_at = :at, created_by = 'user:1' WHERE id = :id"),
                {"at": VISIT.replace(tzinfo=None), "id": number},
            )
        connection.execute(
            text(
                "UPDATE ledger_balances SET amount = amount + 600 WHERE account_id = "
                "(SELECT min(id) FROM ledger_accounts WHERE code LIKE 'member%time')"
            )
        )
    for minutes in (0, 1):
        _reconcile(lived_in, VISIT + timedelta(minutes=minutes))
    with lived_in.database.reading() as session:
        items = session.scalars(select(SuspenseItem).where(SuspenseItem.status == "open")).all()
        codes = {item.check_code for item in items}
        assert {"published_before_start", "balances_equal_entries"} <= codes
        named = {item.subject: item.id for item in items if item.check_code == "published_before_start"}
        assert set(named) == {f"activity:{number}" for number in activities}
        new = [case for case in session.scalars(select(Case)) if case.id not in before]
        assert {case.origin for case in new} == {"reconciliation"}
        assert {(one.member_id, one.user_id) for case in new for one in case.people} == {(None, 1)}
        evidence = [word for case in new for word in case.events[0].facts["evidence"]]
        assert sorted(evidence) == sorted([*named, *(f"difference:{number}" for number in named.values())])
