"""From where on an incremental run looks: what the last kept run over everything had behind it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.models import SealLeaf, SealRow, Transaction, Unsealed
from timebank.reconcile.checks import Check, Since
from timebank.reconcile.models import ReconciliationRun
from timebank.reconcile.touched import name_records

# What was being written while the last run began is looked at again.
OVERLAP = timedelta(hours=1)
FULL_EVERY = timedelta(days=7)


def of_now(session: Session, at: datetime, checks: Sequence[Check]) -> dict[str, Any]:
    """What a run that begins now has behind it, to be kept with its result."""
    watched = {column.class_.__tablename__: column for check in checks for column in check.watches}
    # The newest rows first, so that a look down the numbers ends after those of the last hour.
    last = [
        select(func.max(column.class_.id)).where(column < at - OVERLAP).scalar_subquery().label(name)
        for name, column in sorted(watched.items())
    ]
    numbers = session.execute(select(*last)).one()._asdict() if last else {}
    return {
        "seal": session.scalar(select(func.max(SealRow.id))) or 0,
        "at": at.isoformat(),
        "numbers": {name: number or 0 for name, number in numbers.items()},
    }


def last_run(session: Session) -> ReconciliationRun | None:
    """The newest run over the whole installation."""
    return session.scalar(
        select(ReconciliationRun)
        .where(ReconciliationRun.organisation_id.is_(None))
        .order_by(ReconciliationRun.id.desc())
        .limit(1)
    )


def full_is_due(session: Session, at: datetime) -> bool:
    """Whether the last full run is a week old, or there is none."""
    runs = session.execute(
        select(ReconciliationRun.started_at, ReconciliationRun.result["mode"].as_string())
        .where(ReconciliationRun.organisation_id.is_(None), ReconciliationRun.started_at > at - FULL_EVERY)
        .order_by(ReconciliationRun.id.desc())
    )
    return not any(mode == "full" for _started_at, mode in runs)


def since_of(session: Session, checks: tuple[Check, ...]) -> Mapping[str, Since]:
    """For each check that was clean in the last run: from where on it looks. The others look at everything.

    A check that found something looks at everything again, so that a difference is known to stand or to be gone.
    """
    run = last_run(session)
    marks = run.result.get("marks") if run else None
    if run is None or not marks:
        return {}
    if "numbers" not in marks:
        # Kept by an earlier version of the program.
        return {}
    since = name_records(
        session,
        Since(
            _first_new(session, marks["seal"]),
            marks["seal"],
            _moment(marks["at"]) - OVERLAP,
            marks["numbers"],
        ),
    )
    clean = {one["code"] for one in run.result["checks"] if not one["breaks"] and not one["unlisted"]}
    return {check.code: since for check in checks if check.incremental and check.code in clean}


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _first_new(session: Session, seal: int) -> int:
    """The lowest number of a transaction that was not sealed then."""
    lowest = [
        # Plus nothing, so that the server goes by the seals and not up from the first transaction of all.
        session.scalar(select(func.min(SealLeaf.transaction_id + 0)).where(SealLeaf.seal_id > seal)),
        session.scalar(select(func.min(Unsealed.transaction_id))),
    ]
    known = [number for number in lowest if number is not None]
    if known:
        return min(known)
    return (session.scalar(select(func.max(Transaction.id))) or 0) + 1
