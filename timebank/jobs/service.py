"""The queue: putting work in, taking it out under a lease, saying how it went."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, CursorResult, and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from timebank.jobs.errors import JobKeyReused, JobNotFailed
from timebank.jobs.models import Job
from timebank.jobs.registry import JobKind
from timebank.jobs.rules import KEEP_DONE, LEASE, latest_slot, retry_at

ERROR_LENGTH = 2000
LEFT_BEHIND = "The runner stopped without finishing it."


def enqueue(session: Session, *, name: str, key: str, arguments: Mapping[str, Any], due_at: datetime) -> Job:
    """Queue work once per ``key``; the same key with the same work gives the first job again.

    Raises:
        JobKeyReused: the key stands for other work.
    """
    # Another process may be queueing the same night's work at this moment: the first one's row stands.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = {"name": name, "key": key, "arguments": dict(arguments), "due_at": due_at}
    session.execute(
        insert(Job).values(**row, status="waiting", attempts=0, error="").on_conflict_do_nothing()
    )
    job = session.scalars(select(Job).where(Job.key == key)).one()
    if (job.name, job.arguments) != (name, dict(arguments)):
        raise JobKeyReused(key=key)
    return job


def enqueue_repeated(
    session: Session, kinds: Sequence[JobKind], *, at: datetime, timezone: ZoneInfo
) -> list[Job]:
    """Queue what repeats, is due and is not queued yet. The key names the day or minute: nothing happens twice.

    A night that was slept through is made up for once, not once per night.
    """
    missing = _missing(session, kinds, at=at, timezone=timezone)
    return [
        enqueue(session, name=name, key=key, arguments={}, due_at=due_at)
        for key, (name, due_at) in missing.items()
    ]


def repeated_is_missing(
    session: Session, kinds: Sequence[JobKind], *, at: datetime, timezone: ZoneInfo
) -> bool:
    """Whether :func:`enqueue_repeated` would queue anything; reads only."""
    return bool(_missing(session, kinds, at=at, timezone=timezone))


def _missing(
    session: Session, kinds: Sequence[JobKind], *, at: datetime, timezone: ZoneInfo
) -> dict[str, tuple[str, datetime]]:
    """Key → name and moment of repeated work that is due and not in the queue."""
    wanted = {}
    for kind in kinds:
        if kind.every is not None:
            slot, due_at = latest_slot(kind.every, at, timezone)
            wanted[f"{kind.name}:{slot}"] = (kind.name, due_at)
    standing = set(session.scalars(select(Job.key).where(Job.key.in_(wanted))))
    return {key: what for key, what in wanted.items() if key not in standing}


def tidy(session: Session, *, at: datetime) -> int:
    """Forget work done more than thirty days ago; how many rows that were."""
    result = session.execute(delete(Job).where(Job.status == "done", Job.finished_at < at - KEEP_DONE))
    return cast(CursorResult[Any], result).rowcount


def _takeable(at: datetime) -> ColumnElement[bool]:
    return or_(
        and_(Job.status == "waiting", Job.due_at <= at),
        and_(Job.status == "running", Job.leased_until <= at),
    )


def something_is_due(session: Session, kinds: Sequence[JobKind], *, at: datetime) -> bool:
    """Whether a runner that knows ``kinds`` would find work; reads only."""
    names = [kind.name for kind in kinds]
    return session.scalar(select(Job.id).where(Job.name.in_(names), _takeable(at)).limit(1)) is not None


def claim(session: Session, kinds: Sequence[JobKind], *, runner: str, at: datetime) -> Job | None:
    """Take the job that has been due longest, or None.

    The row is locked and rows locked by others are skipped (on SQLite the whole transaction is
    exclusive), so two runners never take the same job. A job whose runner let its lease run out is
    taken again, and given up after as many attempts as its kind allows.
    """
    limits = {kind.name: kind.attempts for kind in kinds}
    query = select(Job).where(Job.name.in_(limits), _takeable(at)).order_by(Job.due_at, Job.id).limit(1)
    while (job := session.scalar(query.with_for_update(skip_locked=True))) is not None:
        if job.attempts < limits[job.name]:
            job.status, job.runner, job.leased_until = "running", runner, at + LEASE
            job.started_at, job.finished_at = at, None
            job.attempts += 1
            session.flush()
            return job
        _end(job, status="failed", at=at, error=LEFT_BEHIND)
        session.flush()
    return None


def renew(session: Session, job_id: int, *, runner: str, at: datetime) -> bool:
    """Keep the lease for another while; False when the job is no longer this runner's."""
    job = _held(session, job_id, runner)
    if job is not None:
        job.leased_until = at + LEASE
        session.flush()
    return job is not None


def finish(session: Session, job_id: int, *, runner: str, at: datetime) -> bool:
    """Say that the work is done; False when the job is no longer this runner's."""
    job = _held(session, job_id, runner)
    if job is not None:
        _end(job, status="done", at=at)
        session.flush()
    return job is not None


def fail(session: Session, job_id: int, *, runner: str, at: datetime, error: str, attempts: int) -> bool:
    """Say that the work failed: it is tried again later, or given up after ``attempts`` tries."""
    job = _held(session, job_id, runner)
    if job is None:
        return False
    if job.attempts >= attempts:
        _end(job, status="failed", at=at, error=error)
    else:
        _end(job, status="waiting", at=at, error=error)
        job.due_at = retry_at(job.attempts, at)
    session.flush()
    return True


def try_again(session: Session, *, job: Job, at: datetime) -> None:
    """Queue a failed job once more, by hand.

    Raises:
        JobNotFailed: it has not failed.
    """
    if job.status != "failed":
        raise JobNotFailed
    job.status, job.attempts, job.due_at, job.finished_at = "waiting", 0, at, None
    session.flush()


def _held(session: Session, job_id: int, runner: str) -> Job | None:
    return session.scalar(
        select(Job).where(Job.id == job_id, Job.status == "running", Job.runner == runner).with_for_update()
    )


def _end(job: Job, *, status: str, at: datetime, error: str = "") -> None:
    job.status, job.finished_at, job.error = status, at, error[:ERROR_LENGTH]
    job.runner = job.leased_until = None
