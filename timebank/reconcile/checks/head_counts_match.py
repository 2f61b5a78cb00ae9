"""How many people the organiser counted fits how many were checked in at the fullest moment."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.errors import N_
from timebank.hours.head_counts import peak_of
from timebank.hours.models import HeadCount
from timebank.hours.rules import head_count_differs
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("Counted %(counted)s people, but %(inside)s were checked in at the fullest moment.")


def _last_counts(within: Range) -> Select[int]:
    """The last count of every shift that has one."""
    last = select(func.max(HeadCount.id)).group_by(HeadCount.shift_id)
    return (
        select(HeadCount.id)
        .join(Shift, Shift.id == HeadCount.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .join(Organisation, Organisation.id == Activity.organisation_id)
        .where(HeadCount.id.in_(last), within.holds(Organisation.path))
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_last_counts(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    query = _last_counts(within).with_only_columns(HeadCount.shift_id, HeadCount.counted)
    for shift_id, counted in session.execute(query.order_by(HeadCount.id)).all():
        # Reckoned anew from the attendances: the figure kept beside the count might have been changed.
        inside = peak_of(session, shift_id, at=within.at)
        if head_count_differs(counted, inside):
            yield Break(f"shift:{shift_id}", _DIFFERS, {"counted": counted, "inside": inside})


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
)
