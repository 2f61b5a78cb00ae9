"""Decisions: alone up to a limit, above it with a second signature, undone on appeal by a third."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from ledger.lots import lots_of
from tests.fraud.plant import SHANGHAI, Plot
from tests.fraud.steps import DAY, only_case, phone_for_three, reported, screen, sold, use
from tests.hours.stage import add_rule
from timebank.books import chart
from timebank.fraud import appeals, decisions
from timebank.fraud.decisions import Wanted
from timebank.fraud.errors import (
    AppealTooLate,
    CaseClosed,
    NothingChosen,
    RecordForeign,
    SecondPersonNeeded,
)
from timebank.fraud.models import Appeal, AppealAnswer, Case, Decision, Signature
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.hours.models import ServiceRecord
from timebank.members.models import Member
from timebank.notices.models import Notice
from timebank.policy import service as settings


def _reverse(scene: Plot, records: list[ServiceRecord]) -> Decision:
    wanted = Wanted("reverse", "活动当天没有人见过他", [record.id for record in records])
    return decisions.decide(
        scene.session, case=only_case(scene), wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )


def test_above_fifty_points_a_second_person_signs_before_anything_is_taken_back(scene: Plot) -> None:
    _buyer, records = sold(scene)
    use(scene, F07)
    screen(scene)
    decision = _reverse(scene, records)
    assert (decision.needs_second, only_case(scene).status) == (True, "to_sign")
    assert {record.status for record in records} == {"approved"}
    with pytest.raises(SecondPersonNeeded):
        _sign(scene, decision, by="auditor")
    _sign(scene, decision, by="administrator")
    assert {record.status for record in records} == {"reversed"}
    assert only_case(scene).status == "decided"


def _sign(scene: Plot, decision: Decision, *, by: str, agrees: bool = True) -> Signature:
    return decisions.sign(
        scene.session,
        decision=decision,
        case=only_case(scene),
        agrees=agrees,
        reason="再核实一下",
        by=scene.cast.people[by].actor,
        at=scene.now,
    )


def test_a_refused_signature_opens_the_case_again(scene: Plot) -> None:
    _buyer, records = sold(scene)
    use(scene, F07)
    screen(scene)
    _sign(scene, _reverse(scene, records), by="administrator", agrees=False)
    assert only_case(scene).status == "open"
    assert {record.status for record in records} == {"approved"}


def test_the_database_itself_refuses_one_person_in_two_roles(scene: Plot) -> None:
    _buyer, records = sold(scene)
    use(scene, F07)
    screen(scene)
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
    people = phone_for_three(scene)
    case = reported(scene, people)
    record = scene.session.scalars(select(ServiceRecord).where(ServiceRecord.member_id == people[1])).one()
    wanted = Wanted("correct_hours", "手机是借来的，本人不在场", [record.id])
    decision = decisions.decide(
        scene.session, case=case, wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )
    assert not decision.needs_second
    assert record.status == "reversed"


def test_the_same_report_sent_twice_is_one_case(scene: Plot) -> None:
    people = [scene.member()]
    assert reported(scene, people).id == reported(scene, people).id
    assert reported(scene, people, key="r2").number == "2026-0002"


def test_records_of_other_people_cannot_be_taken_back_by_a_case(scene: Plot) -> None:
    case, stranger = reported(scene, [scene.member()]), scene.member()
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
    case = reported(scene, [member])
    wanted = Wanted("suspend", "多次冒名签到", member_ids=[member])
    decision = decisions.decide(
        scene.session, case=case, wanted=wanted, by=scene.cast.auditor.actor, at=scene.now
    )
    return case, decision, member


def test_an_appeal_is_answered_by_somebody_else_and_undoes_the_suspension(scene: Plot) -> None:
    case, decision, member = _suspended(scene)
    assert scene.session.get_one(Member, member).suspended_at is not None
    own = replace(scene.cast.volunteer.actor, member_id=member)
    appeal = appeals.appeal(
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
        appeals.answer_appeal(scene.session, by=scene.cast.auditor.actor, **answer)
    appeals.answer_appeal(scene.session, by=scene.cast.administrator.actor, **answer)
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


def _appeal(scene: Plot, case: Case, decision: Decision, member: int, at: datetime) -> Appeal:
    return appeals.appeal(
        scene.session,
        case=case,
        decision=decision,
        member_id=member,
        words="我不同意",
        by=scene.cast.volunteer.actor,
        at=at,
    )


def test_an_appeal_is_taken_until_the_countys_fourteenth_day_is_over_and_has_a_deadline_of_its_own(
    scene: Plot,
) -> None:
    """Decided at noon of the county's day: the letter names a day, and all of that day counts."""
    case, decision, member = _suspended(scene)
    midnight = scene.now + timedelta(days=decisions.APPEAL_DAYS, hours=12)
    last_minute = midnight - timedelta(minutes=1)
    told = scene.session.scalars(select(Notice.facts).where(Notice.kind == "fraud.decided")).one()
    assert told["day"]["day"] == last_minute.astimezone(SHANGHAI).date().isoformat()
    with pytest.raises(AppealTooLate):
        _appeal(scene, case, decision, member, midnight)
    assert appeals.close_settled(scene.session, at=last_minute) == 0
    case.escalated_at = scene.now
    _appeal(scene, case, decision, member, last_minute)
    assert (case.due_at, case.escalated_at) == (last_minute + timedelta(days=14), None)


