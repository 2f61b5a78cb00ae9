"""Alerts become cases; cases are told, decided, signed, appealed; nobody looks at their own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError

from tests.cast import Cast
from tests.fraud.plant import SHANGHAI, Plot
from timebank.fraud import cases, decisions, queries, runner, service, settings
from timebank.fraud.decisions import Wanted
from timebank.fraud.errors import (
    AppealTooLate,
    CaseAbsent,
    CaseClosed,
    NothingChosen,
    RecordForeign,
    SecondPersonNeeded,
    SettingInvalid,
    SettingOfThePast,
)
from timebank.fraud.evidence import EVIDENCE, digest_of, row_of
from timebank.fraud.models import Alert, AlertEvidence, AppealAnswer, Case, CaseEvent, Decision, Signature
from timebank.fraud.registry import RULES
from timebank.fraud.rules import Rule, Window
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.fraud.rules.f15_two_places import RULE as F15
from timebank.fraud.service import Screened
from timebank.fraud.timeline import TIMELINES, timeline
from timebank.hours.models import ServiceRecord
from timebank.members import families
from timebank.members.models import Household, HouseholdMember, Member
from timebank.notices.models import Notice

DAY = timedelta(days=1)


def _use(scene: Plot, *rules: Rule, mode: str = "live") -> None:
    today = scene.now.astimezone(SHANGHAI).date()
    for rule in rules:
        settings.change(
            scene.session,
            rule=rule,
            mode=mode,
            weight=rule.weight,
            thresholds=rule.defaults,
            valid_from=today,
            today=today,
            reason="试用期满",
            by=scene.cast.administrator.actor,
            at=scene.now,
        )


def _screen(scene: Plot, at: datetime | None = None) -> Screened:
    moment = at or scene.now
    noticed = list(service.look(scene.session, RULES, Window(moment, SHANGHAI)))
    return service.keep(scene.session, noticed, rules=RULES, kinds=EVIDENCE, at=moment)


def _sold(scene: Plot) -> tuple[int, list[ServiceRecord]]:
    buyer = scene.member()
    records = [
        scene.record(
            scene.shift(days),
            buyer,
            method="manual",
            grade="D",
            recorder=scene.cast.coordinator.user_id,
            approver=scene.cast.second_coordinator.user_id,
        )
        for days in (10, 40, 70, 100)
    ]
    return buyer, records


def _phone_for_three(scene: Plot) -> list[int]:
    shift, people = scene.shift(), [scene.member() for _ in range(3)]
    for minutes, member in enumerate(people):
        scene.scan(shift, member, device="one", at=shift.starts_at + timedelta(minutes=minutes))
        scene.record(shift, member)
    return people


def _case(scene: Plot) -> Case:
    return scene.session.scalars(select(Case)).one()


def test_a_new_rule_only_watches(scene: Plot) -> None:
    _sold(scene)
    found = _screen(scene)
    assert {alert.mode for alert in found.alerts} == {"shadow"}
    assert found.cases == []


def test_a_rule_that_is_off_says_nothing(scene: Plot) -> None:
    _sold(scene)
    _use(scene, *RULES, mode="off")
    assert _screen(scene).alerts == []


def test_selling_hours_opens_a_case_alone_and_looking_again_adds_nothing(scene: Plot) -> None:
    buyer, records = _sold(scene)
    _use(scene, F07)
    (case,) = _screen(scene).cases
    assert {(one.member_id, one.user_id) for one in case.people} == {
        (buyer, None),
        (None, scene.cast.coordinator.user_id),
    }
    assert case.number == "2026-0001"
    again = _screen(scene)
    assert [alert for alert in again.alerts if alert.mode == "live"] == []
    assert {one.subject for one in queries.alerts_of(scene.session, case.id)[0].evidence} == {
        f"record:{record.id}" for record in records
    }


def test_one_weak_alert_waits_and_a_second_of_another_rule_opens_a_case(scene: Plot) -> None:
    people = _phone_for_three(scene)
    _use(scene, F03, F15)
    assert _screen(scene).cases == []
    shift = scene.shift(1.98)
    scene.record(shift, people[0])
    (case,) = _screen(scene).cases
    assert {alert.rule for alert in queries.alerts_of(scene.session, case.id)} == {"F-03", "F-15"}


def test_alerts_about_the_same_people_join_the_open_case_for_thirty_days(scene: Plot) -> None:
    buyer, _records = _sold(scene)
    _use(scene, F07, F15)
    (case,) = _screen(scene).cases
    scene.record(scene.shift(9.98), buyer)
    _screen(scene, scene.now + DAY)
    assert {alert.rule for alert in queries.alerts_of(scene.session, case.id)} == {"F-07", "F-15"}
    assert scene.session.scalar(select(func.count(Case.id))) == 1


def test_evidence_is_kept_with_the_digest_that_it_had(scene: Plot) -> None:
    _buyer, records = _sold(scene)
    _use(scene, F07)
    _screen(scene)
    evidence = queries.alerts_of(scene.session, _case(scene).id)[0].evidence[0]
    assert digest_of(row_of(scene.session, EVIDENCE, evidence.subject)) == evidence.digest
    records[0].minutes -= 6
    scene.session.flush()
    changed = next(one for one in _evidence(scene) if one.subject == f"record:{records[0].id}")
    assert digest_of(row_of(scene.session, EVIDENCE, changed.subject)) != changed.digest


def _evidence(scene: Plot) -> Sequence[AlertEvidence]:
    return queries.alerts_of(scene.session, _case(scene).id)[0].evidence


def _reverse(scene: Plot, records: list[ServiceRecord]) -> Decision:
    wanted = Wanted("reverse", "活动当天没有人见过他", [record.id for record in records])
    return decisions.decide(
        scene.session, case=_case(scene), wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )


def test_above_fifty_points_a_second_person_signs_before_anything_is_taken_back(scene: Plot) -> None:
    _buyer, records = _sold(scene)
    _use(scene, F07)
    _screen(scene)
    decision = _reverse(scene, records)
    assert (decision.needs_second, _case(scene).status) == (True, "to_sign")
    assert {record.status for record in records} == {"approved"}
    with pytest.raises(SecondPersonNeeded):
        _sign(scene, decision, by="auditor")
    _sign(scene, decision, by="administrator")
    assert {record.status for record in records} == {"reversed"}
    assert _case(scene).status == "decided"


def _sign(scene: Plot, decision: Decision, *, by: str, agrees: bool = True) -> Signature:
    return decisions.sign(
        scene.session,
        decision=decision,
        case=_case(scene),
        agrees=agrees,
        reason="再核实一下",
        by=scene.cast.people[by].actor,
        at=scene.now,
    )


def test_a_refused_signature_opens_the_case_again(scene: Plot) -> None:
    _buyer, records = _sold(scene)
    _use(scene, F07)
    _screen(scene)
    _sign(scene, _reverse(scene, records), by="administrator", agrees=False)
    assert _case(scene).status == "open"
    assert {record.status for record in records} == {"approved"}


def test_the_database_itself_refuses_one_person_in_two_roles(scene: Plot) -> None:
    _buyer, records = _sold(scene)
    _use(scene, F07)
    _screen(scene)
    decision = _reverse(scene, records)
    forged = {
        "decision_id": decision.id,
        "decided_by_user_id": decision.decided_by_user_id,
        "signed_by_user_id": decision.decided_by_user_id,
        "agrees": True,
        "reason": "",
        "signed_at": scene.now,
    }
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(insert(Signature), [forged])
    other = scene.cast.administrator.user_id
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(insert(Signature), [forged | {"decided_by_user_id": other}])


def test_small_matters_against_a_volunteer_are_decided_by_one_person(scene: Plot) -> None:
    people = _phone_for_three(scene)
    case = _reported(scene, people)
    record = scene.session.scalars(select(ServiceRecord).where(ServiceRecord.member_id == people[1])).one()
    wanted = Wanted("correct_hours", "手机是借来的，本人不在场", [record.id])
    decision = decisions.decide(
        scene.session, case=case, wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )
    assert not decision.needs_second
    assert record.status == "reversed"


def _reported(scene: Plot, people: list[int], key: str = "r1") -> Case:
    return cases.open_case(
        scene.session,
        origin="person",
        member_ids=people,
        organisation_id=scene.team.id,
        sentence="有居民反映当天没有这么多人",
        facts={},
        evidence=(),
        at=scene.now,
        key=key,
    )


def test_the_same_report_sent_twice_is_one_case(scene: Plot) -> None:
    people = [scene.member()]
    assert _reported(scene, people).id == _reported(scene, people).id
    assert _reported(scene, people, key="r2").number == "2026-0002"


def test_records_of_other_people_cannot_be_taken_back_by_a_case(scene: Plot) -> None:
    case, stranger = _reported(scene, [scene.member()]), scene.member()
    record = scene.record(scene.shift(), stranger)
    for wanted, refusal in (
        (Wanted("reverse", "x", [record.id]), RecordForeign),
        (Wanted("reverse", "x"), NothingChosen),
        (Wanted("suspend", "x"), NothingChosen),
    ):
        with pytest.raises(refusal):
            decisions.decide(
                scene.session, case=case, wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
            )
    assert record.status == "approved"


def _suspended(scene: Plot) -> tuple[Case, Decision, int]:
    member = scene.member()
    case = _reported(scene, [member])
    wanted = Wanted("suspend", "多次冒名签到", member_ids=[member])
    decision = decisions.decide(
        scene.session, case=case, wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )
    return case, decision, member


def test_an_appeal_is_answered_by_somebody_else_and_undoes_the_suspension(scene: Plot) -> None:
    case, decision, member = _suspended(scene)
    assert scene.session.get_one(Member, member).suspended_at is not None
    own = replace(scene.cast.volunteer.actor, member_id=member)
    appeal = decisions.appeal(
        scene.session,
        case=case,
        decision=decision,
        member_id=member,
        words="那天我在",
        by=own,
        at=scene.now + DAY,
    )
    answer: dict[str, Any] = {
        "case": case,
        "found": appeal,
        "stands": False,
        "reason": "证人证明在场",
        "at": scene.now + 2 * DAY,
    }
    with pytest.raises(SecondPersonNeeded):
        decisions.answer_appeal(scene.session, by=scene.cast.auditor.actor, **answer)
    decisions.answer_appeal(scene.session, by=scene.cast.administrator.actor, **answer)
    assert scene.session.get_one(Member, member).suspended_at is None
    assert case.status == "closed"
    forged = {
        "appeal_id": appeal.id,
        "decided_by_user_id": appeal.decided_by_user_id,
        "answered_by_user_id": appeal.decided_by_user_id,
        "stands": True,
        "reason": "",
        "answered_at": scene.now,
    }
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(insert(AppealAnswer), [forged])


def test_an_appeal_after_two_weeks_is_too_late_and_the_case_closes(scene: Plot) -> None:
    case, decision, member = _suspended(scene)
    late = scene.now + timedelta(days=decisions.APPEAL_DAYS, minutes=1)
    with pytest.raises(AppealTooLate):
        decisions.appeal(
            scene.session,
            case=case,
            decision=decision,
            member_id=member,
            words="我不同意",
            by=scene.cast.volunteer.actor,
            at=late,
        )
    assert decisions.close_settled(scene.session, at=late) == 1
    assert case.status == "closed"


def test_two_decisions_at_once_are_one(scene: Plot) -> None:
    case, _decision, member = _suspended(scene)
    with pytest.raises(CaseClosed):
        decisions.decide(
            scene.session,
            case=case,
            wanted=Wanted("suspend", "再来一次", member_ids=[member]),
            by=scene.cast.administrator.actor,
            at=scene.now,
        )


def test_members_are_told_once_and_only_then_see_their_case(scene: Plot) -> None:
    member = scene.member()
    case = _reported(scene, [member])
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
    about_family = _reported(scene, [relative], "family")
    about_other = _reported(scene, [scene.member()], "other")
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


def test_the_timeline_joins_scans_hours_and_books(scene: Plot) -> None:
    member = scene.member()
    shift = scene.shift()
    scene.scan(shift, member)
    scene.record(shift, member)
    case = _reported(scene, [member])
    kinds = [moment.kind for moment in timeline(scene.session, case, TIMELINES)]
    assert sorted(kinds) == ["entry", "record", "scan"]


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


def test_what_waits_too_long_is_told_to_the_county_once(app: Flask, cast: Cast, at: datetime) -> None:
    house = app.extensions["timebank"]
    with house.database.transaction() as session:
        case = cases.open_case(
            session,
            origin="person",
            member_ids=[cast.volunteer.member_id],
            organisation_id=cast.team_id,
            sentence="x",
            facts={},
            evidence=(),
            at=at - timedelta(days=900),
            key="old",
        )
        number = case.id
    runner.deadlines(house, {})
    runner.deadlines(house, {})
    with house.database.reading() as session:
        kinds = session.scalars(select(CaseEvent.kind).where(CaseEvent.case_id == number)).all()
        assert kinds.count("escalated") == 1


def test_alerts_cannot_be_changed_afterwards(scene: Plot) -> None:
    _sold(scene)
    _screen(scene)
    alert = scene.session.scalars(select(Alert)).first()
    assert alert is not None
    weigh_less = update(Alert).where(Alert.id == alert.id).values(weight=1)
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(weigh_less)
