"""Rules about accounts, posters, corrections and devices: each planted cheat is found, each honest look-alike left alone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from tests.cast import Person
from tests.fraud.plant import Plot
from timebank.access.models import LogIn
from timebank.checkin.models import PrintedCode
from timebank.fraud.registry import RULES
from timebank.fraud.rules.f18_multiplied_accounts import RULE as F18
from timebank.fraud.rules.f26_replaced_sticker import RULE as F26
from timebank.fraud.rules.f27_adjusted_records import RULE as F27
from timebank.fraud.rules.f28_edited_device import RULE as F28
from timebank.hours.models import CorrectionRequest
from timebank.members.models import Household, HouseholdMember
from timebank.offline.models import OfflineConflict, OfflineRoster, OfflineScan

DAY = timedelta(days=1)


def _taken_up(scene: Plot, people: list[Person], *, apart: timedelta) -> None:
    rows = [
        {
            "user_id": person.user_id,
            "at": scene.now - 10 * DAY + apart * turn,
            "device_digest": "one phone",
            "how": "invitation",
        }
        for turn, person in enumerate(people)
    ]
    scene.session.execute(insert(LogIn), rows)


def _three(scene: Plot) -> list[Person]:
    return [scene.cast.volunteer, scene.cast.neighbour, scene.cast.attendant]


def test_f18_finds_three_accounts_taken_up_on_one_phone(scene: Plot) -> None:
    _taken_up(scene, _three(scene), apart=DAY)
    (found,) = scene.look(F18)
    assert found.facts == {"accounts": 3, "days": 3}


def test_f18_leaves_a_family_alone_that_is_set_up_on_one_phone(scene: Plot) -> None:
    home = Household(created_at=scene.now)
    scene.session.add(home)
    scene.session.flush()
    for person in _three(scene)[:2]:
        scene.session.add(HouseholdMember(household_id=home.id, member_id=person.member_id, since=scene.now))
    scene.session.flush()
    _taken_up(scene, _three(scene), apart=DAY)
    assert scene.look(F18) == []


def test_f18_finds_accounts_that_are_taken_up_every_few_days(scene: Plot) -> None:
    _taken_up(scene, _three(scene), apart=4 * DAY)
    (found,) = scene.look(F18)
    assert found.facts == {"accounts": 3, "days": 9}


def _poster(scene: Plot, hours: tuple[float, ...]) -> int:
    """False scans at one printed code, so many hours after the start, each hour by a phone of its own."""
    shift = scene.shift(3)
    poster = PrintedCode(
        activity_id=shift.activity_id,
        name="东门",
        made_by_user_id=scene.cast.coordinator.user_id,
        made_at=shift.starts_at,
    )
    scene.session.add(poster)
    scene.session.flush()
    for hour in hours:
        scene.scan(
            shift,
            None,
            at=shift.starts_at + timedelta(hours=hour),
            device=f"phone {hour}",
            method="static",
            outcome="bad_code",
            printed_code=poster.id,
            generation=1,
        )
    return poster.id


@pytest.mark.parametrize(
    ("hours", "fires"), [((0, 3, 9), True), ((0, 30, 60), False), ((0, 3), True), ((0, 0), False)]
)
def test_f26_speaks_when_a_poster_is_false_for_many(
    scene: Plot, hours: tuple[float, ...], fires: bool
) -> None:
    _poster(scene, hours)
    assert bool(scene.look(F26)) is fires


def test_f26_leaves_two_scans_of_an_old_poster_alone_while_others_get_at_the_right_one(
    scene: Plot,
) -> None:
    poster = _poster(scene, (0, 3))
    shift = scene.shift(3)
    at = shift.starts_at + timedelta(hours=1)
    scene.scan(shift, scene.member(), at=at, method="static", printed_code=poster)
    assert scene.look(F26) == []


def test_f26_leaves_an_old_poster_alone_that_hangs_beside_the_right_one(scene: Plot) -> None:
    _poster(scene, (0, 3, 9))
    shift = scene.shift(3)
    for hour in (0, 3, 9):
        at = shift.starts_at + timedelta(hours=hour, seconds=40)
        scene.scan(shift, scene.member(), at=at, device=f"phone {hour}", method="static")
    assert scene.look(F26) == []


@pytest.mark.parametrize(("after", "fires"), [(Decimal(90), True), (Decimal(30), False)])
def test_f27_speaks_when_a_correction_moves_many_points(scene: Plot, after: Decimal, fires: bool) -> None:
    member = scene.cast.volunteer.member_id
    shift, other = scene.shift(20), scene.shift(19)
    wrong = scene.record(shift, member, points=Decimal(20))
    right = scene.record(other, member, points=after)
    scene.session.add(
        CorrectionRequest(
            record_id=wrong.id,
            member_id=member,
            asked_by_user_id=scene.cast.volunteer.user_id,
            asked_at=scene.now - 5 * DAY,
            answer_due_at=scene.now,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="多做了一小时",
            status="granted",
            answered_by_user_id=scene.cast.coordinator.user_id,
            answered_at=scene.now - 4 * DAY,
            answer="属实",
            new_record_id=right.id,
        )
    )
    scene.session.flush()
    assert bool(scene.look(F27)) is fires


def _upload(scene: Plot, *, scans: int, odd: int, oddity: str = "edited", clock_off: int = 0) -> None:
    shift = scene.shift(4)
    roster = OfflineRoster(
        public_word="list",
        shift_id=shift.id,
        taken_by_user_id=scene.cast.coordinator.user_id,
        taken_at=shift.starts_at,
        expires_at=shift.ends_at,
        members=scans,
        has_names=False,
    )
    scene.session.add(roster)
    scene.session.flush()
    for number in range(scans):
        is_odd = number < odd
        row = OfflineScan(
            roster_id=roster.id,
            fingerprint=f"print {number}",
            counter=number,
            nonce=f"nonce {number}",
            device_at=shift.starts_at,
            kind="in",
            how="code",
            entry="x",
            previous="x",
            seal="x",
            received_at=shift.ends_at,
            clock_off_seconds=clock_off,
            member_id=scene.member(),
            outcome="ok",
            oddities=[oddity] if is_odd else [],
        )
        scene.session.add(row)
        scene.session.flush()
        if is_odd:
            scene.session.add(
                OfflineConflict(
                    scan_id=row.id,
                    shift_id=shift.id,
                    reasons=[oddity],
                    status="open",
                    recorded_by_user_id=scene.cast.coordinator.user_id,
                    opened_at=shift.ends_at,
                )
            )
    scene.session.flush()


def test_f28_finds_an_edited_list(scene: Plot) -> None:
    _upload(scene, scans=6, odd=1)
    (found,) = scene.look(F28)
    assert found.facts == {"edited": 1, "clock": 0, "conflicts": 1, "scans": 6}


def test_f28_finds_a_device_whose_clock_was_moved(scene: Plot) -> None:
    _upload(scene, scans=4, odd=0, clock_off=1800)
    (found,) = scene.look(F28)
    assert found.facts["clock"] == 4


def test_f28_leaves_one_member_without_sign_up_alone(scene: Plot) -> None:
    _upload(scene, scans=6, odd=1, oddity="not_signed_up", clock_off=40)
    assert scene.look(F28) == []


def test_every_rule_says_what_it_is_what_it_cannot_see_and_has_its_own_code() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert all((rule.name, rule.says, rule.honest, rule.blind, rule.prevented_by)), rule.code
        assert all(one.least <= one.default <= one.most for one in rule.thresholds), rule.code
