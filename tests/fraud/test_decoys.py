"""Decoys: planted by two, ordinary to everybody else, found when somebody is credited there."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from tests.fraud.plant import SHANGHAI, Plot
from timebank.fraud import decoys, draws, integrity, settings
from timebank.fraud.decoy_models import Decoy, DecoySignature
from timebank.fraud.errors import (
    DecoyAbsent,
    DecoyKnown,
    DecoySettled,
    DecoySubjectAbsent,
    SecondPersonNeeded,
)
from timebank.fraud.rules import Window
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03
from timebank.fraud.rules.f29_decoy import RULE as F29
from timebank.fraud.service import look
from timebank.members.models import Member
from timebank.orgs.models import Organisation

DAY = timedelta(days=1)


def _proposed(scene: Plot, activity_id: int) -> Decoy:
    return decoys.propose(
        scene.session,
        kind="activity",
        number=str(activity_id),
        note="这项活动从未举行",
        by=scene.cast.auditor.actor,
        at=scene.now - 20 * DAY,
    )


def test_f29_finds_whoever_is_credited_on_a_decoy_that_two_have_signed(scene: Plot) -> None:
    shift, honest = scene.shift(2), scene.shift(2)
    decoy = _proposed(scene, shift.activity_id)
    member, other = scene.member(), scene.member()
    record = scene.record(shift, member, recorder=scene.cast.coordinator.user_id)
    scene.record(honest, other)
    assert scene.look(F29) == []
    with pytest.raises(SecondPersonNeeded):
        decoys.sign(scene.session, decoy=decoy, by=scene.cast.auditor.actor, at=scene.now)
    decoys.sign(scene.session, decoy=decoy, by=scene.cast.administrator.actor, at=scene.now - 19 * DAY)
    (found,) = scene.look(F29)
    assert (found.members, found.evidence) == ((member,), (f"record:{record.id}",))
    assert scene.cast.coordinator.user_id in found.users


def test_a_decoy_member_who_is_credited_points_at_who_acted_and_ended_ones_rest(scene: Plot) -> None:
    nobody = scene.member()
    number = scene.session.get_one(Member, nobody).number
    decoy = decoys.propose(
        scene.session,
        kind="member",
        number=number,
        note="无此人",
        by=scene.cast.auditor.actor,
        at=scene.now - 9 * DAY,
    )
    with pytest.raises(DecoyKnown):
        decoys.propose(
            scene.session, kind="member", number=number, note="又", by=scene.cast.auditor.actor, at=scene.now
        )
    decoys.sign(scene.session, decoy=decoy, by=scene.cast.administrator.actor, at=scene.now - 8 * DAY)
    scene.record(scene.shift(2), nobody, recorder=scene.cast.coordinator.user_id)
    (found,) = scene.look(F29)
    assert found.members == ()
    assert scene.cast.coordinator.user_id in found.users
    decoys.end(scene.session, decoy=decoy, reason="结束", by=scene.cast.auditor.actor, at=scene.now)
    with pytest.raises(DecoySettled):
        decoys.end(scene.session, decoy=decoy, reason="结束", by=scene.cast.auditor.actor, at=scene.now)
    scene.record(scene.shift(-1), nobody, recorder=scene.cast.coordinator.user_id)
    later = list(F29.find(scene.session, Window(scene.now + 5 * DAY, SHANGHAI), {}))
    assert [one.facts["credits"] for one in later] == [1]


def test_public_counts_and_draws_leave_decoys_out(scene: Plot) -> None:
    place = scene.session.get_one(Organisation, scene.team.id)
    shift = scene.shift(2)
    scene.record(shift, scene.member())
    sound = scene.record(scene.shift(2), scene.member())
    month = sound.served_on.replace(day=1)

    def confirmed() -> int:
        return int(
            integrity.figures(scene.session, organisation=place, month=month, timezone=SHANGHAI)["confirmed"]
        )

    assert confirmed() == 2
    decoys.sign(
        scene.session,
        decoy=_proposed(scene, shift.activity_id),
        by=scene.cast.administrator.actor,
        at=scene.now - 19 * DAY,
    )
    assert confirmed() == 1
    draw = draws.draw(
        scene.session, organisation=place, month=month, by=scene.cast.auditor.actor, at=scene.now
    )
    assert draw.population == 1


def test_the_database_refuses_one_person_alone_and_strangers_are_told_nothing(scene: Plot) -> None:
    decoy = _proposed(scene, scene.shift(2).activity_id)
    forged = {
        "decoy_id": decoy.id,
        "proposed_by_user_id": decoy.proposed_by_user_id,
        "signed_by_user_id": decoy.proposed_by_user_id,
        "signed_at": scene.now,
    }
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(insert(DecoySignature), [forged])
    for name in ("coordinator", "stranger"):
        with pytest.raises(DecoyAbsent):
            decoys.decoy(scene.session, scene.cast.people[name].actor, decoy.id)
    with pytest.raises(DecoySubjectAbsent):
        decoys.propose(
            scene.session, kind="member", number="NOBODY", note="x", by=scene.cast.auditor.actor, at=scene.now
        )
    assert scene.session.scalars(select(Decoy)).all() == [decoy]


def test_a_county_uses_a_rule_in_its_own_way(scene: Plot) -> None:
    shift = scene.shift(2)
    for minutes in range(3):
        scene.scan(shift, scene.member(), device="one", at=shift.starts_at + timedelta(minutes=minutes))
    county = int(scene.team.path.split("/")[1])
    today = scene.now.astimezone(SHANGHAI).date()
    how = {
        "rule": F03,
        "mode": "live",
        "weight": 70,
        "valid_from": today,
        "today": today,
        "reason": "本县试行",
        "by": scene.cast.administrator.actor,
        "at": scene.now,
    }
    window = Window(scene.now, SHANGHAI)
    settings.change(scene.session, **how, thresholds=F03.defaults, county_id=county)
    (found,) = look(scene.session, [F03], window)
    assert (found.force.mode, found.force.weight) == ("live", 70)
    other = settings.in_force(scene.session, F03, today, county + 999)
    assert (other.mode, other.weight) == ("shadow", 60)
    settings.change(
        scene.session, **how, thresholds=F03.defaults | {"members": 4, "activities": 5}, county_id=county
    )
    assert list(look(scene.session, [F03], window)) == []
