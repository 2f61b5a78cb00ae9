"""A county built in bulk: evidence by SQL, postings by the ledger's own batches, so that every digest is a true one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from ledger import journal, seals
from ledger.journal import Draft
from timebank.books import chart, postings
from timebank.books.events import TimeCredit
from timebank.books.legs import moved
from timebank.db import Database

FIRST = datetime(2026, 1, 5, 1, tzinfo=UTC)
DAYS, CREW, MINUTES, POINTS = 300, 20, 120, Decimal(20)
BATCH = 500
_BEFORE = FIRST - timedelta(days=30)
# Each becomes: an attendance, two scans, a record, a credit of time (2 entries) and a conversion (4 entries) of half.
_PEOPLE = (
    "INSERT INTO organisations (id, name, kind, path, created_at) VALUES (1, '青禾县', 'centre', '/1/', :at)",
    "INSERT INTO categories (id, name, english_name, created_at) VALUES (1, '敬老', 'care', :at)",
    "INSERT INTO users (id, name, session_epoch, locale, elder_mode, created_at) VALUES "
    "(1, '组织者', 1, 'zh', false, :at), (2, '审核员', 1, 'zh', false, :at)",
    "INSERT INTO points_rules (id, organisation_id, number, points_per_hour, rounding, rounding_step, valid_from, "
    "created_by, created_at) VALUES (1, 1, 1, 1000, 'down', 100, DATE '2026-01-01', 'user:1', :at)",
    "INSERT INTO members (id, number, name, sort_name, sex, phone, skills, organisation_id, card_secret, "
    "card_generation, created_at) SELECT n, n::text, '志愿者' || n, 'z' || n, 'unknown', "
    "(13000000000 + n)::text, '[]', 1, 'c' || n, 1, :at FROM generate_series(1, :members) n",
)
# ``shifts`` of :crew people each over :days days; further ones fall on the days after.
_EVIDENCE = (
    "INSERT INTO activities (id, organisation_id, category_id, title, place, description, private_details, contact_name, "
    "contact_phone, skills, sex, needs_insurance, closes_hours, status, revision, created_by, created_at, "
    "published_at, cancel_reason) SELECT n, 1, 1, '活动' || n, '', '', '', '', '', '[]', '', false, 0, "
    "'published', 1, 'user:1', :at, :at, '' FROM generate_series(CAST(:first_shift AS bigint), CAST(:last_shift AS bigint)) n",
    "INSERT INTO shifts (id, activity_id, starts_at, ends_at, cancel_reason) SELECT n, n, "
    ":first + (n - 1) * :days / :shifts * interval '1 day', "
    ":first + (n - 1) * :days / :shifts * interval '1 day' + interval '2 hours', '' FROM generate_series(CAST(:first_shift AS bigint), CAST(:last_shift AS bigint)) n",
    "INSERT INTO attendances (id, shift_id, member_id, checked_in_at, check_in_method, checked_out_at, check_out_method, "
    "flags, recorder_name, reason, created_at) SELECT n, s.id, (n * 7919) % :members + 1, s.starts_at, 'rotating', "
    "s.ends_at, 'rotating', '[]', '', '', s.starts_at FROM generate_series((CAST(:first_shift AS bigint) - 1) * :crew + 1, CAST(:last_shift AS bigint) * :crew) n "
    "JOIN shifts s ON s.id = (n - 1) / :crew + 1",
    "INSERT INTO scans (at, shift_id, member_id, kind, method, outcome, facts) SELECT a.checked_in_at, a.shift_id, "
    "a.member_id, 'in', 'rotating', 'ok', '{}' FROM attendances a WHERE a.shift_id >= :first_shift",
    "INSERT INTO scans (at, shift_id, member_id, kind, method, outcome, facts) SELECT a.checked_out_at, a.shift_id, "
    "a.member_id, 'out', 'rotating', 'ok', '{}' FROM attendances a WHERE a.shift_id >= :first_shift",
    "INSERT INTO service_records (id, attendance_id, member_id, organisation_id, category_id, served_on, credited_from, "
    "credited_until, minutes, proof_grade, status, flags, arithmetic, needs_word, statement, said, said_how, "
    "approved_by_user_id, approved_at, decision_reason, created_at) SELECT a.id, a.id, a.member_id, 1, 1, "
    "(a.checked_in_at AT TIME ZONE 'Asia/Shanghai')::date, a.checked_in_at, a.checked_out_at, :minutes, 'A', "
    "'approved', '[]', '', false, '', '', '', 2, a.checked_out_at, '', a.checked_out_at FROM attendances a WHERE a.shift_id >= :first_shift",
)


def build(database: Database, *, members: int, shifts: int) -> None:
    """``shifts`` of ``CREW`` people each over ``DAYS`` days, posted, every night sealed; statistics fresh."""
    with database.transaction() as session:
        for statement in _PEOPLE:
            session.connection().execute(text(statement), {"members": members, "at": _BEFORE})
    _serve(database, members, shifts, range(1, shifts + 1))


def one_day_more(database: Database, *, members: int, shifts: int) -> int:
    """The next day, with as many shifts as every day had; how many services that were."""
    new = range(shifts + 1, shifts + shifts // DAYS + 1)
    _serve(database, members, shifts, new)
    return len(new) * CREW


def _serve(database: Database, members: int, shifts: int, new: range) -> None:
    values: dict[str, int | datetime] = {"members": members, "shifts": shifts, "crew": CREW, "days": DAYS}
    values |= {"minutes": MINUTES, "at": _BEFORE, "first": FIRST}
    values |= {"first_shift": new.start, "last_shift": new.stop - 1}
    with database.transaction() as session:
        for statement in _EVIDENCE:
            session.connection().execute(text(statement), values)
    _analyse(database)
    a_day = shifts // DAYS
    for morning in range(new.start, new.stop, a_day):
        first, until = (morning - 1) * CREW + 1, (morning + a_day - 1) * CREW + 1
        for number in range(first, until, BATCH):
            with database.transaction() as session:
                post(session, number, min(number + BATCH, until))
        with database.transaction() as session:
            seals.seal_all(session, at=FIRST + timedelta(days=(morning - 1) // a_day, hours=16))
    _analyse(database)


def post(session: Session, first: int, until: int) -> None:
    """Credit the records of these numbers, and convert every second one."""
    connection = session.connection()
    rows = connection.execute(
        text("SELECT id, member_id, approved_at FROM service_records WHERE id >= :a AND id < :b ORDER BY id"),
        {"a": first, "b": until},
    ).all()
    postings.credit_time_many(
        session,
        [
            TimeCredit(row.id, row.member_id, 1, MINUTES, row.approved_at, row.approved_at, "user:2")
            for row in rows
        ],
    )
    journal.post_batch(session, [_conversion(row.id, row.member_id, row.approved_at) for row in rows[::2]])
    _point_at_postings(connection, first, until)


def _conversion(number: int, member_id: int, at: datetime) -> Draft:
    legs = [
        *moved(chart.member_time(member_id), chart.exchange_time(1), Decimal(MINUTES)),
        *moved(chart.exchange_points(1), chart.member_points(member_id), POINTS),
    ]
    facts = {"rule": 1, "arithmetic": "2 h × 10 = 20", "minutes": MINUTES, "points": str(POINTS)}
    return Draft(
        f"convert:bench-{number}", "conversion", legs, at, at, "user:2", f"member:{member_id}", facts
    )


def _point_at_postings(connection: Connection, first: int, until: int) -> None:
    connection.execute(
        text(
            "UPDATE service_records r SET transaction_id = t.id FROM ledger_transactions t "
            "WHERE t.key = 'time:record:' || r.id AND r.id >= :a AND r.id < :b"
        ),
        {"a": first, "b": until},
    )


def _analyse(database: Database) -> None:
    with database.transaction() as session:
        session.execute(text("ANALYZE"))
    # Plans made on empty tables stay bad for the life of a connection.
    database.engine.dispose()
