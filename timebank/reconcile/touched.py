"""Which service records an incremental run looks at."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, select, text, true, union
from sqlalchemy.orm import Session

from ledger.models import Transaction
from timebank.hours.models import ServiceRecord
from timebank.reconcile.checks import Range, Since
from timebank.reconcile.sieve import one_of

# A county of sixty thousand writes some two thousand a day; more than these are asked for as a condition.
NAMED_MOST = 10_000

# The server is told the members and days in one piece, and goes down its index for each.
_NEAR = {
    "postgresql": (
        "SELECT r.id FROM jsonb_to_recordset(CAST(:windows AS jsonb)) AS w(member bigint, first_day date, last_day date) "
        "JOIN service_records r ON r.member_id = w.member AND r.served_on BETWEEN w.first_day AND w.last_day"
    ),
    "sqlite": (
        "SELECT r.id FROM json_each(:windows) AS w CROSS JOIN service_records r "
        "WHERE r.member_id = json_extract(w.value, '$.member') "
        "AND r.served_on BETWEEN json_extract(w.value, '$.first_day') AND json_extract(w.value, '$.last_day')"
    ),
}


def touched_records(within: Range) -> ColumnElement[bool]:
    """Records that were made, decided, booked or taken back since, or whose posting was reversed; all in a full run.

    A record that none of this happened to can have changed only behind the application's back: the weekly
    full run sees that.
    """
    if within.since is None:
        return true()
    if within.since.records is not None:
        return one_of(ServiceRecord.id, within.since.records)
    return ServiceRecord.id.in_(_happened(within.since))


def near_records(within: Range) -> ColumnElement[bool]:
    """Those, and what may stand beside them: the member's records of their months and weeks, which have caps in common."""
    if within.since is None:
        return true()
    if within.since.near is not None:
        return one_of(ServiceRecord.id, within.since.near)
    touched = ServiceRecord.id.in_(_happened(within.since))
    return ServiceRecord.member_id.in_(select(ServiceRecord.member_id).where(touched))


def name_records(session: Session, since: Since) -> Since:
    """With the numbers of these records, asked for once and not by every check; without, where they are too many."""
    query = (
        select(ServiceRecord.id, ServiceRecord.member_id, ServiceRecord.served_on)
        .where(ServiceRecord.id.in_(_happened(since)))
        .order_by(ServiceRecord.id)
        .limit(NAMED_MOST + 1)
    )
    rows = session.execute(query).all()
    if len(rows) > NAMED_MOST:
        return since
    near = _near(session, ((row.member_id, row.served_on) for row in rows))
    return replace(since, records=tuple(row.id for row in rows), near=near)


def _near(session: Session, served: Iterable[tuple[int, date]]) -> tuple[int, ...]:
    windows = {(member, *_window(day)) for member, day in served}
    if not windows:
        return ()
    written = json.dumps(
        [
            {"member": member, "first_day": first.isoformat(), "last_day": last.isoformat()}
            for member, first, last in sorted(windows)
        ]
    )
    words = text(_NEAR[session.get_bind().dialect.name])
    return tuple(sorted(set(session.scalars(words, {"windows": written}))))


def _window(day: date) -> tuple[date, date]:
    """From a Monday to a Sunday, with the whole month and the nights on either side of it."""
    before = day.replace(day=1) - timedelta(days=1)
    after = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return before - timedelta(days=before.weekday()), after + timedelta(days=6 - after.weekday())


def _happened(since: Since) -> Any:
    number = since.numbers.get(ServiceRecord.__tablename__, 0)
    ways: Sequence[Select[Any]] = (
        select(ServiceRecord.id).where(ServiceRecord.id > number),
        select(ServiceRecord.id).where(ServiceRecord.transaction_id >= since.transaction),
        select(ServiceRecord.id).where(ServiceRecord.approved_at >= since.at),
        select(ServiceRecord.id).where(ServiceRecord.taken_back_at >= since.at),
        select(ServiceRecord.id)
        .join(Transaction, Transaction.reverses == ServiceRecord.transaction_id)
        .where(Transaction.id >= since.transaction, Transaction.reverses.is_not(None)),
    )
    # One look down an index for each; as alternatives of one condition they would be a look at everything.
    return union(*ways)
