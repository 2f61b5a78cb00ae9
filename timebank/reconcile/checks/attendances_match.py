"""A record says what its attendance and its activity say."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, ServiceRecord
from timebank.hours.rules import METHOD_WORDS, proof_grade
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.sieve import day_in, doubtful
from timebank.reconcile.touched import touched_records

_MEMBER = N_("The record is for %(recorded)s, but %(seen)s was there.")
_OPEN = N_("The record was approved, but its attendance has no end.")
_GRADE = N_("The record claims proof grade %(claimed)s; how the member was seen gives %(proved)s.")
_DAY = N_("The record says it was served on %(recorded)s, the attendance was on %(seen)s.")
_CATEGORY = N_("The record names another organisation or category than its activity.")


def _count(session: Session, within: Range) -> int:
    query = (
        select(func.count())
        .select_from(ServiceRecord)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(within.holds(Organisation.path), touched_records(within))
    )
    return session.scalar(query) or 0


def _surely_right(timezone: str) -> ColumnElement[bool]:
    moment = case((ServiceRecord.import_run_id.is_(None), Shift.starts_at), else_=Attendance.checked_in_at)
    # Of one letter, the later in the alphabet is the weaker.
    came, left = (
        case({word: proof_grade(word, word) for word in METHOD_WORDS}, value=method)
        for method in (Attendance.check_in_method, Attendance.check_out_method)
    )
    return and_(
        ServiceRecord.member_id == Attendance.member_id,
        ServiceRecord.served_on == day_in(timezone, moment),
        ServiceRecord.organisation_id == Activity.organisation_id,
        ServiceRecord.category_id == Activity.category_id,
        ServiceRecord.stated_until.is_(None),
        Attendance.checked_out_at.is_not(None),
        ServiceRecord.proof_grade == case((came > left, came), else_=left),
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    query = (
        select(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.proof_grade,
            ServiceRecord.stated_until,
            ServiceRecord.import_run_id,
            ServiceRecord.served_on,
            Shift.starts_at,
            Attendance.checked_in_at,
            Attendance.member_id.label("seen_id"),
            Attendance.check_in_method,
            Attendance.check_out_method,
            Attendance.checked_out_at,
            (
                (ServiceRecord.organisation_id == Activity.organisation_id)
                & (ServiceRecord.category_id == Activity.category_id)
            ).label("same_activity"),
        )
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            within.holds(Organisation.path),
            touched_records(within),
            doubtful(_surely_right(within.timezone.key)),
        )
        .order_by(ServiceRecord.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        subject, proved = f"record:{row.id}", proof_grade(row.check_in_method, row.check_out_method)
        if row.stated_until is not None:
            # Stated times prove as little as an entry by hand.
            proved = "D"
        if row.member_id != row.seen_id:
            people = {"recorded": f"member:{row.member_id}", "seen": f"member:{row.seen_id}"}
            yield Break(subject, _MEMBER, people)
        # The day decides which rule and which caps apply. An old register has its own days, whatever was planned.
        moment = row.starts_at if row.import_run_id is None else row.checked_in_at
        day = moment.astimezone(within.timezone).date()
        if row.served_on != day:
            yield Break(subject, _DAY, {"recorded": row.served_on.isoformat(), "seen": day.isoformat()})
        if row.checked_out_at is None:
            yield Break(subject, _OPEN)
        if row.proof_grade != proved:
            yield Break(subject, _GRADE, {"claimed": row.proof_grade, "proved": proved})
        # Old registers name the team that served, which need not be the one that held the activity.
        if not row.same_activity and row.import_run_id is None:
            yield Break(subject, _CATEGORY)


CHECK = Check(
    code="attendances_match",
    kind="vouchers",
    proves=N_(
        "Every service record is for the member who was there, on that day, at that activity, with the proof that there is."
    ),
    broken_by=N_("A record or an attendance was changed in the database itself."),
    repair=N_("Compare with the log of scans; take the record back and enter it anew with a second person."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
