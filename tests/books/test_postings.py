"""Each event of the books: what it moves, that it happens once, and what it refuses."""

from datetime import timedelta
from decimal import Decimal

import pytest

from ledger import audit, balances
from ledger.errors import AlreadyReversed, InsufficientBalance, KeyReused
from tests.cast import NOON
from timebank.books import chart, postings, queries
from timebank.books import goods as goods_books
from timebank.db import Database
from timebank.errors import Refusal

MEMBER, ORGANISATION, SHOP, SOAP, RICE = 7, 3, 2, 11, 12


def award(session: object, record_id: int = 1, points: str = "25", **changes: object) -> object:
    values: dict[str, object] = {
        "member_id": MEMBER,
        "organisation_id": ORGANISATION,
        "points": Decimal(points),
        "rule_number": 3,
        "arithmetic": "2.5 h × 10 = 25, rule 3",
        "at": NOON,
        "recorded_at": NOON,
        "actor": "user:1",
    }
    return postings.award(session, record_id=record_id, **(values | changes))


def test_an_award_comes_from_what_the_organisation_issued(database: Database) -> None:
    with database.transaction() as session:
        award(session)
        assert queries.points_balance(session, MEMBER) == 25
        assert balances.balance(session, chart.points_issued(ORGANISATION).code) == -25
        assert queries.points_balances(session, [MEMBER, 99]) == {MEMBER: Decimal(25), 99: Decimal(0)}


def test_a_record_is_paid_once_and_never_otherwise(database: Database) -> None:
    with database.transaction() as session:
        first = award(session)
        again = award(session, recorded_at=NOON + timedelta(hours=1), at=NOON + timedelta(hours=1))
        assert again.id == first.id
        with pytest.raises(KeyReused):
            award(session, points="26")
        assert queries.points_balance(session, MEMBER) == 25


def test_taking_back_is_joined_and_happens_once(database: Database) -> None:
    with database.transaction() as session:
        given = award(session)
        postings.take_back(session, transaction_id=given.id, reason="Wrong.", at=NOON, actor="user:2")
        assert queries.points_balance(session, MEMBER) == 0
        again = postings.take_back(
            session,
            transaction_id=given.id,
            reason="Wrong.",
            at=NOON + timedelta(hours=1),
            actor="user:2",
        )
        assert again.replayed
        with pytest.raises((AlreadyReversed, KeyReused)):
            postings.take_back(session, transaction_id=given.id, reason="Other.", at=NOON, actor="user:2")


def test_a_conversion_moves_each_asset_through_the_exchange(database: Database) -> None:
    with database.transaction() as session:
        postings.credit_time(
            session,
            record_id=1,
            member_id=MEMBER,
            organisation_id=ORGANISATION,
            minutes=150,
            at=NOON,
            recorded_at=NOON,
            actor="user:1",
        )
        postings.convert(
            session,
            key="k",
            member_id=MEMBER,
            organisation_id=ORGANISATION,
            minutes=90,
            points=Decimal(15),
            rule_number=3,
            arithmetic="1.5 h × 10 = 15, rule 3",
            at=NOON,
            actor="user:7",
        )
        assert (queries.time_balance(session, MEMBER), queries.points_balance(session, MEMBER)) == (60, 15)
        assert balances.balance(session, chart.exchange_time(ORGANISATION).code) == 90
        assert balances.balance(session, chart.exchange_points(ORGANISATION).code) == -15
        assert queries.conversion(session, "k") == (90, Decimal("15"), "1.5 h × 10 = 15, rule 3")
        assert queries.conversion(session, "other") is None
        tomorrow = NOON + timedelta(days=1)
        assert queries.points_converted(session, MEMBER, since=NOON, until=tomorrow) == 15
        assert (
            queries.points_converted(session, MEMBER, since=tomorrow, until=tomorrow + timedelta(days=1)) == 0
        )


def goods(session: object) -> None:
    for product, quantity in ((SOAP, 5), (RICE, 2)):
        goods_books.receive_goods(
            session,
            key=f"in-{product}",
            shop_id=SHOP,
            organisation_id=ORGANISATION,
            product_id=product,
            quantity=quantity,
            at=NOON,
            actor="user:4",
        )


