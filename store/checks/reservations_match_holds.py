"""From the reservations to the books: what is kept is held, what was collected is captured, what ended is free."""

from collections.abc import Iterator

from sqlalchemy import BigInteger, Select, and_, case, func, literal, or_, select, true, type_coerce
from sqlalchemy.orm import Session

from ledger.models import HoldRow
from store.checks.reading import count_of, shops_within
from store.orders.models import Order
from store.reservations.models import Reservation, ReservationLine
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("The reservation is %(status)s, but %(wrong)s of its holds in the books are not.")
_AMOUNT = N_("The reservation keeps %(kept)s points and pieces, the books hold %(held)s.")
_ORDER = N_("The reservation was collected, but its order was charged something else.")


def _reservations(within: Range) -> Select[int]:
    """In an incremental run, those that are kept, were made, or ended since."""
    kept = Reservation.status == "reserved"
    looked_at = or_(kept, within.written(Reservation.id, changed=Reservation.ended_at))
    return select(Reservation.id).where(
        Reservation.shop_id.in_(shops_within(within)), true() if within.since is None else looked_at
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _reservations(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    about = literal("reservation:") + Reservation.key
    fits = or_(
        # A deadline that has passed may have been noticed by either of the two jobs first.
        and_(Reservation.status == "reserved", HoldRow.status.in_(("held", "lapsed"))),
        and_(Reservation.status == "collected", HoldRow.status == "captured"),
        and_(Reservation.status.in_(("cancelled", "expired")), HoldRow.status.in_(("voided", "lapsed"))),
    )
    wrong = func.coalesce(func.sum(case((fits, 0), else_=1)), 0)
    held = func.coalesce(func.sum(HoldRow.amount), 0)
    pieces = (
        select(func.coalesce(func.sum(ReservationLine.quantity), 0))
        .where(ReservationLine.reservation_id == Reservation.id)
        .scalar_subquery()
    )
    charged = (
        select(type_coerce(Order.total_points, BigInteger))
        .where(Order.id == Reservation.order_id, Order.member_id == Reservation.member_id)
        .scalar_subquery()
    )
    points = type_coerce(Reservation.total_points, BigInteger)
    query = (
        select(Reservation.id, Reservation.status, wrong.label("wrong"), held.label("held"))
        .add_columns((points + pieces).label("kept"), points.label("points"), charged.label("charged"))
        .outerjoin(HoldRow, HoldRow.subject == about)
        .where(Reservation.id.in_(_reservations(within)))
        .group_by(Reservation.id)
        .order_by(Reservation.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        subject = f"reservation:{row.id}"
        if row.wrong:
            yield Break(subject, _DIFFERS, {"status": row.status, "wrong": int(row.wrong)})
        elif int(row.held) != int(row.kept):
            yield Break(subject, _AMOUNT, {"kept": int(row.kept), "held": int(row.held)})
        elif row.status == "collected" and row.charged != row.points:
            yield Break(subject, _ORDER, {})


CHECK = Check(
    code="reservations_match_holds",
    kind="vouchers",
    proves=N_(
        "Every reservation holds its points and goods in the books as long as it is kept, and no longer."
    ),
    broken_by=N_("A reservation or a hold was changed behind the application's back."),
    repair=N_("Compare the reservation with its holds; cancel it and reserve anew."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(Reservation.reserved_at,),
)
