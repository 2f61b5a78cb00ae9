"""Takes jobs from the queue and does them, one at a time. An edge: reads the clock, opens transactions."""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from timebank.clock import now
from timebank.house import House
from timebank.jobs import service
from timebank.jobs.models import Job
from timebank.jobs.rules import RENEW_EVERY

log = structlog.get_logger()

POLL_SECONDS = 2.0
STOP_WITHIN_SECONDS = 20.0


class Runner:
    """One worker. Any number of them, in any number of processes, share a queue."""

    def __init__(self, house: House, clock: Callable[[], datetime] = now) -> None:
        self.house = house
        self.name = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._clock = clock
        self._kinds = {kind.name: kind for kind in house.jobs}
        self._timezone = ZoneInfo(house.settings.timezone)

    def run_one(self) -> bool:
        """Do the job that has been due longest; False when there was nothing to do."""
        job = self._claim()
        if job is None:
            return False
        kind = self._kinds[job.name]
        error = ""
        stop_renewing = threading.Event()
        renewing = threading.Thread(target=self._keep_lease, args=(job.id, stop_renewing), daemon=True)
        renewing.start()
        try:
            kind.run(self.house, job.arguments)
        except Exception as problem:
            # Whatever a job raises is its failure and not the runner's.
            log.exception("job failed", job=job.name, key=job.key, attempt=job.attempts)
            error = f"{type(problem).__name__}: {problem}"
        finally:
            stop_renewing.set()
            renewing.join()
        self._say_how_it_went(job, error, kind.attempts)
        return True

    def run_all(self) -> int:
        """Do everything that is due now; how many jobs that were."""
        count = 0
        while self.run_one():
            count += 1
        return count

    def work_until(self, stop: threading.Event) -> None:
        """Keep working; a database that is away for a while is waited for."""
        while not stop.is_set():
            try:
                worked = self.run_one()
            except DBAPIError as problem:
                log.warning("queue unreachable", error=str(problem.orig))
                worked = False
            if not worked:
                stop.wait(POLL_SECONDS)

    def _claim(self) -> Job | None:
        kinds, at = tuple(self._kinds.values()), self._clock()
        with self.house.database.reading() as session:
            idle = not service.something_is_due(session, kinds, at=at)
            idle = idle and not service.repeated_is_missing(session, kinds, at=at, timezone=self._timezone)
        if idle:
            # Looking does not take SQLite's one write lock; only finding something does.
            return None
        with self.house.database.transaction() as session:
            service.enqueue_repeated(session, kinds, at=at, timezone=self._timezone)
        with self.house.database.transaction() as session:
            return service.claim(session, kinds, runner=self.name, at=at)

    def _keep_lease(self, job_id: int, stop: threading.Event) -> None:
        while not stop.wait(RENEW_EVERY.total_seconds()):
            try:
                with self.house.database.transaction() as session:
                    service.renew(session, job_id, runner=self.name, at=self._clock())
            except DBAPIError as problem:
                # The job itself may hold SQLite's write lock; the lease outlasts two missed renewals.
                log.warning("lease not renewed", job_id=job_id, error=str(problem.orig))

    def _say_how_it_went(self, job: Job, error: str, attempts: int) -> None:
        at = self._clock()
        with self.house.database.transaction() as session:
            if error:
                held = service.fail(session, job.id, runner=self.name, at=at, error=error, attempts=attempts)
            else:
                held = service.finish(session, job.id, runner=self.name, at=at)
        if not held:
            log.warning("job was taken over", job=job.name, key=job.key)


class RunnerThread:
    """A runner beside the web server of one machine: started and stopped with it."""

    def __init__(self, house: House) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=Runner(house).work_until, args=(self._stop,), name="jobs", daemon=True
        )

    def __enter__(self) -> "RunnerThread":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A job in the middle gets a while to end; what is cut off is taken again after its lease.
        self._stop.set()
        self._thread.join(STOP_WITHIN_SECONDS)


def tidy(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job that forgets work done long ago."""
    with house.database.transaction() as session:
        service.tidy(session, at=now())
