"""Every day sheet says what its shift's orders, the books and the movements say when they are added up again."""

from collections.abc import Iterator

from sqlalchemy import CompoundSelect, Select, select, union
from sqlalchemy.orm import Session

from store.checks.reading import count_of, shops_within
from store.counter import reports
from store.counter.models import CounterShift, ZReport
from store.orders.models import Order, Return
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("Day sheet no. %(number)s says %(said)s for %(what)s; added up again it is %(found)s.")
_THREE_DIFFER = N_("Day sheet no. %(number)s: orders, books and stock of its shift do not agree.")
_COMPARED = (
    "orders",
    "points_in",
    "units_out",
    "returns",
    "undone",
    "points_back",
    "units_back",
    "posted_points",
    "moved_units",
)


def _sheets(within: Range) -> Select[int]:
    """In an incremental run, those that were drawn since, or into whose shift something was written since."""
    sheets = select(ZReport.id).where(ZReport.shop_id.in_(shops_within(within)))
    if within.since is None:
        return sheets
    shifts: CompoundSelect[int] = union(
        select(ZReport.shift_id).where(within.written(ZReport.id)),
        select(Order.shift_id).where(within.written(Order.id, transaction_id=Order.transaction_id)),
        select(Return.shift_id).where(within.written(Return.id, transaction_id=Return.transaction_id)),
    )
    return sheets.where(ZReport.shift_id.in_(shifts))


def _count(session: Session, within: Range) -> int:
    return count_of(session, _sheets(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    query = select(ZReport).where(ZReport.id.in_(_sheets(within))).order_by(ZReport.id)
    for report in session.scalars(query).all():
        subject = f"report:{report.id}"
        found = reports.figures(session, session.get_one(CounterShift, report.shift_id))
        wrong = next((name for name in _COMPARED if found[name] != report.figures.get(name)), None)
        if wrong is not None:
            facts = {
                "number": report.number,
                "what": wrong,
                "said": str(report.figures.get(wrong)),
                "found": str(found[wrong]),
            }
            yield Break(subject, _DIFFERS, facts)
        elif not found["agrees"]:
            yield Break(subject, _THREE_DIFFER, {"number": report.number})


CHECK = Check(
    code="day_sheets_recompute",
    kind="vouchers",
    proves=N_(
        "On every day sheet, items out are points in and stock movements, and the sheet says just that."
    ),
    broken_by=N_("An order was moved to another shift, or a sheet, an order or a movement was changed."),
    repair=N_("Compare the printed sheet with the orders of the shift; find out who changed what."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        ZReport.closed_at,
        Order.completed_at,
        Return.returned_at,
    ),
)
