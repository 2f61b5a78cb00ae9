"""Every kind of work of the time bank, written out. The shop adds its own to ``house.jobs``."""

from collections.abc import Mapping
from typing import Any

from timebank.clock import now
from timebank.hours import runner as hours
from timebank.house import House
from timebank.imports import runner as imports
from timebank.jobs import service
from timebank.jobs.registry import JobKind
from timebank.reconcile import runner


def _tidy(house: House, _arguments: Mapping[str, Any]) -> None:
    with house.database.transaction() as session:
        service.tidy(session, at=now())


JOBS: tuple[JobKind, ...] = (
    # Whoever forgot to check out sees the record soon after the shift, not on the next day.
    JobKind(hours.JOB_NAME, hours.close_forgotten, every="15m"),
    # After midnight's activities are over and before the shops open.
    JobKind("reconcile.nightly", runner.nightly, every="02:30"),
    JobKind("jobs.tidy", _tidy, every="04:10"),
    JobKind(imports.JOB_NAME, imports.run_queued),
    JobKind("imports.forget", imports.forget, every="04:20"),
)
