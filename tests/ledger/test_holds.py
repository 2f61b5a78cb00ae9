"""Reserved points: held, captured, voided, lapsed; once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger import audit
from ledger.balances import available, balance
from ledger.errors import (
    AmountInvalid,
    HoldEnded,
    HoldExceeded,
    HoldLapsed,
    InsufficientBalance,
    KeyReused,
    NoFloor,
    UnknownAccount,
    UnknownHold,
)
from ledger.holds import Hold, capture, find_hold, lapse_holds, reserve, void
from ledger.journal import post
from tests.ledger.cast import ISSUED, LI, NOON, STRANGER, award, move, spend

HOUR = dt.timedelta(hours=1)
SOON = NOON + HOUR
DEADLINE = NOON + 24 * HOUR


def hold(session: Session, amount: int | str = 6, key: str = "h", **changes: Any) -> Hold:
    """Li reserves something until tomorrow."""
    said = {"at": NOON, "deadline": DEADLINE, "actor": "li", "subject": "order:1", **changes}
    return reserve(session, LI, Decimal(amount), key=key, **said)


@pytest.fixture(autouse=True)
def _li_has_ten(session: Session) -> None:
    post(session, award("a", LI, 10))


def test_what_is_held_cannot_be_spent_and_still_is_on_the_balance(session: Session) -> None:
    hold(session)
    assert (balance(session, LI.code), available(session, LI.code)) == (10, 4)
    with pytest.raises(InsufficientBalance) as refusal:
        post(session, spend("s", LI, 5))
    assert refusal.value.facts["available"] == 4
    with pytest.raises(InsufficientBalance):
        hold(session, 5, "h2")
    post(session, spend("s", LI, 4))


def test_the_database_itself_refuses_to_spend_what_is_held(session: Session) -> None:
    hold(session)
    with pytest.raises(DBAPIError):
        session.execute(text("UPDATE ledger_balances SET amount = amount - 500"))


def test_a_hold_is_captured_in_part_and_the_rest_is_free(session: Session) -> None:
    held = hold(session)
    posting = capture(session, held.id, spend("s", LI, 5, at=SOON))
    assert (balance(session, LI.code), available(session, LI.code)) == (5, 5)
    ended = find_hold(session, "h")
    assert ended is not None
    assert (ended.status, ended.captured, ended.transaction_id) == ("captured", 5, posting.id)
    assert audit.holds_equal_balances(session) == []


def test_a_hold_is_captured_once(session: Session) -> None:
    held = hold(session)
    first = capture(session, held.id, spend("s", LI, 6, at=SOON))
    assert capture(session, held.id, spend("s", LI, 6, at=SOON)).id == first.id
    with pytest.raises(HoldEnded):
        capture(session, held.id, spend("t", LI, 4, at=SOON))
    with pytest.raises(HoldEnded):
        void(session, held.id, at=SOON)
    assert balance(session, LI.code) == 4


def test_a_hold_cannot_be_captured_with_the_key_of_another_posting(session: Session) -> None:
    held = hold(session)
    post(session, spend("s", LI, 3, at=SOON))
    with pytest.raises(KeyReused):
        capture(session, held.id, spend("s", LI, 3, at=SOON))
    capture(session, held.id, spend("t", LI, 3, at=SOON))
    with pytest.raises(KeyReused):
        capture(session, held.id, spend("s", LI, 3, at=SOON))


def test_no_more_is_captured_than_was_held(session: Session) -> None:
    held = hold(session)
    with pytest.raises(HoldExceeded):
        capture(session, held.id, spend("s", LI, "6.01", at=SOON))
    with pytest.raises(HoldExceeded):
        capture(session, held.id, move("s", ISSUED, LI, 1, at=SOON))
    with pytest.raises(UnknownHold):
        capture(session, 99, spend("s", LI, 1, at=SOON))


def test_a_hold_is_not_captured_at_its_deadline_even_before_the_job_has_come_by(session: Session) -> None:
    held = hold(session)
    with pytest.raises(HoldLapsed):
        capture(session, held.id, spend("s", LI, 6, at=DEADLINE))
    assert available(session, LI.code) == 4


def test_lapsed_holds_are_let_go_by_the_job_and_only_once(session: Session) -> None:
    held = hold(session)
    assert lapse_holds(session, at=DEADLINE - HOUR) == []
    assert lapse_holds(session, at=DEADLINE) == [held.id]
    assert lapse_holds(session, at=DEADLINE) == []
    assert available(session, LI.code) == 10
    with pytest.raises(HoldLapsed):
        capture(session, held.id, spend("s", LI, 6, at=DEADLINE))
    assert void(session, held.id, at=DEADLINE).status == "lapsed"


def test_lapsed_holds_no_longer_count_when_somebody_spends_before_the_job(session: Session) -> None:
    hold(session)
    post(session, spend("s", LI, 10, at=DEADLINE))
    assert balance(session, LI.code) == 0
    assert audit.holds_equal_balances(session) == []


def test_a_voided_hold_is_free_and_stays_voided(session: Session) -> None:
    held = hold(session)
    assert void(session, held.id, at=SOON).status == "voided"
    assert void(session, held.id, at=SOON).replayed
    with pytest.raises(HoldEnded):
        capture(session, held.id, spend("s", LI, 6, at=SOON))
    assert available(session, LI.code) == 10


def test_the_same_key_gives_the_same_hold_and_other_content_is_a_conflict(session: Session) -> None:
    first = hold(session)
    again = hold(session, at=SOON, deadline=DEADLINE + HOUR)
    assert (again.id, again.replayed, again.deadline) == (first.id, True, DEADLINE)
    with pytest.raises(KeyReused):
        hold(session, 7)
    with pytest.raises(KeyReused):
        hold(session, subject="order:2")
    assert available(session, LI.code) == 4


def test_a_hold_needs_an_amount_a_future_and_an_account_with_a_floor(session: Session) -> None:
    for amount in (0, -1, "0.001"):
        with pytest.raises(AmountInvalid):
            hold(session, amount)
    with pytest.raises(HoldLapsed):
        hold(session, deadline=NOON)
    with pytest.raises(UnknownAccount):
        reserve(session, "nobody", Decimal(1), key="k", at=NOON, deadline=SOON, actor="x", subject="y")
    with pytest.raises(InsufficientBalance):
        reserve(session, STRANGER, Decimal(1), key="k", at=NOON, deadline=SOON, actor="x", subject="y")
    with pytest.raises(NoFloor):
        reserve(session, ISSUED, Decimal(1), key="k", at=NOON, deadline=SOON, actor="x", subject="y")


def test_a_refused_capture_leaves_the_hold_standing(session: Session) -> None:
    held = hold(session)
    closed = move("s", LI, "nobody", 3, at=SOON)
    with pytest.raises(UnknownAccount):
        capture(session, held.id, closed)
    assert available(session, LI.code) == 4
    capture(session, held.id, spend("t", LI, 3, at=SOON))
