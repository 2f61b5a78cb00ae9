"""``timebank jobs``: the queue and its worker."""

import click

from timebank.cli.opening import open_house


@click.group()
def jobs() -> None:
    """Nightly and queued work: do it, look at it, try it again."""


@jobs.command()
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
def work(once: bool) -> None:
    """Work through the queue until stopped. Any number of workers may share it.

    `timebank run` has a worker of its own; with gunicorn, start this beside it.
    """
    import threading

    from timebank.jobs.runner import Runner

    runner = Runner(open_house())
    if once:
        click.echo(f"{runner.run_all()} jobs done.")
        return
    click.echo("Working. Stop with Ctrl-C.")
    try:
        runner.work_until(threading.Event())
    except KeyboardInterrupt:
        click.echo("Stopped.")


@jobs.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
def list_jobs(limit: int) -> None:
    """Show the latest jobs: what, when due, how it went."""
    from timebank.jobs import queries

    house = open_house()
    with house.database.reading() as session:
        for job in queries.latest(session, limit=limit):
            due = job.due_at.isoformat(timespec="minutes")
            click.echo(f"{job.id:>6}  {job.status:<8} {due}  {job.key}  {job.error}".rstrip())


@jobs.command("kinds")
def list_kinds() -> None:
    """Show every kind of work and when it happens by itself."""
    house = open_house()
    for kind in house.jobs:
        click.echo(f"{kind.name:<24} {kind.every or 'when asked'}")


@jobs.command()
@click.argument("job_id", type=int)
def retry(job_id: int) -> None:
    """Queue a failed job once more."""
    from timebank.clock import now
    from timebank.jobs import queries, service

    house = open_house()
    with house.database.transaction() as session:
        service.try_again(session, job=queries.job(session, job_id), at=now())
    click.echo(f"Job {job_id} is queued again.")
