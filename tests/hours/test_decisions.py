"""Confirming, rejecting and taking back, with what it does to the books."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from ledger import audit
from ledger.lots import lots_of
from ledger.models import Transaction
from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, attended, published
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.books import chart, postings
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.corrections import stand_again
from timebank.hours.errors import (
    AlreadyDecided,
    AlreadySpent,
    NothingToTakeBack,
    OwnHousehold,
    OwnRecord,
    ReasonMissing,
)
from timebank.hours.models import ServiceRecord
from timebank.members.models import Household, HouseholdMember
from timebank.policy import service as policy

EVENING = NOON + timedelta(hours=8)


def test_confirming_a_shift_books_the_points_of_every_ordinary_row(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        attended(session, shift, cast.volunteer)
        attended(session, shift, cast.neighbour, left=shift.starts_at + timedelta(minutes=100))
        done = hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert [record.minutes for record in done.records] == [150, 96]
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == Decimal(25)
        assert books.points_balance(session, cast.neighbour.member_id) == Decimal(16)
        line = books.points_statement(session, cast.volunteer.member_id)[0]
        assert line.facts == {"rule": 1, "arithmetic": "2.5 h × 10 = 25, rule 1"}
        record = session.scalars(select(ServiceRecord).order_by(ServiceRecord.id)).first()
        assert record is not None
        assert (record.status, record.points, record.transaction_id) == ("approved", 25, line.transaction_id)
        assert record.approved_by_user_id == cast.coordinator.user_id


@pytest.mark.parametrize(
    ("zone", "lapses"), [("Asia/Shanghai", "2026-05-31T16:00+00:00"), ("UTC", "2026-05-01T00:00+00:00")]
)
def test_points_lapse_by_the_days_of_the_county(
    database: Database, cast: Cast, zone: str, lapses: str
) -> None:
    """Booked in the last hours of March by Greenwich, which are the first of April in Shanghai."""
    late = datetime.fromisoformat("2026-03-31T20:00+00:00")
    with database.transaction() as session:
        add_rule(session, cast)
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"points_lapse_months": "1"},
            by_name="x",
            at=NOON,
        )
        shift = published(session, cast)
        attended(session, shift, cast.volunteer)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=late, timezone=ZoneInfo(zone))
        code = chart.member_points(cast.volunteer.member_id).code
        assert [lot.expires_at for lot in lots_of(session, code)] == [datetime.fromisoformat(lapses)]


def test_confirming_twice_books_once(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        attended(session, shift, cast.volunteer)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        again = hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=EVENING)
        assert not again.records
        assert books.points_balance(session, cast.volunteer.member_id) == 25


def test_a_row_with_a_reason_is_left_out_and_needs_words_of_its_own(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer, flags=("short_code",))
        assert not hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING).records
        with pytest.raises(ReasonMissing):
            hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=EVENING)
        hours.confirm_record(
            session, record=record, by=cast.coordinator.actor, at=EVENING, reason="I saw her."
        )
        assert (record.status, record.decision_reason) == ("approved", "I saw her.")
        assert books.points_balance(session, cast.volunteer.member_id) == 25


def test_nobody_confirms_their_own_hours(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        own = attended(session, shift, cast.coordinator)
        attended(session, shift, cast.volunteer)
        done = hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert (len(done.records), done.left_to_others) == (1, 1)
        for decide in (hours.confirm_record, hours.take_back):
            with pytest.raises(OwnRecord):
                decide(session, record=own, by=cast.coordinator.actor, at=EVENING, reason="mine")
        with pytest.raises(OwnRecord):
            hours.reject_record(session, record=own, by=cast.coordinator.actor, reason="mine", at=NOON)
        hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=EVENING)
        assert books.points_balance(session, cast.coordinator.member_id) == 25


def test_the_database_itself_refuses_an_approver_who_profits(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record = attended(session, published(session, cast), cast.volunteer)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            update(ServiceRecord)
            .where(ServiceRecord.id == record.id)
            .values(status="approved", approved_by_user_id=1, approver_member_id=cast.volunteer.member_id)
        )


def test_the_database_itself_refuses_an_approver_who_lives_with_the_member_and_keeps_what_was_approved_before(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        before, later = attended(session, shift, cast.neighbour), attended(session, shift, cast.volunteer)
        hours.confirm_record(session, record=before, by=cast.coordinator.actor, at=EVENING, reason="seen")
        home = Household(created_at=NOON)
        session.add(home)
        session.flush()
        for one in (cast.coordinator, cast.volunteer, cast.neighbour):
            session.add(HouseholdMember(household_id=home.id, member_id=one.member_id, since=NOON))
    approved = update(ServiceRecord).where(ServiceRecord.id == later.id)
    with pytest.raises(IntegrityError, match="household"), database.transaction() as session:
        session.execute(approved.values(status="approved", approved_by_user_id=cast.coordinator.user_id))
    with database.transaction() as session:
        # Two who were linked since: what one approved for the other then can still be worked on.
        session.execute(
            update(ServiceRecord).where(ServiceRecord.id == before.id).values(minutes=before.minutes)
        )
        hours.confirm_record(
            session, record=session.get_one(ServiceRecord, later.id), by=cast.second_coordinator.actor,
            at=EVENING, reason="seen",
        )  # fmt: skip


def test_the_database_itself_refuses_an_approver_who_recorded(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record = attended(session, published(session, cast), cast.volunteer)
    user_id = cast.coordinator.user_id
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(
            update(ServiceRecord)
            .where(ServiceRecord.id == record.id)
            .values(status="approved", approved_by_user_id=user_id, recorded_by_user_id=user_id)
        )


def test_the_database_itself_refuses_approval_by_nobody(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record = attended(session, published(session, cast), cast.volunteer)
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.execute(update(ServiceRecord).where(ServiceRecord.id == record.id).values(status="approved"))


def test_a_rejected_record_pays_nothing_and_stays_rejected(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        record = attended(session, published(session, cast), cast.volunteer)
        with pytest.raises(ReasonMissing):
            hours.reject_record(session, record=record, by=cast.coordinator.actor, reason=" ", at=NOON)
        for _ in range(2):
            hours.reject_record(
                session, record=record, by=cast.coordinator.actor, reason="was not there", at=NOON
            )
        with pytest.raises(AlreadyDecided):
            hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="x")
        with pytest.raises(NothingToTakeBack):
            hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="x")
        assert books.points_balance(session, cast.volunteer.member_id) == 0


def test_what_was_taken_back_is_joined_to_what_was_given(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        for _ in range(2):
            hours.take_back(
                session, record=record, by=cast.second_coordinator.actor, at=EVENING, reason="Wrong person."
            )
        with pytest.raises(AlreadyDecided):
            hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="x")
    with database.reading() as session:
        taken, given = books.points_statement(session, cast.volunteer.member_id)
        assert (taken.reverses, taken.amount, taken.balance) == (given.transaction_id, -25, 0)
        assert taken.facts == {"reason": "Wrong person."}
        assert given.reversed_by == taken.transaction_id


def test_spent_points_are_not_taken_back(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        postings.spend(
            session,
            order_token="o1",
            member_id=cast.volunteer.member_id,
            shop_id=1,
            organisation_id=cast.team_id,
            points=Decimal(20),
            goods=(),
            at=EVENING,
            actor="user:1",
        )
        record_id = record.id

    def take_back() -> None:
        with database.transaction() as session:
            record = session.get_one(ServiceRecord, record_id)
            hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Wrong.")

    with pytest.raises(AlreadySpent):
        take_back()
    with database.reading() as session:
        assert session.get_one(ServiceRecord, record_id).status == "approved"
        assert books.points_balance(session, cast.volunteer.member_id) == 5


def test_the_day_cap_holds_across_shifts_and_says_so(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast, cap_points_per_day=Decimal(30))
        first = published(session, cast)
        second = published(
            session,
            cast,
            ShiftPlan(first.ends_at + timedelta(hours=1), first.ends_at + timedelta(hours=3)),
            title="晚间巡逻",
        )
        attended(session, first, cast.volunteer)
        record = attended(session, second, cast.volunteer)
        hours.confirm_shift(session, shift=first, by=cast.coordinator.actor, at=EVENING)
        hours.confirm_shift(session, shift=second, by=cast.coordinator.actor, at=EVENING)
        assert record.points == 5
        assert record.arithmetic == "2 h × 10 = 20 → 5 (day cap 30), rule 1"
        assert books.points_balance(session, cast.volunteer.member_id) == 30


def test_what_was_taken_back_makes_room_under_the_cap_again(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast, cap_points_per_month=Decimal(25))
        first = published(session, cast)
        start = first.starts_at + timedelta(days=1)
        second = published(session, cast, ShiftPlan(start, start + timedelta(hours=2)), title="第二天")
        one, two = attended(session, first, cast.volunteer), attended(session, second, cast.volunteer)
        hours.confirm_record(session, record=one, by=cast.coordinator.actor, at=EVENING)
        hours.take_back(session, record=one, by=cast.coordinator.actor, at=EVENING, reason="Wrong.")
        hours.confirm_record(session, record=two, by=cast.coordinator.actor, at=EVENING)
        assert two.points == 20


def test_a_record_that_a_cap_leaves_nothing_is_approved_without_a_posting(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast, cap_points_per_day=Decimal(25))
        first = published(session, cast)
        start = first.ends_at + timedelta(hours=1)
        second = published(session, cast, ShiftPlan(start, start + timedelta(hours=2)), title="第二场")
        attended(session, first, cast.volunteer)
        record = attended(session, second, cast.volunteer)
        for shift in (first, second):
            hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert (record.status, record.points, record.transaction_id) == ("approved", 0, None)


def test_a_refused_posting_leaves_no_half_of_a_shift(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        attended(session, shift, cast.volunteer)
        last = attended(session, shift, cast.neighbour)
        # Somebody has used the last record's key for something else: the batch must be refused.
        postings.award(
            session,
            record_id=last.id,
            member_id=cast.neighbour.member_id,
            organisation_id=cast.team_id,
            points=Decimal(1),
            rule_number=1,
            arithmetic="other",
            at=NOON,
            recorded_at=NOON,
            actor="command",
        )
        shift_id = shift.id
    with pytest.raises(Exception, match="already used"), database.transaction() as session:
        hours.confirm_shift(
            session,
            shift=session.get_one(Shift, shift_id),
            by=cast.coordinator.actor,
            at=EVENING,
        )
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(ServiceRecord.status == "approved")) == 0
        assert session.scalar(select(func.count()).select_from(Transaction)) == 1
        assert books.points_balance(session, cast.volunteer.member_id) == 0
        assert not audit.balances_equal_entries(session)


def test_a_county_that_keeps_hours_credits_minutes_instead_of_points(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        policy.change_settings(
            session,
            organisation_id=cast.county_id,
            written={"points_booked": "on_conversion"},
            by_name="陈立",
            at=NOON,
        )
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert (record.points, record.rule_id) == (None, None)
        assert books.time_balance(session, cast.volunteer.member_id) == 150
        assert books.points_balance(session, cast.volunteer.member_id) == 0
        hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Wrong.")
        assert books.time_balance(session, cast.volunteer.member_id) == 0


def test_nobody_confirms_the_hours_of_somebody_they_live_with(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        home = Household(created_at=NOON)
        session.add(home)
        session.flush()
        for person in (cast.coordinator, cast.volunteer):
            session.add(HouseholdMember(household_id=home.id, member_id=person.member_id, since=NOON))
        relative = attended(session, shift, cast.volunteer)
        attended(session, shift, cast.neighbour)
        done = hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        assert ([record.member_id for record in done.records], done.left_to_others) == (
            [cast.neighbour.member_id],
            1,
        )
        with pytest.raises(OwnHousehold):
            hours.confirm_record(session, record=relative, by=cast.coordinator.actor, at=EVENING)
        assert relative.status == "pending"
        hours.confirm_record(session, record=relative, by=cast.second_coordinator.actor, at=EVENING)
        assert relative.status == "approved"
        # What was taken back does not come back through the household either.
        hours.take_back(session, record=relative, by=cast.second_coordinator.actor, at=EVENING, reason="误")
        with pytest.raises(OwnHousehold):
            stand_again(session, record=relative, by=cast.coordinator.actor, at=EVENING, reason="无误")
