"""Closing an account and opening it again: who, when, why; and never without saying so."""

import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledger.accounts import NewStatus, status_changes
from ledger.errors import AccountClosed
from ledger.exports import beancount, hledger
from ledger.journal import post
from ledger.limits import set_limits
from ledger.verify import verify
from tests.ledger.cast import ISSUED, LI, NOON, STRANGER, ZERO, award, set_to, spend
from tests.ledger.test_lots import DAY


@pytest.fixture(autouse=True)
def _li_has_ten(request: pytest.FixtureRequest) -> None:
    if "session" in request.fixturenames:
        post(request.getfixturevalue("session"), award("a", LI, 10))


def clean(session: Session) -> bool:
    return not any(finding.breaks for finding in verify(session))


def test_closing_and_opening_are_kept_with_who_when_and_why(session: Session) -> None:
    assert set_to(session, LI.code, "closed", actor="user:1", reason="By resolution 7.")
    with pytest.raises(AccountClosed):
        post(session, spend("s", LI, 1))
    assert set_to(session, LI.code, "open", at=NOON + DAY, actor="user:2", reason="By mistake.")
    post(session, spend("s", LI, 1))
    set_to(session, ISSUED.code, "closed", at=NOON + 2 * DAY)
    assert status_changes(session, LI.code) == [
        NewStatus(LI.code, "open", "closed", NOON, "user:1", "By resolution 7."),
        NewStatus(LI.code, "closed", "open", NOON + DAY, "user:2", "By mistake."),
    ]
    assert [change.account for change in status_changes(session)] == [LI.code, LI.code, ISSUED.code]
    assert clean(session)


def test_saying_what_is_so_already_changes_nothing(session: Session) -> None:
    assert not set_to(session, LI.code, "open")
    assert set_to(session, LI.code, "closed")
    assert not set_to(session, LI.code, "closed", reason="once more")
    assert [change.reason for change in status_changes(session)] == ["moved away"]


def test_a_status_does_not_change_without_its_record(session: Session) -> None:
    """Neither at first nor back again, nor by a record of another account or of another change."""
    post(session, award("b", STRANGER, 1))
    set_to(session, STRANGER.code, "closed")
    for code, status in ((LI.code, "closed"), (STRANGER.code, "open")):
        with pytest.raises(DBAPIError, match="ledger: "), session.begin_nested():
            session.execute(
                text("UPDATE ledger_accounts SET status = :status WHERE code = :code"),
                {"status": status, "code": code},
            )
    session.execute(text("UPDATE ledger_accounts SET status = status"))
    assert clean(session)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_status_changes SET reason = 'x'",
        "DELETE FROM ledger_status_changes",
        "INSERT INTO ledger_status_changes (account_id, status_before, status, changed_at, actor, reason) "
        "SELECT account_id, status, status, changed_at, actor, reason FROM ledger_status_changes",
    ],
)
def test_what_was_changed_is_not_rewritten(session: Session, statement: str) -> None:
    set_to(session, LI.code, "closed")
    with pytest.raises(DBAPIError):
        session.execute(text(statement))


def test_two_who_close_at_once_close_once(books: Engine) -> None:
    """Also at an account without limits, where nobody waits for a balance."""
    with Session(books) as session, session.begin():
        post(session, award("a", LI, 10))
    answers: list[bool] = []

    def close(code: str) -> None:
        with Session(books) as session, session.begin():
            answers.append(set_to(session, code, "closed"))

    for code in (LI.code, ISSUED.code):
        threads = [threading.Thread(target=close, args=(code,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [False] * 6 + [True] * 2
    with Session(books) as session:
        assert len(status_changes(session)) == 2
        assert clean(session)


def test_the_exports_say_what_was_changed_of_accounts(session: Session) -> None:
    set_to(session, LI.code, "closed")
    set_limits(session, LI.code, floor=ZERO - 5, ceiling=None, at=NOON, actor="user:1", reason='"trusted"')
    says = "limits -5.00 to - instead of 0.00 to - by user:1"
    bean, plain = list(beancount(session)), list(hledger(session))
    assert '2026-03-02 note Assets:Member:Li:Points "closed by office: moved away"' in bean
    assert f'2026-03-02 note Assets:Member:Li:Points "{says}: \\"trusted\\""' in bean
    assert "; 2026-03-02 Assets:Member:Li:Points closed by office: moved away" in plain
    assert f'; 2026-03-02 Assets:Member:Li:Points {says}: "trusted"' in plain
