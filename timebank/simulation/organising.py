"""Afterwards: coordinators confirm, ask around about odd rows, enter by hand what no scan saw, answer corrections."""

from datetime import datetime, timedelta
from functools import partial

from timebank.errors import Refusal
from timebank.hours.models import ServiceRecord
from timebank.offline.models import OfflineConflict
from timebank.offline.queries import conflicts_of_shift
from timebank.offline.service import decide as decide_conflict
from timebank.simulation.agenda import Agenda
from timebank.simulation.ground import Occasion, Person
from timebank.simulation.traits import happens, rate
from timebank.simulation.world import World

REASONS = ("已电话核实，确在现场", "与同组人员核实无误", "查看现场照片，情况属实")
MANUAL_REASONS = ("手机没电，现场照片已留存", "老人没带手机，队长全程在场", "扫码时手机死机，同组两人可证明")


def look_after(world: World, agenda: Agenda) -> None:
    """What is due today about activities of the days before, and tonight about today's."""
    for occasion in world.occasions:
        if not occasion.shift_id or "called_off" in occasion.happenings:
            continue
        age = (world.today - occasion.starts_at.date()).days
        late = world.fate(f"confirm {occasion.key}").random() >= rate("confirms_same_evening")
        if age == int(late):
            at = world.moment(9, 5) if late else world.moment(21, 5)
            agenda.add(at, partial(_confirm, world, occasion))
        if age == int(late) + 1:
            agenda.add(world.moment(9, 40), partial(_confirm_rest, world, occasion))
        if age in (1, 3) and occasion.unseen:
            agenda.add(world.moment(10, 30), partial(_enter, world, occasion))
        if age in (2, 5):
            agenda.add(world.moment(16, 20), partial(_look_at_odd_rows, world, occasion))
        if age == 4:
            agenda.add(world.moment(17), partial(_take_back, world, occasion))
    _correct(world, agenda)


def _confirm(world: World, occasion: Occasion, at: datetime) -> None:
    chance = world.chance(f"confirm {occasion.key}")
    heads = world.peak(occasion, at)
    if happens(chance, "counts_wrong"):
        heads = max(0, heads + chance.choice((-1, 1)))
    world.confirm(occasion, at, counted=heads)


def _confirm_rest(world: World, occasion: Occasion, at: datetime) -> None:
    """Who scanned a row does not confirm it: a colleague does, the morning after."""
    world.confirm_rest(occasion, at, by=_other(world, occasion))


def _other(world: World, occasion: Occasion, *besides: Person) -> Person:
    """A coordinator of the station who is not the organiser; they take turns."""
    others = [
        one
        for one in world.coordinators_of(occasion.station)
        if one is not occasion.organiser and not any(one is person for person in besides)
    ]
    return world.fate(f"second {occasion.key}").choice(others)


def _enter(world: World, occasion: Occasion, at: datetime) -> None:
    """Who was there without a scan: entered by the organiser with a photo, most the day after."""
    chance = world.chance(f"entry {occasion.key}")
    age = (at.date() - occasion.starts_at.date()).days
    for person in list(occasion.unseen):
        is_late = world.fate(f"entry {occasion.key} {person.number}").random() < rate("enters_late")
        if is_late and age < 3:
            continue
        exact = happens(chance, "exact_plan")
        came = occasion.starts_at - timedelta(minutes=0 if exact else chance.randint(0, 12))
        left = occasion.ends_at + timedelta(minutes=0 if exact else chance.randint(-15, 8))
        occasion.unseen.remove(person)
        try:
            world.enter_manually(
                person, occasion, by=occasion.organiser, at=at + timedelta(minutes=chance.randint(0, 40)),
                came_at=came, left_at=left, reason=chance.choice(MANUAL_REASONS),
            )  # fmt: skip
        except Refusal:
            # The quota is used up, or there is an attendance after all.
            continue


