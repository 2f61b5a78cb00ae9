"""Nobody sees or decides about themselves, their household or their own unit: cases, alerts, rings, audits, trail, notices."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast, Person
from tests.fraud.plant import SHANGHAI, Plot, plot
from tests.fraud.steps import reported, screen, sold, use
from timebank.audit.models import AuditEntry
from timebank.clock import now
from timebank.fraud import cases, queries, ring_queries, rings, runner
from timebank.fraud.errors import AlertAbsent, CaseAbsent
from timebank.fraud.models import Case, CaseEvent, DrawnRecord
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.fraud.ties import TIES
from timebank.house import House
from timebank.members.models import Household, HouseholdMember, Member
from timebank.notices.models import Notice
from timebank.orgs.models import Organisation

ClientAs = Callable[[str], FlaskClient]


def _live_together(scene: Plot, *people: Person) -> None:
    home = Household(created_at=scene.now)
    scene.session.add(home)
    scene.session.flush()
    for one in people:
        scene.session.add(HouseholdMember(household_id=home.id, member_id=one.member_id, since=scene.now))
    scene.session.flush()


def test_a_case_about_what_somebody_of_the_household_did_as_staff_is_not_there(scene: Plot) -> None:
    """The coordinator is in the case only as the user who typed the rows in."""
    sold(scene)
    use(scene, F07)
    (case,) = screen(scene).cases
    (alert,) = queries.alerts_of(scene.session, case.id)
    auditor, administrator = scene.cast.auditor, scene.cast.administrator
    _live_together(scene, auditor, scene.cast.coordinator)
    assert queries.cases(scene.session, auditor.actor, states=("open",)) == []
    assert queries.alerts(scene.session, auditor.actor) == []
    with pytest.raises(CaseAbsent):
        queries.case(scene.session, auditor.actor, case.id)
    with pytest.raises(AlertAbsent):
        queries.alert(scene.session, auditor.actor, alert.id)
    assert queries.case(scene.session, administrator.actor, case.id) is case


def _approve_each_other(scene: Plot, one: Person, other: Person, place: int) -> None:
    for days in (5, 12, 19):
        shift = scene.shift(days)
        for receiver, giver in ((one, other), (other, one)):
            row = scene.record(shift, receiver.member_id, method="manual", grade="D", approver=giver.user_id)
            row.organisation_id = place
    scene.session.flush()


def test_a_ring_of_the_readers_own_unit_is_not_there(scene: Plot) -> None:
    """Two rings: one in the auditor's own team, one in the team beside it."""
    cast = scene.cast
    _approve_each_other(scene, cast.coordinator, cast.second_coordinator, scene.team.id)
    _approve_each_other(scene, cast.attendant, cast.neighbour, cast.team_id)
    report = rings.make(
        scene.session,
        county=scene.session.get_one(Organisation, cast.county_id),
        until=rings.last_monday(scene.now, SHANGHAI) + timedelta(days=7),
        readers=TIES,
        timezone=SHANGHAI,
        by="job",
        at=scene.now,
    )
    assert report is not None
    places = [{pair["organisation_id"] for pair in group["pairs"]} for group in report.found["groups"]]
    assert sorted(places, key=min) == sorted([{scene.team.id}, {cast.team_id}], key=min)
    shown = ring_queries.groups_of(scene.session, cast.auditor.actor, report)
    assert [{pair["organisation_id"] for pair in group["pairs"]} for group in shown] == [{scene.team.id}]


