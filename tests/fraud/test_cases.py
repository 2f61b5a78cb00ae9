"""Alerts become cases; cases are told, decided, signed, appealed; nobody looks at their own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import DBAPIError

from tests.fraud.plant import SHANGHAI, Plot
from tests.fraud.steps import DAY, only_case, phone_for_three, reported, screen, sold, use
from timebank.access import service as access
from timebank.access.models import LogIn
from timebank.books import postings
from timebank.books.giving import donate
from timebank.fraud import cases, queries, settings
from timebank.fraud.errors import (
    CaseAbsent,
    SettingInvalid,
    SettingOfThePast,
)
from timebank.fraud.evidence import EVIDENCE, digest_of, row_of
from timebank.fraud.models import Alert, AlertEvidence, Case
from timebank.fraud.registry import RULES
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.fraud.rules.f15_two_places import RULE as F15
from timebank.fraud.timeline import ENTERED, LOGGED_IN, RECORDED, TIMELINES, timeline
from timebank.members import families
from timebank.members.models import Household, HouseholdMember
from timebank.notices.models import Notice


def test_a_new_rule_only_watches(scene: Plot) -> None:
    sold(scene)
    found = screen(scene)
    assert {alert.mode for alert in found.alerts} == {"shadow"}
    assert found.cases == []


def test_a_rule_that_is_off_says_nothing(scene: Plot) -> None:
    sold(scene)
    use(scene, *RULES, mode="off")
    assert screen(scene).alerts == []


def test_selling_hours_opens_a_case_alone_and_looking_again_adds_nothing(scene: Plot) -> None:
    buyer, records = sold(scene)
    use(scene, F07)
    (case,) = screen(scene).cases
    assert {(one.member_id, one.user_id) for one in case.people} == {
        (buyer, None),
        (None, scene.cast.coordinator.user_id),
    }
    assert case.number == "2026-0001"
    again = screen(scene)
    assert [alert for alert in again.alerts if alert.mode == "live"] == []
    assert {one.subject for one in queries.alerts_of(scene.session, case.id)[0].evidence} == {
        f"record:{record.id}" for record in records
    }


def test_one_weak_alert_waits_and_a_second_of_another_rule_opens_a_case(scene: Plot) -> None:
    people = phone_for_three(scene)
    use(scene, F03, F15)
    assert screen(scene).cases == []
    shift = scene.shift(1.98)
    scene.record(shift, people[0])
    (case,) = screen(scene).cases
    assert {alert.rule for alert in queries.alerts_of(scene.session, case.id)} == {"F-03", "F-15"}


def test_alerts_about_the_same_people_join_the_open_case_for_thirty_days(scene: Plot) -> None:
    buyer, _records = sold(scene)
    use(scene, F07, F15)
    (case,) = screen(scene).cases
    scene.record(scene.shift(9.98), buyer)
    screen(scene, scene.now + DAY)
    assert {alert.rule for alert in queries.alerts_of(scene.session, case.id)} == {"F-07", "F-15"}
    assert scene.session.scalar(select(func.count(Case.id))) == 1


def test_evidence_is_kept_with_the_digest_that_it_had(scene: Plot) -> None:
    _buyer, records = sold(scene)
    use(scene, F07)
    screen(scene)
    evidence = queries.alerts_of(scene.session, only_case(scene).id)[0].evidence[0]
    assert digest_of(row_of(scene.session, EVIDENCE, evidence.subject)) == evidence.digest
    records[0].minutes -= 6
    scene.session.flush()
    changed = next(one for one in _evidence(scene) if one.subject == f"record:{records[0].id}")
    assert digest_of(row_of(scene.session, EVIDENCE, changed.subject)) != changed.digest


def _evidence(scene: Plot) -> Sequence[AlertEvidence]:
    return queries.alerts_of(scene.session, only_case(scene).id)[0].evidence


def test_members_are_told_once_and_only_then_see_their_case(scene: Plot) -> None:
    member = scene.member()
    case = reported(scene, [member])
    with pytest.raises(CaseAbsent):
        queries.own_case(scene.session, member, case.id)
    assert cases.tell_people(scene.session, case, at=scene.now) == 1
    assert cases.tell_people(scene.session, case, at=scene.now) == 0
    assert queries.own_case(scene.session, member, case.id)[0] is case
    told = select(func.count(Notice.id)).where(Notice.member_id == member)
    assert scene.session.scalar(told) == 1


def test_nobody_sees_a_case_about_their_household_or_their_own_unit(scene: Plot) -> None:
    auditor = scene.cast.auditor
    relative = scene.member()
    home = Household(created_at=scene.now)
    scene.session.add(home)
    scene.session.flush()
    for one in (relative, auditor.member_id):
        scene.session.add(HouseholdMember(household_id=home.id, member_id=one, since=scene.now))
    scene.session.flush()
    assert families.same_household(scene.session, relative, auditor.member_id)
    about_family = reported(scene, [relative], "family")
    about_other = reported(scene, [scene.member()], "other")
    own_unit = cases.open_case(
        scene.session,
        origin="person",
        member_ids=[scene.cast.volunteer.member_id],
        organisation_id=scene.cast.team_id,
        sentence="x",
        facts={},
        evidence=(),
        at=scene.now,
        key="own unit",
    )
    seen = {line.case.id for line in queries.cases(scene.session, auditor.actor, states=("open",))}
    assert seen == {about_other.id}
    for hidden in (about_family, own_unit):
        with pytest.raises(CaseAbsent):
            queries.case(scene.session, auditor.actor, hidden.id)


def test_the_timeline_joins_scans_hours_books_and_devices(scene: Plot) -> None:
    member = scene.member()
    shift = scene.shift()
    scene.scan(shift, member)
    scene.record(shift, member)
    case = reported(scene, [member])
    user = access.create_user(
        scene.session, name="李1", member_id=member, login_names=("13700000001",), at=scene.now
    )
    scene.session.add(LogIn(user_id=user.id, at=scene.now, device_digest="abcdef0123", how="password"))
    postings.award(
        scene.session,
        record_id=4711,
        member_id=member,
        organisation_id=scene.team.id,
        points=Decimal(20),
        rule_number=1,
        arithmetic="",
        at=scene.now,
        recorded_at=scene.now,
        actor="user:1",
    )
    donate(
        scene.session, key="d1", member_id=member, organisation_id=scene.team.id, points=Decimal(5),
        at=scene.now, actor="user:1",
    )  # fmt: skip
    moments = timeline(scene.session, case, TIMELINES)
    assert sorted(moment.kind for moment in moments) == ["device", "entry", "entry", "record", "scan"]
    assert {moment.member_id for moment in moments} == {member}
    said = {moment.says: moment.facts for moment in moments}
    assert said[ENTERED] == {"entry": "donation", "points": "-5.00"}
    assert said[LOGGED_IN]["device"] == "abcdef"
    assert said[RECORDED]["approver"] == scene.cast.second_coordinator.name


def test_the_timeline_shows_all_evidence_however_old_and_nothing_else_of_that_age(scene: Plot) -> None:
    buyer, records = sold(scene)
    old = scene.shift(60)
    scene.scan(old, buyer)
    use(scene, F07)
    (case,) = screen(scene).cases
    moments = timeline(scene.session, case, TIMELINES)
    named = [f"record:{record.id}" for record in reversed(records)]
    assert [one.subject for one in moments if one.kind == "record" and one.is_evidence] == named
    booked = [one.subject for one in moments if not one.is_evidence]
    assert booked == named, "its points stand beside each, and nothing else"


def test_settings_are_dated_and_within_limits(scene: Plot) -> None:
    today = scene.now.astimezone(SHANGHAI).date()
    change: dict[str, Any] = {
        "rule": F03,
        "mode": "live",
        "weight": 50,
        "today": today,
        "reason": "试用期满",
        "by": scene.cast.administrator.actor,
        "at": scene.now,
    }
    settings.change(
        scene.session, thresholds={"members": 4, "activities": 3}, valid_from=today + DAY, **change
    )
    assert settings.in_force(scene.session, F03, today).mode == "shadow"
    assert settings.in_force(scene.session, F03, today + DAY).thresholds["members"] == 4
    with pytest.raises(SettingInvalid):
        settings.change(scene.session, thresholds={"members": 1}, valid_from=today, **change)
    with pytest.raises(SettingOfThePast):
        settings.change(scene.session, thresholds={}, valid_from=today - DAY, **change)


def test_alerts_cannot_be_changed_afterwards(scene: Plot) -> None:
    sold(scene)
    screen(scene)
    alert = scene.session.scalars(select(Alert)).first()
    assert alert is not None
    weigh_less = update(Alert).where(Alert.id == alert.id).values(weight=1)
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(weigh_less)
