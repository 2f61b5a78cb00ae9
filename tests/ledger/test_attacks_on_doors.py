"""What a stranger tried at each door: corrections on easier terms, one hold let go twice, texts no database can hold."""

import datetime as dt
import decimal
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.accounts import set_status, status_changes
from ledger.amounts import POINTS, from_scaled, parse_amount
from ledger.balances import available, balance, balances, statement
from ledger.console import show_statement, show_trial_balance
from ledger.errors import GivenBack, InsufficientBalance, LedgerError, TextInvalid
from ledger.exports import beancount, hledger
from ledger.holds import capture, capture_all, find_hold, holds_about, reserve, void_all
from ledger.journal import Draft, Leg, Posting, correct, give_back, post, post_batch, reverse
from ledger.limits import limit_changes, set_limits
from ledger.lots import expiring, lots_of, spendable_lots
from ledger.models import Account, Transaction
from ledger.reports import outstanding_by_age, totals, trial_balance
from ledger.verify import verify
from tests.ledger.cast import ISSUED, LI, NOON, REDEEMED, award, move, spend
from tests.ledger.test_giving_back import clean, refund
from tests.ledger.test_lots import DAY, EXPIRED, KEEPER, give, hold, left, run_lapse, undo


def back(key: str, amount: int) -> Draft:
    """What gives an amount back to Li."""
    legs = [Leg(REDEEMED, Decimal(-amount)), Leg(KEEPER, Decimal(amount))]
    return Draft(key, "refund", legs, NOON, NOON, "x", "return:1")


def lapsed(key: str, amount: int, *, day: int) -> Draft:
    """What takes an amount away from Li because it had expired."""
    at = NOON + day * DAY
    legs = [Leg(KEEPER, Decimal(-amount)), Leg(EXPIRED, Decimal(amount))]
    return Draft(key, "lapse", legs, at, at, "office", KEEPER.code)


@pytest.fixture
def spent(session: Session) -> Posting:
    """Li got 7 points for a month and 9 for ever, and spent 8 of them."""
    post_batch(session, [give("a", 7, 30), give("b", 9, None)])
    posting = post(session, spend("s", KEEPER, 8))
    assert left(session) == [(None, 8)]
    return posting


def test_what_was_given_back_is_corrected_into_the_same_lots_and_counted(
    session: Session, spent: Posting
) -> None:
    given = refund(session, spent, 7)
    assert left(session) == [(30, 6), (None, 9)]
    _, right = correct(session, given.id, back("g2", 6), reason="6, not 7")
    assert left(session) == [(30, 5), (None, 9)]
    with pytest.raises(GivenBack):
        give_back(session, spent.id, back("g3", 8))
    give_back(session, spent.id, back("g3", 2))
    with pytest.raises(GivenBack):
        give_back(session, spent.id, back("g4", 1))
    assert left(session) == [(30, 7), (None, 9)]
    facts = statement(session, KEEPER.code)[1].facts
    assert (facts["corrects"], facts["gives_back"]) == (given.id, spent.id)
    assert right.id == statement(session, KEEPER.code)[1].transaction_id
    assert clean(session)


def test_more_than_was_taken_cannot_be_given_back_by_a_correction_either(
    session: Session, spent: Posting
) -> None:
    given = refund(session, spent, 5)
    refund(session, spent, 2, key="other")
    before = left(session), session.scalar(select(func.count()).select_from(Transaction))
    with pytest.raises(GivenBack):
        correct(session, given.id, back("g2", 7), reason="more")
    assert before == (left(session), session.scalar(select(func.count()).select_from(Transaction)))
    correct(session, given.id, back("g2", 6), reason="more")
    assert left(session) == [(30, 7), (None, 9)]
    assert clean(session)


