"""Gifts and donations, on both databases."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger import lots
from ledger.balances import balance
from store.giving import service
from store.giving.errors import GiftAmountInvalid, GiftKeyReused, GiftPointsShort, NotFamily
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fresh
from tests.store.stage import Stage
from timebank.books import chart, postings
from timebank.books.queries import points_balance
from timebank.db import Database
from timebank.members import families
from timebank.orgs.models import Organisation


def _one_household(session: Session, cast: Cast) -> None:
    link = families.propose_link(
        session, member=row(session, cast.volunteer), relative=row(session, cast.neighbour),
        by=cast.volunteer.actor, means="consent", at=NOON,
    )  # fmt: skip
    families.agree(session, link=link, by=cast.neighbour.actor, at=NOON)


def test_points_go_to_the_family_once_and_lapse_when_they_would_have(
    database: Database, cast: Cast, stage: Stage
) -> None:
    giver, key = cast.volunteer, fresh()
    with database.transaction() as session:
        _one_household(session, cast)
        postings.award(
            session, record_id=78, member_id=giver.member_id, organisation_id=cast.team_id, points=Decimal(30),
            rule_number=1, arithmetic="", at=NOON, recorded_at=NOON, actor="command", lapses_on=date(2026, 12, 1),
        )  # fmt: skip

        def give(points: str, key: str = key) -> service.Gift:
            return service.give(
                session, member=row(session, giver), to=row(session, cast.neighbour), points=Decimal(points),
                words="生日快乐", key=key, by=giver.actor, at=NOON,
            )  # fmt: skip

        first = give("40")
        assert give("40").id == first.id
        with pytest.raises(GiftKeyReused):
            give("41")
        with pytest.raises(GiftPointsShort):
            give("90.01", fresh())
        with pytest.raises(GiftAmountInvalid):
            give("0", fresh())
        assert points_balance(session, giver.member_id) == 90
        assert points_balance(session, cast.neighbour.member_id) == 90
        left = {
            lot.expires_at: lot.left
            for lot in lots.lots_of(session, chart.member_points(cast.neighbour.member_id).code)
        }
        lapsing = [expires_at for expires_at in left if expires_at is not None]
        assert [left[one] for one in lapsing] == [30]


def test_nobody_gives_outside_the_household(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session, pytest.raises(NotFamily):
        service.give(
            session, member=row(session, cast.volunteer), to=row(session, cast.neighbour), points=Decimal(1),
            words="", key=fresh(), by=cast.volunteer.actor, at=NOON,
        )  # fmt: skip


def test_a_donation_pays_for_concession_prices_of_ones_own_county_only(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        giver = row(session, cast.volunteer)
        for place_id, error in ((cast.other_county_id, NotFamily), (cast.county_id, None)):
            place = session.get_one(Organisation, place_id)
            if error is not None:
                with pytest.raises(error):
                    service.donate(session, member=giver, to=place, points=Decimal(5), words="", key=fresh(),
                                   by=cast.volunteer.actor, at=NOON)  # fmt: skip
                continue
            service.donate(session, member=giver, to=place, points=Decimal(5), words="", key=fresh(),
                           by=cast.volunteer.actor, at=NOON)  # fmt: skip
        assert points_balance(session, giver.id) == 95
        assert balance(session, chart.subsidy_owed(cast.county_id).code) == 5
