"""账证: each check of the evidence sees the row that was changed behind the application's back."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Connection, exists, select, text
from sqlalchemy.orm import Session, aliased

from tests.reconcile.tampering import allow_anything, assert_named, breaks_of, reconciled, tampering
from timebank.access.models import User
from timebank.hours import booking
from timebank.hours.models import ServiceRecord
from timebank.house import House
from timebank.reconcile.registry import CHECKS


def _record(house: House, *, status: str = "approved", **columns: object) -> ServiceRecord:
    """The first record of that state in the town."""
    with house.database.reading() as session:
        query = select(ServiceRecord).filter_by(status=status, **columns).order_by(ServiceRecord.id)
        found = session.scalars(query).first()
        assert found is not None, f"the town has no record that is {status}"
        session.expunge(found)
        return found


def _awarded(house: House) -> ServiceRecord:
    with house.database.reading() as session:
        query = select(ServiceRecord).where(
            ServiceRecord.status == "approved", ServiceRecord.points > Decimal(0)
        )
        found = session.scalars(query.order_by(ServiceRecord.id)).first()
        assert found is not None
        session.expunge(found)
        return found


def _set(connection: Connection, record_id: int, **values: object) -> None:
    columns = ", ".join(f"{name} = :{name}" for name in values)
    connection.execute(
        text(f"UPDATE service_records SET {columns} WHERE id = :id"), {"id": record_id, **values}
    )


def test_a_lived_in_town_reconciles_clean_and_everything_was_looked_at(lived_in: House) -> None:
    result = reconciled(lived_in)
    assert result.clean, result.lines()
    # So small a town need not have had goods brought back; its hours and points have seen everything.
    nothing_examined = [one.check.code for one in result.outcomes if not one.examined and one.check in CHECKS]
    assert nothing_examined == []


def test_a_record_approved_in_the_database_without_its_posting_is_named(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        waiting = session.scalars(
            select(ServiceRecord)
            .where(
                ServiceRecord.status.in_(("pending", "rejected")),
                ServiceRecord.minutes > 0,
                # What waits for the member's own word the database would not let pass at all.
                ~ServiceRecord.needs_word,
            )
            .order_by(ServiceRecord.id)
        ).all()
        prices = booking.preview(session, waiting)
        record = next(one for one in waiting if prices[one.id][0])
        points, arithmetic, rule = prices[record.id]
        assert points is not None
        assert rule is not None
        approver = session.scalars(select(User.id).where(User.member_id != record.member_id)).first()
        wanted = {"points": int(points * 100), "arithmetic": arithmetic, "rule_id": rule.id}
    with tampering(lived_in) as connection:
        _set(
            connection,
            record.id,
            status="approved",
            approved_by_user_id=approver,
            approved_at=_stored(connection, record.created_at),
            decision_reason="x",
            **wanted,
        )
    also = frozenset({"control_totals_unchanged"})
    assert_named(lived_in, "records_are_posted", f"record:{record.id}", also=also)


def _stored(connection: Connection, moment: object) -> object:
    """A moment as the driver takes it: SQLite's is text without a zone."""
    if connection.dialect.name == "sqlite":
        return str(moment).replace("+00:00", "") + ("" if "." in str(moment) else ".000000")
    return moment


