"""Old registers: confirmed hours of grade D, booked by the rules of their days."""

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, category
from timebank.access.actors import system_actor
from timebank.activities import service as activities
from timebank.activities.models import Activity
from timebank.activities.service import PastActivity
from timebank.books import queries as books
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import ServiceRecord
from timebank.hours.service import OldService
from timebank.imports.models import ImportRun


def import_run(session: Session) -> int:
    run = ImportRun(
        register="records",
        file_name="records.csv",
        file_digest="x",
        partial=False,
        status="running",
        created_by="command",
        created_at=NOON,
    )
    session.add(run)
    session.flush()
    return run.id


def past_activities(session: Session, cast: Cast, count: int) -> list[Activity]:
    """One activity a day from 1 March 2024, each from nine to noon."""
    start = NOON.replace(year=2024, month=3, day=1, hour=1)
    plans = [
        PastActivity(
            organisation_id=cast.team_id,
            category_id=category(session).id,
            title=f"活动{day}",
            place="柳河镇",
            starts_at=start + timedelta(days=day),
            ends_at=start + timedelta(days=day, hours=3),
        )
        for day in range(count)
    ]
    return activities.create_past_activities(session, plans, by=system_actor(), at=NOON)


def record(session: Session, cast: Cast, minutes: list[int]) -> list[ServiceRecord]:
    past = past_activities(session, cast, len(minutes))
    rows = [
        OldService(
            member_id=cast.volunteer.member_id,
            shift_id=activity.shifts[0].id,
            organisation_id=cast.team_id,
            category_id=activity.category_id,
            served_on=date(2024, 3, 1) + timedelta(days=day),
            minutes=minutes[day],
            recorder_name="站长",
        )
        for day, activity in enumerate(past)
    ]
    # Registers are not always in the order of their days.
    rows.reverse()
    return hours.record_old_services(
        session, rows, import_run_id=import_run(session), by=system_actor(), at=NOON, timezone=SHANGHAI
    )


def test_old_services_are_confirmed_hours_of_grade_d_with_points(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        records = record(session, cast, [150, 60, 7])
        assert [entry.minutes for entry in records] == [7, 60, 150]
        assert {(entry.status, entry.proof_grade) for entry in records} == {("approved", "D")}
        assert [entry.points for entry in records] == [1, 10, 25]
        assert records[0].attendance.recorder_name == "站长"
        lines = books.points_statement(session, cast.volunteer.member_id)
        # The passbook reads in the order of the services, and says when each took place.
        assert [line.amount for line in lines] == [1, 10, 25]
        assert [line.balance for line in lines] == [36, 35, 25]
        assert lines[-1].effective_at.astimezone(SHANGHAI).date() == date(2024, 3, 1)
        assert lines[-1].recorded_at == NOON


def test_each_service_is_paid_by_the_rule_of_its_day_and_caps_hold(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast, valid_until=date(2024, 3, 1))
        add_rule(
            session,
            cast,
            points_per_hour=Decimal(20),
            cap_points_per_month=Decimal(50),
            valid_from=date(2024, 3, 2),
        )
        records = record(session, cast, [60, 60, 60, 60])
        assert [entry.points for entry in reversed(records)] == [10, 20, 20, 0]
        # A newer version begins no new month: what the older one paid counts too.
        assert books.points_balance(session, cast.volunteer.member_id) == 50


def test_without_any_rule_hours_are_kept_and_points_are_none(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        (entry,) = record(session, cast, [60])
        assert (entry.status, entry.points, entry.rule_id, entry.transaction_id) == (
            "approved",
            0,
            None,
            None,
        )
        assert books.points_balance(session, cast.volunteer.member_id) == 0


def test_nothing_to_record_is_nothing(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        run = import_run(session)
        nobody = hours.record_old_services(
            session, [], import_run_id=run, by=system_actor(), at=NOON, timezone=SHANGHAI
        )
        assert nobody == []
