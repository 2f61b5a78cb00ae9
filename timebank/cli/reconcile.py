"""``timebank reconcile``: do the books agree with what happened?"""

import json

import click

from timebank.cli.group import CannotRun
from timebank.cli.opening import open_house

BREAKS_FOUND = 1


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option(
    "--organisation", type=int, metavar="NUMBER", help="Only this organisation and what is below it."
)
@click.option("--check", "codes", multiple=True, metavar="CODE", help="Only this check; may be repeated.")
@click.option(
    "--incremental/--full",
    "incremental",
    default=False,
    help="Leave out what earlier runs proved and what has been sealed since; --full (the usual) looks at everything.",
)
@click.pass_context
def reconcile(
    ctx: click.Context, *, as_json: bool, organisation: int | None, codes: tuple[str, ...], incremental: bool
) -> None:
    """Compare ledger, evidence and shelves, and name every difference.

    Exit status 0: everything agrees. 1: differences were found. 2: the comparison could not be made.
    """
    from timebank.clock import now
    from timebank.reconcile import runner

    house = open_house()
    unknown = set(codes) - {check.code for check in house.checks}
    if unknown:
        raise CannotRun(f"There is no check called {', '.join(sorted(unknown))}.")
    checks = tuple(check for check in house.checks if not codes or check.code in codes)
    if not codes and organisation is None:
        runner.take_in_counts(house, at=now())
    result, _run_id = runner.reconcile(
        house,
        checks,
        organisation_id=organisation,
        started_by="command",
        clock=now,
        keep=not codes,
        full=not incremental,
    )
    if as_json:
        click.echo(json.dumps(result.published(), ensure_ascii=False, indent=2))
    else:
        for line in result.lines():
            click.echo(line)
    ctx.exit(0 if result.clean else BREAKS_FOUND)
