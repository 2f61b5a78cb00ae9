"""A request for correction is answered in time, or somebody above hears of it."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, attended, published
from timebank.db import Database
from timebank.hours import corrections, deadlines
from timebank.hours import service as hours
from timebank.notices.models import Notice

EVENING = NOON + timedelta(hours=10)
DAY = timedelta(days=1)


def _told(session: Any, kind: str) -> list[tuple[int | None, int | None]]:
    rows = session.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id))
    return [(row.member_id, row.user_id) for row in rows]


def test_who_may_answer_hears_before_the_last_day_and_the_office_above_after_it(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer, left=shift.starts_at + timedelta(hours=2))
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING)
        asked = corrections.request_correction(
            session,
            record=record,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="我走得更晚。",
            by=cast.volunteer.actor,
            at=EVENING,
        )
        due = asked.answer_due_at
        assert due == EVENING + 7 * DAY
        assert deadlines.tell_of_deadlines(session, at=due - 3 * DAY) == 0
        levels = deadlines.answerers(session, asked)
        assert cast.coordinator.user_id in levels[0]
        assert cast.volunteer.user_id not in {user_id for level in levels for user_id in level}
        for _twice in range(2):
            deadlines.tell_of_deadlines(session, at=due - 2 * DAY)
        assert len(_told(session, "hours.correction_due")) == len(levels[0])
        assert _told(session, "hours.correction_overdue") == []
        for _twice in range(2):
            deadlines.tell_of_deadlines(session, at=due + DAY)
        late = _told(session, "hours.correction_overdue")
        assert len(late) == len(levels[0]) + len(levels[1])
        assert (cast.administrator.member_id, None) in late
        assert _told(session, "hours.correction_late") == [(cast.volunteer.member_id, None)]
        # What is answered is not called late.
        corrections.refuse_correction(
            session, asked=asked, answer="照片看得清。", by=cast.coordinator.actor, at=due + 2 * DAY
        )
        assert deadlines.tell_of_deadlines(session, at=due + 30 * DAY) == 0


def test_the_recorder_is_not_asked_to_answer_about_what_they_recorded(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        record.recorded_by_user_id = cast.coordinator.user_id
        hours.confirm_shift(session, shift=shift, by=cast.second_coordinator.actor, at=EVENING)
        asked = corrections.request_correction(
            session,
            record=record,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="我走得更晚。",
            by=cast.volunteer.actor,
            at=EVENING,
        )
        named = {user_id for level in deadlines.answerers(session, asked) for user_id in level}
        assert cast.coordinator.user_id not in named
        assert cast.second_coordinator.user_id in named
