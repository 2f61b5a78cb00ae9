"""What nobody should ask: each is a refusal of the ledger, nothing is written, and the books go on."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from ledger import console
from ledger.amounts import POINTS, parse_amount
from ledger.balances import balance
from ledger.digests import facts_text
from ledger.errors import (
    AccountClosed,
    AccountDiffers,
    AmountInvalid,
    FactsInvalid,
    HoldExceeded,
    HoldsOnOneAccount,
    KeyReused,
    LedgerError,
    NoFloor,
    NoLimits,
    TextInvalid,
    TimeInvalid,
    UnknownAccount,
)
from ledger.holds import Wanted, capture_all, find_hold, reserve, reserve_all
from ledger.journal import AccountSpec, Draft, Leg, post
from ledger.limits import set_limits
from ledger.lots import lapse
from ledger.models import Transaction
from tests.ledger.cast import ISSUED, LI, NOON, ZERO, award, move, points_of, set_to, spend
from tests.ledger.test_lots import DAY, EXPIRED, KEEPER, OTHER, give, run_lapse, undo

HUGE = 10**5000
DEEP: list[Any] = []
for _ in range(3000):
    DEEP = [DEEP]
ITSELF: dict[str, Any] = {}
ITSELF["itself"] = ITSELF


def _hold(session: Session, *keys: str, amount: Any = 1) -> list[Any]:
    wanted = [Wanted(key, LI, amount) for key in keys]
    return reserve_all(session, wanted, at=NOON, deadline=NOON + DAY, actor="x", subject="order:1")


def _capture_two(session: Session) -> None:
    """In a savepoint: the two holds themselves are in order."""
    with session.begin_nested():
        holds = [hold.id for hold in _hold(session, "h", "h2")]
        capture_all(session, holds, spend("s", LI, 2))


def _many_legs(session: Session) -> Any:
    legs = [Leg(ISSUED, Decimal(-1)), Leg(LI, Decimal(1))] * 15_500
    return post(session, Draft("k", "award", legs, NOON, NOON, "x", "record:1"))


ASKS: dict[str, tuple[Callable[[Session], Any], type[LedgerError]]] = {
    "one key held twice": (lambda session: _hold(session, "h", "h"), KeyReused),
    "a hold of thousands of digits": (lambda session: _hold(session, "h", amount=HUGE), AmountInvalid),
    "nothing to capture": (lambda session: capture_all(session, [], spend("s", LI, 1)), HoldExceeded),
    "a page of no lines": (lambda session: console.show_statement(session, LI.code, limit=0), TextInvalid),
    "two holds on one account captured at once": (
        _capture_two,
        HoldsOnOneAccount,
    ),
    "a hold where there is no floor": (
        lambda session: reserve(
            session, ISSUED, Decimal(1), key="h", at=NOON, deadline=NOON + DAY, actor="x", subject="order:1"
        ),
        NoFloor,
    ),
    "limits where there are none": (
        lambda session: set_limits(
            session, ISSUED.code, floor=None, ceiling=Decimal(9), at=NOON, actor="x", reason="y"
        ),
        NoLimits,
    ),
    "another status": (lambda session: set_to(session, LI.code, "x"), TextInvalid),
    "closed for no reason": (lambda session: set_to(session, LI.code, "closed", reason=""), TextInvalid),
    "closed by nobody": (lambda session: set_to(session, LI.code, "closed", actor=" \n"), TextInvalid),
    "closed at no known moment": (
        lambda session: set_to(session, LI.code, "closed", at=NOON.replace(tzinfo=None)),
        TimeInvalid,
    ),
    "an account that does not exist closed": (
        lambda session: set_to(session, "nobody", "closed"),
        UnknownAccount,
    ),
    "thousands of digits": (
        lambda session: post(
            session,
            Draft("k", "award", [Leg(ISSUED, -HUGE), Leg(LI, HUGE)], NOON, NOON, "x", "r:1"),  # type: ignore[arg-type] # On purpose.
        ),
        AmountInvalid,
    ),
    "facts of thousands of digits": (
        lambda session: post(session, award("k", LI, 1, facts={"n": HUGE})),
        FactsInvalid,
    ),
    "facts of thousands of digits in a list": (
        lambda session: post(session, award("k", LI, 1, facts={"n": [HUGE]})),
        FactsInvalid,
    ),
    "facts nested too deep": (
        lambda session: post(session, award("k", LI, 1, facts={"n": DEEP})),
        FactsInvalid,
    ),
    "facts within themselves": (lambda session: post(session, award("k", LI, 1, facts=ITSELF)), FactsInvalid),
    "a Decimal among the facts": (
        lambda session: post(session, award("k", LI, 1, facts={"n": Decimal(1)})),
        FactsInvalid,
    ),
    "thousands of legs": (_many_legs, TextInvalid),
}


@pytest.mark.parametrize("name", list(ASKS))
def test_an_odd_ask_is_refused_by_the_ledger_itself(session: Session, name: str) -> None:
    post(session, award("a", LI, 10))
    ask, refusal = ASKS[name]
    with pytest.raises(refusal) as refused:
        ask(session)
    assert len(str(refused.value)) < 200
    assert session.scalar(select(func.count()).select_from(Transaction)) == 1
    assert find_hold(session, "h") is None
    post(session, spend("s", LI, 10))


def test_nothing_wanted_is_nothing_held(session: Session) -> None:
    assert _hold(session) == []


def test_minus_nothing_is_nothing() -> None:
    assert [str(parse_amount(text, POINTS)) for text in ("-0", "-0.00", "0", "-1.50")] == [
        "0",
        "0.00",
        "0",
        "-1.50",
    ]


def test_facts_of_any_mapping_are_written_as_json() -> None:
    from types import MappingProxyType

    assert facts_text(MappingProxyType({"a": MappingProxyType({"b": 1})})) == '{"a":{"b":1}}'


def test_another_expiry_under_the_same_key_is_other_content(session: Session) -> None:
    first = post(session, give("a", 5, 10))
    assert post(session, give("a", 5, 10)).id == first.id
    with pytest.raises(KeyReused):
        post(session, give("a", 5, 300))


def test_a_closed_account_keeps_what_expired_and_the_others_lapse(session: Session) -> None:
    post(session, give("a", 7, 10))
    post(session, give("b", 5, 10, to=OTHER))
    set_to(session, OTHER.code, "closed")
    assert len(run_lapse(session, 20)) == 1
    assert run_lapse(session, 20) == []
    assert (balance(session, KEEPER.code), balance(session, OTHER.code)) == (0, 5)
    set_to(session, OTHER.code, "open")
    assert len(run_lapse(session, 20)) == 1
    assert balance(session, OTHER.code) == 0


def test_only_what_would_lapse_to_a_closed_account_stays(session: Session) -> None:
    elsewhere = AccountSpec("org:2:expired", POINTS)
    post(session, give("a", 7, 10))
    post(session, give("b", 5, 10, to=OTHER))
    post(session, move("c", ISSUED, elsewhere, 1))
    set_to(session, elsewhere.code, "closed")
    at = NOON + 20 * DAY

    def run(limit: int) -> int:
        target = {KEEPER.code: elsewhere, OTHER.code: EXPIRED}
        return len(lapse(session, at=at, recorded_at=at, actor="job", to=target.__getitem__, limit=limit))

    assert [run(1), run(1)] == [1, 0]
    assert (balance(session, KEEPER.code), balance(session, OTHER.code)) == (7, 0)


def test_what_came_back_by_undoing_a_lapse_lapses_once_more_and_the_job_ends(session: Session) -> None:
    post(session, give("a", 7, 10))
    for _ in range(2):
        lapsed = run_lapse(session, 20)
        assert [one.replayed for one in lapsed] == [False]
        assert run_lapse(session, 20) == []
        undo(session, lapsed[0], at=NOON + 20 * DAY)
        assert balance(session, KEEPER.code) == 7
    assert len(run_lapse(session, 20)) == 1
    assert balance(session, KEEPER.code) == 0


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (points_of("x", None), points_of("x")),
        (points_of("x"), points_of("x", None)),
        (points_of("x"), points_of("x", Decimal(-20))),
        (points_of("x"), AccountSpec("member:x:points", POINTS, ZERO, ceiling=Decimal(9))),
        (points_of("x"), AccountSpec("member:x:points", POINTS, ZERO, lots=True)),
    ],
    ids=["a floor that is not there", "none where one is", "another floor", "a ceiling", "lots"],
)
def test_other_limits_than_the_account_was_opened_with_are_refused(
    session: Session, opened: AccountSpec, said: AccountSpec
) -> None:
    post(session, award("a", opened, 5))
    with pytest.raises(AccountDiffers) as refusal:
        post(session, award("b", said, 1))
    assert (refusal.value.facts["key"], refusal.value.facts["index"]) == ("b", 0)
    if said.guarded:
        with pytest.raises(AccountDiffers):
            reserve(
                session, said, Decimal(1), key="h", at=NOON, deadline=NOON + DAY, actor="x", subject="order:1"
            )
    post(session, award("c", opened, 1))
    assert balance(session, opened.code) == 6


def test_limits_changed_for_a_reason_stand_beside_the_old_description(session: Session) -> None:
    post(session, award("a", LI, 5))
    set_limits(session, LI.code, floor=Decimal(-20), ceiling=None, at=NOON, actor="x", reason="trusted")
    post(session, spend("s", LI, 20))
    post(session, spend("t", points_of("li", Decimal(-20)), 1))
    with pytest.raises(AccountDiffers):
        post(session, award("b", points_of("li", None), 1))
    assert balance(session, LI.code) == -16


def test_who_waited_while_the_account_was_closed_is_refused(books: Engine) -> None:
    """On PostgreSQL both wait for the balance while it is closed; on SQLite for the only writer."""
    with Session(books) as session, session.begin():
        post(session, award("a", LI, 10))
        held = _hold(session, "h")[0].id
    answers: list[str] = []

    def late(act: Callable[[Session], Any]) -> None:
        with Session(books) as session:
            try:
                act(session)
                answers.append("posted")
            except AccountClosed:
                answers.append("closed")
            session.commit()

    later = NOON + dt.timedelta(hours=1)
    acts: list[Callable[[Session], Any]] = [
        lambda session: post(session, spend("s", LI, 1)),
        lambda session: capture_all(session, [held], spend("c", LI, 1, at=later)),
        lambda session: _hold(session, "h2"),
    ]
    with Session(books) as closing:
        set_to(closing, LI.code, "closed")
        threads = [threading.Thread(target=late, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        threads[-1].join(timeout=1)
        closing.commit()
    for thread in threads:
        thread.join()
    assert answers == ["closed"] * 3
    with Session(books) as session:
        hold = find_hold(session, "h")
        assert (balance(session, LI.code), hold and hold.status, find_hold(session, "h2")) == (
            10,
            "held",
            None,
        )