def test_a_corrected_gift_back_is_corrected_again_replayed_and_undone(
    session: Session, spent: Posting
) -> None:
    given = refund(session, spent, 7)
    first = correct(session, given.id, back("g2", 6), reason="6")
    again = correct(session, given.id, back("g2", 6), reason="6")
    assert [one.id for one in again] == [one.id for one in first]
    assert all(one.replayed for one in again)
    _, second = correct(session, first[1].id, back("g3", 8), reason="all of it")
    with pytest.raises(GivenBack):
        give_back(session, spent.id, back("g4", 1))
    undo(session, second)
    assert left(session) == [(None, 8)]
    undo(session, spent)
    assert left(session) == [(30, 7), (None, 9)]
    assert clean(session)


def test_a_gift_back_that_was_reversed_may_be_given_once_more_and_not_twice(
    session: Session, spent: Posting
) -> None:
    undo(session, refund(session, spent, 7))
    give_back(session, spent.id, back("g2", 8))
    with pytest.raises(GivenBack):
        give_back(session, spent.id, back("g3", 1))
    assert left(session) == [(30, 7), (None, 9)]
    assert clean(session)


def test_a_corrected_lapse_takes_what_has_expired_and_nothing_else(session: Session) -> None:
    post_batch(session, [give("a", 10, 5), give("b", 9, None)])
    (lapse,) = run_lapse(session, 20)
    assert left(session) == [(None, 9)]
    correct(session, lapse.id, lapsed("l", 4, day=20), reason="4, not 10")
    assert left(session) == [(5, 6), (None, 9)]
    (rest,) = run_lapse(session, 21)
    with pytest.raises(InsufficientBalance):
        correct(session, rest.id, lapsed("l2", 7, day=21), reason="more than had expired")
    assert left(session) == [(None, 9)]
    undo(session, rest, NOON + 21 * DAY)
    assert left(session) == [(5, 6), (None, 9)]
    assert clean(session)


def test_what_a_hold_had_kept_from_lapsing_pays_for_the_corrected_capture_too(session: Session) -> None:
    post_batch(session, [give("a", 10, 5), give("b", 9, None)])
    number = hold(session, 6, day=1)
    at = NOON + 20 * DAY
    taken = capture(session, number, spend("s", KEEPER, 6, at=at))
    assert left(session) == [(5, 4), (None, 9)]
    _, right = correct(session, taken.id, spend("s2", KEEPER, 4, at=at), reason="4, not 6")
    assert left(session) == [(5, 6), (None, 9)]
    # Of what has expired no more than the hold had kept; the rest comes from what is valid. Lines count together.
    legs = [Leg(KEEPER, Decimal(-3)), Leg(KEEPER, Decimal(-4)), Leg(REDEEMED, Decimal(7))]
    correct(session, right.id, Draft("s3", "spend", legs, at, at, "x", "test:1"), reason="7")
    assert left(session) == [(5, 6), (None, 6)]
    assert clean(session)


def test_a_hold_that_is_named_twice_is_let_go_once(session: Session) -> None:
    post(session, award("a", LI, 10))
    one, other = (
        reserve(
            session, LI, Decimal(3), key=key, at=NOON, deadline=NOON + DAY, actor="li", subject="order:1"
        ).id
        for key in ("h", "h2")
    )
    assert [(hold.id, hold.status) for hold in void_all(session, [one, one], at=NOON)] == [
        (one, "voided")
    ] * 2
    assert available(session, LI.code) == 7
    assert [hold.replayed for hold in void_all(session, [one, one], at=NOON)] == [True, True]
    assert [hold.id for hold in void_all(session, [other, one, other], at=NOON)] == [other, one, other]
    assert available(session, LI.code) == 10
    assert clean(session)


CONTEXTS: dict[str, dict[str, Any]] = {
    "four digits": {"prec": 4},
    "four digits, rounded up": {"prec": 4, "rounding": decimal.ROUND_UP},
    "four digits, to zero": {"prec": 4, "rounding": decimal.ROUND_DOWN},
    "one digit, small exponents": {"prec": 1, "Emin": 0, "Emax": 0, "clamp": 1},
    "everything is an error": {
        "prec": 4,
        "traps": [
            decimal.Inexact,
            decimal.Rounded,
            decimal.Clamped,
            decimal.Subnormal,
            decimal.FloatOperation,
        ],
    },
    "nothing is an error": {"prec": 4, "traps": []},
}


