"""Points that lapse: kept in lots, spent oldest first, given back to the lots they came from."""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger import audit
from ledger.balances import available, balance
from ledger.errors import InsufficientBalance, UnknownExpiry
from ledger.holds import capture, reserve
from ledger.journal import AccountSpec, Draft, Leg, Posting, correct, post, post_batch, reverse
from ledger.lots import expiring, lapse, lots_of, spendable_lots
from tests.ledger.cast import ISSUED, LI, NOON, POINTS, REDEEMED, ZERO, award, points_of, spend

DAY = dt.timedelta(days=1)
KEEPER = AccountSpec("member:li:lapsing", POINTS, ZERO, lots=True)
OTHER = AccountSpec("member:other:lapsing", POINTS, ZERO, lots=True)
EXPIRED = AccountSpec("org:1:expired", POINTS)


def give(
    key: str, amount: int, days: int | None, *, at: dt.datetime = NOON, to: AccountSpec = KEEPER
) -> Draft:
    """Points that expire after some days, or never."""
    expires_at = None if days is None else at + days * DAY
    legs = [Leg(ISSUED, Decimal(-amount)), Leg(to, Decimal(amount), expires_at)]
    return Draft(key, "award", legs, at, at, "coordinator", "record:1")


def left(session: Session) -> list[tuple[int | None, Decimal]]:
    """What is left, by the day on which it expires."""
    return [
        (None if lot.expires_at is None else (lot.expires_at - NOON).days, lot.left)
        for lot in lots_of(session, KEEPER.code)
    ]


def undo(session: Session, posting: Posting, at: dt.datetime = NOON) -> Posting:
    return reverse(
        session, posting.id, key=f"undo {posting.key}", at=at, recorded_at=at, actor="x", reason="mistake"
    )


def run_lapse(session: Session, day: int) -> list[Posting]:
    at = NOON + day * DAY
    return lapse(session, at=at, recorded_at=at, actor="job", to=lambda _: EXPIRED)


def hold(session: Session, amount: int, *, day: int, key: str = "h") -> int:
    """Reserve something of Li's for a month; the number of the hold."""
    at = NOON + day * DAY
    return reserve(
        session,
        KEEPER,
        Decimal(amount),
        key=key,
        at=at,
        deadline=at + 30 * DAY,
        actor="li",
        subject="order:1",
    ).id


def sound(session: Session) -> bool:
    """Lots, balances and holds agree."""
    checks = (audit.lots_equal_balances, audit.balances_equal_entries, audit.holds_equal_balances)
    return not any(check(session) for check in checks) and not audit.digests_recompute(session)


def test_what_expires_first_is_spent_first_and_what_never_expires_last(session: Session) -> None:
    post_batch(session, [give("c", 5, None), give("b", 5, 20), give("a", 5, 10)])
    post(session, spend("s", KEEPER, 7))
    assert left(session) == [(20, 3), (None, 5)]
    assert expiring(session, KEEPER.code, before=NOON + 21 * DAY) == 3
    assert sound(session)


def test_a_batch_spends_what_it_brought_in(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), spend("s", KEEPER, 3), give("b", 5, 5), spend("t", KEEPER, 6)])
    assert left(session) == [(10, 1)]
    assert sound(session)


def test_a_reversed_spend_goes_back_to_the_lots_it_came_from(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("b", 5, 20)])
    spent = post(session, spend("s", KEEPER, 7))
    undo(session, spent)
    assert left(session) == [(10, 5), (20, 5)]
    assert sound(session)


def test_a_reversed_award_takes_back_its_own_lot_first(session: Session) -> None:
    post_batch(session, [give("a", 5, 10)])
    later = post(session, give("b", 5, 20))
    undo(session, later)
    assert left(session) == [(10, 5)]
    assert sound(session)


def test_a_reversed_award_that_was_spent_takes_from_the_others(session: Session) -> None:
    first = post(session, give("a", 5, 10))
    post_batch(session, [give("b", 5, 20), spend("s", KEEPER, 4)])
    undo(session, first)
    assert left(session) == [(20, 1)]
    assert sound(session)


def test_expired_points_are_not_spent_even_before_the_job_has_come_by(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("b", 5, 20)])
    at = NOON + 10 * DAY
    assert available(session, KEEPER.code, at=at) == 5
    with pytest.raises(InsufficientBalance) as refusal:
        post(session, spend("s", KEEPER, 6, at=at))
    assert (refusal.value.facts["available"], refusal.value.facts["wanted"]) == (5, 6)
    post(session, spend("s", KEEPER, 5, at=at))
    assert left(session) == [(10, 5)]


def test_lapsing_is_a_posting_and_happens_once(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("b", 5, 20), give("c", 3, 10, to=OTHER)])
    assert run_lapse(session, 9) == []
    lapsed = run_lapse(session, 10)
    assert [posting.kind for posting in lapsed] == ["lapse", "lapse"]
    assert run_lapse(session, 10) == []
    assert (balance(session, KEEPER.code), balance(session, EXPIRED.code)) == (5, 8)
    assert left(session) == [(20, 5)]
    assert sound(session)


