"""``timebank import``: registers from files."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timebank.cli.group import CannotRun
from timebank.cli.opening import open_house

if TYPE_CHECKING:
    from timebank.house import House
    from timebank.imports.service import Outcome

REGISTERS = ("organisations", "members", "activities", "records", "goods", "prices", "deliveries")
ROWS_REJECTED = 1
_REJECTIONS_SHOWN = 30


@click.command("import")
@click.argument("register", type=click.Choice(REGISTERS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would happen.")
@click.option("--partial", is_flag=True, help="Take the good rows of a file that has bad ones.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--sheet", help="Name of the sheet, where several fit.")
@click.option(
    "--into", help="Where the rows go, where that is a choice: the shop's name, for goods and deliveries."
)
def imports(
    *,
    register: str,
    file: Path,
    dry_run: bool,
    partial: bool,
    as_json: bool,
    sheet: str | None,
    into: str | None,
) -> None:
    """Import a register (.xlsx, .csv, .tsv): organisations, members, activities, records, goods, prices, deliveries.

    A file is imported whole; if rows are sent back, nothing is imported and the exit status is 1, unless
    --partial takes its good rows. Importing the same file twice changes nothing. Exit status 2: the file
    or the database could not be read.
    """
    house = open_house()
    try:
        outcome = _outcome(house, register, file, dry_run=dry_run, partial=partial, sheet=sheet, into=into)
    finally:
        house.database.dispose()
    if as_json:
        click.echo(json.dumps(outcome.as_json(), ensure_ascii=False, indent=1))
    else:
        _say(outcome, dry_run=dry_run, partial=partial)
    if outcome.rejected and not partial:
        sys.exit(ROWS_REJECTED)


def _outcome(
    house: "House",
    register: str,
    file: Path,
    *,
    dry_run: bool,
    partial: bool,
    sheet: str | None,
    into: str | None,
) -> "Outcome":
    from zoneinfo import ZoneInfo

    from timebank.access.actors import system_actor
    from timebank.clock import now
    from timebank.imports import service
    from timebank.imports.importers import ImportContext
    from timebank.imports.limits import MAX_FILE_BYTES
    from timebank.imports.runner import importer_for
    from timebank.orgs.queries import only_county

    importer = importer_for(house, register)
    try:
        with file.open("rb") as stream:
            # One byte more than is allowed is enough to be refused, however large the file is.
            content = stream.read(MAX_FILE_BYTES + 1)
    except OSError as problem:
        raise CannotRun(f"{problem.strerror}: {file}") from problem
    context = ImportContext(
        system_actor(), now(), ZoneInfo(house.settings.timezone), house.keyring, place=into
    )
    if dry_run:
        with house.database.reading() as session:
            judged = service.judge(session, importer=importer, content=content, context=context, sheet=sheet)
            return service.outcome_of(judged)
    with house.database.transaction() as session:
        county = only_county(session)
        return service.import_now(
            session,
            importer=importer,
            content=content,
            file_name=file.name,
            organisation_id=county.id if county else None,
            partial=partial,
            context=context,
            sheet=sheet,
            progress=_no_progress,
        )


def _no_progress(_rows: int) -> None:
    """A command is done in seconds; its result is its progress."""


def _say(outcome: "Outcome", *, dry_run: bool, partial: bool) -> None:
    from timebank.imports.rejections import SENTENCES

    click.echo(
        f"{outcome.read} rows read, {outcome.accepted} good, {len(outcome.rejected)} sent back, "
        f"{outcome.created} created."
    )
    for fault in outcome.rejected[:_REJECTIONS_SHOWN]:
        click.echo(
            f"  row {fault.row}, {fault.column}: {fault.value!r} [{fault.code.value}] {SENTENCES[fault.code]}"
        )
    if len(outcome.rejected) > _REJECTIONS_SHOWN:
        click.echo(f"  … and {len(outcome.rejected) - _REJECTIONS_SHOWN} more; --json lists all")
    if dry_run:
        click.echo("Nothing was changed (--dry-run).")
    elif outcome.rejected and not partial:
        click.echo("Nothing was imported. Correct the file, or take its good rows with --partial.")
