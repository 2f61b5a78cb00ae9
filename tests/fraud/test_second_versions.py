"""What rules learnt from simulated towns: signs that only cheats leave, and honest noise that looked like theirs."""

from datetime import timedelta

from sqlalchemy import update

from tests.fraud.plant import Plot
from timebank.access.models import LogIn
from timebank.fraud.rules.f05_short_code_read_out import RULE as F05
from timebank.fraud.rules.f08_ghost_activity import RULE as F08
from timebank.fraud.rules.f15_two_places import RULE as F15
from timebank.fraud.rules.f18_multiplied_accounts import RULE as F18
from timebank.hours.models import Attendance

MINUTE = timedelta(minutes=1)


def test_f05_leaves_a_dark_screen_alone_where_people_scan_when_they_leave(scene: Plot) -> None:
    shift = scene.shift()
    for _ in range(6):
        scene.record(shift, scene.member(), method="short", left_by="rotating", grade="C")
    assert scene.look(F05) == []


def test_f08_leaves_a_list_kept_without_network_to_f28(scene: Plot) -> None:
    shift = scene.shift()
    for _ in range(4):
        scene.record(shift, scene.member(), method="offline", grade="C")
    assert scene.look(F08) == []


def test_f15_finds_a_code_scanned_elsewhere_in_the_middle_of_a_stay(scene: Plot) -> None:
    here, there, cheat = scene.shift(2), scene.shift(2), scene.member()
    record = scene.record(here, cheat)
    scan = scene.scan(there, cheat, at=here.starts_at + 30 * MINUTE, outcome="overlap", device="a friend's")
    (found,) = scene.look(F15)
    assert found.evidence == (f"attendance:{record.attendance_id}", f"scan:{scan.id}")
    assert found.facts == {"minutes": 90}


def test_f15_leaves_somebody_alone_who_forgot_to_check_out_at_the_first_place(scene: Plot) -> None:
    here, there, honest = scene.shift(2), scene.shift(2), scene.member()
    record = scene.record(here, honest, left_by=None)
    scene.scan(there, honest, at=here.starts_at + 100 * MINUTE, outcome="overlap")
    scene.session.execute(
        update(Attendance).where(Attendance.id == record.attendance_id).values(check_out_method=None)
    )
    assert scene.look(F15) == []


def test_f18_leaves_a_registration_day_at_the_offices_tablet_alone(scene: Plot) -> None:
    people = [scene.cast.volunteer, scene.cast.neighbour, scene.cast.coordinator]
    for number, person in enumerate(people):
        at = scene.now - timedelta(days=3) + number * MINUTE
        for device, how, later in (("tablet", "invitation", 0), (f"own {number}", "password", 300)):
            scene.session.add(
                LogIn(user_id=person.user_id, at=at + later * MINUTE, device_digest=device, how=how)
            )
    scene.session.flush()
    assert scene.look(F18) == []
