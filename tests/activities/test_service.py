"""Planning, publishing, changing, cancelling; signing up and giving up."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, category, draft, published
from timebank.activities import queries, service
from timebank.activities.errors import (
    ActivityAbsent,
    ActivityCancelled,
    ActivityOver,
    AlreadyBegun,
    NoPointsRule,
    NotPublished,
    PublishedTooLate,
    ShiftFull,
    ShiftHasSignUps,
    ShiftOverlaps,
    ShiftsMissing,
    ShiftTimesInvalid,
)
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.members import service as members
from timebank.members.errors import MemberSuspended
from timebank.policy import service as policy

DAY = timedelta(days=1)
YESTERDAY = NOON - DAY


def test_an_activity_is_published_before_it_begins_or_not_at_all(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        activity = draft(session, cast)
        with pytest.raises(PublishedTooLate):
            service.publish(session, activity=activity, at=activity.shifts[0].starts_at, timezone=SHANGHAI)
        assert (activity.status, activity.published_at) == ("draft", None)
        service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)
        service.publish(session, activity=activity, at=NOON + DAY, timezone=SHANGHAI)
        assert (activity.status, activity.published_at) == ("published", YESTERDAY)


def test_nothing_is_published_whose_points_nobody_knows(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        activity = draft(session, cast)
        with pytest.raises(NoPointsRule) as refused:
            service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)
        assert refused.value.facts == {"day": "2026-03-02"}
        add_rule(session, cast, category_id=category(session, "义诊").id)
        with pytest.raises(NoPointsRule):
            service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)
        add_rule(session, cast, category_id=activity.category_id)
        service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)


def test_where_hours_are_kept_the_general_rule_is_the_one_that_counts(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"points_booked": "on_conversion"},
            by_name="陈立",
            at=NOON,
        )
        activity = draft(session, cast)
        add_rule(session, cast, category_id=activity.category_id)
        with pytest.raises(NoPointsRule):
            service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)


def test_a_rule_covers_the_countys_own_day_of_the_shift(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        # Half past midnight on the 3rd of March in Shanghai, still the 2nd in UTC.
        start = NOON + timedelta(hours=12, minutes=30)
        activity = draft(session, cast, ShiftPlan(start, start + timedelta(hours=1)))
        add_rule(session, cast, valid_until=date(2026, 3, 2))
        with pytest.raises(NoPointsRule):
            service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)
        add_rule(session, cast, valid_from=date(2026, 3, 3), points_per_hour=Decimal(7))
        service.publish(session, activity=activity, at=YESTERDAY, timezone=SHANGHAI)


def test_shifts_have_sound_times(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        for plan in (ShiftPlan(NOON, NOON), ShiftPlan(NOON, NOON + timedelta(hours=17))):
            with pytest.raises(ShiftTimesInvalid):
                draft(session, cast, plan)
        with pytest.raises(ShiftsMissing):
            service.create(
                session,
                organisation=draft(session, cast).organisation,
                category_id=category(session).id,
                title="无",
                place="无",
                description="",
                shifts=(),
                by=cast.coordinator.actor,
                at=NOON,
            )


def _update(
    session: object, activity: object, *shifts: tuple[int | None, ShiftPlan], **changes: object
) -> None:
    values: dict[str, object] = {
        "category_id": activity.category_id,
        "title": "改过的",
        "place": "新地方",
        "description": "",
        "at": YESTERDAY,
    }
    service.update(session, activity=activity, shifts=shifts, **(values | changes))


def test_a_published_activity_keeps_its_category_and_the_places_of_those_signed_up(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        activity, length = shift.activity, timedelta(hours=1)
        for person in (cast.volunteer, cast.neighbour):
            service.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=YESTERDAY)
        later = ShiftPlan(shift.starts_at + length, shift.ends_at + length, 2)
        other = category(session, "义诊").id
        _update(session, activity, (shift.id, later), (None, later), category_id=other)
        assert [row.starts_at for row in activity.shifts] == [later.starts_at] * 2
        assert (activity.title, activity.category_id == other) == ("改过的", False)
        with pytest.raises(ShiftHasSignUps) as refused:
            _update(session, activity, (shift.id, ShiftPlan(later.starts_at, later.ends_at, 1)))
        assert refused.value.facts == {"count": 2}
        with pytest.raises(ShiftHasSignUps):
            _update(session, activity, (None, later))


def test_a_shift_that_everybody_gave_up_may_be_removed(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = NOON + DAY
        plans = [ShiftPlan(start, start + timedelta(hours=1)), ShiftPlan(start + DAY, start + DAY * 1.1)]
        first, second = published(session, cast, *plans).activity.shifts
        place = service.sign_up(
            session, shift=second, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=NOON
        )
        service.cancel_sign_up(session, sign_up=place, at=NOON)
        _update(session, first.activity, (first.id, plans[0]))
    with database.reading() as session:
        activity = queries.activity(session, cast.coordinator.actor, first.activity_id)
        assert [shift.id for shift in activity.shifts] == [first.id]


def test_what_has_begun_or_was_cancelled_is_not_changed(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        same = (shift.id, ShiftPlan(shift.starts_at, shift.ends_at))
        with pytest.raises(AlreadyBegun):
            _update(session, shift.activity, same, at=shift.starts_at)
        with pytest.raises(PublishedTooLate):
            _update(session, shift.activity, (shift.id, ShiftPlan(YESTERDAY, YESTERDAY + DAY / 12)))
        service.cancel(session, activity=shift.activity, reason="Rain.", at=YESTERDAY)
        with pytest.raises(ActivityCancelled):
            _update(session, shift.activity, same)


def test_cancelling_says_why_and_happens_once_and_not_after_the_end(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift, over = published(session, cast), published(session, cast, title="过去的")
        for reason in ("Rain.", "Snow."):
            service.cancel(session, activity=shift.activity, reason=reason, at=NOON)
        assert (shift.activity.status, shift.activity.cancel_reason) == ("cancelled", "Rain.")
        with pytest.raises(ActivityOver):
            service.cancel(session, activity=over.activity, reason="Late.", at=over.ends_at)
        with pytest.raises(ActivityCancelled):
            service.publish(session, activity=shift.activity, at=YESTERDAY, timezone=SHANGHAI)


def test_signing_up_twice_is_one_place_and_may_be_given_up_and_taken_again(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)

        def sign_up() -> object:
            return service.sign_up(
                session,
                shift=shift,
                member_id=cast.volunteer.member_id,
                by=cast.volunteer.actor,
                at=YESTERDAY,
            )

        place = sign_up()
        assert sign_up() is place
        assert queries.places_taken(session, [shift.id]) == {shift.id: 1}
        for _ in range(2):
            service.cancel_sign_up(session, sign_up=place, at=NOON)
        assert queries.current_sign_up(session, shift.id, cast.volunteer.member_id) is None
        assert sign_up() is place
        with pytest.raises(AlreadyBegun):
            service.cancel_sign_up(session, sign_up=place, at=shift.starts_at)


def test_every_reason_why_not(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = NOON + DAY
        length = timedelta(hours=1)
        small = published(session, cast, ShiftPlan(start, start + length, 1))
        same_time = published(session, cast, ShiftPlan(start + length / 2, start + 2 * length), title="同时")
        hidden = draft(session, cast).shifts[0]

        def sign_up(shift: object, who: str = "volunteer", at: object = NOON) -> None:
            person = cast.people[who]
            service.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=at)

        sign_up(small)
        with pytest.raises(ShiftFull) as full:
            sign_up(small, "neighbour")
        assert full.value.facts == {"capacity": 1}
        with pytest.raises(ShiftOverlaps) as overlaps:
            sign_up(same_time)
        assert overlaps.value.facts == {"title": "敬老院打扫"}
        with pytest.raises(AlreadyBegun):
            sign_up(same_time, "neighbour", same_time.starts_at)
        with pytest.raises(NotPublished):
            sign_up(hidden)
        members.suspend(session, member=row(session, cast.neighbour), at=NOON)
        with pytest.raises(MemberSuspended):
            sign_up(same_time, "neighbour")
        service.cancel(session, activity=small.activity, reason="Rain.", at=NOON)
        with pytest.raises(ActivityCancelled):
            sign_up(small, "auditor")
        # A place at a cancelled activity is in nobody's way.
        sign_up(same_time)


def test_finding_by_words_category_and_free_places(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start, length = NOON + DAY, timedelta(hours=1)
        full = published(session, cast, ShiftPlan(start, start + length, 1), title="义诊进社区")
        free = published(session, cast, ShiftPlan(start + length, start + 2 * length), title="义诊下乡100%")
        published(session, cast, ShiftPlan(start + DAY, start + DAY + length), title="送考")
        draft(session, cast, title="义诊草稿")
        service.sign_up(
            session, shift=full, member_id=cast.neighbour.member_id, by=cast.neighbour.actor, at=NOON
        )

    def found(who: str = "volunteer", **filters: object) -> list[str]:
        with database.reading() as session:
            shifts = queries.upcoming(session, cast.people[who].actor, at=NOON, **filters)
            return [shift.activity.title for shift in shifts]

    assert found() == ["义诊进社区", "义诊下乡100%", "送考"]
    assert found(words="义诊 东风") == ["义诊进社区", "义诊下乡100%"]
    assert found(words="100%") == ["义诊下乡100%"]
    assert found(words="义诊", only_free=True) == ["义诊下乡100%"]
    assert found(category_id=full.activity.category_id + 99) == []
    assert found(after=(free.starts_at, free.id)) == ["送考"]
    assert found(limit=1) == ["义诊进社区"]
    assert found("stranger_volunteer") == []


def test_strangers_find_nothing_and_drafts_are_for_the_staff(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift, hidden = published(session, cast), draft(session, cast, title="草稿")
    with database.reading() as session:
        for who in ("stranger", "stranger_volunteer", "stranger_administrator"):
            with pytest.raises(ActivityAbsent):
                queries.activity(session, cast.people[who].actor, shift.activity_id)
            with pytest.raises(ActivityAbsent):
                queries.shift(session, cast.people[who].actor, shift.id)
        assert queries.activity(session, cast.volunteer.actor, shift.activity_id).id == shift.activity_id
        with pytest.raises(ActivityAbsent):
            queries.activity(session, cast.volunteer.actor, hidden.id)
        assert queries.activity(session, cast.attendant.actor, hidden.id).title == "草稿"


def test_the_coordinators_list_counts_by_state(database: Database, cast: Cast) -> None:
    from timebank.access.permissions import ACTIVITIES_PUBLISH

    with database.transaction() as session:
        add_rule(session, cast)
        running = published(session, cast)
        published(session, cast, ShiftPlan(NOON + DAY, NOON + DAY * 1.1), title="以后")
        draft(session, cast, title="草稿")
        past = ShiftPlan(NOON - DAY, NOON - DAY + timedelta(hours=1))
        published(session, cast, past, title="过去", at=NOON - 2 * DAY)
        gone = published(session, cast, title="取消")
        service.cancel(session, activity=gone.activity, reason="Rain.", at=NOON)
    with database.reading() as session:
        at, who = running.starts_at, cast.coordinator.actor
        counts = queries.counts_by_state(session, who, ACTIVITIES_PUBLISH, at=at)
        assert counts == dict.fromkeys(queries.STATES, 1)
        for state, title in zip(queries.STATES, ("草稿", "以后", "敬老院打扫", "过去", "取消"), strict=True):
            found = queries.managed(session, who, ACTIVITIES_PUBLISH, at=at, state=state)
            assert [activity.title for activity in found] == [title]
        assert len(queries.managed(session, who, ACTIVITIES_PUBLISH, at=at, words="东风")) == 5
        assert queries.managed(session, cast.stranger.actor, ACTIVITIES_PUBLISH, at=at) == []
