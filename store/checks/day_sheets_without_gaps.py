"""Day sheets of a shop are numbered 1, 2, 3 … and every closed shift has one, every open one none."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.counter.models import CounterShift, ZReport
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_GAP = N_("The newest day sheet has number %(newest)s, but there are %(count)s.")
_NO_SHEET = N_("The shift was closed, but it has no day sheet.")
_STILL_OPEN = N_("The shift has a day sheet, but it is open.")


def _shifts(within: Range) -> Select[int]:
    return select(CounterShift.id).where(CounterShift.shop_id.in_(shops_within(within)))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _shifts(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    numbered = (
        select(ZReport.shop_id, func.max(ZReport.number).label("newest"), func.count().label("count"))
        .where(ZReport.shop_id.in_(shops_within(within)))
        .group_by(ZReport.shop_id)
        .order_by(ZReport.shop_id)
    )
    for row in session.execute(numbered):
        if row.newest != row.count:
            yield Break(f"shop:{row.shop_id}", _GAP, {"newest": row.newest, "count": row.count})
    unlike = (
        select(CounterShift.id, CounterShift.closed_at)
        .outerjoin(ZReport, ZReport.shift_id == CounterShift.id)
        .where(CounterShift.id.in_(_shifts(within)))
        .where(CounterShift.closed_at.is_(None) != ZReport.id.is_(None))
        .order_by(CounterShift.id)
    )
    for shift in session.execute(unlike):
        yield Break(f"shift:{shift.id}", _STILL_OPEN if shift.closed_at is None else _NO_SHEET, {})


CHECK = Check(
    code="day_sheets_without_gaps",
    kind="vouchers",
    proves=N_("No day sheet is missing: they are numbered without a gap, one for each closed shift."),
    broken_by=N_("A day sheet was removed or renumbered."),
    repair=N_("Look for the printed sheet; find out who removed it."),
    count=_count,
    find=_find,
)
