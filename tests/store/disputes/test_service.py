"""“This was not me”: frozen at once, decided by somebody who has no part in it, on both databases."""

from decimal import Decimal

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from store.disputes import queries, service
from store.disputes.errors import (
    DecidedMeanwhile,
    DecisionReasonMissing,
    DisputeAbsent,
    OwnDispute,
    PointsFrozen,
)
from store.disputes.models import Dispute
from store.giving import service as giving
from store.orders.models import Order
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fresh
from tests.store.stage import Stage, sell
from timebank.access.actors import Actor
from timebank.db import Database
from timebank.orgs.models import Organisation


@pytest.fixture
def order(database: Database, cast: Cast, stage: Stage) -> Order:
    """A redemption in the volunteer's name."""
    with database.transaction() as session:
        return sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key=fresh(), by=cast.attendant.actor
        ).order


def _report(database: Database, cast: Cast, order: Order) -> tuple[Dispute, bool]:
    with database.transaction() as session:
        return service.report(
            session, order_id=order.id, member_id=order.member_id, organisation_id=cast.station_id,
            says="我没去过", key=fresh(), by=cast.volunteer.actor, at=NOON,
        )  # fmt: skip


def _decide(
    database: Database, dispute_id: int, by: Actor, decision: str, *, seen: int, reason: str = "查过"
) -> None:
    with database.transaction() as session:
        service.decide(
            session, dispute=session.get_one(Dispute, dispute_id), decision=decision, reason=reason,
            seen=seen, sold_by_user_id=-1, by=by, at=NOON,
        )  # fmt: skip


def test_a_report_freezes_the_points_until_it_is_lifted(
    database: Database, cast: Cast, stage: Stage, order: Order
) -> None:
    dispute, is_new = _report(database, cast, order)
    again, second_is_new = _report(database, cast, order)
    assert (is_new, second_is_new, again.id) == (True, False, dispute.id)
    auditor = cast.auditor.actor

    def buy() -> None:
        with database.transaction() as session:
            sell(
                session,
                stage.shop_id,
                cast.volunteer,
                {stage.towel_id: 1},
                key=fresh(),
                by=cast.attendant.actor,
            )

    with pytest.raises(PointsFrozen):
        buy()
    with database.transaction() as session, pytest.raises(PointsFrozen):
        giving.donate(
            session, member=row(session, cast.volunteer), to=session.get_one(Organisation, cast.county_id),
            points=Decimal(1), words="", key=fresh(), by=cast.volunteer.actor, at=NOON,
        )  # fmt: skip
    with pytest.raises(DecisionReasonMissing):
        _decide(database, dispute.id, auditor, "lifted", seen=0, reason=" ")
    _decide(database, dispute.id, auditor, "upheld", seen=0)
    with pytest.raises(PointsFrozen):
        buy()
    with pytest.raises(DecidedMeanwhile):
        _decide(database, dispute.id, auditor, "lifted", seen=0)
    _decide(database, dispute.id, auditor, "lifted", seen=1)
    buy()


def test_nobody_decides_about_what_they_have_a_part_in(database: Database, cast: Cast, order: Order) -> None:
    dispute, _is_new = _report(database, cast, order)
    with pytest.raises(OwnDispute):
        _decide(database, dispute.id, cast.volunteer.actor, "lifted", seen=0)
    with database.transaction() as session, pytest.raises(OwnDispute):
        service.decide(
            session, dispute=session.get_one(Dispute, dispute.id), decision="lifted", reason="x", seen=0,
            sold_by_user_id=cast.attendant.user_id, by=cast.attendant.actor, at=NOON,
        )  # fmt: skip


def test_a_report_is_never_changed_and_seen_only_within_its_county(
    database: Database, cast: Cast, order: Order
) -> None:
    dispute, _is_new = _report(database, cast, order)
    for change in (update(Dispute).values(says=""), delete(Dispute)):
        with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
            session.execute(change)
    with database.reading() as session:
        assert queries.dispute(session, cast.auditor.actor, dispute.id).id == dispute.id
        with pytest.raises(DisputeAbsent):
            queries.dispute(session, cast.stranger_administrator.actor, dispute.id)
