"""Waiting lists: who is next, how long a place is kept, and that nobody gets it twice."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import NOON, Cast, Person, row
from tests.hours.stage import SHANGHAI, add_rule, published
from timebank.activities import holdings, queries, service
from timebank.activities.errors import AlreadyBegun, NotFull, OfferGone, ShiftFull, ShiftOverlaps
from timebank.activities.models import Shift, SignUp
from timebank.activities.rules import NIGHT_BEGINS, NIGHT_ENDS, ShiftPlan, offer_deadline
from timebank.db import Database
from timebank.members import service as members
from timebank.notices.models import Notice

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOON + 3 * DAY


def _told(session: object, person: Person) -> list[str]:
    rows = session.query(Notice).filter(Notice.member_id == person.member_id).order_by(Notice.id)
    return [notice.kind for notice in rows]


def _sign_up(session: object, shift: Shift, person: Person, at: datetime = NOON) -> SignUp:
    return service.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=at)


def _wait(session: object, shift: Shift, person: Person, at: datetime = NOON) -> SignUp:
    return service.wait(session, shift=shift, member_id=person.member_id, by=person.actor, at=at)


def test_the_organisers_hear_of_a_place_given_up_once_an_hour_and_the_next_is_offered_it(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 2))
        places = [_sign_up(session, shift, person) for person in (cast.volunteer, cast.attendant)]
        waiting = _wait(session, shift, cast.neighbour)
        for place, person, minutes in zip(places, (cast.volunteer, cast.attendant), (0, 30), strict=True):
            at = NOON + HOUR + timedelta(minutes=minutes)
            service.cancel_sign_up(session, sign_up=place, at=at, by=person.actor)
        assert waiting.status == "offered"
        for organiser in (cast.coordinator, cast.second_coordinator):
            assert _told(session, organiser).count("activities.given_up") == 1
        assert "activities.given_up" not in _told(session, cast.administrator), (
            "the nearest office, not all above"
        )
        facts = session.query(Notice).filter(Notice.kind == "activities.given_up").first().facts
        assert (facts["name"], facts["taken"]) == (cast.volunteer.name, 1)
        # A turn in the queue is nobody's place; an organiser who did it herself is not told of it.
        service.cancel_sign_up(session, sign_up=waiting, at=NOON + 3 * HOUR, by=cast.neighbour.actor)
        again = _sign_up(session, shift, cast.volunteer, NOON + 3 * HOUR)
        service.cancel_sign_up(session, sign_up=again, at=NOON + 4 * HOUR, by=cast.coordinator.actor)
        assert _told(session, cast.coordinator).count("activities.given_up") == 1
        assert _told(session, cast.second_coordinator).count("activities.given_up") == 2


def test_the_next_in_the_queue_is_offered_the_place_and_confirms(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        place = _sign_up(session, shift, cast.volunteer)
        with pytest.raises(ShiftFull):
            _sign_up(session, shift, cast.neighbour)
        first = _wait(session, shift, cast.neighbour)
        second = _wait(session, shift, cast.attendant, NOON + timedelta(minutes=1))
        assert _wait(session, shift, cast.neighbour, NOON + HOUR).signed_up_at == NOON
        assert [waiting.id for waiting in holdings.queue(session, shift.id)] == [first.id, second.id]
        service.cancel_sign_up(session, sign_up=place, at=NOON + HOUR)
        # Twelve hours after one o'clock would be the night: until eight in the morning.
        assert (first.status, second.status) == ("offered", "waiting")
        morning = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
        assert first.offered_until == morning
        assert _told(session, cast.neighbour) == ["activities.offered"]
        # The place is kept: nobody else gets it, and it is not offered twice.
        with pytest.raises(ShiftFull):
            _sign_up(session, shift, cast.volunteer, NOON + 2 * HOUR)
        assert service.move_queues_on(session, at=NOON + 2 * HOUR) == []
        for _tap in range(2):
            service.accept_offer(session, sign_up=first, by=cast.neighbour.actor, at=NOON + 2 * HOUR)
        assert (first.status, first.offered_until, first.signed_up_at) == ("signed_up", None, NOON)
        assert queries.places_taken(session, [shift.id]) == {shift.id: 1}


def test_when_the_deadline_passes_the_place_goes_to_the_next_and_to_nobody_before(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        place = _sign_up(session, shift, cast.volunteer)
        first = _wait(session, shift, cast.neighbour)
        second = _wait(session, shift, cast.attendant, NOON + HOUR)
        service.cancel_sign_up(session, sign_up=place, at=NOON + 2 * HOUR)
        deadline = first.offered_until
        assert deadline is not None
        a_moment_before = deadline - timedelta(microseconds=1)
        assert service.move_queues_on(session, at=a_moment_before) == []
        assert service.move_queues_on(session, at=deadline) == [second]
        assert (first.status, second.status) == ("lapsed", "offered")
        assert _told(session, cast.neighbour) == ["activities.offered", "activities.offer_lapsed"]
        with pytest.raises(OfferGone):
            service.accept_offer(session, sign_up=first, by=cast.neighbour.actor, at=deadline)
        # Who did not answer may stand at the end of the queue again.
        again = _wait(session, shift, cast.neighbour, deadline + HOUR)
        assert (again.id, again.status, again.signed_up_at) == (first.id, "waiting", deadline + HOUR)


def test_an_offer_at_its_last_moment_and_one_too_late(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        place = _sign_up(session, shift, cast.volunteer)
        offer = _wait(session, shift, cast.neighbour)
        service.cancel_sign_up(session, sign_up=place, at=NOON)
        assert offer.offered_until is not None
        with pytest.raises(OfferGone):
            service.accept_offer(session, sign_up=offer, by=cast.neighbour.actor, at=offer.offered_until)
        in_time = offer.offered_until - timedelta(microseconds=1)
        service.accept_offer(session, sign_up=offer, by=cast.neighbour.actor, at=in_time)
        assert offer.status == "signed_up"


def test_signing_up_again_takes_the_offer_and_giving_up_passes_it_on(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        place = _sign_up(session, shift, cast.volunteer)
        first, second = (
            _wait(session, shift, cast.neighbour),
            _wait(session, shift, cast.attendant, NOON + HOUR),
        )
        service.cancel_sign_up(session, sign_up=place, at=NOON + HOUR)
        service.cancel_sign_up(session, sign_up=first, at=NOON + 2 * HOUR, by=cast.neighbour.actor)
        assert (first.status, first.cancelled_by, second.status) == (
            "cancelled",
            cast.neighbour.actor.label,
            "offered",
        )
        assert _sign_up(session, shift, cast.attendant, NOON + 3 * HOUR) is second
        assert second.status == "signed_up"


def test_nobody_waits_where_there_is_room_nor_for_what_has_begun(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        with pytest.raises(NotFull):
            _wait(session, shift, cast.neighbour)
        _sign_up(session, shift, cast.volunteer)
        with pytest.raises(AlreadyBegun):
            _wait(session, shift, cast.neighbour, SOON)


def test_shortly_before_the_start_a_free_place_is_for_whoever_comes_first(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        place = _sign_up(session, shift, cast.volunteer)
        waiting = _wait(session, shift, cast.neighbour)
        service.cancel_sign_up(session, sign_up=place, at=SOON - timedelta(minutes=20))
        assert waiting.status == "waiting"
        assert _sign_up(session, shift, cast.attendant, SOON - timedelta(minutes=10)).status == "signed_up"


def test_the_suspended_are_passed_over_and_an_overlap_is_said_when_the_offer_is_taken(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        elsewhere = published(session, cast, ShiftPlan(SOON, SOON + HOUR), title="同时")
        place = _sign_up(session, shift, cast.volunteer)
        suspended = _wait(session, shift, cast.neighbour)
        busy = _wait(session, shift, cast.attendant, NOON + HOUR)
        members.suspend(session, member=row(session, cast.neighbour), at=NOON)
        _sign_up(session, elsewhere, cast.attendant)
        service.cancel_sign_up(session, sign_up=place, at=NOON + 2 * HOUR)
        assert (suspended.status, busy.status) == ("waiting", "offered")
        with pytest.raises(ShiftOverlaps):
            service.accept_offer(session, sign_up=busy, by=cast.attendant.actor, at=NOON + 3 * HOUR)


def test_more_places_are_offered_to_those_who_wait(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast, ShiftPlan(SOON, SOON + HOUR, 1))
        _sign_up(session, shift, cast.volunteer)
        waiting = [_wait(session, shift, person) for person in (cast.neighbour, cast.attendant)]
        activity = shift.activity
        service.update(
            session,
            activity=activity,
            category_id=activity.category_id,
            title=activity.title,
            place=activity.place,
            description="",
            shifts=[(shift.id, ShiftPlan(SOON, SOON + HOUR, 2))],
            at=NOON + HOUR,
        )
        assert [place.status for place in waiting] == ["offered", "waiting"]


moments = st.integers(0, 525_600).map(lambda minutes: NOON + timedelta(minutes=minutes))


@given(moments, st.integers(1, 72), st.integers(31, 10_000))
def test_no_deadline_falls_into_the_night_or_behind_the_start(at: datetime, hours: int, minutes: int) -> None:
    starts_at = at + timedelta(minutes=minutes)
    until = offer_deadline(at, starts_at=starts_at, hours=hours, timezone=SHANGHAI)
    assert until is not None
    assert at < until <= starts_at
    clock = until.astimezone(SHANGHAI).time()
    assert until == starts_at or NIGHT_ENDS <= clock < NIGHT_BEGINS


def test_a_deadline_at_midnight_becomes_the_morning() -> None:
    noon = datetime(2026, 3, 2, 12, 0, tzinfo=SHANGHAI)
    starts_at = noon + 5 * DAY
    until = offer_deadline(noon, starts_at=starts_at, hours=12, timezone=SHANGHAI)
    assert until == datetime(2026, 3, 3, 8, 0, tzinfo=SHANGHAI)
    assert offer_deadline(noon, starts_at=noon + timedelta(minutes=29), hours=12) is None