def spend(session: object, points: str = "20", soap: int = 2) -> object:
    return postings.spend(
        session,
        order_token="o1",
        member_id=MEMBER,
        shop_id=SHOP,
        organisation_id=ORGANISATION,
        points=Decimal(points),
        goods=[(SOAP, soap), (RICE, 1)],
        at=NOON,
        actor="user:4",
    )


def test_points_and_goods_change_hands_in_one_transaction(database: Database) -> None:
    with database.transaction() as session:
        award(session)
        goods(session)
        done = spend(session)
        assert spend(session).replayed
        assert queries.points_balance(session, MEMBER) == 5
        assert queries.shelf_quantities(session, SHOP) == {SOAP: 3, RICE: 1}
        postings.refund(
            session,
            return_key="r1",
            spend_transaction_id=done.id,
            member_id=MEMBER,
            shop_id=SHOP,
            organisation_id=ORGANISATION,
            points=Decimal(10),
            goods=[(SOAP, 1)],
            at=NOON,
            actor="user:4",
        )
        assert queries.points_balance(session, MEMBER) == 15
        assert queries.shelf_quantity(session, SHOP, SOAP) == 4
        assert not audit.entries_sum_to_zero(session)
        assert not audit.balances_equal_entries(session)


@pytest.mark.parametrize("what", [{"points": "26"}, {"soap": 6}])
def test_neither_points_nor_a_shelf_fall_below_zero(database: Database, what: dict[str, object]) -> None:
    with database.transaction() as session:
        award(session)
        goods(session)
        with pytest.raises(InsufficientBalance):
            spend(session, **what)
        assert queries.points_balance(session, MEMBER) == 25
        assert queries.shelf_quantities(session, SHOP) == {SOAP: 5, RICE: 2}


def test_goods_may_cost_nothing(database: Database) -> None:
    with database.transaction() as session:
        goods(session)
        spend(session, points="0")
        assert queries.shelf_quantity(session, SHOP, SOAP) == 3
        assert queries.points_statement(session, MEMBER) == []


def test_the_shelf_is_written_off_and_counted(database: Database) -> None:
    shelf = {
        "shop_id": SHOP,
        "organisation_id": ORGANISATION,
        "product_id": SOAP,
        "at": NOON,
        "actor": "user:4",
    }
    with database.transaction() as session:
        goods(session)
        goods_books.write_off(session, key="w1", quantity=1, **shelf)
        goods_books.count_difference(session, key="c1", quantity=-2, **shelf)
        goods_books.count_difference(session, key="c2", quantity=1, **shelf)
        assert queries.shelf_quantity(session, SHOP, SOAP) == 3
        assert balances.balance(session, chart.goods_lost(ORGANISATION, SOAP).code) == 2


def test_a_batch_is_posted_whole_or_not_at_all(database: Database) -> None:
    with database.transaction() as session:
        award(session, record_id=2, points="1")
        batch = [
            postings.Award(number, MEMBER, ORGANISATION, Decimal(25), 3, "x", NOON, NOON, "user:1")
            for number in (1, 2)
        ]
        with pytest.raises(KeyReused) as refused:
            postings.award_many(session, batch)
        assert refused.value.facts["key"] == "award:record:2"
        assert queries.points_balance(session, MEMBER) == 1


def test_the_statement_goes_page_by_page(database: Database) -> None:
    with database.transaction() as session:
        for number in range(1, 6):
            award(session, record_id=number, points=str(number))
        first = queries.points_statement(session, MEMBER, limit=2)
        rest = queries.points_statement(session, MEMBER, before=first[-1].cursor)
        assert [line.balance for line in (*first, *rest)] == [15, 10, 6, 3, 1]


def test_refusals_of_the_ledger_are_no_refusals_of_the_house() -> None:
    # The web layer names both families: it must not take one for the other.
    assert not issubclass(InsufficientBalance, Refusal)
