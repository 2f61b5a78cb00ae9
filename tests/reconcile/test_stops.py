"""Stopped redemptions: who hears of them, what a second person is told who comes too early or too late; days of nothing."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from tests.reconcile.test_suspense import _waiting_broken
from tests.store.stage import set_the_stage
from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.models import User
from timebank.house import House
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation
from timebank.policy import service as policy
from timebank.reconcile import runner
from timebank.reconcile.models import ControlTotal, RedemptionStop, SuspenseItem

ClientAs = Callable[[str], FlaskClient]


def _stop(session: Session, organisation_id: int) -> int:
    row = RedemptionStop(organisation_id=organisation_id, stopped_at=NOON, checks=["seals_hold"])
    session.add(row)
    session.flush()
    return row.id


def test_a_lift_before_anybody_asked_and_one_that_comes_too_late_are_told_what_is_the_matter(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    with app_house.database.transaction() as session:
        place = _stop(session, cast.county_id)
        elsewhere = _stop(session, cast.other_county_id)
    auditor, administrator = client_as("auditor"), client_as("administrator")
    lift, ask = f"/reconciliation/stops/{place}/lift", f"/reconciliation/stops/{place}/ask"
    early = administrator.post(lift)
    assert (early.status_code, "还没有人说明" in early.text) == (409, True)
    assert auditor.post(f"/reconciliation/stops/{elsewhere}/lift").status_code == 404
    assert auditor.post(ask, data={"reason": "  "}).status_code == 422
    assert auditor.post(ask, data={"reason": "已查明"}).status_code == 302
    assert administrator.post(lift).status_code == 302
    for late in (administrator.post(lift), auditor.post(ask, data={"reason": "再来"})):
        assert (late.status_code, "已经恢复" in late.text) == (409, True)


def test_attendants_hear_once_that_redeeming_is_paused_and_once_that_it_goes_on(
    app_house: House, cast: Cast
) -> None:
    def told(kind: str) -> list[str]:
        with app_house.database.reading() as session:
            found = session.scalars(select(Notice).where(Notice.kind == kind)).all()
            assert all(one.href == "/counter" for one in found)
            names = {(person.user_id, person.member_id): part for part, person in cast.people.items()}
            return sorted(
                part
                for one in found
                for (user_id, member_id), part in names.items()
                if user_id == one.user_id or member_id == one.member_id
            )

    def night(at: datetime) -> None:
        runner.reconcile(app_house, (), organisation_id=None, started_by="job", clock=lambda: at)

    with app_house.database.transaction() as session:
        set_the_stage(session, cast)
        item = _waiting_broken(session, cast)
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"redemptions_on_breaks": "stop"},
            by_name="user:1",
            at=NOON,
        )
    at_counters = ["attendant", "second_attendant"]
    for hours in (1, 2):
        night(NOON + timedelta(hours=hours))
        assert told("counter.paused") == at_counters
    assert told("counter.goes_on") == []
    with app_house.database.transaction() as session:
        found = session.get_one(SuspenseItem, item)
        found.status, found.closed_at = "repaired", NOON
    night(NOON + timedelta(hours=3))
    assert told("counter.goes_on") == at_counters


def test_days_on_which_a_county_wrote_nothing_are_not_listed(
    client_as: ClientAs, app_house: House, cast: Cast
) -> None:
    with app_house.database.transaction() as session:
        access.grant_role(
            session,
            user=session.get_one(User, cast.auditor.user_id),
            role=Role.AUDITOR,
            organisation_id=cast.other_county_id,
            by=Actor(label="command", name="command"),
            at=NOON,
        )
        for county, entries in ((cast.county_id, 12), (cast.other_county_id, 0)):
            session.add(
                ControlTotal(
                    organisation_id=county,
                    day=date(2026, 3, 1),
                    name="entries",
                    amount=entries,
                    frozen_at=NOON,
                )
            )
        names = {
            number: session.get_one(Organisation, number).name
            for number in (cast.county_id, cast.other_county_id)
        }
    table = client_as("auditor").get("/reconciliation/days").text.partition("<table")[2]
    assert names[cast.county_id] in table
    assert names[cast.other_county_id] not in table
