"""What happens after a shift: the member's word, evidence, sheets, head counts, missed shifts."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, add_rule, attended, photo, published, says_yes
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import errors, queries
from timebank.hours import service as hours
from timebank.hours.evidence import PDF, PHOTO, checked_evidence
from timebank.hours.head_counts import head_count_of
from timebank.hours.manual import Row
from timebank.hours.member_word import say, say_in_person
from timebank.hours.models import Attendance, EvidenceFile, ServiceRecord
from timebank.hours.no_shows import no_shows_of, pardon_no_show
from timebank.hours.rules import head_count_differs, inside_at_peak
from timebank.members.codes import Identified
from timebank.notices.models import Notice

EVENING = NOON + timedelta(hours=10)
HOUR = timedelta(hours=1)


def _forgotten(session: Session, cast: Cast) -> tuple[Shift, ServiceRecord]:
    """The volunteer came on time to two and a half hours and did not check out."""
    add_rule(session, cast)
    shift = published(session, cast)
    hours.open_attendance(
        session, shift=shift, member_id=cast.volunteer.member_id, at=shift.starts_at, method="rotating"
    )
    (record,) = hours.close_forgotten(session, at=shift.ends_at + HOUR, timezone=SHANGHAI)
    return shift, record


def test_a_forgotten_check_out_is_lifted_by_volunteer_and_coordinator_together(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift, record = _forgotten(session, cast)
        assert (record.minutes, record.needs_word) == (60, True)
        with pytest.raises(errors.WordMissing):
            hours.confirm_record(
                session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Seen."
            )
        with pytest.raises(errors.NotYourRecord):
            say(session, record=record, said="yes", by=cast.neighbour.actor, at=EVENING)
        with pytest.raises(errors.TimesImplausible):
            say(
                session,
                record=record,
                said="yes",
                by=cast.volunteer.actor,
                at=EVENING,
                left_at=shift.ends_at + 3 * HOUR,
            )
        session.rollback()
    with database.transaction() as session:
        shift, record = _forgotten(session, cast)
        say(session, record=record, said="yes", by=cast.volunteer.actor, at=EVENING, left_at=shift.ends_at)
        assert (record.minutes, record.proof_grade, record.status) == (150, "D", "pending")
        assert record.flags == ["missing_check_out", "stated"]
        hours.confirm_record(session, record=record, by=cast.coordinator.actor, at=EVENING, reason="Seen.")
        assert books.points_balance(session, cast.volunteer.member_id) == 25


def test_who_says_that_it_was_not_so_ends_the_matter(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        _shift, record = _forgotten(session, cast)
        say(session, record=record, said="no", by=cast.volunteer.actor, at=EVENING)
        assert record.status == "rejected"
        with pytest.raises(errors.AlreadySaid):
            says_yes(session, record, cast.volunteer, EVENING)


def test_without_a_phone_the_members_card_in_another_hand_than_the_recorders_is_her_yes(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = hours.enter_manually(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            came_at=shift.starts_at,
            left_at=shift.ends_at,
            reason="手机没电。",
            evidence=photo(),
            by=cast.coordinator.actor,
            at=EVENING,
            timezone=SHANGHAI,
        )
        hers = Identified(row(session, cast.volunteer), "card")
        second = cast.second_coordinator.actor
        with pytest.raises(errors.OwnEntry):
            say_in_person(session, record=record, shown=hers, by=cast.coordinator.actor, at=EVENING)
        for shown in (
            Identified(row(session, cast.volunteer), "number"),
            Identified(row(session, cast.neighbour), "card"),
        ):
            with pytest.raises(errors.WordOfAnother):
                say_in_person(session, record=record, shown=shown, by=second, at=EVENING)
        say_in_person(session, record=record, shown=hers, by=second, at=EVENING)
        assert (record.said, record.said_how) == ("yes", "card")
        hours.confirm_record(session, record=record, by=second, at=EVENING, reason="She was here.")


def test_evidence_is_judged_by_what_is_inside_and_photos_lose_their_place() -> None:
    with_place = BytesIO()
    exif = Image.Exif()
    exif[0x8825] = {2: (31.0, 14.0, 0.0)}
    Image.new("RGB", (60, 40), "white").save(with_place, "JPEG", exif=exif)
    media_type, kept = checked_evidence(with_place.getvalue(), most_bytes=10**6)
    assert media_type == PHOTO
    with Image.open(BytesIO(kept)) as image:
        assert not image.getexif()
    pdf = b"%PDF-1.7\n...\n%%EOF\n"
    assert checked_evidence(pdf, most_bytes=10**6) == (PDF, pdf)
    for content, refusal in (
        (b"", errors.EvidenceMissing),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", errors.EvidenceInvalid),
        (b"<html>", errors.EvidenceInvalid),
        (b"%PDF-1.7 cut off", errors.EvidenceInvalid),
        (photo()[:100], errors.EvidenceInvalid),
        (bytes(2 * 10**6), errors.EvidenceTooLarge),
    ):
        with pytest.raises(refusal):
            checked_evidence(content, most_bytes=10**6)


def test_rows_of_a_sheet_are_entered_together_with_one_photo_or_not_at_all(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        rows = [
            Row(person.member_id, shift.starts_at, shift.ends_at)
            for person in (cast.volunteer, cast.neighbour, cast.attendant, cast.auditor)
        ]

        def enter(*these: Row, by: object = cast.coordinator.actor, at: datetime = EVENING) -> object:
            return hours.enter_sheet(
                session, shift=shift, rows=these, photo=photo(), by=by, at=at, timezone=SHANGHAI
            )

        own = Row(cast.coordinator.member_id, shift.starts_at, shift.ends_at)
        late = Row(cast.volunteer.member_id, shift.starts_at, shift.ends_at + 9 * HOUR)
        with pytest.raises(errors.SheetRefused) as refused, session.begin_nested():
            enter(own, late, rows[1])
        assert {type(why) for why in refused.value.rows.values()} == {
            errors.OwnRecord,
            errors.TimesImplausible,
        }
        assert session.scalar(select(func.count()).select_from(Attendance)) == 0
        assert session.scalar(select(func.count()).select_from(EvidenceFile)) == 0
        with pytest.raises(errors.SheetEmpty):
            enter()
        with pytest.raises(errors.EntryClosed):
            enter(*rows, at=shift.ends_at + timedelta(days=7, minutes=1))
        # More rows than the quota of single entries: the sheet is its own kind of proof.
        records = enter(*rows)
        assert [(one.proof_grade, one.flags, one.needs_word) for one in records] == [
            ("C", ["sheet"], False)
        ] * 4
        assert len({one.attendance.evidence_id for one in records}) == 1
        told = session.scalars(select(Notice.member_id).where(Notice.kind == "hours.sheet"))
        assert set(told) == {one.member_id for one in records}
        for record in records:
            with pytest.raises(errors.OwnEntry):
                hours.confirm_record(
                    session, record=record, by=cast.coordinator.actor, at=EVENING, reason="x"
                )
        hours.confirm_record(
            session, record=records[0], by=cast.second_coordinator.actor, at=EVENING, reason="Sheet seen."
        )
        assert queries.manual_entries(session, shift.activity_id) == 0


def test_a_head_count_is_kept_beside_the_fullest_moment(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        attended(session, shift, cast.volunteer, left=shift.starts_at + HOUR)
        attended(session, shift, cast.neighbour, came=shift.starts_at + HOUR)
        attended(session, shift, cast.attendant)
        hours.confirm_shift(
            session, shift=shift, by=cast.coordinator.actor, at=EVENING, head_count=7, note="Helpers came."
        )
        kept = head_count_of(session, shift.id)
        assert kept is not None
        assert (kept.counted, kept.inside_at_peak, kept.note) == (7, 2, "Helpers came.")
        for wrong in (-1, 10**9):
            with pytest.raises(errors.HeadCountInvalid):
                hours.confirm_shift(
                    session, shift=shift, by=cast.coordinator.actor, at=EVENING, head_count=wrong
                )


def test_a_count_that_is_far_off_asks_for_a_sentence_before_anything_is_confirmed(
    database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        record = attended(session, shift, cast.volunteer)
        with pytest.raises(errors.HeadCountUnexplained) as question, session.begin_nested():
            hours.confirm_shift(
                session, shift=shift, by=cast.coordinator.actor, at=EVENING, head_count=4, note=" "
            )
        assert question.value.facts == {"counted": 4, "inside": 1}
        assert (record.status, head_count_of(session, shift.id)) == ("pending", None)
        # Two more or less are asked nothing.
        hours.confirm_shift(session, shift=shift, by=cast.coordinator.actor, at=EVENING, head_count=3)
        assert record.status == "approved"


@pytest.mark.parametrize(
    ("counted", "inside", "differs"),
    [(0, 2, False), (0, 3, True), (12, 10, False), (13, 10, True), (44, 40, False), (45, 40, True)],
)
def test_a_head_count_may_be_off_by_two_people_or_a_tenth(counted: int, inside: int, differs: bool) -> None:
    assert head_count_differs(counted, inside) is differs


def test_who_leaves_makes_room_before_somebody_comes_at_that_instant() -> None:
    stays = [(NOON, NOON + HOUR), (NOON + HOUR, NOON + 2 * HOUR), (NOON, NOON + 2 * HOUR)]
    assert inside_at_peak(stays) == 2
    assert inside_at_peak([]) == 0


def test_missed_shifts_are_counted_shown_and_forgiven_with_a_reason(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        shift = published(session, cast)
        for person in (cast.volunteer, cast.coordinator):
            activities.sign_up(
                session, shift=shift, member_id=person.member_id, by=person.actor, at=NOON - HOUR
            )
        member = row(session, cast.volunteer)
        assert no_shows_of(session, member, at=shift.ends_at - HOUR).counted == 0
        assert no_shows_of(session, member, at=EVENING).counted == 1
        assert no_shows_of(session, member, at=EVENING + timedelta(days=181)).rows == []

        def pardon(member_id: int, by: object, reason: str = "Ill.") -> object:
            return pardon_no_show(session, shift=shift, member_id=member_id, reason=reason, by=by, at=EVENING)

        with pytest.raises(errors.OwnRecord):
            pardon(cast.coordinator.member_id, cast.coordinator.actor)
        with pytest.raises(errors.ReasonMissing):
            pardon(member.id, cast.coordinator.actor, " ")
        with pytest.raises(errors.NoShowAbsent):
            pardon(cast.neighbour.member_id, cast.coordinator.actor)
        for _twice in range(2):
            pardon(member.id, cast.coordinator.actor)
        found = no_shows_of(session, member, at=EVENING)
        assert (found.counted, len(found.rows)) == (0, 1)
        assert books.points_balance(session, member.id) == 0
