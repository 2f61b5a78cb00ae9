"""The queue: nothing twice, nothing lost, and a runner that dies is replaced."""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.cast import NOON, SECRET_KEY
from timebank.access.keys import Keyring
from timebank.db import Database, open_engine
from timebank.house import House
from timebank.jobs import queries, service
from timebank.jobs.errors import JobAbsent, JobKeyReused, JobNotFailed
from timebank.jobs.models import Job
from timebank.jobs.registry import JobKind
from timebank.jobs.rules import KEEP_DONE, LEASE, latest_slot, retry_at
from timebank.jobs.runner import Runner, RunnerThread
from timebank.settings import Settings

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Work:
    """Work that counts how often it was done and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.done: list[dict[str, Any]] = []
        self.failures = failures

    def __call__(self, _house: House, arguments: Mapping[str, Any]) -> None:
        self.done.append(dict(arguments))
        if len(self.done) <= self.failures:
            raise RuntimeError("the printer is out of paper")


def _house(database: Database, *kinds: JobKind) -> House:
    settings = Settings(secret_key=SECRET_KEY)
    return House(settings, database, Keyring(SECRET_KEY), jobs=kinds)


def _enqueue(database: Database, name: str = "letters", key: str = "letters:1", **arguments: Any) -> int:
    with database.transaction() as session:
        return service.enqueue(session, name=name, key=key, arguments=arguments, due_at=NOON).id


def _job(database: Database, job_id: int) -> Job:
    with database.reading() as session:
        return queries.job(session, job_id)


def test_a_job_is_done_once_with_its_arguments(database: Database) -> None:
    work = Work()
    job_id = _enqueue(database, to="王桂兰")
    runner = Runner(_house(database, JobKind("letters", work)), Clock())
    assert runner.run_all() == 1
    assert runner.run_all() == 0
    assert work.done == [{"to": "王桂兰"}]
    assert _job(database, job_id).status == "done"


def test_the_same_key_is_queued_once_and_other_work_under_it_is_refused(database: Database) -> None:
    first = _enqueue(database, to="a")
    assert _enqueue(database, to="a") == first
    with pytest.raises(JobKeyReused):
        _enqueue(database, to="b")


def test_work_that_is_not_due_yet_waits(database: Database) -> None:
    _enqueue(database)
    work, clock = Work(), Clock(NOON - timedelta(seconds=1))
    runner = Runner(_house(database, JobKind("letters", work)), clock)
    assert runner.run_all() == 0
    clock.at = NOON
    assert runner.run_all() == 1


def test_work_of_a_kind_that_the_runner_does_not_know_is_left_alone(database: Database) -> None:
    job_id = _enqueue(database, name="pigeons")
    assert Runner(_house(database, JobKind("letters", Work())), Clock()).run_all() == 0
    assert _job(database, job_id).status == "waiting"


def test_a_failed_job_is_tried_again_later_and_given_up_after_its_attempts(database: Database) -> None:
    work, clock, job_id = Work(failures=99), Clock(), _enqueue(database)
    runner = Runner(_house(database, JobKind("letters", work, attempts=3)), clock)
    assert runner.run_one()
    assert not runner.run_one(), "not at once"
    for _ in range(5):
        clock.at += timedelta(hours=2)
        runner.run_all()
    job = _job(database, job_id)
    assert (job.status, job.attempts, len(work.done)) == ("failed", 3, 3)
    assert job.error == "RuntimeError: the printer is out of paper"


def test_a_job_that_failed_once_and_then_works_is_done(database: Database) -> None:
    work, clock, job_id = Work(failures=1), Clock(), _enqueue(database)
    runner = Runner(_house(database, JobKind("letters", work)), clock)
    runner.run_all()
    clock.at += timedelta(minutes=1)
    runner.run_all()
    assert (_job(database, job_id).status, len(work.done)) == ("done", 2)


def test_a_job_whose_runner_died_is_taken_again_when_its_lease_is_over(database: Database) -> None:
    kinds, job_id = (JobKind("letters", Work()),), _enqueue(database)
    with database.transaction() as session:
        taken = service.claim(session, kinds, runner="died", at=NOON)
        assert taken is not None
        assert taken.id == job_id
    with database.transaction() as session:
        almost = NOON + LEASE - timedelta(seconds=1)
        assert service.claim(session, kinds, runner="next", at=almost) is None
    with database.transaction() as session:
        again = service.claim(session, kinds, runner="next", at=NOON + LEASE)
        assert again is not None
        assert (again.id, again.attempts, again.runner) == (job_id, 2, "next")


def test_a_runner_that_lost_its_job_can_no_longer_say_how_it_went(database: Database) -> None:
    kinds, job_id = (JobKind("letters", Work()),), _enqueue(database)
    with database.transaction() as session:
        service.claim(session, kinds, runner="slow", at=NOON)
    with database.transaction() as session:
        service.claim(session, kinds, runner="next", at=NOON + LEASE)
    with database.transaction() as session:
        assert not service.renew(session, job_id, runner="slow", at=NOON + LEASE)
        assert not service.finish(session, job_id, runner="slow", at=NOON + LEASE)
        assert not service.fail(session, job_id, runner="slow", at=NOON + LEASE, error="late", attempts=3)
        assert service.renew(session, job_id, runner="next", at=NOON + LEASE)
        assert service.finish(session, job_id, runner="next", at=NOON + LEASE)


def test_a_job_that_kills_every_runner_is_given_up(database: Database) -> None:
    kinds, at, job_id = (JobKind("letters", Work(), attempts=2),), NOON, _enqueue(database)
    for _ in range(2):
        with database.transaction() as session:
            assert service.claim(session, kinds, runner="dies", at=at) is not None
        at += LEASE
    with database.transaction() as session:
        assert service.claim(session, kinds, runner="dies", at=at) is None
    job = _job(database, job_id)
    assert (job.status, job.error) == ("failed", service.LEFT_BEHIND)


def test_a_failed_job_can_be_queued_again_by_hand_and_no_other(database: Database) -> None:
    work, job_id = Work(failures=1), _enqueue(database)
    runner = Runner(_house(database, JobKind("letters", work, attempts=1)), Clock())
    with database.transaction() as session, pytest.raises(JobNotFailed):
        service.try_again(session, job=queries.job(session, job_id), at=NOON)
    runner.run_all()
    with database.transaction() as session:
        service.try_again(session, job=queries.job(session, job_id), at=NOON)
    runner.run_all()
    assert _job(database, job_id).status == "done"
    with database.reading() as session, pytest.raises(JobAbsent):
        queries.job(session, 999)


def test_eight_runners_at_once_do_forty_jobs_once_each(database: Database) -> None:
    work = Work()
    for number in range(40):
        _enqueue(database, key=f"letters:{number}", number=number)
    house = _house(database, JobKind("letters", work))
    threads = [threading.Thread(target=Runner(house, Clock()).run_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one["number"] for one in work.done) == list(range(40))


def test_nightly_work_is_done_once_a_day_by_two_processes(database: Database, database_url: str) -> None:
    work, clock = Work(), Clock(datetime(2026, 3, 2, 18, 29, tzinfo=UTC))  # 02:29 on 3 March in Shanghai.
    other = Database(open_engine(database_url))
    kind = JobKind("reconcile.nightly", work, every="02:30")
    runners = [Runner(_house(one, kind), clock) for one in (database, other)]
    for runner in runners:
        runner.run_all()
    assert len(work.done) == 1, "yesterday's, which nobody did"
    for days in range(3):
        clock.at = datetime(2026, 3, 2 + days, 18, 30, tzinfo=UTC)
        for runner in (*runners, *runners):
            runner.run_all()
    other.dispose()
    assert len(work.done) == 4
    with database.reading() as session:
        keys = session.scalars(select(Job.key).order_by(Job.id)).all()
    assert keys[0] == "reconcile.nightly:2026-03-02"
    assert keys[-1] == "reconcile.nightly:2026-03-05"


def test_after_a_week_off_the_night_is_made_up_for_once(database: Database) -> None:
    work, clock = Work(), Clock()
    runner = Runner(_house(database, JobKind("reconcile.nightly", work, every="02:30")), clock)
    runner.run_all()
    clock.at += timedelta(days=7)
    runner.run_all()
    assert len(work.done) == 2


def test_looking_for_work_writes_nothing(database: Database) -> None:
    runner = Runner(_house(database, JobKind("letters", Work())), Clock())
    with database.transaction() as session:
        # Somebody else holds SQLite's one write lock.
        session.execute(select(Job).limit(1))
        assert runner.run_all() == 0


def test_work_done_long_ago_is_forgotten_and_failures_are_kept(database: Database) -> None:
    runner = Runner(
        _house(database, JobKind("letters", Work()), JobKind("jam", Work(failures=9), attempts=1)), Clock()
    )
    done, failed = _enqueue(database), _enqueue(database, name="jam", key="jam:1")
    runner.run_all()
    with database.transaction() as session:
        assert service.tidy(session, at=NOON + KEEP_DONE) == 0
        assert service.tidy(session, at=NOON + KEEP_DONE + timedelta(seconds=1)) == 1
        assert [job.id for job in queries.latest(session, limit=9)] == [failed]
    assert done != failed


def test_a_runner_beside_the_server_works_until_it_is_stopped(tmp_path: Path, database: Database) -> None:
    began = threading.Event()

    def ring(_house: House, _arguments: Mapping[str, Any]) -> None:
        began.set()

    _enqueue(database, name="bell", key="bell:1")
    with RunnerThread(_house(database, JobKind("bell", ring))):
        assert began.wait(10)
    with database.reading() as session:
        assert [job.status for job in queries.latest(session, limit=1)] == ["done"]


@pytest.mark.parametrize(
    ("every", "at", "slot", "due_at"),
    [
        ("02:30", "2026-03-01T18:30:00+00:00", "2026-03-02", "2026-03-01T18:30:00+00:00"),
        ("02:30", "2026-03-01T18:29:59+00:00", "2026-03-01", "2026-02-28T18:30:00+00:00"),
        ("00:00", "2026-03-01T16:00:00+00:00", "2026-03-02", "2026-03-01T16:00:00+00:00"),
        ("15m", "2026-03-01T16:29:59+00:00", "2026-03-01T16:15Z", "2026-03-01T16:15:00+00:00"),
    ],
)
def test_repeated_work_is_due_at_the_countys_own_time(every: str, at: str, slot: str, due_at: str) -> None:
    assert latest_slot(every, datetime.fromisoformat(at), SHANGHAI) == (slot, datetime.fromisoformat(due_at))


def test_a_time_that_a_change_of_clocks_skips_or_repeats_comes_once(database: Database) -> None:
    berlin, seen = ZoneInfo("Europe/Berlin"), set()
    at = datetime(2026, 3, 28, 0, 0, tzinfo=UTC)
    while at < datetime(2026, 3, 31, 0, 0, tzinfo=UTC):
        seen.add(latest_slot("02:30", at, berlin)[0])
        at += timedelta(minutes=10)
    assert sorted(seen) == ["2026-03-27", "2026-03-28", "2026-03-29", "2026-03-30"]


def test_a_time_that_is_none_is_refused() -> None:
    for every in ("25:00", "2:30", "0m", "daily", "１5m"):
        with pytest.raises(ValueError, match="every="):
            latest_slot(every, NOON, SHANGHAI)


def test_waits_grow_and_stay_bounded() -> None:
    waits = [(retry_at(attempts, NOON) - NOON) // timedelta(minutes=1) for attempts in (1, 2, 3, 9)]
    assert waits == [1, 10, 60, 60]
