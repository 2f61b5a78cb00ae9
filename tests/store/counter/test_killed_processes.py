"""A process that dies between a hold and its sale, or between a sale's postings and its commit, loses nothing."""

import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from store.catalogue.models import Shop
from store.checks import CHECKS
from store.orders.models import Order
from store.reservations import service as reservations
from store.reservations.models import Reservation
from tests.cast import NOON, Cast
from tests.store.counter.till import fresh
from tests.store.stage import COUNTY_TIME, Stage, sell
from timebank.books import postings
from timebank.books.queries import points_available, points_balance, shelf_available, shelf_quantity
from timebank.db import Database
from timebank.reconcile.checks import Range


def _killed_while(url: str, step: str, key: str, stage: Stage, cast: Cast) -> None:
    command = [sys.executable, "-m", "tests.store.counter.killed", url, step, key]
    command += [str(one) for one in (stage.shop_id, cast.volunteer.member_id, stage.towel_id)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == f"{step}\n"
        doomed.kill()


def _there(database: Database, stage: Stage, cast: Cast) -> tuple[float, float, int, int]:
    """Points owned and free; towels on the shelf and free."""
    member = cast.volunteer.member_id
    with database.reading() as session:
        return (
            float(points_balance(session, member)),
            float(points_available(session, member)),
            shelf_quantity(session, stage.shop_id, stage.towel_id),
            shelf_available(session, stage.shop_id, stage.towel_id),
        )


@pytest.fixture
def url(database: Database) -> str:
    """Where the other process finds the same database."""
    return database.engine.url.render_as_string(hide_password=False)


def test_a_process_killed_between_hold_and_collection_leaves_the_hold_which_the_job_lets_lapse(
    database: Database, cast: Cast, stage: Stage, url: str
) -> None:
    key = fresh()
    # Killed before the hold is committed: nothing is held. The same press again holds once.
    _killed_while(url, "reserving", key, stage, cast)
    assert _there(database, stage, cast) == (100, 100, 5, 5)
    _killed_while(url, "reserved", key, stage, cast)
    assert _there(database, stage, cast) == (100, 85, 5, 3)
    # Killed while handing it out: the hold stands as it was, and no order is there.
    _killed_while(url, "collecting", key, stage, cast)
    assert _there(database, stage, cast) == (100, 85, 5, 3)
    with database.transaction() as session:
        assert session.scalars(select(Order.id)).all() == []
        deadline = session.scalars(select(Reservation.deadline)).one()
        assert reservations.expire(session, at=deadline - timedelta(seconds=1)) == 0
        assert reservations.expire(session, at=deadline) == 1
        assert reservations.expire(session, at=deadline) == 0
        assert postings.lapse_reservations(session, at=deadline) == 0
    assert _there(database, stage, cast) == (100, 100, 5, 5)
    with database.reading() as session:
        assert session.scalars(select(Reservation.status)).all() == ["expired"]


def test_a_process_killed_between_the_postings_of_a_sale_and_its_commit_sold_nothing_and_the_retry_sells_once(
    database: Database, cast: Cast, stage: Stage, url: str
) -> None:
    key, by = fresh(), cast.attendant.actor
    _killed_while(url, "selling", key, stage, cast)
    assert _there(database, stage, cast) == (100, 100, 5, 5)
    for _press in range(2):
        with database.transaction() as session:
            sell(session, stage.shop_id, cast.volunteer, {stage.towel_id: 2}, key=key, by=by)
    assert _there(database, stage, cast) == (85, 85, 3, 3)
    with database.reading() as session:
        assert session.scalars(select(Order.number)).all() == [1]
        assert session.get_one(Shop, stage.shop_id).closed_at is None
        within = Range(NOON + timedelta(days=1), COUNTY_TIME)
        assert [found for check in CHECKS for found in check.find(session, within)] == []
