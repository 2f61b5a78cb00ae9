"""How many people the organiser counted fits how many were checked in at the fullest moment."""

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import ColumnElement, Select, func, select, true, union
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.errors import N_
from timebank.hours.models import Attendance, HeadCount
from timebank.hours.rules import head_count_differs, inside_at_peak
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("Counted %(counted)s people, but %(inside)s were checked in at the fullest moment.")
_EXPLAINED = N_(
    "Counted %(counted)s people, but %(inside)s were checked in at the fullest moment. The organiser says: %(note)s"
)


def _last_counts(within: Range) -> Select[int]:
    """The last count of every shift that has one."""
    last = select(func.max(HeadCount.id)).where(_looked_at(within)).group_by(HeadCount.shift_id)
    return (
        select(HeadCount.id)
        .join(Shift, Shift.id == HeadCount.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .where(HeadCount.id.in_(last), within.holds(Organisation.path))
    )


def _looked_at(within: Range) -> ColumnElement[bool]:
    """Who was counted since, or where somebody came or left since."""
    if within.since is None:
        return true()
    moved = select(Attendance.shift_id).where(
        within.written(Attendance.id, changed=Attendance.checked_out_at)
    )
    counted = select(HeadCount.shift_id).where(within.written(HeadCount.id))
    return HeadCount.shift_id.in_(union(moved, counted))


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_last_counts(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    # Reckoned anew from the attendances: the figure kept beside the count might have been changed.
    query = (
        _last_counts(within)
        .with_only_columns(
            HeadCount.id,
            HeadCount.shift_id,
            HeadCount.counted,
            HeadCount.note,
            Attendance.checked_in_at,
            Attendance.checked_out_at,
        )
        .outerjoin(Attendance, Attendance.shift_id == HeadCount.shift_id)
        .order_by(HeadCount.id)
    )
    rows = session.execute(query.execution_options(yield_per=1000))
    for (_number, shift_id, counted, note), people in groupby(rows, key=lambda row: tuple(row[:4])):
        spans = ((row[4], row[5] or max(within.at, row[4])) for row in people if row[4] is not None)
        inside = inside_at_peak(spans)
        if head_count_differs(counted, inside):
            facts = {"counted": counted, "inside": inside}
            said = _EXPLAINED if note else _DIFFERS
            yield Break(f"shift:{shift_id}", said, facts | ({"note": note} if note else {}))


CHECK = Check(
    code="head_counts_match",
    kind="vouchers",
    proves=N_(
        "The organiser's head count fits those who were checked in at the fullest moment (two people, or a tenth)."
    ),
    broken_by=N_("People were scanned who were not there, or served without a scan."),
    repair=N_("Ask the organiser and two volunteers who was there; open a case where they differ."),
    count=_count,
    find=_find,
    opens_a_case=True,
    incremental=True,
    watches=(HeadCount.said_at, Attendance.created_at),
)
