"""Closing periods, balances as of a date, trial balance, ages."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.amounts import POINTS
from ledger.balances import balance, statement
from ledger.errors import PeriodClosed, PeriodNotOver
from ledger.journal import AccountSpec, Draft, Leg, post, post_batch, reverse
from ledger.periods import close_period, dated, last_close
from ledger.reports import outstanding_by_age, totals, trial_balance
from ledger.seals import seal, seal_all
from tests.ledger.cast import ISSUED, LI, NOON, REDEEMED, SERVED, STRANGER, ZERO, award, move, spend, time_of

DAY = dt.timedelta(days=1)
APRIL = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
MAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def close(session: Session, until: dt.datetime) -> int:
    return close_period(session, closed_until=until, at=until + DAY, actor="auditor").id


def test_nothing_is_posted_into_a_closed_period(session: Session) -> None:
    post(session, award("a", LI, 10))
    close(session, APRIL)
    with pytest.raises(PeriodClosed) as refusal:
        post(session, award("b", LI, 5, recorded_at=APRIL + DAY))
    assert refusal.value.facts["closed_until"] == APRIL
    post(session, award("b", LI, 5, at=APRIL))
    assert balance(session, LI.code) == 15


def test_what_stands_in_a_closed_period_is_replayed_and_reversed_in_the_open_one(session: Session) -> None:
    given = post(session, award("a", LI, 10))
    close(session, APRIL)
    assert post(session, award("a", LI, 10)).replayed
    reverse(session, given.id, key="r", at=APRIL, recorded_at=APRIL, actor="x", reason="mistake")
    assert balance(session, LI.code, at=APRIL - DAY) == 10
    assert balance(session, LI.code, at=APRIL) == 0


def test_the_database_itself_keeps_a_closed_period_closed(session: Session) -> None:
    post(session, award("a", LI, 10))
    close(session, APRIL)
    session.execute(
        text(
            "INSERT INTO ledger_entries (transaction_id, line, account_id, amount) SELECT 99, id, id, "
            "CASE code WHEN 'member:li:points' THEN 5 ELSE -5 END FROM ledger_accounts"
        )
    )
    with pytest.raises(DBAPIError, match="the period is closed"):
        session.execute(
            text(
                "INSERT INTO ledger_transactions (id, key, digest, kind, lines, effective_at, recorded_at, actor, "
                "subject, facts) SELECT 99, 'x', digest, kind, 2, effective_at, recorded_at, 'x', 'x', '{}' "
                "FROM ledger_transactions WHERE key = 'a'"
            )
        )


def test_a_late_fact_is_dated_in_the_open_period_and_says_so(session: Session) -> None:
    assert dated(session, NOON, recorded_at=MAY) == (NOON, {})
    close(session, APRIL)
    assert dated(session, MAY, recorded_at=MAY) == (MAY, {})
    at, facts = dated(session, NOON, recorded_at=MAY)
    post(session, award("late", LI, 3, at=at, facts=facts))
    assert statement(session, LI.code)[0].facts == {"late_for": "2026-03-02T12:00:00+00:00"}


def test_closing_goes_forward_only_and_twice_is_once(session: Session) -> None:
    assert last_close(session) is None
    first = close(session, APRIL)
    assert close(session, APRIL) == first
    close(session, MAY)
    with pytest.raises(PeriodClosed):
        close(session, APRIL)


def test_balances_as_of_any_date_are_the_same_with_and_without_closes(session: Session) -> None:
    days = [5, 70, 12, 40, 33, 8, 64, 29]
    for number, day in enumerate(days):
        post(session, award(f"a{number}", LI, number + 1, at=NOON + day * DAY, recorded_at=MAY + 90 * DAY))
        if number == 5:
            break

    def as_of(day: int) -> tuple[Decimal, Decimal]:
        at = NOON + day * DAY
        return balance(session, LI.code, at=at), balance(session, ISSUED.code, at=at)

    seen = (0, 4, 5, 9, 10, 12, 33, 39, 40, 63, 64, 79)
    before = {day: as_of(day) for day in seen}
    close(session, NOON + 10 * DAY)
    assert {day: as_of(day) for day in seen} == before
    close(session, NOON + 40 * DAY)
    assert {day: as_of(day) for day in seen} == before
    post(session, award("b", LI, 7, at=NOON + 64 * DAY, recorded_at=MAY + 90 * DAY))
    assert as_of(63) == before[63]
    assert as_of(64)[0] == before[64][0] + 7


def test_a_trial_balance_has_equal_sides_in_each_asset(session: Session) -> None:
    post_batch(session, [award("a", LI, 10), spend("s", LI, 4), move("h", SERVED, time_of("li"), 90)])
    for sealed in (False, True):
        if sealed:
            seal(session, at=NOON)
            post(session, spend("t", LI, 1, at=NOON + DAY))
        lines = trial_balance(session)
        assert all(debit == credit for debit, credit in totals(lines).values())
        assert {line.account: line.balance for line in lines} == {
            LI.code: 5 if sealed else 6,
            ISSUED.code: -10,
            REDEEMED.code: 5 if sealed else 4,
            "member:li:time": 90,
            SERVED.code: -90,
        }
    assert {line.account: line.balance for line in trial_balance(session, at=NOON)}[LI.code] == 6
    assert trial_balance(session, at=NOON - DAY) == []


def test_a_balance_without_a_row_is_the_same_before_between_and_after_seals(session: Session) -> None:
    for number in range(1, 8):
        post(session, award(f"a{number}", LI, number))
        assert balance(session, ISSUED.code) == -Decimal(number * (number + 1)) / 2
        if number % 2:
            seal(session, at=NOON, largest=1)
            assert balance(session, ISSUED.code) == -Decimal(number * (number + 1)) / 2
    seal_all(session, at=NOON)
    assert balance(session, ISSUED.code) == -28
    assert [line.balance for line in statement(session, ISSUED.code)] == [-28, -21, -15, -10, -6, -3, -1]


def test_what_is_outstanding_is_told_by_age_first_in_first_out(session: Session) -> None:
    at = NOON + 400 * DAY
    for number, (day, amount) in enumerate([(0, 10), (200, 20), (380, 5)]):
        post(session, award(f"a{number}", LI, amount, at=NOON + day * DAY))
    post(session, spend("s", LI, 12, at=at))
    post(session, award("b", STRANGER, 1, at=at))
    lapsing = AccountSpec("member:x:points", POINTS, ZERO, lots=True)
    legs = [Leg(ISSUED, Decimal(-8)), Leg(lapsing, Decimal(8), at + DAY)]
    post(session, Draft("c", "award", legs, at - 100 * DAY, at, "x", "y"))
    bands = outstanding_by_age(session, POINTS, at=at)
    assert [(band.from_days, band.to_days, band.amount) for band in bands] == [
        (0, 30, 6),
        (30, 90, 0),
        (90, 180, 8),
        (180, 365, 18),
        (365, None, 0),
    ]


def test_the_books_are_not_closed_beyond_the_present(session: Session) -> None:
    post(session, award("a", LI, 10))
    for until in (NOON + dt.timedelta(microseconds=1), NOON + 1000 * 365 * DAY):
        with pytest.raises(PeriodNotOver) as refusal:
            close_period(session, closed_until=until, at=NOON, actor="a slip of the pen")
        assert refusal.value.facts == {"closed_until": until, "at": NOON}
    assert last_close(session) is None
    assert close_period(session, closed_until=NOON, at=NOON, actor="auditor").closed_until == NOON
    assert post(session, award("b", LI, 1)).id == 2
