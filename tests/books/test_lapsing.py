"""Points that lapse: when, what is spent first, where returns go, the jobs; on both engines."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from ledger import audit, balances
from ledger.errors import GivenBack, InsufficientBalance
from ledger.lots import lots_of
from ledger.models import Transaction
from ledger.verify import verify
from tests.books.test_postings import MEMBER, ORGANISATION, SHOP, SOAP, award, goods
from tests.cast import NOON
from timebank.books import chart, postings, queries
from timebank.books.lapsing import lapse_day, lapse_moment, lapse_points
from timebank.db import Database

SHANGHAI = ZoneInfo("Asia/Shanghai")
ACCOUNT = chart.member_points(MEMBER).code
FIRST, SECOND = date(2027, 1, 1), date(2027, 6, 1)


@pytest.mark.parametrize(
    ("booked", "months", "gone"),
    [
        (date(2026, 3, 2), 0, None),
        (date(2026, 3, 2), 12, date(2027, 4, 1)),
        (date(2026, 3, 31), 12, date(2027, 4, 1)),
        (date(2026, 12, 31), 1, date(2027, 2, 1)),
        (date(2026, 11, 15), 1, date(2027, 1, 1)),
        (date(2026, 12, 1), 24, date(2029, 1, 1)),
    ],
)
def test_points_are_good_until_the_end_of_the_month(booked: date, months: int, gone: date | None) -> None:
    assert lapse_day(booked, months) == gone


def test_a_day_begins_where_the_county_is() -> None:
    assert lapse_moment(FIRST, SHANGHAI) == datetime.fromisoformat("2026-12-31T16:00+00:00")
    assert lapse_moment(None, SHANGHAI) is None


def moment(day: date) -> datetime:
    at = lapse_moment(day, SHANGHAI)
    assert at is not None
    return at


def left(session: Session) -> list[tuple[date | None, Decimal]]:
    """What is left, by the day on which it lapses."""
    return [
        (lot.expires_at.astimezone(SHANGHAI).date() if lot.expires_at else None, lot.left)
        for lot in lots_of(session, ACCOUNT)
    ]


def spend(session: Session, token: str = "o1", points: int = 12, **changes: Any) -> Any:  # noqa: S107 - a name.
    values: dict[str, Any] = {"goods": [(SOAP, 1)], "at": NOON, "actor": "user:4"}
    return postings.spend(
        session, order_token=token, member_id=MEMBER, shop_id=SHOP, organisation_id=ORGANISATION,
        points=Decimal(points), **(values | changes),
    )  # fmt: skip


def refund(session: Session, spent: Any, points: int, key: str = "b1", at: datetime = NOON) -> Any:
    return postings.refund(
        session, return_key=key, spend_transaction_id=spent.id, member_id=MEMBER, shop_id=SHOP,
        organisation_id=ORGANISATION, points=Decimal(points), goods=[], at=at, actor="user:4",
    )  # fmt: skip


def lapse(session: Session, at: datetime) -> list[Any]:
    return lapse_points(session, at=at, actor="job", home_of=lambda _member: ORGANISATION)


@pytest.fixture
def three_lots(database: Database) -> Database:
    """10 points until the new year, 10 until June, 10 for ever; goods on the shelf."""
    with database.transaction() as session:
        for number, day in enumerate((SECOND, FIRST, None)):
            award(session, record_id=number + 1, points="10", lapses_on=day)
        goods(session)
    return database


def test_what_lapses_first_is_spent_first(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        spend(session)
        assert left(session) == [(SECOND, 8), (None, 10)]


def test_a_return_puts_points_back_where_they_came_from(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        before = left(session)
        spent = spend(session)
        refund(session, spent, 3)
        # As if 9 had been spent: what was taken last comes back first.
        assert left(session) == [(FIRST, 1), (SECOND, 10), (None, 10)]
        refund(session, spent, 9, "b2")
        assert left(session) == before
        assert refund(session, spent, 9, "b2").replayed
        assert not any(finding.breaks for finding in verify(session))


def test_no_more_comes_back_than_was_taken(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        spent = spend(session)
        refund(session, spent, 3)
        with pytest.raises(GivenBack):
            refund(session, spent, 10, "b2")
        with pytest.raises(GivenBack):
            postings.take_back(session, transaction_id=spent.id, reason="Wrong.", at=NOON, actor="user:1")
        assert queries.points_balance(session, MEMBER) == 21


def test_a_sale_that_was_reversed_gives_nothing_back_again(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        before = left(session)
        spent = spend(session)
        postings.take_back(session, transaction_id=spent.id, reason="Wrong.", at=NOON, actor="user:1")
        assert left(session) == before
        with pytest.raises(GivenBack):
            refund(session, spent, 1)


def test_taking_back_an_award_takes_its_own_points_first(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        given = session.query(Transaction).filter_by(key="award:record:1").one()
        postings.take_back(session, transaction_id=given.id, reason="Wrong.", at=NOON, actor="user:1")
        assert left(session) == [(FIRST, 10), (None, 10)]


def test_a_return_after_the_day_lapses_with_the_next_run(three_lots: Database) -> None:
    with three_lots.transaction() as session:
        spent = spend(session)
        new_year = moment(FIRST)
        refund(session, spent, 12, at=new_year)
        assert queries.points_available(session, MEMBER, at=new_year) == 20
        assert len(lapse(session, new_year)) == 1
        assert queries.points_balance(session, MEMBER) == 20
        assert left(session) == [(SECOND, 10), (None, 10)]


def test_lapsed_points_are_not_spent_even_before_the_job_has_come_by(three_lots: Database) -> None:
    with three_lots.transaction() as session, pytest.raises(InsufficientBalance):
        spend(session, points=21, at=moment(FIRST))
    with three_lots.transaction() as session:
        spend(session, points=30, at=moment(FIRST) - timedelta(seconds=1))


def test_the_job_takes_what_lapsed_until_nothing_is_left_and_then_nothing(database: Database) -> None:
    members = range(20, 25)
    with database.transaction() as session:
        for member in members:
            award(session, record_id=member, member_id=member, points="5", lapses_on=FIRST)
            award(session, record_id=100 + member, member_id=member, points="2", lapses_on=SECOND)
    runs = []
    for _ in range(4):
        with database.transaction() as session:
            runs.append(
                len(
                    lapse_points(
                        session, at=moment(FIRST), actor="job", home_of=lambda _member: ORGANISATION, limit=2
                    )
                )
            )
    assert runs == [2, 2, 1, 0]
    with database.reading() as session:
        assert set(queries.points_balances(session, members).values()) == {Decimal(2)}
        assert balances.balance(session, chart.points_expired(ORGANISATION).code) == 25
        line = queries.points_statement(session, 20)[0]
        assert (line.kind, line.amount, line.subject) == ("lapse", -5, "member:20")
        assert not audit.lots_equal_balances(session)
        assert not any(finding.breaks for finding in verify(session))


def test_reserved_points_do_not_lapse_before_their_reservation_ends(three_lots: Database) -> None:
    new_year = moment(FIRST)
    with three_lots.transaction() as session:
        postings.reserve(
            session, key="r", member_id=MEMBER, shop_id=SHOP, organisation_id=ORGANISATION, points=Decimal(28),
            goods=[(SOAP, 1)], deadline=new_year + timedelta(days=1), at=NOON, actor="user:7",
        )  # fmt: skip
        # The ten that lapse now are among those that were reserved in time; two that never lapse are free.
        assert lapse(session, new_year) == []
        assert queries.points_available(session, MEMBER, at=new_year) == 2
        postings.collect(session, key="r", order_token="o", at=new_year, actor="user:4")
        assert left(session) == [(None, 2)]
        assert not any(finding.breaks for finding in verify(session))


def test_converted_points_lapse_like_awarded_ones(database: Database) -> None:
    with database.transaction() as session:
        postings.credit_time(
            session, record_id=1, member_id=MEMBER, organisation_id=ORGANISATION, minutes=60, at=NOON,
            recorded_at=NOON, actor="user:1",
        )  # fmt: skip
        postings.convert(
            session, key="k", member_id=MEMBER, organisation_id=ORGANISATION, minutes=60, points=Decimal(10),
            rule_number=3, arithmetic="1 h × 10 = 10", at=NOON, actor="user:7", lapses_on=FIRST,
        )  # fmt: skip
        assert left(session) == [(FIRST, 10)]


def test_no_account_but_a_members_is_taken_for_one() -> None:
    assert chart.member_of_points(ACCOUNT) == MEMBER
    with pytest.raises(ValueError, match="no member"):
        chart.member_of_points("org:1:points-issued")