def _look_at_odd_rows(world: World, occasion: Occasion, at: datetime) -> None:
    """The other coordinator asks around and decides each row that carries a reason."""
    chance = world.chance(f"odd {occasion.key}")
    _decide_conflicts(world, occasion, at)
    for record_id in world.waiting(occasion):
        by = _decider(world, occasion, record_id)
        if by is None:
            continue
        _ask(world, record_id, by, at)
        accept = not happens(chance, "rejects")
        try:
            world.decide(
                record_id, by=by, at=at + timedelta(minutes=chance.randint(1, 30)), accept=accept,
                reason=chance.choice(REASONS) if accept else "经核实未参加",
            )  # fmt: skip
        except Refusal:
            # The member has not said yes: it goes on waiting.
            continue


def _decider(world: World, occasion: Occasion, record_id: int) -> Person | None:
    """A coordinator of the station who neither recorded it nor profits from it."""
    with world.transaction() as session:
        record = session.get_one(ServiceRecord, record_id)
        hands = {record.recorded_by_user_id, record.second_recorder_user_id}
        member_id = record.member_id
    possible = [
        one
        for one in world.coordinators_of(occasion.station)
        if one.user_id not in hands and one.member_id != member_id
    ]
    if not possible:
        return None
    preferred = [one for one in possible if one is not occasion.organiser]
    return world.fate(f"second {occasion.key}").choice(preferred or possible)


def _ask(world: World, record_id: int, by: Person, at: datetime) -> None:
    """The member says on her phone that it was so; who has none comes by with her card."""
    with world.transaction() as session:
        member_id = session.get_one(ServiceRecord, record_id).member_id
    person = world.person(member_id)
    try:
        if person.actor is not None:
            world.say(record_id, at - timedelta(hours=4))
        else:
            world.say(record_id, at - timedelta(hours=2), with_card_by=by)
    except Refusal:
        return


def _decide_conflicts(world: World, occasion: Occasion, at: datetime) -> None:
    """Odd scans of a device without network: somebody who did not hold it looks at each."""
    if occasion.habit != "offline":
        return
    with world.transaction() as session:
        found = [one for one in conflicts_of_shift(session, occasion.shift_id) if one.status == "open"]
        for number in [one.id for one in found]:
            conflict = session.get_one(OfflineConflict, number)
            if conflict.status != "open":
                continue
            by = _other(world, occasion)
            try:
                with world.attempt():
                    decide_conflict(
                        session, conflict, accept=conflict.member_id is not None, reason="已核对纸质签到表",
                        by=by.staff, at=at, timezone=world.timezone,
                    )  # fmt: skip
            except Refusal:
                continue


def _take_back(world: World, occasion: Occasion, at: datetime) -> None:
    chance = world.chance(f"mistake {occasion.key}")
    for record_id in world.approved(occasion):
        if happens(chance, "takes_back"):
            try:
                world.take_back(record_id, by=_other(world, occasion), at=at)
            except Refusal:
                # The points have gone over the counter already.
                continue


def _correct(world: World, agenda: Agenda) -> None:
    """Who scanned out early by mistake says so two evenings later; somebody answers the day after."""
    due: list[tuple[int, Occasion]] = world.kept.pop("corrections", [])
    chance = world.chance("corrections")
    for request_id, occasion in due:
        by = _other(world, occasion)
        grant = happens(chance, "grants")
        agenda.add(
            world.moment(15, 10),
            partial(_answer, world, request_id, by, grant),
        )
    left: list[tuple[Occasion, Person]] = world.kept.get("left early", [])
    for occasion, person in list(left):
        if (world.today - occasion.starts_at.date()).days == 2:
            left.remove((occasion, person))
            if person.actor is not None:
                agenda.add(world.moment(20, 10), partial(_complain, world, occasion, person))


def _answer(world: World, request_id: int, by: Person, grant: bool, at: datetime) -> None:
    try:
        world.answer_correction(request_id, by=by, at=at, grant=grant)
    except Refusal:
        return


def _complain(world: World, occasion: Occasion, person: Person, at: datetime) -> None:
    for record_id, came_at in world.approved_of(occasion, person):
        try:
            number = world.correct(
                record_id, came_at=min(came_at, occasion.starts_at), left_at=occasion.ends_at, asked_at=at
            )
        except Refusal:
            continue
        world.kept.setdefault("corrections", []).append((number, occasion))
