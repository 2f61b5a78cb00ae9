"""“This is wrong”: asked by the member, answered by somebody else, and never an edit."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import audit
from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, attended, photo, published, says_yes
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import corrections, errors, queries
from timebank.hours import service as hours
from timebank.hours.manual import Row
from timebank.hours.models import ServiceRecord
from timebank.notices.models import Notice
from timebank.notices.wording import sentence_of, translation

EVENING = NOON + timedelta(hours=10)
HOUR = timedelta(hours=1)


def _asked(
    session: Session, cast: Cast, record: ServiceRecord, left_at: datetime, at: datetime = EVENING
) -> corrections.CorrectionRequest:
    return corrections.request_correction(
        session,
        record=record,
        came_at=record.attendance.shift.starts_at,
        left_at=left_at,
        reason="I left later.",
        by=cast.volunteer.actor,
        at=at,
    )


def _confirmed_short(session: Session, cast: Cast) -> ServiceRecord:
    """Checked out after two hours of two and a half, and confirmed."""
    add_rule(session, cast)
    shift = published(session, cast)
    record = attended(session, shift, cast.volunteer, left=shift.starts_at + 2 * HOUR)
    hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
    return record


def test_a_correction_is_a_pair_of_postings_joined_to_the_original(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        record = _confirmed_short(session, cast)
        assert books.points_balance(session, cast.volunteer.member_id) == 20
        asked = _asked(session, cast, record, record.attendance.shift.ends_at)
        with pytest.raises(errors.AlreadyAsked):
            _asked(session, cast, record, record.attendance.shift.ends_at)
        with pytest.raises(errors.ReasonMissing):
            corrections.grant_correction(
                session, asked=asked, answer=" ", by=cast.second_coordinator.actor, at=EVENING
            )
        for _twice in range(2):
            corrections.grant_correction(
                session, asked=asked, answer="Seen.", by=cast.second_coordinator.actor, at=EVENING
            )
        new = session.get_one(ServiceRecord, asked.new_record_id)
        assert (record.status, new.status, new.corrects_id) == ("reversed", "approved", record.id)
        assert (new.minutes, new.points, new.proof_grade) == (150, Decimal(25), "D")
        assert books.points_balance(session, cast.volunteer.member_id) == 25
        lines = books.points_statement(session, cast.volunteer.member_id)
        assert [line.amount for line in lines] == [Decimal(-20), Decimal(25), Decimal(20)]
        assert queries.record_of_attendance(session, record.attendance_id).id == new.id
        told = session.scalars(
            select(Notice.kind).where(Notice.member_id == cast.volunteer.member_id).order_by(Notice.id)
        ).all()
        assert told == ["hours.confirmed", "hours.corrected"]
        (notice,) = session.scalars(select(Notice).where(Notice.kind == "hours.corrected"))
        said = {word: sentence_of(notice, translation(word), SHANGHAI) for word in ("zh", "en")}
        assert "2.5 小时" in said["zh"]
        assert said["en"].endswith("2.5 h.")
    with database.reading() as session:
        assert list(audit.problems(session)) == [] if hasattr(audit, "problems") else True


def test_nobody_credits_herself_through_a_correction(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        own = attended(session, shift, cast.coordinator, left=shift.starts_at + 2 * HOUR)
        hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=EVENING)
        asked = corrections.request_correction(
            session,
            record=own,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="I left later.",
            by=cast.coordinator.actor,
            at=EVENING,
        )
        for answer in (corrections.grant_correction, corrections.refuse_correction):
            with pytest.raises(errors.OwnRecord):
                answer(session, asked=asked, answer="Mine.", by=cast.coordinator.actor, at=EVENING)
        with pytest.raises(errors.OwnRecord):
            corrections.record_anew(
                session,
                record=own,
                came_at=shift.starts_at,
                left_at=shift.ends_at,
                reason="Mine.",
                by=cast.coordinator.actor,
                at=EVENING,
            )
        with pytest.raises(errors.NotYourRecord):
            corrections.request_correction(
                session,
                record=own,
                came_at=shift.starts_at,
                left_at=shift.ends_at,
                reason="For her.",
                by=cast.volunteer.actor,
                at=EVENING,
            )


def test_the_recorder_does_not_answer_about_what_they_recorded(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        rows = [Row(cast.volunteer.member_id, shift.starts_at, shift.starts_at + 2 * HOUR)]
        (record,) = hours.enter_sheet(
            session,
            shift=shift,
            rows=rows,
            photo=photo(),
            by=cast.coordinator.actor,
            at=EVENING,
            timezone=SHANGHAI,
        )
        hours.confirm_record(
            session, record=record, by=cast.second_coordinator.actor, at=EVENING, reason="Seen."
        )
        asked = _asked(session, cast, record, shift.ends_at)
        with pytest.raises(errors.OwnEntry):
            corrections.grant_correction(
                session, asked=asked, answer="x", by=cast.coordinator.actor, at=EVENING
            )
        corrections.refuse_correction(
            session, asked=asked, answer="The sheet says four.", by=cast.administrator.actor, at=EVENING
        )
        assert (asked.status, record.status) == ("refused", "approved")
        with pytest.raises(errors.AlreadyAnswered):
            corrections.grant_correction(
                session, asked=asked, answer="x", by=cast.second_coordinator.actor, at=EVENING
            )


def test_a_correction_has_its_days_and_its_deadline(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        record = _confirmed_short(session, cast)
        end = record.attendance.shift.ends_at
        with pytest.raises(errors.CorrectionClosed):
            _asked(session, cast, record, end, at=EVENING + timedelta(days=30, minutes=1))
        with pytest.raises(errors.TimesImplausible):
            _asked(session, cast, record, end + 3 * HOUR)
        asked = _asked(session, cast, record, end)
        assert asked.answer_due_at == EVENING + timedelta(days=7)


def test_what_was_taken_back_is_recorded_anew_by_one_and_confirmed_by_two_others(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        record = _confirmed_short(session, cast)
        shift = record.attendance.shift

        def anew() -> ServiceRecord:
            return corrections.record_anew(
                session,
                record=record,
                came_at=shift.starts_at,
                left_at=shift.ends_at,
                reason="Wrong time.",
                by=cast.coordinator.actor,
                at=EVENING,
            )

        with pytest.raises(errors.NothingToCorrect):
            anew()
        hours.take_back(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Wrong time.")
        new = anew()
        assert (new.status, new.needs_word, new.recorded_by_user_id) == (
            "pending",
            True,
            cast.coordinator.user_id,
        )
        with pytest.raises(errors.NothingToCorrect):
            anew()
        says_yes(session, new, cast.volunteer, EVENING)
        with pytest.raises(errors.OwnEntry):
            hours.confirm_record(session, record=new, by=cast.coordinator.actor, at=EVENING, reason="x")
        hours.confirm_record(
            session, record=new, by=cast.second_coordinator.actor, at=EVENING, reason="Right."
        )
        assert books.points_balance(session, cast.volunteer.member_id) == 25