def test_a_case_that_nobody_appeals_against_closes_when_the_last_day_is_over(scene: Plot) -> None:
    case, _decision, _member = _suspended(scene)
    assert appeals.close_settled(scene.session, at=scene.now + timedelta(days=14, hours=12)) == 1
    assert case.status == "closed"


@pytest.mark.parametrize(
    ("decided", "last"),
    [
        ("2026-12-31T15:59+00:00", "2027-01-14"),
        ("2026-12-31T16:00+00:00", "2027-01-15"),
        ("2028-02-15T16:00+00:00", "2028-03-01"),
        ("2028-02-15T04:00+00:00", "2028-02-29"),
    ],
)
def test_the_last_day_to_appeal_is_the_countys_at_the_end_of_a_year_and_in_a_leap_year(
    scene: Plot, decided: str, last: str
) -> None:
    scene.now = datetime.fromisoformat(decided)
    case, decision, _member = _suspended(scene)
    assert decisions.last_day_to_appeal(decision).isoformat() == last
    assert case.number.startswith(str(scene.now.astimezone(SHANGHAI).year))


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


@pytest.mark.parametrize(("zone", "month"), [("Asia/Shanghai", 6), ("UTC", 5)])
def test_an_undone_reversal_gives_hours_and_points_back_by_itself(scene: Plot, zone: str, month: int) -> None:
    """Answered in the last hours of March by Greenwich: the points lapse by the days of the county."""
    late = datetime.fromisoformat("2027-03-31T20:00+00:00")
    scene.now = late - 2 * DAY
    add_rule(scene.session, scene.cast)
    settings.change_settings(
        scene.session,
        organisation_id=scene.cast.county_id,
        written={"points_lapse_months": "1"},
        by_name="x",
        at=scene.now,
    )
    buyer, records = sold(scene)
    use(scene, F07)
    screen(scene)
    decision, case = _reverse(scene, records), only_case(scene)
    _sign(scene, decision, by="administrator")
    own = replace(scene.cast.volunteer.actor, member_id=records[0].member_id)
    appeal = appeals.appeal(
        scene.session,
        case=case,
        decision=decision,
        member_id=records[0].member_id,
        words="每次都有照片",
        by=own,
        at=scene.now + DAY,
    )
    appeals.answer_appeal(
        scene.session,
        case=case,
        found=appeal,
        stands=False,
        reason="照片属实",
        by=replace(scene.cast.administrator.actor, user_id=scene.cast.attendant.user_id),
        at=late,
        timezone=ZoneInfo(zone),
    )
    again = scene.session.scalars(
        select(ServiceRecord).where(ServiceRecord.corrects_id.in_([record.id for record in records]))
    ).all()
    assert [(row.minutes, row.proof_grade, row.status) for row in again] == [(120, "D", "approved")] * 4
    assert {record.status for record in records} == {"reversed"}
    lots = lots_of(scene.session, chart.member_points(buyer).code)
    assert [lot.expires_at for lot in lots] == [datetime(2027, month, 1, tzinfo=ZoneInfo(zone))] * 4
    told = {event.facts["record"]: event.facts["new"] for event in case.events if "new" in event.facts}
    assert told == {row.corrects_id: row.id for row in again}
