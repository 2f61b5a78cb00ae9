"""Giving back a part of what was taken: never more than that, however it is said, and undone as if it had not been."""

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger.balances import balance
from ledger.errors import AlreadyReversed, GivenBack, LedgerError, UnknownAccount
from ledger.journal import Draft, Leg, Posting, give_back, post, post_batch
from ledger.verify import verify
from tests.ledger.cast import NOON, REDEEMED, spend
from tests.ledger.test_lots import KEEPER, give, left, sound, undo


def refund(session: Session, spent: Posting, *amounts: int, key: str = "g") -> Posting:
    """Give these amounts back to Li, a line for each."""
    legs = [Leg(REDEEMED, Decimal(-sum(amounts))), *(Leg(KEEPER, Decimal(amount)) for amount in amounts)]
    return give_back(session, spent.id, Draft(key, "refund", legs, NOON, NOON, "x", "return:1"))


def clean(session: Session) -> bool:
    return sound(session) and not any(finding.breaks for finding in verify(session))


def test_two_lines_together_give_back_no_more_than_was_taken(session: Session) -> None:
    post(session, give("a", 100, 30))
    spent = post(session, spend("s", KEEPER, 30))
    post(session, spend("t", KEEPER, 60))
    with pytest.raises(GivenBack):
        refund(session, spent, 30, 30)
    assert balance(session, KEEPER.code) == 10
    refund(session, spent, 10, 20)
    with pytest.raises(GivenBack):
        refund(session, spent, 1, key="again")
    assert left(session) == [(30, 40)]
    assert clean(session)


def test_two_lines_that_took_from_one_lot_get_it_back_in_one(session: Session) -> None:
    post(session, give("a", 50, 30))
    legs = [Leg(KEEPER, Decimal(-10)), Leg(KEEPER, Decimal(-20)), Leg(REDEEMED, Decimal(30))]
    spent = post(session, Draft("s", "spend", legs, NOON, NOON, "x", "order:1"))
    given = refund(session, spent, 25)
    undo(session, given)
    undo(session, spent)
    assert left(session) == [(30, 50)]
    assert clean(session)


def test_what_was_given_back_by_mistake_can_be_given_back_again(session: Session) -> None:
    post(session, give("a", 100, 30))
    spent = post(session, spend("s", KEEPER, 30))
    undo(session, refund(session, spent, 20))
    assert balance(session, KEEPER.code) == 70
    second = refund(session, spent, 30, key="g2")
    with pytest.raises(GivenBack):
        refund(session, spent, 1, key="g3")
    undo(session, second)
    undo(session, spent)
    assert left(session) == [(30, 100)]
    with pytest.raises(GivenBack):
        refund(session, spent, 1, key="g4")
    with pytest.raises(AlreadyReversed):
        undo_as(session, spent, "once more")
    assert clean(session)


def undo_as(session: Session, posting: Posting, key: str) -> None:
    """Undo under another key than before."""
    undo(session, Posting(posting.id, key, "", NOON, NOON, b"", replayed=False))


def test_undoing_takes_other_lots_where_what_was_given_back_is_spent(session: Session) -> None:
    post(session, give("a", 30, 10))
    spent = post(session, spend("s", KEEPER, 30))
    given = refund(session, spent, 20)
    post_batch(session, [give("b", 50, 20), spend("t", KEEPER, 15)])
    assert left(session) == [(10, 5), (20, 50)]
    undone = undo(session, given)
    assert left(session) == [(20, 35)]
    # What the undoing took is out for the spend, not for itself as well.
    with pytest.raises(GivenBack):
        refund(session, undone, 1, key="g2")
    undo(session, spent)
    assert left(session) == [(10, 15), (20, 50)]
    assert clean(session)


def test_giving_back_to_an_account_that_does_not_exist_is_refused(session: Session) -> None:
    post(session, give("a", 30, 10))
    spent = post(session, spend("s", KEEPER, 30))
    legs = [Leg(REDEEMED, Decimal(-1)), Leg("member:nobody", Decimal(1))]
    with pytest.raises(UnknownAccount) as refusal:
        give_back(session, spent.id, Draft("g", "refund", legs, NOON, NOON, "x", "return:1"))
    assert isinstance(refusal.value, LedgerError)