def test_nobody_audits_their_own_service_nor_one_that_passed_through_their_hands(
    app: Flask, cast: Cast, client_as: ClientAs
) -> None:
    house: House = app.extensions["timebank"]
    month = (now() - timedelta(days=40)).astimezone(SHANGHAI).strftime("%Y-%m")
    with house.database.transaction() as session:
        scene = plot(session, cast, now())
        shift = scene.shift(40)
        scene.record(shift, cast.auditor.member_id)
    auditor, administrator = client_as("auditor"), client_as("administrator")
    drawn = auditor.post("/audits", data={"organisation": str(cast.station_id), "month": month})
    address = drawn.headers["Location"]
    page = auditor.get(address).text
    assert "由其他审计员核查" in page
    assert f"{address}/records/" not in page
    with house.database.reading() as session:
        (number,) = session.scalars(select(DrawnRecord.id)).all()
    answers = dict.fromkeys(("held", "present", "hours", "paper"), "yes")
    assert auditor.post(f"{address}/records/{number}", data=answers).status_code == 403
    with house.database.reading() as session:
        assert session.get_one(DrawnRecord, number).outcome is None
        one = queries.own_drawn(session, cast.administrator.actor, 1)
        other = queries.own_drawn(session, cast.second_coordinator.actor, 1)
    assert (one, other) == (frozenset(), frozenset({number})), "the approver does not audit either"
    assert administrator.get(address).status_code in (200, 403)


@pytest.fixture
def about_the_auditor(app: Flask, cast: Cast, at: datetime) -> tuple[House, int]:
    """A case in another team about the auditor, with an act in the trail; it has waited for very long."""
    house: House = app.extensions["timebank"]
    with house.database.transaction() as session:
        case = reported(plot(session, cast, at - timedelta(days=900)), [cast.auditor.member_id])
        session.add(
            AuditEntry(
                at=at,
                actor=cast.administrator.actor.label,
                actor_name="陈立",
                action="fraud.noted",
                subject=f"case:{case.id}",
                organisation_id=case.organisation_id,
                facts={},
                request_id="",
            )
        )
        return house, case.id


def test_the_trail_keeps_from_somebody_what_is_done_about_their_own_case(
    about_the_auditor: tuple[House, int], client_as: ClientAs
) -> None:
    _house, number = about_the_auditor
    shown = "/audit?action=fraud.noted"
    assert f"/cases/{number}" in client_as("administrator").get(shown).text
    assert f"/cases/{number}" not in client_as("auditor").get(shown).text
    assert f"/cases/{number}" not in client_as("auditor").get(f"/audit?subject=case:{number}").text


def test_what_waits_too_long_is_told_once_to_the_county_and_never_to_whom_it_is_about(
    about_the_auditor: tuple[House, int], cast: Cast, at: datetime
) -> None:
    house, number = about_the_auditor
    for days in (0, 1):
        runner.see_to_deadlines(house, at=at + timedelta(days=days))
    with house.database.reading() as session:
        told = session.scalars(select(Notice.member_id).where(Notice.kind == "fraud.overdue")).all()
        kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == number)).all()
    assert told == [cast.administrator.member_id]
    assert kinds.count("escalated") == 1


def test_where_nobody_may_be_told_it_is_tried_again_until_somebody_may(
    app: Flask, cast: Cast, at: datetime
) -> None:
    """Everybody who could decide is a member of the very team: the county moves its administrator."""
    house: House = app.extensions["timebank"]
    with house.database.transaction() as session:
        number = cases.open_case(
            session, origin="person", member_ids=[cast.volunteer.member_id], organisation_id=cast.team_id,
            sentence="x", facts={}, evidence=(), at=at - timedelta(days=900), key="old",
        ).id  # fmt: skip
    runner.see_to_deadlines(house, at=at)
    with house.database.transaction() as session:
        assert session.get_one(Case, number).escalated_at is None
        assert session.scalars(select(Notice.id).where(Notice.kind == "fraud.overdue")).all() == []
        session.get_one(Member, cast.administrator.member_id).organisation_id = cast.county_id
    runner.see_to_deadlines(house, at=at + timedelta(days=1))
    with house.database.reading() as session:
        assert session.get_one(Case, number).escalated_at == at + timedelta(days=1)
        told = session.scalars(select(Notice.member_id).where(Notice.kind == "fraud.overdue")).all()
    assert told == [cast.administrator.member_id]
