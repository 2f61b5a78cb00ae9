"""Reserved points and goods: held together, collected by one sale, released, lapsed; on both engines, in races too."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from ledger import balances
from ledger.errors import HoldEnded, HoldLapsed, InsufficientBalance, KeyReused, LedgerError
from ledger.retries import with_retries
from ledger.verify import verify
from tests.books.test_postings import MEMBER, ORGANISATION, RICE, SHOP, SOAP, award, goods, spend
from tests.cast import NOON
from timebank.books import chart, postings, queries
from timebank.books.reservations import (
    COLLECTED,
    LAPSED,
    RELEASED,
    STANDING,
    ReservationAbsent,
    Reserved,
    reservation,
)
from timebank.db import Database

DEADLINE = NOON + timedelta(days=3)
CROWD = 6


def reserve(session: Session, key: str = "r1", **changes: Any) -> Reserved:
    values: dict[str, Any] = {
        "member_id": MEMBER,
        "shop_id": SHOP,
        "organisation_id": ORGANISATION,
        "points": Decimal(20),
        "goods": [(SOAP, 2), (RICE, 1)],
        "deadline": DEADLINE,
        "at": NOON,
        "actor": "user:7",
    }
    return postings.reserve(session, key=key, **(values | changes))


def release(session: Session, key: str = "r1") -> Reserved:
    return postings.release(session, key=key, at=NOON, actor="user:7", reason="Changed her mind.")


def collect(session: Session, key: str = "r1", token: str = "o1", at: Any = NOON) -> Any:  # noqa: S107 - a name, not a secret.
    return postings.collect(session, key=key, order_token=token, at=at, actor="user:4")


def free(session: Session) -> tuple[Decimal, int, int]:
    """What is free: points, soap, rice."""
    return (
        queries.points_available(session, MEMBER),
        queries.shelf_available(session, SHOP, SOAP),
        queries.shelf_available(session, SHOP, RICE),
    )


@pytest.fixture
def stocked(database: Database) -> Database:
    """The member has 25 points, the shop five soaps and two bags of rice."""
    with database.transaction() as session:
        award(session)
        goods(session)
    return database


def test_reserved_points_and_goods_are_still_there_but_not_free(stocked: Database) -> None:
    with stocked.transaction() as session:
        made = reserve(session)
        assert (made.state, made.points, made.goods) == (STANDING, Decimal(20), ((SOAP, 2), (RICE, 1)))
        assert free(session) == (5, 3, 1)
        assert queries.points_balance(session, MEMBER) == 25
        assert queries.shelf_quantities(session, SHOP) == {SOAP: 5, RICE: 2}
        assert queries.shelf_availables(session, SHOP) == {SOAP: 3, RICE: 1}
        with pytest.raises(InsufficientBalance):
            spend(session, points="6", soap=1)
        with pytest.raises(InsufficientBalance):
            spend(session, points="1", soap=4)


def test_the_same_key_gives_the_same_reservation_and_other_content_is_a_conflict(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        assert reserve(session).replayed
        for change in ({"points": Decimal(19)}, {"goods": [(SOAP, 2)]}, {"goods": [(SOAP, 2), (RICE, 2)]}):
            with pytest.raises(KeyReused):
                reserve(session, **change)
        assert free(session) == (5, 3, 1)


def test_a_reservation_is_made_whole_or_not_at_all(stocked: Database) -> None:
    with stocked.transaction() as session:
        with pytest.raises(InsufficientBalance) as short:
            reserve(session, goods=[(SOAP, 2), (RICE, 3)])
        assert short.value.facts["account"] == chart.shelf(SHOP, RICE).code
        assert reservation(session, "r1", at=NOON) is None
        assert free(session) == (25, 5, 2)


def test_collecting_is_one_sale_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        sold = collect(session)
        assert (sold.kind, sold.key, sold.replayed) == ("spend", "spend:o1", False)
        assert collect(session).id == sold.id
        assert collect(session).replayed
        assert free(session) == (5, 3, 1)
        assert queries.points_balance(session, MEMBER) == 5
        standing = reservation(session, "r1", at=NOON)
        assert standing is not None
        assert (standing.state, standing.transaction_id) == (COLLECTED, sold.id)
        with pytest.raises(HoldEnded):
            collect(session, token="o2")
        with pytest.raises(HoldEnded):
            release(session)
        assert not any(finding.breaks for finding in verify(session))


def test_what_was_collected_can_be_returned_like_any_sale(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        sold = collect(session)
        postings.refund(
            session, return_key="b", spend_transaction_id=sold.id, member_id=MEMBER, shop_id=SHOP,
            organisation_id=ORGANISATION, points=Decimal(20), goods=[(SOAP, 2), (RICE, 1)], at=NOON, actor="user:4",
        )  # fmt: skip
        assert free(session) == (25, 5, 2)


def test_released_points_and_goods_are_free_at_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        assert release(session).state == RELEASED
        assert release(session).state == RELEASED
        assert free(session) == (25, 5, 2)
        with pytest.raises(HoldEnded):
            collect(session)


def test_a_reservation_without_points_holds_the_goods_alone(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session, points=Decimal(0))
        assert free(session) == (25, 3, 1)
        collect(session)
        assert queries.shelf_quantities(session, SHOP) == {SOAP: 3, RICE: 1}


def test_at_the_deadline_nothing_is_collected_even_before_the_job_has_come_by(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        before = reservation(session, "r1", at=DEADLINE - timedelta(seconds=1))
        at_last = reservation(session, "r1", at=DEADLINE)
        assert before is not None
        assert at_last is not None
        assert (before.state, at_last.state) == (STANDING, LAPSED)
        with pytest.raises(HoldLapsed):
            collect(session, at=DEADLINE)


def test_the_job_lets_lapse_what_nobody_collected_and_only_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
        assert postings.lapse_reservations(session, at=DEADLINE - timedelta(seconds=1)) == 0
        assert postings.lapse_reservations(session, at=DEADLINE) == 3
        assert postings.lapse_reservations(session, at=DEADLINE) == 0
        assert free(session) == (25, 5, 2)
        with pytest.raises(HoldLapsed):
            collect(session)
        assert not any(finding.breaks for finding in verify(session))


def test_an_unknown_reservation_is_absent(stocked: Database) -> None:
    with stocked.transaction() as session:
        for act in (collect, release):
            with pytest.raises(ReservationAbsent):
                act(session, "nobody")


def at_once(database: Database, acts: list[Callable[[Session], Any]]) -> list[str]:
    """Everybody starts together; what came of each, refusals by their codes."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[Session], Any]) -> str:
        gate.wait()

        def once() -> Any:
            with database.transaction() as session:
                return act(session)

        try:
            answer = with_retries(once)
        except LedgerError as refusal:
            return refusal.code
        return "replayed" if getattr(answer, "replayed", False) else "ok"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def sound(database: Database) -> bool:
    with database.reading() as session:
        return not any(finding.breaks for finding in verify(session))