@pytest.mark.parametrize("context", list(CONTEXTS.values()), ids=list(CONTEXTS))
def test_no_amount_depends_on_the_context_of_whoever_asks(session: Session, context: dict[str, Any]) -> None:
    # Written before the context changes: only the ledger's own arithmetic is on trial.
    drafts = [
        award("a", LI, "12345.67"),
        give("b", 98765, 30),
        give("c", 11111, None),
        award("d", LI, "0.01"),
    ]
    too_much = spend("s", LI, "12345.68")
    held, free = Decimal("1000.01"), Decimal("12345.68") - Decimal("1000.01")
    with decimal.localcontext(**context):
        first, *_ = post_batch(session, drafts)
        on_hold = reserve(session, LI, held, key="h", at=NOON, deadline=NOON + DAY, actor="x", subject="o")
        read = {
            "balance": balance(session, LI.code) == Decimal("12345.68"),
            "of the house": balance(session, ISSUED.code) == Decimal("-122221.68"),
            "then": balance(session, LI.code, at=NOON) == Decimal("12345.68"),
            "together": list(balances(session, [LI.code]).values()) == [Decimal("12345.68")],
            "available": available(session, LI.code) == free,
            "running": [line.balance for line in statement(session, ISSUED.code)][:2]
            == [Decimal("-122221.68"), Decimal("-122221.67")],
            "expiring": expiring(session, KEEPER.code, before=NOON + 40 * DAY) == 98765,
            "totals": totals(trial_balance(session)) == {"POINTS": (Decimal("122221.68"),) * 2},
            "signed": {line.balance for line in trial_balance(session)}
            == {Decimal("12345.68"), Decimal(109876), Decimal("-122221.68")},
            "by age": outstanding_by_age(session, POINTS, at=NOON)[0].amount == Decimal("122221.68"),
            "shown": show_trial_balance(session)["totals"] == {"POINTS": {"debit": "122221.68", "credit": "122221.68"}},
            "beancount": any("122221.68" in line for line in beancount(session)),
            "hledger": any("122221.68" in line for line in hledger(session)),
            "parsed": str(parse_amount("-12345.67", POINTS)) == "-12345.67" and str(parse_amount("-0.00", POINTS)) == "0.00",
            "scaled": str(from_scaled(2**62, POINTS)) == "46116860184273879.04",
        }  # fmt: skip
        with pytest.raises(InsufficientBalance) as refusal:
            post(session, too_much)
        read["refused"] = refusal.value.facts["available"] == free
        void_all(session, [on_hold.id], at=NOON)
        reverse(session, first.id, key="r", at=NOON, recorded_at=NOON, actor="x", reason="y")
        (lapse,) = run_lapse(session, 31)
        read["undone"] = balance(session, LI.code) == Decimal("0.01")
        read["lapsed"] = lapse.kind == "lapse" and balance(session, EXPIRED.code) == 98765
        assert not any(finding.breaks for finding in verify(session))
    assert [name for name, exact in read.items() if not exact] == []


BLURS = {"null": "a\0b", "half a character": "a\ud800b", "a line's end": "a\nb"}

