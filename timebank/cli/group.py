"""The commands, written out, and what is said when one cannot run."""

import sys
import traceback
from importlib import import_module
from typing import Any

import click

# Name → where it is. Only the command that is called is imported, so that ``--help`` is quick.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("timebank.cli.run", "run"),
    "migrate": ("timebank.cli.migrate", "migrate"),
    "demo": ("timebank.cli.demo", "demo"),
    "simulate": ("timebank.cli.simulate", "simulate"),
    "import": ("timebank.cli.imports", "imports"),
    "reconcile": ("timebank.cli.reconcile", "reconcile"),
    "jobs": ("timebank.cli.jobs", "jobs"),
    "users": ("timebank.cli.users", "users"),
    "codes": ("timebank.cli.codes", "codes"),
    "ledger": ("timebank.cli.ledger", "ledger"),
    "evaluate": ("timebank.cli.evaluate", "evaluate"),
}
COULD_NOT_RUN = 2


class CannotRun(click.ClickException):
    """The command could not do its work: one sentence that says why and what to do."""

    exit_code = COULD_NOT_RUN


class Commands(click.Group):
    """Finds commands by name and turns every expected failure into a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature.
        """In the order of a first day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above.
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as problem:
            sentence = sentence_of(problem)
            if sentence is None:
                # A bug is not "differences found" or "rows sent back", which are status 1.
                traceback.print_exception(problem)
                ctx.exit(COULD_NOT_RUN)
            raise CannotRun(sentence) from problem


def sentence_of(problem: Exception) -> str | None:
    """What to tell the operator about a failure that is not a bug; None for a bug."""
    from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

    from ledger.errors import LedgerError
    from timebank.errors import Refusal
    from timebank.settings import SettingInvalid

    if isinstance(problem, SettingInvalid):
        return str(problem)
    if isinstance(problem, (Refusal, LedgerError)):
        step = getattr(problem, "next_step", "")
        return f"{problem} {step}".strip()
    if isinstance(problem, (ArgumentError, NoSuchModuleError)):
        return (
            "DATABASE_URL is not the address of an SQLite or PostgreSQL database; write for example "
            "sqlite:///var/timebank.sqlite3 or postgresql://user:password@host/name"
        )
    if isinstance(problem, DBAPIError):
        reason = str(problem.orig).strip().splitlines()
        return f"The database refused: {reason[0] if reason else type(problem.orig).__name__}"
    if isinstance(problem, ImportError) and problem.name in ("psycopg", "psycopg_binary"):
        return "PostgreSQL needs its driver; install it with: pip install 'timebank[postgres]'"
    return None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="timebank", message="%(version)s")
def commands() -> None:
    """Time bank and love supermarket (时间银行·爱心超市).

    Settings come from the environment: DATABASE_URL, PORT, HOST, PUBLIC_URL, SECRET_KEY, TIMEZONE and
    others; docs/settings.md describes each.
    """


def progress(line: str) -> None:
    """One line for each step, at once, so that a pipe shows it too."""
    click.echo(line)
    sys.stdout.flush()
