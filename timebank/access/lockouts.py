"""Counting failed tries in the database, so that all processes see them and a rollback does not forget them."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_
from sqlalchemy.orm import Session

from timebank.access import rules
from timebank.access.errors import LockedOut
from timebank.access.models import Lockout


def ensure_open(session: Session, subject: str, *, at: datetime) -> None:
    """Raise ``LockedOut`` while ``subject`` is locked."""
    row = session.get(Lockout, subject)
    if row and row.locked_until and row.locked_until > at:
        raise LockedOut(minutes=int((row.locked_until - at).total_seconds() // 60) + 1)


def failed(session: Session, subject: str, *, at: datetime, free: int = rules.FREE_FAILURES) -> None:
    """Count one failed try, of which ``free`` lock nothing. The caller commits it although the attempt is refused."""
    row = session.get(Lockout, subject, with_for_update=True)
    if row is None:
        row = Lockout(subject=subject, failures=0, last_failure_at=at)
        session.add(row)
    elif at - row.last_failure_at > rules.FORGET_AFTER:
        row.failures = 0
    row.failures += 1
    row.last_failure_at = at
    row.locked_until = rules.locked_until(row.failures, at, free)
    session.flush()


def succeeded(session: Session, subject: str) -> None:
    """Forget the failed tries of ``subject``."""
    row = session.get(Lockout, subject)
    if row is not None:
        session.delete(row)


def forget(session: Session, *, at: datetime) -> int:
    """Remove counts that no longer matter, among them those of names that strangers made up; how many."""
    removed = session.execute(
        delete(Lockout).where(
            Lockout.last_failure_at < at - rules.FORGET_AFTER,
            or_(Lockout.locked_until.is_(None), Lockout.locked_until <= at),
        )
    )
    return cast(CursorResult[Any], removed).rowcount