def test_the_last_unit_goes_to_one_of_a_crowd(stocked: Database) -> None:
    with stocked.transaction() as session:
        for member in range(CROWD):
            award(session, record_id=100 + member, member_id=100 + member)

    def want(member: int) -> Callable[[Session], Any]:
        if member % 2:
            # Half of them reserve, half stand at the counter.
            return lambda session: postings.spend(
                session, order_token=f"s{member}", member_id=100 + member, shop_id=SHOP,
                organisation_id=ORGANISATION, points=Decimal(1), goods=[(RICE, 2)], at=NOON, actor="user:4",
            )  # fmt: skip
        return lambda session: reserve(
            session, f"k{member}", member_id=100 + member, points=Decimal(1), goods=[(RICE, 2)]
        )

    outcomes = at_once(stocked, [want(member) for member in range(CROWD)])
    assert Counter(outcomes) == {"ok": 1, "insufficient_balance": CROWD - 1}
    with stocked.reading() as session:
        assert queries.shelf_available(session, SHOP, RICE) == 0
    assert sound(stocked)


def test_the_last_reserved_unit_is_not_refused_to_the_one_who_reserved_it(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session, goods=[(RICE, 2)], points=Decimal(25))
        assert free(session) == (0, 5, 0)
        assert not collect(session).replayed


def test_a_crowd_collects_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
    same = [collect] * 3
    others = [lambda session, n=n: collect(session, token=f"other{n}") for n in range(3)]
    outcomes = Counter(at_once(stocked, [*same, *others]))
    assert outcomes["ok"] == 1
    assert outcomes["ok"] + outcomes["replayed"] + outcomes["hold_ended"] == CROWD
    with stocked.reading() as session:
        assert balances.balance(session, chart.points_redeemed(ORGANISATION).code) == 20
        assert free(session) == (5, 3, 1)
    assert sound(stocked)


def test_releasing_twice_and_collecting_at_once_end_a_reservation_once(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
    acts: list[Callable[[Session], Any]] = [release, collect, release, collect]
    at_once(stocked, acts)
    with stocked.reading() as session:
        standing = reservation(session, "r1", at=NOON)
        assert standing is not None
        left = {COLLECTED: (5, 3, 1), RELEASED: (25, 5, 2)}[standing.state]
        assert free(session) == left
    assert sound(stocked)


def test_the_lapse_and_a_late_collection_never_both_have_it(stocked: Database) -> None:
    with stocked.transaction() as session:
        reserve(session)
    just_in_time = DEADLINE - timedelta(microseconds=1)

    def lapse(session: Session) -> int:
        return postings.lapse_reservations(session, at=DEADLINE)

    at_once(stocked, [lapse, lambda session: collect(session, at=just_in_time), lapse])
    with stocked.reading() as session:
        standing = reservation(session, "r1", at=just_in_time)
        assert standing is not None
        left = {COLLECTED: (5, 3, 1), LAPSED: (25, 5, 2)}[standing.state]
        assert free(session) == left
    assert sound(stocked)


def test_the_same_reservation_from_a_crowd_is_made_once(stocked: Database) -> None:
    outcomes = at_once(stocked, [reserve] * CROWD)
    assert Counter(outcomes) == {"ok": 1, "replayed": CROWD - 1}
    with stocked.reading() as session:
        assert free(session) == (5, 3, 1)


def test_baskets_in_opposite_order_do_not_wait_for_each_other_for_ever(stocked: Database) -> None:
    with stocked.transaction() as session:
        for number in range(CROWD):
            award(session, record_id=200 + number, member_id=200 + number)

    def basket(number: int) -> Callable[[Session], Any]:
        lines = [(SOAP, 1), (RICE, 1)] if number % 2 else [(RICE, 1), (SOAP, 1)]

        def act(session: Session) -> Any:
            reserve(session, f"b{number}", member_id=200 + number, points=Decimal(1), goods=lines)
            return postings.release(session, key=f"b{number}", at=NOON, actor="user:4", reason="Only to try.")

        return act

    assert set(at_once(stocked, [basket(number) for number in range(CROWD)])) <= {
        "ok",
        "replayed",
        "insufficient_balance",
    }
    assert sound(stocked)