def test_what_is_held_lapses_only_after_its_hold(session: Session) -> None:
    post(session, give("a", 5, 10))
    hold = reserve(
        session, KEEPER, Decimal(3), key="h", at=NOON, deadline=NOON + 30 * DAY, actor="li", subject="order:1"
    )
    run_lapse(session, 11)
    assert balance(session, KEEPER.code) == 3
    capture(session, hold.id, spend("s", KEEPER, 2, at=NOON + 12 * DAY))
    assert balance(session, KEEPER.code) == 1
    run_lapse(session, 12)
    assert balance(session, KEEPER.code) == 0
    assert sound(session)


def test_a_return_after_the_expiry_goes_back_to_the_lot_and_lapses_with_it(session: Session) -> None:
    post(session, give("a", 5, 10))
    spent = post(session, spend("s", KEEPER, 5))
    undo(session, spent, at=NOON + 11 * DAY)
    assert available(session, KEEPER.code, at=NOON + 11 * DAY) == 0
    run_lapse(session, 11)
    assert balance(session, KEEPER.code) == 0
    assert sound(session)


def test_an_expiry_needs_an_account_with_lots_and_a_future(session: Session) -> None:
    legs = [Leg(ISSUED, Decimal(-1)), Leg(LI, Decimal(1), NOON + DAY)]
    with pytest.raises(UnknownExpiry):
        post(session, Draft("a", "award", legs, NOON, NOON, "x", "y"))
    with pytest.raises(UnknownExpiry):
        post(session, give("b", 1, 0))
    with pytest.raises(ValueError, match="floor of zero"):
        AccountSpec("x", POINTS, lots=True)


def test_what_is_reserved_keeps_the_points_it_was_reserved_on_from_lapsing(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("b", 5, 20)])
    hold(session, 5, day=0)
    assert available(session, KEEPER.code, at=NOON + 11 * DAY) == 5
    assert run_lapse(session, 11) == []
    assert left(session) == [(10, 5), (20, 5)]


def test_points_that_have_lapsed_are_not_spent_by_a_race_with_the_job(session: Session) -> None:
    """Six have lapsed and the job is late; what is reserved and spent since then comes from the others alone."""
    post_batch(session, [give("a", 6, 10), give("b", 4, 20)])
    at = NOON + 11 * DAY
    kept = hold(session, 3, day=11)
    assert available(session, KEEPER.code, at=at) == 1
    with pytest.raises(InsufficientBalance):
        hold(session, 2, day=11, key="more")
    with pytest.raises(InsufficientBalance):
        post(session, spend("s", KEEPER, 2, at=at))
    capture(session, kept, spend("t", KEEPER, 3, at=at))
    assert left(session) == [(10, 6), (20, 1)]
    run_lapse(session, 11)
    assert left(session) == [(20, 1)]
    assert sound(session)


def test_what_would_be_taken_is_told_beforehand(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("b", 5, 20)])
    hold(session, 3, day=0)
    told = [(lot.expires_at, lot.left) for lot in spendable_lots(session, KEEPER.code, at=NOON)]
    assert told == [(NOON + 10 * DAY, 2), (NOON + 20 * DAY, 5)]
    assert [lot.left for lot in spendable_lots(session, KEEPER.code, at=NOON + 10 * DAY)] == [5]
    assert spendable_lots(session, "nobody", at=NOON) == []
    post(session, spend("s", KEEPER, 3))
    assert left(session) == [(10, 3), (20, 4)]


def test_the_job_goes_on_past_accounts_whose_lapsed_points_are_all_reserved(session: Session) -> None:
    post_batch(session, [give("a", 5, 10), give("a2", 5, 20), give("b", 5, 10, to=OTHER)])
    hold(session, 5, day=0)
    at = NOON + 11 * DAY
    lapsed = lapse(session, at=at, recorded_at=at, actor="job", to=lambda _: EXPIRED, limit=1)
    assert [balance(session, code) for code in (KEEPER.code, OTHER.code)] == [10, 0]
    assert len(lapsed) == 1


def test_a_correction_is_a_reversal_and_a_new_posting_joined(session: Session) -> None:
    wrong = post(session, give("a", 50, 10))
    reversal, right = correct(session, wrong.id, give("a2", 5, 10), reason="typing error")
    assert balance(session, KEEPER.code) == 5
    again = correct(session, wrong.id, give("a2", 5, 10), reason="typing error")
    assert [posting.id for posting in again] == [reversal.id, right.id]
    assert left(session) == [(10, 5)]
    assert sound(session)


def test_accounts_without_lots_are_untouched_by_lots(session: Session) -> None:
    post_batch(session, [award("a", LI, 5), spend("s", LI, 2), award("b", points_of("x"), 1)])
    assert lots_of(session, LI.code) == []
    assert run_lapse(session, 1000) == []
    assert balance(session, REDEEMED.code) == 2
