"""The count that a forced close owes: whatever is missing from a forgotten shift is found and signed for all the same.

Without it a differing count could be left behind by walking away. Nobody counts for a shift of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from store.catalogue.models import Shop
from store.counter import shifts
from store.counter.errors import (
    CountMissing,
    CountNotOwed,
    CountOwn,
    ExplanationMissing,
    SecondPersonNeeded,
)
from store.counter.models import CounterShift, LateCount, ShiftCount, ZReport
from store.orders.errors import BasketKeyInvalid, BasketKeyReused
from store.orders.rules import key_is_acceptable
from timebank.access.actors import Actor
from timebank.db import queue_for


def owed(session: Session, shop: Shop, *, limit: int = 20) -> Sequence[ZReport]:
    """Forced day sheets of the shop for which nobody has counted yet, the oldest first."""
    return session.scalars(
        select(ZReport)
        .outerjoin(LateCount, LateCount.report_id == ZReport.id)
        .options(joinedload(ZReport.shift).joinedload(CounterShift.opened_by))
        .where(ZReport.shop_id == shop.id, ZReport.kind == "forced", LateCount.id.is_(None))
        .order_by(ZReport.number)
        .limit(limit)
    ).all()


def count(
    session: Session,
    *,
    report: ZReport,
    key: str,
    counted: Mapping[int, int | None],
    by: Actor,
    at: datetime,
) -> ShiftCount:
    """Count blind for a shift that somebody forgot; what agrees settles it at once, once per ``key``.

    Raises:
        BasketKeyInvalid, BasketKeyReused
        CountNotOwed: nothing is owed, or not any more.
        CountOwn: ``by`` stood in that shift.
        CountUnreadable: a product was not counted.
    """
    if not key_is_acceptable(key):
        raise BasketKeyInvalid
    queue_for(session, f"late-count:{report.id}")
    first = session.scalar(select(ShiftCount).where(ShiftCount.key == key))
    if first is not None:
        if first.shift_id != report.shift_id:
            raise BasketKeyReused
        return first
    _ensure_owed(session, report, by)
    found = shifts.written_count(session, report.shift, key=key, counted=counted, by=by, at=at)
    if not found.differs:
        _settled(session, report, found, at=at)
    return found


def settle(
    session: Session, *, report: ZReport, explanation: str, signed_by: Actor | None, by: Actor, at: datetime
) -> LateCount:
    """The late count differs: why, and who signs besides whoever counted; then it is booked. Once.

    Raises:
        CountNotOwed, CountOwn, CountMissing
        ExplanationMissing, SecondPersonNeeded
    """
    queue_for(session, f"late-count:{report.id}")
    standing = of_report(session, report)
    if standing is not None:
        return standing
    _ensure_owed(session, report, by)
    found = newest(session, report)
    if found is None:
        raise CountMissing
    if not explanation.strip():
        raise ExplanationMissing(field="explanation")
    part = (None, report.shift.opened_by_user_id, found.counted_by_user_id, by.user_id)
    if signed_by is None or signed_by.user_id in part:
        raise SecondPersonNeeded(field="login_name")
    words = explanation.strip()
    shifts.book_difference(session, report.shift, found, explanation=words, by=signed_by, at=at)
    return _settled(session, report, found, explanation=words, signed_by_user_id=signed_by.user_id, at=at)


def newest(session: Session, report: ZReport) -> ShiftCount | None:
    """What was counted last for the shift after it was closed."""
    return session.scalars(
        select(ShiftCount)
        .where(ShiftCount.shift_id == report.shift_id, ShiftCount.counted_at >= report.closed_at)
        .order_by(ShiftCount.id.desc())
        .limit(1)
    ).first()


def of_report(session: Session, report: ZReport) -> LateCount | None:
    """The count that settled a forced day sheet."""
    return session.scalar(
        select(LateCount).options(joinedload(LateCount.count)).where(LateCount.report_id == report.id)
    )


def _ensure_owed(session: Session, report: ZReport, by: Actor) -> None:
    if report.kind != "forced" or of_report(session, report) is not None:
        raise CountNotOwed
    if by.user_id == report.shift.opened_by_user_id:
        raise CountOwn


def _settled(
    session: Session,
    report: ZReport,
    found: ShiftCount,
    *,
    explanation: str = "",
    signed_by_user_id: int | None = None,
    at: datetime,
) -> LateCount:
    settled = LateCount(
        report_id=report.id,
        count_id=found.id,
        explanation=explanation,
        signed_by_user_id=signed_by_user_id,
        settled_at=at,
    )
    session.add(settled)
    session.flush()
    return settled
