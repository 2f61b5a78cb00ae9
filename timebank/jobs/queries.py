"""Looking at the queue. It holds no personal data and is for operators, so there is no scope."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.jobs.errors import JobAbsent
from timebank.jobs.models import Job


def job(session: Session, job_id: int) -> Job:
    """One job; raises ``JobAbsent``."""
    found = session.get(Job, job_id)
    if found is None:
        raise JobAbsent
    return found


def latest(session: Session, *, limit: int) -> Sequence[Job]:
    """The newest jobs first."""
    return session.scalars(select(Job).order_by(Job.due_at.desc(), Job.id.desc()).limit(limit)).all()
