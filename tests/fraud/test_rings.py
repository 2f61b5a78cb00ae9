"""The weekly graph: who gives whom more than chance explains, who gives to each other; ordinary people are left out."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError

from tests.fraud.plant import SHANGHAI, Plot
from timebank.fraud import rings
from timebank.fraud.ring_models import RingReport
from timebank.fraud.ring_picture import MOST_PEOPLE, picture
from timebank.fraud.ties import AT_THE_COUNTER, TIES, Tie
from timebank.orgs.models import Organisation

SHOP = "shop:1"


def _ties(user: int, member: int, rows: int) -> list[Tie]:
    return [Tie(AT_THE_COUNTER, SHOP, 1, user, member, Decimal(5))] * rows


def _town() -> list[Tie]:
    """Two attendants who take turns, and forty members who meet both."""
    return [tie for member in range(100, 140) for user in (1, 2) for tie in _ties(user, member, 3)]


def test_a_pair_that_the_roster_does_not_explain_stands_out_and_the_town_does_not() -> None:
    assert rings.pairs(_town(), {}) == []
    (found,) = rings.pairs([*_town(), *_ties(1, 7, 12)], {})
    assert (found.giver, found.receiver, found.rows, found.of, found.usual) == (
        "user:1",
        "member:7",
        12,
        12,
        50,
    )


def test_the_only_attendant_of_a_shop_stands_out_with_nobody() -> None:
    assert rings.pairs([tie for member in range(100, 110) for tie in _ties(1, member, 9)], {}) == []


def test_two_who_give_to_each_other_are_a_ring_however_usual_their_shares() -> None:
    each_other = [*_ties(1, 22, 3), *_ties(2, 11, 3)]
    found = rings.pairs([*_town(), *each_other], {1: 11, 2: 22})
    assert {(one.giver, one.receiver, one.back) for one in found} == {
        ("member:11", "member:22", 3), ("member:22", "member:11", 3)}  # fmt: skip
    assert [len(group) for group in rings.components(found)] == [2]


def test_what_hangs_together_is_one_group_and_what_somebody_gives_herself_is_none() -> None:
    found = rings.pairs(
        [*_town(), *_ties(1, 7, 12), *_ties(1, 8, 12), *_ties(2, 9, 12), *_ties(1, 11, 9)], {1: 11}
    )
    assert [sorted(one.receiver for one in group) for group in rings.components(found)] == [
        ["member:7", "member:8"], ["member:9"]]  # fmt: skip


def test_the_picture_names_everybody_safely_and_stays_away_where_they_are_too_many() -> None:
    pairs = [{"giver": "user:1", "receiver": "member:7", "rows": 12}]
    drawn = picture(["member:7", "user:1"], pairs, {"member:7": "<王>", "user:1": "李"})
    assert "&lt;王&gt;" in drawn
    assert drawn.count("<line") == 1
    assert picture([f"member:{number}" for number in range(MOST_PEOPLE + 1)], [], {}) == ""


def _mutual(scene: Plot) -> None:
    """Two coordinators approve three typed rows for each other; a third person's rows are approved by either."""
    one, other = scene.cast.coordinator, scene.cast.second_coordinator
    for days in (5, 12, 19):
        shift = scene.shift(days)
        scene.record(shift, one.member_id, method="manual", grade="D", approver=other.user_id)
        scene.record(shift, other.member_id, method="manual", grade="D", approver=one.user_id)
        scene.record(shift, scene.member(), method="manual", grade="D", approver=one.user_id)


def _make(scene: Plot, until: date) -> RingReport | None:
    county = scene.session.get_one(Organisation, scene.cast.county_id)
    return rings.make(
        scene.session, county=county, until=until, readers=TIES, timezone=SHANGHAI, by="job", at=scene.now
    )


def test_a_week_is_reported_once_from_typed_rows_alone_and_never_changes(scene: Plot) -> None:
    _mutual(scene)
    scanned = scene.shift(4)
    scene.record(scanned, scene.member())
    until = rings.last_monday(scene.now, SHANGHAI) + timedelta(days=7)
    row = _make(scene, until)
    assert row is not None
    assert row.looked_at == {"by_hand": 9}
    (group,) = row.found["groups"]
    assert group["is_ring"]
    assert set(group["people"]) == {
        f"member:{scene.cast.coordinator.member_id}", f"member:{scene.cast.second_coordinator.member_id}"}  # fmt: skip
    assert _make(scene, until) is None
    with pytest.raises(DBAPIError), scene.session.begin_nested():
        scene.session.execute(delete(RingReport))


def test_a_week_ends_on_the_countys_own_monday() -> None:
    sunday_evening_in_london = datetime.combine(date(2026, 3, 8), time(17), UTC)
    assert rings.last_monday(sunday_evening_in_london, ZoneInfo("Asia/Shanghai")) == date(2026, 3, 9)
    assert rings.last_monday(sunday_evening_in_london, ZoneInfo("UTC")) == date(2026, 3, 2)
