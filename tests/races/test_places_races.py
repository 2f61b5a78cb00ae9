"""Many clicks at once on places, on both engines: the last place goes to one, overlaps to none, an offer once."""

from datetime import timedelta

from sqlalchemy import func, select

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, draft, published
from tests.races.test_hours_races import _at_once
from timebank.activities import errors, holdings, queries, series, service
from timebank.activities.models import Activity, Shift, ShiftExtension, SignUp
from timebank.activities.repeating import WEEKLY, Repeat
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.notices.models import Notice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOON + 2 * DAY
PEOPLE = ("volunteer", "neighbour", "coordinator", "attendant", "auditor", "administrator")


def _shifts(database: Database, cast: Cast, count: int = 1, capacity: int | None = 1) -> list[int]:
    with database.transaction() as session:
        add_rule(session, cast)
        plan = ShiftPlan(SOON, SOON + HOUR, capacity)
        return [published(session, cast, plan, title=f"第{number}处").id for number in range(count)]


def test_the_last_place_goes_to_one_and_the_others_wait_each_once(database: Database, cast: Cast) -> None:
    (shift_id,) = _shifts(database, cast)

    def act(turn: int) -> str:
        person = cast.people[PEOPLE[turn % len(PEOPLE)]]
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            who = {"member_id": person.member_id, "by": person.actor, "at": NOON}
            return service.sign_up(session, shift=shift, **who).status

    assert _at_once(act, 6) == {"signed_up": 1, "ShiftFull": 5}

    def wait(turn: int) -> str:
        person = cast.people[PEOPLE[turn % len(PEOPLE)]]
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            who = {"member_id": person.member_id, "by": person.actor, "at": NOON}
            return service.wait(session, shift=shift, **who).status

    assert _at_once(wait, 6) == {"signed_up": 1, "waiting": 5}
    with database.reading() as session:
        assert queries.places_taken(session, [shift_id]) == {shift_id: 1}
        assert len(holdings.queue(session, shift_id)) == 5


def test_one_member_at_two_places_at_once_gets_one(database: Database, cast: Cast) -> None:
    shift_ids = _shifts(database, cast, count=2, capacity=None)

    def act(turn: int) -> str:
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_ids[turn % 2])
            return service.sign_up(
                session, shift=shift, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=NOON
            ).status

    assert _at_once(act, 2) == {"signed_up": 1, "ShiftOverlaps": 1}


def test_a_freed_place_is_offered_once_and_taken_once(database: Database, cast: Cast) -> None:
    (shift_id,) = _shifts(database, cast)
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        person = cast.volunteer
        place_id = service.sign_up(
            session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON
        ).id
        for part in ("neighbour", "attendant"):
            person = cast.people[part]
            service.wait(session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON)

    def free(turn: int) -> str:
        with database.transaction() as session:
            if turn % 2:
                service.move_queues_on(session, at=NOON + HOUR)
            else:
                service.cancel_sign_up(session, sign_up=session.get_one(SignUp, place_id), at=NOON + HOUR)
        return "done"

    assert _at_once(free, 4) == {"done": 4}
    with database.reading() as session:
        statuses = session.scalars(select(SignUp.status).order_by(SignUp.id)).all()
        assert statuses == ["cancelled", "offered", "waiting"]
        offers = select(func.count()).where(Notice.kind == "activities.offered")
        assert session.scalar(offers) == 1
        offer_id = session.scalars(select(SignUp.id).where(SignUp.status == "offered")).one()

    def take(turn: int) -> str:
        with database.transaction() as session:
            row = session.get_one(SignUp, offer_id)
            # Half of them come just too late, when the job has passed the place on.
            at = NOON + 2 * HOUR if turn % 2 else NOON + 40 * HOUR
            if turn % 2:
                return service.accept_offer(session, sign_up=row, by=cast.neighbour.actor, at=at).status
            service.move_queues_on(session, at=at)
            return "moved"

    results = _at_once(take, 4)
    assert results["moved"] == 2
    with database.reading() as session:
        held = select(SignUp).where(SignUp.status.in_(("signed_up", "offered")))
        assert len(session.scalars(held).all()) == 1


def test_two_extensions_at_once_are_one_and_two_repetitions_make_each_date_once(
    database: Database, cast: Cast
) -> None:
    (shift_id,) = _shifts(database, cast, capacity=5)

    def extend(turn: int) -> str:
        with database.transaction() as session:
            shift = session.get_one(Shift, shift_id)
            service.extend(
                session,
                shift=shift,
                until=SOON + 2 * HOUR + turn * HOUR / 2,
                reason="人多。",
                by=cast.coordinator.actor,
                at=SOON + HOUR / 2,
            )
        return "done"

    _at_once(extend, 2)
    with database.reading() as session:
        logs = session.scalars(select(ShiftExtension).order_by(ShiftExtension.ends_at)).all()
        # Each begins where the one before ended, whoever came first.
        assert [log.ended_at for log in logs] == [SOON + HOUR, *[log.ends_at for log in logs[:-1]]]
        assert session.get_one(Shift, shift_id).ends_at == SOON + 2 * HOUR + HOUR / 2

    with database.transaction() as session:
        activity_id = draft(session, cast, ShiftPlan(SOON, SOON + HOUR, 5)).id
    rule = Repeat(WEEKLY, (SOON + 21 * DAY).date(), frozenset(range(7)), interval=3)

    def repeat(_turn: int) -> int:
        with database.transaction() as session:
            activity = session.get_one(Activity, activity_id)
            return len(
                series.repeat_activity(
                    session,
                    activity=activity,
                    repeat=rule,
                    by=cast.coordinator.actor,
                    at=NOON,
                    timezone=SHANGHAI,
                )
            )

    made = _at_once(repeat, 3)
    assert made["0"] == 2
    with database.reading() as session:
        starts = session.scalars(
            select(Shift.starts_at).join(Shift.activity).where(Activity.series_id == activity_id)
        ).all()
        assert len(starts) == len(set(starts)) > 0


def test_a_draft_published_and_discarded_at_once_has_one_fate(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        activity_id = draft(session, cast, ShiftPlan(SOON, SOON + HOUR, 5)).id

    def decide(turn: int) -> str:
        with database.transaction() as session:
            activity = session.get_one(Activity, activity_id)
            if turn % 2:
                told = service.cancel(session, activity=activity, reason="下雨。", at=NOON)
                return f"cancelled, {told} told"
            try:
                is_new = service.publish(session, activity=activity, at=NOON, timezone=SHANGHAI)
            except errors.ActivityCancelled:
                return "too late"
            return "published" if is_new else "again"

    results = _at_once(decide, 6)
    # However they came: whoever called it off did so for good, and nobody published it twice.
    assert results["cancelled, 0 told"] == 3
    assert results["published"] <= 1
    with database.reading() as session:
        assert session.get_one(Activity, activity_id).status == "cancelled"


def test_calling_off_by_several_at_once_tells_everybody_once(database: Database, cast: Cast) -> None:
    (shift_id,) = _shifts(database, cast, capacity=5)
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        activity_id, person = shift.activity_id, cast.volunteer
        service.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON)

    def call_off(_turn: int) -> int:
        with database.transaction() as session:
            activity = session.get_one(Activity, activity_id)
            return service.cancel(session, activity=activity, reason="台风。", at=NOON)

    assert _at_once(call_off, 4) == {"1": 1, "0": 3}
    with database.reading() as session:
        told = select(func.count()).select_from(Notice).where(Notice.member_id == person.member_id)
        assert session.scalar(told) == 1
