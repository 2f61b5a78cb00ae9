"""Closing the books: nothing takes effect before a closed moment any more, and the balances at it are kept."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.orm import Session

from ledger.digests import aware, line_of_text
from ledger.engines import connection_of
from ledger.errors import PeriodClosed, PeriodNotOver
from ledger.models import Entry, Period, PeriodBalance, Transaction


@dataclass(frozen=True, slots=True)
class PeriodClose:
    """A close: everything before `closed_until` is fixed."""

    id: int
    closed_until: dt.datetime
    closed_at: dt.datetime
    actor: str
    first_id: int


def close_period(
    session: Session | Connection, *, closed_until: dt.datetime, at: dt.datetime, actor: str
) -> PeriodClose:
    """Close the books for everything that takes effect before `closed_until`. Closing the same again changes nothing.

    Waits for postings in flight. Raises PeriodClosed if a later moment is closed already, and PeriodNotOver if the
    moment lies after `at`: a close cannot be taken back, and nothing could be posted until then.
    """
    connection = connection_of(session)
    aware(closed_until, "closed_until"), aware(at, "at"), line_of_text(actor, "actor")
    if closed_until > at:
        raise PeriodNotOver(closed_until=closed_until, at=at)
    if connection.dialect.name == "postgresql":
        # Whoever is posting holds this table in a weaker mode from before he has a number; see ledger_write.
        connection.execute(text("LOCK TABLE ledger_transactions IN SHARE ROW EXCLUSIVE MODE"))
    before = last_close(connection)
    if before is not None and closed_until <= before.closed_until:
        if closed_until == before.closed_until:
            return before
        raise PeriodClosed(at=closed_until, closed_until=before.closed_until)
    first = connection.scalar(
        select(func.min(Transaction.id)).where(
            Transaction.effective_at >= closed_until, Transaction.id >= (before.first_id if before else 0)
        )
    )
    if first is None:
        first = (connection.scalar(select(func.max(Transaction.id))) or 0) + 1
    amounts = amounts_until(connection, closed_until)
    row = {"closed_until": closed_until, "closed_at": at, "actor": actor, "first_id": first}
    connection.execute(insert(Period), [row])
    period = last_close(connection)
    assert period is not None, "the row was written just now"
    kept = [
        {"account_id": account, "period_id": period.id, "amount": amount}
        for account, amount in sorted(amounts.items())
        if amount
    ]
    if kept:
        connection.execute(insert(PeriodBalance), kept)
    return period


def last_close(session: Session | Connection, *, not_after: dt.datetime | None = None) -> PeriodClose | None:
    """The newest close, or the newest whose moment is not after `not_after`."""
    query = select(Period.id, Period.closed_until, Period.closed_at, Period.actor, Period.first_id)
    if not_after is not None:
        query = query.where(Period.closed_until <= not_after)
    row = connection_of(session).execute(query.order_by(Period.closed_until.desc()).limit(1)).one_or_none()
    return None if row is None else PeriodClose(*row)


def dated(
    session: Session | Connection, at: dt.datetime, *, recorded_at: dt.datetime
) -> tuple[dt.datetime, dict[str, Any]]:
    """When a fact of the moment `at` can be booked, and what its posting must say about it.

    In an open period at its own time; a late fact at the moment of recording, with `late_for` among its facts.
    """
    close = last_close(session)
    if close is None or aware(at, "at") >= close.closed_until:
        return at, {}
    return recorded_at, {"late_for": at.astimezone(dt.UTC).isoformat()}


def amounts_until(
    connection: Connection, at: dt.datetime, *, inclusive: bool = False, account: int | None = None
) -> dict[int, int]:
    """Scaled balances by account of all that took effect before `at` (or at it, if inclusive).

    Starts from the newest close, so it reads only what was posted since.
    """
    close = last_close(connection, not_after=at)
    amounts: dict[int, int] = {}
    moved = (
        select(Entry.account_id, func.sum(Entry.amount))
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .where(Transaction.effective_at <= at if inclusive else Transaction.effective_at < at)
        .group_by(Entry.account_id)
    )
    if close is not None:
        kept = select(PeriodBalance.account_id, PeriodBalance.amount).where(
            PeriodBalance.period_id == close.id
        )
        if account is not None:
            kept = kept.where(PeriodBalance.account_id == account)
        amounts = {row[0]: row[1] for row in connection.execute(kept)}
        moved = moved.where(
            Transaction.effective_at >= close.closed_until, Entry.transaction_id >= close.first_id
        )
    if account is not None:
        moved = moved.where(Entry.account_id == account)
    for number, total in connection.execute(moved):
        amounts[number] = amounts.get(number, 0) + int(total)
    return amounts
