"""Commands on a database of each kind, as an operator would type them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.cast import SECRET_KEY
from tests.postgres import Cluster
from timebank.cli.group import commands

Run = Callable[..., Result]


@pytest.fixture
def empty_url(engine_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables; SQLite's file does not exist yet."""
    if engine_kind == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.sqlite3"
        return
    cluster: Cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.copy_database("template0")
    yield cluster.url(name)
    cluster.drop_database(name)


@pytest.fixture
def timebank(database_url: str) -> Run:
    """``timebank("users", "list")`` on the test's migrated database."""
    return command_on(database_url)


def command_on(url: str, **environment: str) -> Run:
    """A way to run commands on the database at ``url``; a bug's traceback fails the test."""

    def run(*arguments: str, **more: str) -> Result:
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET_KEY, "LOG_FORMAT": "none"}
        result = CliRunner().invoke(commands, list(arguments), env=settings | environment | more)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run