DOORS: dict[str, Callable[[Session, str], Any]] = {
    "post to": lambda session, word: post(session, move("z", ISSUED, word, 1)),
    "post from": lambda session, word: post(session, move("z", word, LI, 1)),
    "post under": lambda session, word: post(session, move(word, ISSUED, LI, 1)),
    "post by": lambda session, word: post(session, move("z", ISSUED, LI, 1, actor=word)),
    "post about": lambda session, word: post(session, move("z", ISSUED, LI, 1, subject=word)),
    "post as": lambda session, word: post(session, move("z", ISSUED, LI, 1, kind=word)),
    "reverse under": lambda session, word: reverse(
        session, 1, key=word, at=NOON, recorded_at=NOON, actor="x", reason="y"
    ),
    "give back under": lambda session, word: give_back(session, 1, move(word, LI, ISSUED, 1)),
    "correct under": lambda session, word: correct(
        session, 1, move(word, ISSUED, LI, 1, kind="award"), reason="y"
    ),
    "reserve on": lambda session, word: reserve(
        session, word, Decimal(1), key="h", at=NOON, deadline=NOON + DAY, actor="x", subject="o"
    ),
    "reserve under": lambda session, word: reserve(
        session, LI, Decimal(1), key=word, at=NOON, deadline=NOON + DAY, actor="x", subject="o"
    ),
    "capture under": lambda session, word: capture_all(session, [1], spend(word, LI, 1)),
    "capture to": lambda session, word: capture_all(session, [1], move("z", LI, word, 1)),
    "balance": balance,
    "balances": lambda session, word: balances(session, [LI.code, word]),
    "balance then": lambda session, word: balance(session, word, at=NOON),
    "available": available,
    "statement": statement,
    "statement shown": show_statement,
    "lots": lots_of,
    "spendable lots": lambda session, word: spendable_lots(session, word, at=NOON),
    "find a hold": find_hold,
    "holds about": holds_about,
    "limits": limit_changes,
    "set limits": lambda session, word: set_limits(
        session, word, floor=None, ceiling=None, at=NOON, actor="x", reason="y"
    ),
    "status": status_changes,
    "set status": lambda session, word: set_status(
        session, word, status="closed", at=NOON, actor="x", reason="y"
    ),
}  # fmt: skip


def test_a_text_that_no_database_can_hold_is_refused_at_every_door(session: Session) -> None:
    post(session, award("a", LI, 10))
    reserve(session, LI, Decimal(1), key="held", at=NOON, deadline=NOON + DAY, actor="x", subject="o")
    accounts = session.scalar(select(func.count()).select_from(Account))
    taken = []
    for door, ask in DOORS.items():
        for name, word in BLURS.items():
            try:
                ask(session, word)
            except TextInvalid:
                continue
            except LedgerError as refusal:
                taken.append((door, name, refusal.code))
            else:
                taken.append((door, name, "answered"))
    assert taken == []
    # Nothing was written, and the transaction is as fit to go on as before.
    assert session.scalar(select(func.count()).select_from(Account)) == accounts
    assert session.scalar(select(func.count()).select_from(Transaction)) == 1
    assert available(session, LI.code) == 9


@pytest.mark.parametrize("word", list(BLURS.values())[:2], ids=list(BLURS)[:2])
def test_facts_that_no_database_can_hold_are_refused_before_anything_is_written(
    session: Session, word: str
) -> None:
    post(session, award("a", LI, 10))
    for facts in ({"name": word}, {word: 1}, {"deep": [{"name": word}]}):
        with pytest.raises(LedgerError):
            post(session, award("b", LI, 1, facts=facts))
        with pytest.raises(LedgerError):
            reserve(
                session, LI, Decimal(1), key="h", at=NOON, deadline=NOON + DAY, actor="x", subject="o", facts=facts
            )  # fmt: skip
        with pytest.raises(LedgerError):
            reverse(session, 1, key="r", at=NOON, recorded_at=NOON, actor="x", reason=word)
    assert (balance(session, LI.code), available(session, LI.code)) == (10, 10)


def test_the_draft_of_a_batch_whose_account_is_no_text_is_named(session: Session) -> None:
    at: dt.datetime = NOON
    with pytest.raises(TextInvalid) as refusal:
        post_batch(session, [award("a", LI, 1, at=at), move("b", ISSUED, "member:\0", 1)])
    assert (refusal.value.facts["key"], refusal.value.facts["index"]) == ("b", 1)
