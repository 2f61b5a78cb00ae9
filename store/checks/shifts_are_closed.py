"""No counter stays open overnight, and nothing that a shift counted otherwise than the books is left unexplained."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.counter.models import CounterShift, ShiftCount, ZReport
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

LONGEST_HOURS = 14
_OPEN = N_("The counter has been open since %(since)s, longer than %(hours)s hours.")
_UNSAID = N_("The count at hand-over differs from the books, and nobody has said why.")


def _shifts(within: Range) -> Select[int]:
    return select(CounterShift.id).where(CounterShift.shop_id.in_(shops_within(within)))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _shifts(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    forgotten = (
        select(CounterShift.id, CounterShift.opened_at)
        .where(
            CounterShift.id.in_(_shifts(within)),
            CounterShift.closed_at.is_(None),
            CounterShift.opened_at < within.at - timedelta(hours=LONGEST_HOURS),
        )
        .order_by(CounterShift.id)
    )
    for shift_id, opened_at in session.execute(forgotten):
        facts = {"since": opened_at.isoformat(), "hours": LONGEST_HOURS}
        yield Break(f"counter_shift:{shift_id}", _OPEN, facts)
    unsaid = (
        select(ZReport.id)
        .join(ShiftCount, ShiftCount.id == ZReport.count_id)
        .where(ZReport.shop_id.in_(shops_within(within)), ShiftCount.differs, ZReport.explanation == "")
        .order_by(ZReport.id)
    )
    for report_id in session.scalars(unsaid):
        yield Break(f"report:{report_id}", _UNSAID)


CHECK = Check(
    code="shifts_are_closed",
    kind="shelf",
    proves=N_(
        "Every counter was closed within fourteen hours, and every difference of its count was explained."
    ),
    broken_by=N_("Somebody went home without closing, or an explanation was removed."),
    repair=N_("The shop's manager closes the shift with a count, and asks who served then."),
    count=_count,
    find=_find,
)
