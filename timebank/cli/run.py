"""``timebank run``: everything on one machine, from an empty folder to a page in the browser."""

import os
import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

import click

from timebank import settings
from timebank.cli.group import CannotRun, progress
from timebank.cli.opening import address_of, house_of, open_app

if TYPE_CHECKING:
    from flask import Flask
    from waitress.server import BaseWSGIServer  # type: ignore[import-untyped]  # Ships no types.

    from timebank.house import House

# Enough for a station's busiest minute; SQLite has one writer anyway.
THREADS = 8


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo town first when the database is empty.")
@click.option("--host", help="Address to listen on instead of HOST.")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on instead of PORT.")
@click.option("--jobs/--no-jobs", default=True, show_default=True, help="Do nightly and queued work too.")
def run(demo: bool, host: str | None, port: int | None, jobs: bool) -> None:
    """Migrate the database, start the worker and serve the pages until stopped with Ctrl-C."""
    # Command line wins over environment; both end up in the address that codes and links name.
    os.environ.update({name: str(value) for name, value in (("HOST", host), ("PORT", port)) if value})
    _warn_of_unknown_settings()
    app = open_app()
    house = house_of(app)
    # The port first: who started the program twice should not wait for a town to be told so.
    server = _listen(app, house)
    try:
        _migrate(house)
        if demo:
            _load_demo(house)
        _announce(house)
        _serve(server, house, with_jobs=jobs)
    finally:
        server.close()


def _warn_of_unknown_settings() -> None:
    """One line, so that nobody runs on the wrong database for a name that is almost right."""
    unknown = settings.unknown_names()
    if unknown:
        progress(
            f"warning: not a setting, ignored: {', '.join(unknown)}; known are {', '.join(settings.NAMES)}"
        )


def _migrate(house: "House") -> None:
    from timebank import migrations

    engine = house.database.engine
    before = migrations.current(engine)
    migrations.upgrade(engine)
    after = migrations.current(engine)
    grown = "tables are up to date" if before == after else f"tables made (step {after})"
    progress(f"database: {address_of(engine)}, {grown}")


def _load_demo(house: "House") -> None:
    from timebank.clock import now
    from timebank.demo import building

    with house.database.reading() as session:
        empty = building.is_empty(session)
    if empty:
        building.build(house, at=now(), say=progress)
    else:
        progress("demo town: the database is in use already and stays as it is")


def _announce(house: "House") -> None:
    """The address, and for a demo one login per role."""
    from timebank.demo import queries

    with house.database.reading() as session:
        mark = queries.demo_town(session)
    progress("")
    progress(f"Open {house.settings.public_url} in a browser. Stop with Ctrl-C.")
    if mark is None:
        return
    progress("Log in as (demonstration only):")
    for login in mark.logins["logins"]:
        progress(f"  {login['role']:<14} {login['login_name']:<13} {login['password']:<12} {login['name']}")


def _listen(app: "Flask", house: "House") -> "BaseWSGIServer":
    from waitress.server import create_server

    settings = house.settings
    try:
        return create_server(app, host=settings.host, port=settings.port, threads=THREADS, ident=None)
    except OSError as problem:
        raise CannotRun(
            f"Cannot listen on {settings.host} port {settings.port}: {problem.strerror}. "
            "Stop the other program, or choose another port: PORT=8001"
        ) from problem


def _serve(server: "BaseWSGIServer", house: "House", *, with_jobs: bool) -> None:
    from contextlib import nullcontext, suppress

    from timebank.jobs.runner import RunnerThread

    # A service manager's stop must end as orderly as Ctrl-C.
    signal.signal(signal.SIGTERM, _stop)
    with RunnerThread(house) if with_jobs else nullcontext(), suppress(KeyboardInterrupt, SystemExit):
        server.run()
    progress("Stopped.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(0)
