"""Conditions and posts: checked at every sign-up, said with their reason."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, category
from timebank.activities import errors, insurance, queries, service
from timebank.activities.models import Shift
from timebank.activities.plans import PostPlan, Terms, terms_of
from timebank.activities.rules import Candidate, Conditions, ShiftPlan, age_on, unmet_condition
from timebank.activities.standings import standing_of
from timebank.db import Database
from timebank.orgs.models import Organisation

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOON = NOON + DAY
THE_DAY = date(2026, 3, 3)


def _published(session: Any, cast: Cast, terms: Terms, capacity: int | None = 5) -> Shift:
    activity = service.create(
        session,
        organisation=session.get_one(Organisation, cast.team_id),
        category_id=category(session).id,
        title="义剪",
        place="东风社区",
        description="",
        shifts=[ShiftPlan(SOON, SOON + HOUR, capacity)],
        by=cast.coordinator.actor,
        at=NOON - DAY,
        terms=terms,
    )
    service.publish(session, activity=activity, at=NOON - DAY, timezone=SHANGHAI)
    return activity.shifts[0]


@pytest.mark.parametrize(
    ("asked", "person", "unmet"),
    [
        (Conditions(), Candidate(), ""),
        (Conditions(skills=("理发",)), Candidate(skills=("开车", "理发 ")), ""),
        (Conditions(skills=("理发", "开车")), Candidate(skills=("理发",)), "skill"),
        (Conditions(age_from=18), Candidate(), "age_unknown"),
        (Conditions(age_from=18), Candidate(born_on=date(2008, 3, 3)), ""),
        (Conditions(age_from=18), Candidate(born_on=date(2008, 3, 4)), "age"),
        (Conditions(age_until=60), Candidate(born_on=date(1965, 3, 4)), ""),
        (Conditions(age_until=60), Candidate(born_on=date(1965, 3, 3)), "age"),
        (Conditions(sex="female"), Candidate(sex="unknown"), "sex"),
        (Conditions(needs_insurance=True), Candidate(insured_until=THE_DAY), ""),
        (Conditions(needs_insurance=True), Candidate(insured_until=THE_DAY - DAY), "insurance"),
    ],
)
def test_what_a_condition_asks(asked: Conditions, person: Candidate, unmet: str) -> None:
    assert unmet_condition(asked, person, THE_DAY) == unmet


def test_a_year_of_somebody_born_on_the_29th_of_february_ends_on_the_1st_of_march() -> None:
    born = date(2008, 2, 29)
    ages = [age_on(born, day) for day in (date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29))]
    assert ages == [17, 18, 20]


def test_every_condition_is_refused_with_its_own_reason(database: Database, cast: Cast) -> None:
    cases = [
        (Conditions(skills=("理发",)), errors.SkillMissing, {"skill": "理发"}),
        (Conditions(age_from=18, age_until=60), errors.AgeOutside, {"ages": "18–60"}),
        (Conditions(sex="male"), errors.MenOnly, {}),
        (Conditions(needs_insurance=True), errors.InsuranceMissing, {}),
    ]
    with database.transaction() as session:
        add_rule(session, cast)
        for asked, refusal, facts in cases:
            shift = _published(session, cast, Terms(conditions=asked))
            with pytest.raises(refusal) as refused:
                service.sign_up(
                    session,
                    shift=shift,
                    member_id=cast.volunteer.member_id,
                    by=cast.coordinator.actor,
                    at=NOON,
                )
            assert refused.value.facts == facts


def test_a_note_of_insurance_opens_the_door_until_its_day(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = _published(session, cast, Terms(conditions=Conditions(needs_insurance=True)))
        who = {"member_id": cast.volunteer.member_id, "by": cast.coordinator.actor, "at": NOON}
        insurance.note(session, insured_until=THE_DAY - DAY, evidence="平安 1", **who)
        assert standing_of(session, shift=shift, member_id=cast.volunteer.member_id).unmet == "insurance"
        insurance.note(session, insured_until=THE_DAY, evidence="平安 2", **who)
        assert service.sign_up(session, shift=shift, **who).status == "signed_up"


def test_each_post_has_its_own_places_and_its_own_skill(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        row(session, cast.neighbour).skills = ["理发"]
        terms = Terms(posts=(PostPlan("理发", 1, "理发"), PostPlan("引导", 1)))
        shift = _published(session, cast, terms, capacity=99)
        assert shift.capacity == 2
        barber, guide = (post.id for post in shift.activity.posts)

        def sign_up(who: str, post_id: int | None = None) -> Any:
            person = cast.people[who]
            return service.sign_up(
                session,
                shift=shift,
                member_id=person.member_id,
                by=person.actor,
                at=NOON,
                post_id=post_id,
            )

        with pytest.raises(errors.SkillMissing):
            sign_up("volunteer", barber)
        assert sign_up("volunteer").post_id == guide
        # The barber's post is free, but not for somebody who cannot cut hair.
        with pytest.raises(errors.ShiftFull):
            sign_up("attendant")
        with pytest.raises(errors.ShiftFull):
            sign_up("neighbour", guide)
        with pytest.raises(errors.ActivityAbsent):
            sign_up("neighbour", 987_654)
        assert sign_up("neighbour").post_id == barber
        # Whoever waits for a post is offered that post.
        waiting = service.wait(
            session,
            shift=shift,
            member_id=cast.attendant.member_id,
            by=cast.attendant.actor,
            at=NOON,
            post_id=guide,
        )
        place = queries.place_of(session, shift.id, cast.neighbour.member_id)
        service.cancel_sign_up(session, sign_up=place, at=NOON)
        assert waiting.status == "waiting"
        place = queries.place_of(session, shift.id, cast.volunteer.member_id)
        service.cancel_sign_up(session, sign_up=place, at=NOON)
        assert (waiting.status, waiting.post_id) == ("offered", guide)


def test_a_post_with_people_neither_vanishes_nor_shrinks_below_them(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = _published(session, cast, Terms(posts=(PostPlan("引导", 2), PostPlan("摄影", 1))))
        activity = shift.activity
        guide = activity.posts[0].id
        for person in (cast.volunteer, cast.neighbour):
            service.sign_up(
                session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON, post_id=guide
            )

        def change(*posts: PostPlan) -> None:
            with session.begin_nested():
                service.update(
                    session,
                    activity=activity,
                    category_id=activity.category_id,
                    title="改",
                    place="改",
                    description="",
                    shifts=[(shift.id, ShiftPlan(SOON, SOON + HOUR))],
                    at=NOON,
                    terms=Terms(posts=posts),
                )

        with pytest.raises(errors.ShiftHasSignUps):
            change(PostPlan("引导", 1, post_id=guide))
        with pytest.raises(errors.ShiftHasSignUps):
            change(PostPlan("摄影", 3))
        with pytest.raises(errors.PostsInvalid):
            change(PostPlan("引导", 2, post_id=guide), PostPlan("引导", 2))
        change(PostPlan("引导员", 4, post_id=guide))
        assert [(post.name, post.capacity) for post in activity.posts] == [("引导员", 4)]
        assert shift.capacity == 4
        assert terms_of(activity).posts == (PostPlan("引导员", 4),)


def test_sign_up_closes_before_the_start_where_the_activity_says_so(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = _published(session, cast, Terms(closes_hours=3))
        who = {"member_id": cast.volunteer.member_id, "by": cast.volunteer.actor}
        with pytest.raises(errors.SignUpClosed):
            service.sign_up(session, shift=shift, at=SOON - 3 * HOUR, **who)
        in_time = SOON - 3 * HOUR - timedelta(microseconds=1)
        assert service.sign_up(session, shift=shift, at=in_time, **who).status == "signed_up"


def test_another_countys_activity_says_so(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = _published(session, cast, Terms())
        with pytest.raises(errors.OtherCounty):
            service.sign_up(
                session,
                shift=shift,
                member_id=cast.stranger_volunteer.member_id,
                by=cast.stranger_volunteer.actor,
                at=NOON,
            )
