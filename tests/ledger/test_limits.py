"""Another floor or ceiling for an account: who, when, why; and never one that is broken already."""

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.errors import CeilingExceeded, InsufficientBalance, LimitBroken, NoLimits, UnknownAccount
from ledger.holds import reserve
from ledger.journal import post
from ledger.limits import Change, limit_changes, set_limits
from ledger.verify import verify
from tests.ledger.cast import ISSUED, LI, NOON, award, spend
from tests.ledger.test_lots import DAY, KEEPER, give


def limit(session: Session, floor: int | None, ceiling: int | None = None, code: str = LI.code) -> bool:
    low, high = (None if one is None else Decimal(one) for one in (floor, ceiling))
    return set_limits(
        session, code, floor=low, ceiling=high, at=NOON, actor="user:1", reason="By resolution 7."
    )


@pytest.fixture(autouse=True)
def _li_has_ten(session: Session) -> None:
    post(session, award("a", LI, 10))


def test_an_account_may_be_let_below_zero_and_the_change_is_kept(session: Session) -> None:
    assert limit(session, -5)
    post(session, spend("s", LI, 15))
    with pytest.raises(InsufficientBalance):
        post(session, spend("t", LI, 1))
    assert not limit(session, -5)
    assert limit_changes(session, LI.code) == [
        Change(LI.code, Decimal(0), None, Decimal(-5), None, NOON, "user:1", "By resolution 7.")
    ]
    assert not any(finding.breaks for finding in verify(session))


def test_a_new_ceiling_holds_from_then_on(session: Session) -> None:
    limit(session, 0, 12)
    with pytest.raises(CeilingExceeded):
        post(session, award("b", LI, 3))
    assert limit(session, 0)
    post(session, award("c", LI, 3))


def test_limits_that_are_broken_already_are_refused(session: Session) -> None:
    for floor, ceiling in ((11, None), (0, 9)):
        with pytest.raises(LimitBroken):
            limit(session, floor, ceiling)
    reserve(session, LI, Decimal(4), key="h", at=NOON, deadline=NOON + DAY, actor="li", subject="order:1")
    with pytest.raises(LimitBroken):
        limit(session, 7)
    assert limit(session, 6)


def test_a_lot_never_owes_and_what_has_no_row_has_no_limit(session: Session) -> None:
    post(session, give("g", 5, 10))
    with pytest.raises(LimitBroken):
        limit(session, -1, code=KEEPER.code)
    with pytest.raises(NoLimits):
        limit(session, -1, code=ISSUED.code)
    with pytest.raises(UnknownAccount):
        limit(session, -1, code="nobody")


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger_limit_changes SET reason = 'x'", "DELETE FROM ledger_limit_changes"]
)
def test_what_was_changed_is_not_rewritten(session: Session, statement: str) -> None:
    limit(session, -5)
    with pytest.raises(DBAPIError):
        session.execute(text(statement))
