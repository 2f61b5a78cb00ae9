"""Forged numbers, strangers, people of the case's own unit, rows changed behind the application's back, an empty house."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.fraud.plant import plot
from tests.fraud.steps import reported, screen, sold, use
from tests.reconcile.tampering import tampering
from timebank.clock import now
from timebank.fraud import cases, decisions, runner
from timebank.fraud.decisions import Wanted
from timebank.fraud.models import Alert, Case, CaseEvent, Decision
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.house import House
from timebank.members.models import Member
from timebank.reconcile import runner as reconciling

ClientAs = Callable[[str], FlaskClient]
ACTS = ("notes", "tell", "decisions", "signature", "appeals/1")
WORDS = {"reason": "x", "outcome": "no_finding", "agrees": "yes", "stands": "no"}


@pytest.fixture
def house(app: Flask) -> House:
    found: House = app.extensions["timebank"]
    return found


def _case(house: House, cast: Cast, *, in_own_unit: bool = False) -> int:
    """A case about a neighbour in the team beside the cast's own, or in the cast's own."""
    with house.database.transaction() as session:
        scene = plot(session, cast, now())
        case = reported(scene, [scene.member()])
        if in_own_unit:
            case.organisation_id = cast.team_id
        return case.id


@pytest.mark.parametrize("number", ["0", "7", "999999999999999999", "99999999999999999999999", "1x", "-1"])
def test_a_forged_number_of_a_case_leads_nowhere(
    house: House, cast: Cast, client_as: ClientAs, number: str
) -> None:
    _case(house, cast)
    auditor = client_as("auditor")
    assert auditor.get(f"/cases/{number}").status_code == 404
    assert auditor.get(f"/my/cases/{number}").status_code == 404
    assert auditor.get(f"/alerts/{number}").status_code == 404
    assert auditor.post(f"/cases/{number}/decisions", data=WORDS).status_code == 404
    assert auditor.get(f"/reconciliation/items/{number}").status_code == 404
    assert auditor.get(f"/integrity/{number}/2026-01").status_code == 404


@pytest.mark.parametrize(
    ("part", "in_own_unit"),
    [
        ("stranger", False),
        ("stranger_administrator", False),
        ("volunteer", False),
        ("auditor", True),
        ("administrator", True),
    ],
)
def test_nobody_from_outside_or_of_the_very_unit_does_anything_about_a_case(
    house: House, cast: Cast, client_as: ClientAs, part: str, in_own_unit: bool
) -> None:
    number = _case(house, cast, in_own_unit=in_own_unit)
    browser = client_as(part)
    assert browser.get(f"/cases/{number}").status_code == 404
    for act in ACTS:
        assert browser.post(f"/cases/{number}/{act}", data=WORDS).status_code == 404, act
    for act in ("answer", "appeal"):
        assert browser.post(f"/my/cases/{number}/{act}", data=WORDS).status_code == 404, act
    with house.database.reading() as session:
        assert session.get_one(Case, number).status == "open"
        assert session.scalars(select(CaseEvent.kind)).all() == ["opened"]
        assert session.scalars(select(Decision.id)).all() == []


def test_evidence_that_was_changed_behind_the_applications_back_is_marked_on_the_case(
    house: House, cast: Cast, client_as: ClientAs
) -> None:
    """Once for what an alert names, once for what a report names."""
    with house.database.transaction() as session:
        scene = plot(session, cast, now())
        _buyer, records = sold(scene)
        use(scene, F07)
        (case,) = screen(scene).cases
        other = scene.record(scene.shift(), scene.member())
        report = cases.open_case(
            session, origin="audit", member_ids=[other.member_id], organisation_id=scene.team.id,
            sentence="x", facts={}, evidence=[("record", other.id), ("order", 5)], at=now(), key="a",
        )  # fmt: skip
        pages = {f"/cases/{case.id}": records[0].id, f"/cases/{report.id}": other.id}
    auditor = client_as("auditor")
    for page, number in pages.items():
        assert "此后有改动" not in auditor.get(page).text
        with tampering(house) as connection:
            connection.exec_driver_sql(
                f"UPDATE service_records SET minutes = minutes + 6 WHERE id = {number}"
            )
        assert auditor.get(page).text.count("此后有改动") == 1


def test_a_decision_whose_member_was_changed_behind_the_back_takes_nothing_from_others(
    house: House, cast: Cast
) -> None:
    """What is to be done stands in the decision, which the database lets nobody change."""
    number = _case(house, cast)
    with house.database.transaction() as session:
        found = session.get_one(Case, number)
        member = found.people[0].member_id
        assert member is not None
        wanted = Wanted("suspend", "冒名签到", member_ids=[member])
        decisions.decide(session, case=found, wanted=wanted, by=cast.auditor.actor, at=now())
    for statement in ("UPDATE fraud_decisions SET actions = '{}'", "DELETE FROM fraud_decisions"):
        with pytest.raises(Exception, match="fraud_decisions"), house.database.transaction() as session:
            session.connection().exec_driver_sql(statement)
    with house.database.reading() as session:
        assert session.get_one(Member, member).suspended_at is not None


PAGES = (
    "/cases /cases?state=closed /alerts /rings /audits /decoys /fraud-rules /fraud-rules/F-01 /integrity /my/cases "
    "/reconciliation /reconciliation/history /reconciliation/days /reconciliation/items /reconciliation/stops"
)


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_every_page_of_an_empty_house_says_that_there_is_nothing(
    house: House, client_as: ClientAs, locale: str
) -> None:
    auditor = client_as("auditor")
    auditor.post("/locale", data={"locale": locale})
    for page in PAGES.split():
        assert auditor.get(page).status_code == 200, page


def test_the_nights_jobs_run_in_a_house_without_a_single_organisation(app: Flask) -> None:
    """Without the cast: all tables are there, and nobody in them."""
    house: House = app.extensions["timebank"]
    reconciling.nightly(house, {})
    for job in (runner.nightly, runner.deadlines, runner.weekly_rings):
        job(house, {})
    with house.database.reading() as session:
        assert session.scalars(select(Alert.id)).all() == []
        assert session.scalars(select(Case.id)).all() == []
