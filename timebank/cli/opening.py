"""Opening the house for a command: settings, the database, and whether its tables are those of this program."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timebank.cli.group import CannotRun

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy import Engine

    from timebank.house import House
    from timebank.settings import Settings


def open_app(settings: "Settings | None" = None) -> "Flask":
    """The whole house as an application, whatever state its database is in.

    Raises:
        CannotRun: a setting or the database's address cannot be used.
    """
    from zoneinfo import ZoneInfo

    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    import wsgi
    from timebank.settings import load

    settings = settings or load()
    if make_url(settings.database_url).get_backend_name() not in ("sqlite", "postgresql"):
        raise ArgumentError("another kind of database")
    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError) as problem:
        raise CannotRun(
            f"TIMEZONE={settings.timezone!r} is not the name of a time zone; write for example Asia/Shanghai"
        ) from problem
    try:
        app = wsgi.create(settings)
    except ValueError as problem:
        # The keyring refuses a short secret.
        raise CannotRun(str(problem)) from problem
    except OSError as problem:
        raise CannotRun(f"{problem.strerror}: {problem.filename}") from problem
    if context := click.get_current_context(silent=True):
        context.call_on_close(house_of(app).database.dispose)
    return app


def house_of(app: "Flask") -> "House":
    """The house behind ``app``."""
    house: House = app.extensions["timebank"]
    return house


def open_house() -> "House":
    """The house with a database that is there and whose tables are those of this program.

    Raises:
        CannotRun: it is not, and the sentence says what to do.
    """
    house = house_of(open_app())
    ensure_ready(house.database.engine)
    return house


def ensure_ready(engine: "Engine") -> None:
    """Raise ``CannotRun`` unless the database exists and is migrated to this program's tables."""
    from timebank import migrations

    ensure_there(engine)
    found, needed = migrations.current(engine), migrations.head()
    if found == needed:
        return
    if found is None:
        raise CannotRun(f"The database {address_of(engine)} has no tables yet; run: timebank migrate")
    raise CannotRun(
        f"The database {address_of(engine)} is at step {found}, this program needs step {needed}; "
        "run: timebank migrate"
    )


def ensure_there(engine: "Engine") -> None:
    """Raise ``CannotRun`` where opening an SQLite file that is missing would silently make an empty one."""
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        raise CannotRun(f"There is no database at {file}; run: timebank migrate")


def sqlite_file(engine: "Engine") -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name and name != ":memory:" else None


def address_of(engine: "Engine") -> str:
    """The database's address without its password."""
    return engine.url.render_as_string(hide_password=True)