def test_a_record_taken_back_that_counts_as_approved_again_is_named(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        newer = aliased(ServiceRecord)
        stands_alone = ~exists(select(newer.id).where(newer.corrects_id == ServiceRecord.id))
        query = select(ServiceRecord).where(ServiceRecord.status == "reversed", stands_alone)
        record = session.scalars(query.order_by(ServiceRecord.id)).first()
        assert record is not None
        session.expunge(record)
    with tampering(lived_in) as connection:
        _set(connection, record.id, status="approved")
    assert_named(lived_in, "reversals_match", f"record:{record.id}")


def test_more_points_on_a_record_than_were_posted_are_named(lived_in: House) -> None:
    record = _awarded(lived_in)
    with tampering(lived_in) as connection:
        connection.execute(
            text("UPDATE service_records SET points = points + 500 WHERE id = :id"), {"id": record.id}
        )
    assert_named(lived_in, "points_recompute", f"record:{record.id}")


def test_another_arithmetic_than_the_rules_is_named(lived_in: House) -> None:
    record = _awarded(lived_in)
    with tampering(lived_in) as connection:
        _set(connection, record.id, arithmetic="2.5 h × 10 = 25, rule 99")
    found = assert_named(lived_in, "points_recompute", f"record:{record.id}")
    assert found.facts["shown"] == "2.5 h × 10 = 25, rule 99"


def test_a_rule_that_is_changed_afterwards_betrays_itself_on_every_record_that_it_paid(
    lived_in: House,
) -> None:
    record = _awarded(lived_in)
    with tampering(lived_in) as connection:
        connection.execute(
            text("UPDATE points_rules SET points_per_hour = points_per_hour * 2 WHERE id = :id"),
            {"id": record.rule_id},
        )
    found = breaks_of(lived_in)
    assert set(found) <= {"points_recompute", "conversions_recompute"}
    assert f"record:{record.id}" in {one.subject for one in found["points_recompute"]}


def test_minutes_that_the_scans_do_not_give_are_named(lived_in: House) -> None:
    record = _record(lived_in, status="pending")
    with tampering(lived_in) as connection:
        connection.execute(
            text("UPDATE service_records SET minutes = minutes + 60 WHERE id = :id"), {"id": record.id}
        )
    found = assert_named(lived_in, "minutes_recompute", f"record:{record.id}")
    assert found.facts["minutes"] == found.facts["expected"] + 60


def test_a_better_proof_grade_than_the_scans_give_is_named(lived_in: House) -> None:
    record = _record(lived_in, proof_grade="B")
    with tampering(lived_in) as connection:
        _set(connection, record.id, proof_grade="A")
    assert_named(lived_in, "attendances_match", f"record:{record.id}")


def test_a_record_for_somebody_who_was_not_there_is_named(lived_in: House) -> None:
    record = _record(lived_in, status="pending")
    with tampering(lived_in) as connection:
        other = connection.scalar(
            text("SELECT min(id) FROM members WHERE id <> :id"), {"id": record.member_id}
        )
        _set(connection, record.id, member_id=other)
    assert_named(lived_in, "attendances_match", f"record:{record.id}")


def test_a_record_moved_to_another_day_is_named(lived_in: House) -> None:
    record = _record(lived_in, status="approved")
    with tampering(lived_in) as connection:
        _set(connection, record.id, served_on=record.served_on - timedelta(days=1))
    assert_named(lived_in, "attendances_match", f"record:{record.id}")


def test_an_attendance_whose_scan_is_missing_is_named(lived_in: House) -> None:
    record = _record(lived_in, proof_grade="A")
    with tampering(lived_in) as connection:
        connection.execute(
            text(
                "DELETE FROM scans WHERE kind = 'in' AND member_id = :member AND shift_id = "
                "(SELECT shift_id FROM attendances WHERE id = :attendance)"
            ),
            {"member": record.member_id, "attendance": record.attendance_id},
        )
    assert_named(lived_in, "scans_prove_attendance", f"attendance:{record.attendance_id}")


def test_an_exception_without_a_reason_is_named(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        record_id = _approved_exception(session)
    with tampering(lived_in) as connection:
        _set(connection, record_id, decision_reason="")
    assert_named(lived_in, "exceptions_are_approved", f"record:{record_id}")


def _approved_exception(session: Session) -> int:
    query = select(ServiceRecord).where(ServiceRecord.status == "approved").order_by(ServiceRecord.id)
    for record in session.scalars(query):
        if {"manual", "missing_check_out"} & set(record.flags):
            return record.id
    raise AssertionError("the town has no approved exception")


def test_time_credited_long_after_the_planned_end_is_named(lived_in: House) -> None:
    record = _record(lived_in, status="pending")
    with tampering(lived_in) as connection:
        later = _stored(connection, record.credited_until + timedelta(hours=9))
        _set(connection, record.id, credited_until=later)
    assert_named(
        lived_in, "credited_inside_shift", f"record:{record.id}", also=frozenset({"minutes_recompute"})
    )


def test_one_member_at_two_places_at_once_is_named(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        first = session.scalars(
            select(ServiceRecord)
            .where(ServiceRecord.status == "approved", ServiceRecord.minutes > 60)
            .order_by(ServiceRecord.id)
        ).all()
        # Two services of one member: the later one is said to have begun while the earlier lasted.
        pairs = [
            (a, b)
            for a in first
            for b in first
            if a.member_id == b.member_id and a.credited_until < b.credited_from
        ]
        earlier, later = pairs[0]
        began = earlier.credited_until - timedelta(minutes=30)
    with tampering(lived_in) as connection:
        _set(connection, later.id, credited_from=_stored(connection, began))
    found = breaks_of(lived_in)
    assert f"record:{later.id}" in {one.subject for one in found["no_overlap"]}
    assert set(found) == {"no_overlap", "minutes_recompute", "credited_inside_shift"}


def test_an_approver_who_profits_is_named_although_the_record_hides_it(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        record, user_id = session.execute(
            select(ServiceRecord, User.id)
            .join(User, User.member_id == ServiceRecord.member_id)
            .where(ServiceRecord.status == "approved")
            .order_by(ServiceRecord.id)
        ).first() or (None, None)
    assert record is not None
    with tampering(lived_in) as connection:
        _set(connection, record.id, approved_by_user_id=user_id, approver_member_id=None)
    assert_named(lived_in, "four_eyes", f"record:{record.id}")


def test_a_record_that_nobody_approved_is_named(lived_in: House) -> None:
    record = _awarded(lived_in)
    with tampering(lived_in) as connection:
        allow_anything(connection, "service_records", "ck_service_records_approved_by_somebody")
        _set(connection, record.id, approved_by_user_id=None)
    assert_named(lived_in, "four_eyes", f"record:{record.id}")


def test_an_activity_published_after_it_began_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text(
                "SELECT s.activity_id, s.ends_at FROM shifts s JOIN attendances a ON a.shift_id = s.id "
                "WHERE a.check_in_method = 'rotating' AND a.checked_out_at IS NOT NULL ORDER BY s.id LIMIT 1"
            )
        ).one()
        connection.execute(
            text("UPDATE activities SET published_at = :at WHERE id = :id"),
            {"at": row.ends_at, "id": row.activity_id},
        )
    assert_named(lived_in, "published_before_start", f"activity:{row.activity_id}")


def test_a_head_count_far_from_those_checked_in_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT id, shift_id, counted FROM head_counts ORDER BY id LIMIT 1")
        ).one()
        connection.execute(
            text("UPDATE head_counts SET counted = :counted WHERE id = :id"),
            {"counted": row.counted + 40, "id": row.id},
        )
    assert_named(lived_in, "head_counts_match", f"shift:{row.shift_id}")


def test_a_certificate_that_outlives_its_record_is_named(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT certificate_id, id, minutes FROM certificate_records ORDER BY id LIMIT 1")
        ).one()
        connection.execute(
            text("UPDATE certificate_records SET minutes = :minutes WHERE id = :id"),
            {"minutes": row.minutes + 60, "id": row.id},
        )
    assert_named(lived_in, "certificates_stand", f"certificate:{row.certificate_id}")


def test_a_certificate_that_vanished_leaves_a_gap(lived_in: House) -> None:
    with tampering(lived_in) as connection:
        row = connection.execute(
            text("SELECT id, organisation_id FROM certificates ORDER BY id LIMIT 1")
        ).one()
        connection.execute(
            text("UPDATE certificates SET serial = serial + 100 WHERE id = :id"), {"id": row.id}
        )
    assert_named(lived_in, "certificates_stand", f"organisation:{row.organisation_id}")
