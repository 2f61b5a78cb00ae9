"""``timebank ledger``: the books from a terminal."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from ledger import console
from ledger.errors import LedgerError, UnknownAccount
from timebank.cli.group import CannotRun
from timebank.cli.opening import open_house

NOT_CLEAN = 1
NO_SUCH_ACCOUNT = 1

_HEAD = re.compile("[0-9a-fA-F]{64}")

_as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group()
def ledger() -> None:
    """The books: balances, statements, proof, seals, export, closing a period."""


class NoSuchAccount(click.ClickException):
    """What was asked for is not in the books: an answer, and not that the command could not run."""

    exit_code = NO_SUCH_ACCOUNT


def _show(shown: dict[str, Any], as_json: bool, lines: Callable[[dict[str, Any]], Iterable[str]]) -> None:
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    for line in lines(shown):
        click.echo(line)


@ledger.command("trial-balance")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="As it was at the end of that moment of the county's time, by what had taken effect; a day is its beginning.",
)
@_as_json
def trial_balance(at: datetime | None, as_json: bool) -> None:
    """Every account with its debit or credit balance; each asset's totals agree."""
    house = open_house()
    moment = None if at is None else _moment(at, house.settings.timezone)
    with house.database.snapshot() as session:
        _show(console.show_trial_balance(session, at=moment), as_json, console.trial_balance_text)


def _moment(said: datetime, timezone: str) -> datetime:
    """A time of the county's clock as a moment; at either end of the calendar there are some that UTC has no day for."""
    moment = said.replace(tzinfo=ZoneInfo(timezone))
    try:
        moment.astimezone(UTC)
    except OverflowError as refusal:
        raise CannotRun(
            f"{said.date()} is beyond the calendar; say a day between the years 2 and 9998"
        ) from refusal
    return moment


@ledger.command()
@click.argument("account")
@click.option("--before", metavar="CURSOR", help="The page after the one whose `next` this is.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000), help="Lines of a page.")
@_as_json
def statement(account: str, before: str | None, limit: int, as_json: bool) -> None:
    """One page of ACCOUNT (such as member:7:points), newest first. Exit status 1 when there is no such account."""
    try:
        with open_house().database.snapshot() as session:
            shown = console.show_statement(session, account, before=before, limit=limit)
    except UnknownAccount as refusal:
        raise NoSuchAccount(str(refusal)) from refusal
    except LedgerError as refusal:
        raise CannotRun(str(refusal)) from refusal
    _show(shown, as_json, console.statement_text)


@ledger.command()
@click.option(
    "--head",
    "heads",
    metavar="HEX",
    multiple=True,
    help="A head published before, to be found among the seals.",
)
@_as_json
@click.pass_context
def verify(ctx: click.Context, heads: tuple[str, ...], as_json: bool) -> None:
    """Recompute the whole journal: digests, sums, balances, lots, seals. Exit status 1 when anything is off.

    Whoever owns the database can rewrite it with all its seals: only a head that was published says so.
    """
    published = [_head(word) for word in heads]
    with open_house().database.snapshot() as session:
        shown = console.show_verification(session, heads=published)
    _show(shown, as_json, console.verification_text)
    ctx.exit(0 if shown["clean"] else NOT_CLEAN)


def _head(word: str) -> bytes:
    if not _HEAD.fullmatch(word):
        raise CannotRun(f"“{word}” is not a head: 64 signs of 0-9 and a-f, as `ledger seal` prints it")
    return bytes.fromhex(word)


@ledger.command()
@_as_json
def seal(as_json: bool) -> None:
    """Seal what has been posted since the last seal; publish the head that is printed."""
    from timebank.clock import now

    with open_house().database.transaction() as session:
        shown = console.make_seals(session, at=now())
    _show(shown, as_json, lambda made: [f"seals made: {len(made['made'])}", f"head: {made['head'] or '-'}"])


@ledger.command()
@click.argument("form", type=click.Choice(sorted(console.EXPORTS)))
@_as_json
def export(form: str, as_json: bool) -> None:
    """The whole journal in the plain-text format of another accounting program."""
    with open_house().database.snapshot() as session:
        for line in (console.export_json if as_json else console.export)(session, form):
            click.echo(line)


@ledger.command("close-period")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@_as_json
def close_period(day: datetime, as_json: bool) -> None:
    """Close the books for everything dated before DAY (the county's own day, such as 2026-01-01), which has begun."""
    from timebank.clock import now

    house = open_house()
    closed_until = _moment(day, house.settings.timezone)
    try:
        with house.database.transaction() as session:
            shown = console.close(session, closed_until=closed_until, at=now(), actor="command")
    except LedgerError as refusal:
        raise CannotRun(str(refusal)) from refusal
    _show(shown, as_json, lambda made: [f"closed until {made['closed_until']}"])
