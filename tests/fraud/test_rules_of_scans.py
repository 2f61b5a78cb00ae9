"""Rules that read scans: each planted cheat is found, each honest look-alike is left alone."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from tests.fraud.plant import Plot
from timebank.activities.models import Shift
from timebank.checkin.models import SpotAnswer, SpotCheck
from timebank.fraud.rules.f01_photographed_code import RULE as F01
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03
from timebank.fraud.rules.f04_lent_card import RULE as F04
from timebank.fraud.rules.f06_gone_in_between import RULE as F06
from timebank.fraud.rules.f12_pile_of_cards import RULE as F12
from timebank.fraud.rules.f13_all_out_at_once import RULE as F13
from timebank.fraud.rules.f17_superhuman_speed import RULE as F17
from timebank.members.models import Household, HouseholdMember

SECOND = timedelta(seconds=1)


def _link(scene: Plot, *members: int) -> None:
    home = Household(created_at=scene.now)
    scene.session.add(home)
    scene.session.flush()
    scene.session.execute(
        insert(HouseholdMember),
        [{"household_id": home.id, "member_id": one, "since": scene.now} for one in members],
    )


def test_f01_finds_a_phone_that_scans_codes_long_gone(scene: Plot) -> None:
    cheat = scene.member()
    for days in (3, 6, 9):
        scene.scan(scene.shift(days), None, device="x", outcome="expired", age_seconds=600, step=days)
    scene.scan(scene.shift(20), cheat, device="x")
    (found,) = scene.look(F01)
    assert found.members == (cheat,)
    assert found.facts["tries"] == 3


def test_f01_finds_one_photograph_on_five_phones(scene: Plot) -> None:
    shift = scene.shift()
    for phone in range(5):
        scene.scan(shift, None, device=f"phone {phone}", outcome="expired", age_seconds=90, step=7)
    (found,) = scene.look(F01)
    assert found.facts["devices"] == 5


def test_f01_leaves_a_slow_phone_alone_whose_codes_are_seconds_late(scene: Plot) -> None:
    for days in (3, 6, 9, 12):
        scene.scan(scene.shift(days), None, device="slow", outcome="expired", age_seconds=40, step=days)
    assert scene.look(F01) == []


def test_f03_finds_three_people_on_one_phone_at_one_shift(scene: Plot) -> None:
    shift, people = scene.shift(), [scene.member() for _ in range(3)]
    for minutes, member in enumerate(people):
        scene.scan(shift, member, device="one", at=shift.starts_at + timedelta(minutes=minutes))
        scene.record(shift, member)
    (found,) = scene.look(F03)
    assert found.members == tuple(people)
    assert found.points == 60


def test_f03_finds_two_strangers_on_one_phone_again_and_again(scene: Plot) -> None:
    one, other = scene.member(), scene.member()
    for days in (2, 9):
        shift = scene.shift(days)
        scene.scan(shift, one, device="shared")
        scene.scan(shift, other, device="shared")
    scene.scan(scene.shift(40), other, device="her own")
    (found,) = scene.look(F03)
    assert found.facts["activities"] == 2


def test_f03_leaves_neighbours_alone_who_have_one_phone_between_them(scene: Plot) -> None:
    one, other = scene.member(), scene.member()
    for days in (2, 9):
        shift = scene.shift(days)
        scene.scan(shift, one, device="the one that works")
        scene.scan(shift, other, device="the one that works")
    # The phone before it was theirs together as well.
    for member in (one, other):
        scene.scan(scene.shift(50), member, device="the one before")
    assert scene.look(F03) == []


def test_f03_finds_neighbours_in_the_end_who_come_with_one_phone_every_few_days(scene: Plot) -> None:
    pair = (scene.member(), scene.member())
    for days in range(2, 26, 4):
        shift = scene.shift(days)
        for member in pair:
            scene.scan(shift, member, device="theirs")
    (found,) = scene.look(F03)
    assert found.members == pair


def test_f03_leaves_somebody_alone_who_lends_the_phone_to_two_with_an_empty_battery(scene: Plot) -> None:
    kind, *flat = (scene.member() for _ in range(3))
    for days, other in zip((2, 9), flat, strict=True):
        shift = scene.shift(days)
        scene.scan(shift, kind, device="lent")
        scene.scan(shift, other, device="lent")
        scene.scan(scene.shift(days + 20), other, device=f"own of {other}")
    assert scene.look(F03) == []


def test_f03_finds_a_phone_that_signs_in_ever_new_friends(scene: Plot) -> None:
    cheat, *friends = (scene.member() for _ in range(5))
    for days, other in zip((2, 6, 10, 14), friends, strict=True):
        shift = scene.shift(days)
        scene.scan(shift, cheat, device="one")
        scene.scan(shift, other, device="one")
    (found,) = scene.look(F03)
    assert found.facts == {"members": 2, "activities": 4}


def test_f03_leaves_a_linked_family_alone(scene: Plot) -> None:
    family = [scene.member() for _ in range(3)]
    _link(scene, *family)
    for days in (2, 9, 16):
        shift = scene.shift(days)
        for member in family:
            scene.scan(shift, member, device="the family's phone")
    assert scene.look(F03) == []


def test_f03_leaves_a_neighbour_alone_who_borrows_the_phone_once(scene: Plot) -> None:
    one, other = scene.member(), scene.member()
    shift = scene.shift()
    scene.scan(shift, one, device="lent once")
    scene.scan(shift, other, device="lent once")
    assert scene.look(F03) == []


def test_f04_finds_a_card_at_one_place_while_the_phone_is_at_another(scene: Plot) -> None:
    owner, here, there = scene.member(), scene.shift(2), scene.shift(2)
    scene.scan(here, owner)
    scene.scan(
        there,
        owner,
        at=here.starts_at + timedelta(minutes=10),
        method="member",
        operator=scene.cast.coordinator.user_id,
        identified_by="card",
    )
    (found,) = scene.look(F04)
    assert (found.members, found.users) == ((owner,), (scene.cast.coordinator.user_id,))


def test_f04_leaves_card_in_the_morning_and_phone_in_the_afternoon_alone(scene: Plot) -> None:
    owner, here, there = scene.member(), scene.shift(2), scene.shift(1.7)
    scene.scan(here, owner, method="member", operator=scene.cast.coordinator.user_id, identified_by="card")
    scene.scan(there, owner)
    assert scene.look(F04) == []


def _asked(scene: Plot, member: int, days: float, outcome: str) -> None:
    shift = scene.shift(days)
    check = SpotCheck(
        shift_id=shift.id,
        opened_by_user_id=scene.cast.coordinator.user_id,
        opened_at=shift.starts_at + timedelta(hours=1),
        closes_at=shift.starts_at + timedelta(hours=1, minutes=10),
    )
    scene.session.add(check)
    scene.session.flush()
    scene.session.add(
        SpotAnswer(spot_check_id=check.id, member_id=member, outcome=outcome, at=check.closes_at)
    )
    scene.session.flush()


def test_f06_finds_whoever_misses_spot_checks_at_one_shift_after_the_other(scene: Plot) -> None:
    cheat = scene.member()
    for days, outcome in ((2, "missed"), (9, "seen"), (16, "missed"), (30, "missed"), (44, "missed")):
        _asked(scene, cheat, days, outcome)
    (found,) = scene.look(F06)
    assert found.members == (cheat,)
    assert found.facts == {"missed": 4, "asked": 5}


def test_f06_leaves_two_of_three_alone_which_happens_to_one_of_seventy_honest_people(scene: Plot) -> None:
    honest = scene.member()
    for days, outcome in ((2, "missed"), (9, "seen"), (16, "missed")):
        _asked(scene, honest, days, outcome)
    assert scene.look(F06) == []


def test_f06_leaves_one_missed_check_among_many_alone(scene: Plot) -> None:
    honest = scene.member()
    for days, outcome in (
        (2, "seen"),
        (9, "missed"),
        (16, "seen"),
        (23, "missed"),
        (30, "seen"),
        (37, "seen"),
    ):
        _asked(scene, honest, days, outcome)
    assert scene.look(F06) == []


def _cards(scene: Plot, gaps: list[float], members: list[int], kind: str = "in") -> Shift:
    shift = scene.shift()
    moment = shift.starts_at if kind == "in" else shift.ends_at
    for gap, member in zip(gaps, members, strict=True):
        moment += SECOND * gap
        scene.scan(
            shift,
            member,
            at=moment,
            kind=kind,
            method="member",
            device="the organiser's",
            operator=scene.cast.coordinator.user_id,
            identified_by="card",
        )
    return shift


def test_f12_finds_a_pile_of_cards_scanned_alone(scene: Plot) -> None:
    people = [scene.member() for _ in range(6)]
    _cards(scene, [0, 2, 1, 2, 2, 1], [people[i] for i in (3, 0, 5, 1, 4, 2)])
    (found,) = scene.look(F12)
    assert found.users == (scene.cast.coordinator.user_id,)
    assert set(found.members) == set(people)


def test_f12_finds_cards_in_the_order_of_the_register_however_slow(scene: Plot) -> None:
    people = [scene.member() for _ in range(8)]
    in_order = sorted(people, key=lambda one: scene.session.get_one(_member(), one).number)
    _cards(scene, [9.0] * 8, in_order)
    (found,) = scene.look(F12)
    assert found.facts["in_order"] is True


def _member() -> type:
    from timebank.members.models import Member

    return Member


def test_f12_leaves_a_queue_alone_that_is_scanned_face_by_face(scene: Plot) -> None:
    people = [scene.member() for _ in range(8)]
    _cards(scene, [0, 5, 8, 4, 12, 5, 7, 6], [people[i] for i in (3, 0, 5, 7, 1, 4, 6, 2)])
    assert scene.look(F12) == []


def _in_and_out(scene: Plot, came: list[int], left: list[int], *, apart: float) -> None:
    shift = scene.shift()
    for kind, start, members in (("in", shift.starts_at, came), ("out", shift.ends_at, left)):
        for number, member in enumerate(members):
            scene.scan(
                shift,
                member,
                kind=kind,
                at=start + SECOND * apart * number,
                method="member",
                device="the organiser's",
                operator=scene.cast.coordinator.user_id,
                identified_by="card",
            )


@pytest.mark.parametrize("turned_over", [False, True])
def test_f12_finds_a_slow_pile_that_goes_out_in_the_order_in_which_it_came_in(
    scene: Plot, turned_over: bool
) -> None:
    people = [scene.member() for _ in range(6)]
    came = [people[i] for i in (3, 0, 5, 1, 4, 2)]
    _in_and_out(scene, came, came[::-1] if turned_over else came, apart=5)
    (found,) = scene.look(F12)
    assert found.facts["in_order"] is True


def test_f12_leaves_people_alone_who_leave_as_it_happens(scene: Plot) -> None:
    people = [scene.member() for _ in range(6)]
    came, left = ([people[i] for i in order] for order in ((3, 0, 5, 1, 4, 2), (3, 5, 0, 1, 2, 4)))
    _in_and_out(scene, came, left, apart=5)
    assert scene.look(F12) == []


def test_f13_finds_everybody_checked_out_at_once_at_the_planned_end(scene: Plot) -> None:
    people = [scene.member() for _ in range(6)]
    shift = _cards(scene, [0, 4, 5, 4, 6, 5], people, kind="out")
    for member in people[:2]:
        scene.scan(shift, member)
    (found,) = scene.look(F13)
    assert found.facts == {"together": 6, "outs": 6, "seconds": 24, "own_phones": 2}


@pytest.mark.parametrize(("times", "fires"), [(1, False), (2, True)])
def test_f13_leaves_one_bus_alone_and_not_the_same_organiser_again(
    scene: Plot, times: int, fires: bool
) -> None:
    for _ in range(times):
        _cards(scene, [0, 4, 5, 4, 6, 5], [scene.member() for _ in range(6)], kind="out")
    assert bool(scene.look(F13)) is fires


def test_f13_leaves_people_alone_who_leave_one_after_the_other(scene: Plot) -> None:
    people = [scene.member() for _ in range(6)]
    _cards(scene, [0, 40, 65, 30, 80, 50], people, kind="out")
    assert scene.look(F13) == []


@pytest.mark.parametrize(("times", "phones", "fires"), [(1, 3, False), (2, 3, True), (2, 2, False)])
def test_f13_finds_an_organiser_who_again_and_again_lets_people_out_that_came_with_phones(
    scene: Plot, times: int, phones: int, fires: bool
) -> None:
    for _ in range(times):
        people = [scene.member() for _ in range(6)]
        shift = _cards(scene, [0, 40, 65, 30, 80, 50], people, kind="out")
        for member in people[:phones]:
            scene.scan(shift, member)
    assert len(scene.look(F13)) == (times if fires else 0)


def test_f13_leaves_people_alone_who_leave_when_they_are_ready_though_the_screen_was_dark(
    scene: Plot,
) -> None:
    for _ in range(3):
        people = [scene.member() for _ in range(6)]
        shift = _cards(scene, [0, 90, 120, 30, 240, 100], people, kind="out")
        for member in people:
            scene.scan(shift, member)
    assert scene.look(F13) == []


def test_f17_finds_three_people_within_ten_seconds_from_one_browser(scene: Plot) -> None:
    shift, people = scene.shift(), [scene.member() for _ in range(3)]
    for seconds, member in zip((0, 4, 8), people, strict=True):
        scene.scan(shift, member, device="script", at=shift.starts_at + SECOND * seconds)
    (found,) = scene.look(F17)
    assert found.facts == {"members": 3, "seconds": 8}


@pytest.mark.parametrize(("apart", "fires"), [(14, True), (25, False)])
def test_f17_finds_four_within_a_minute_and_leaves_a_helper_with_one_phone_alone(
    scene: Plot, apart: int, fires: bool
) -> None:
    shift = scene.shift()
    for number in range(4):
        at = shift.starts_at + timedelta(seconds=apart * number)
        scene.scan(shift, scene.member(), at=at, device="program")
    assert bool(scene.look(F17)) is fires


def test_f17_leaves_three_people_alone_on_phones_of_their_own(scene: Plot) -> None:
    shift = scene.shift()
    for seconds in (0, 1, 2):
        scene.scan(shift, scene.member(), at=shift.starts_at + SECOND * seconds)
    assert scene.look(F17) == []
