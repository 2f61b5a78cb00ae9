"""``timebank migrate``: bring the tables to the form that this program needs."""

import click

from timebank.cli.group import CannotRun, progress
from timebank.cli.opening import address_of, ensure_there, house_of, open_app


@click.command()
@click.option("--to", "revision", metavar="STEP", help="Stop at this step instead of the last (or first).")
@click.option("--down", is_flag=True, help="Go back: one step, or to --to; 'base' is before the first.")
def migrate(revision: str | None, down: bool) -> None:
    """Bring the database to the tables of this program. Running it again changes nothing.

    Going back (--down) removes newer tables with everything that they hold.
    """
    from alembic.util import CommandError

    from timebank import migrations

    engine = house_of(open_app()).database.engine
    before = None
    try:
        if down:
            ensure_there(engine)
            before = migrations.current(engine)
            migrations.downgrade(engine, revision or "-1")
        else:
            before = migrations.current(engine)
            migrations.upgrade(engine, revision or "head")
    except CommandError as problem:
        raise CannotRun(f"There is no way to step {revision or '-1'}: {problem}") from problem
    after = migrations.current(engine)
    if before == after:
        progress(f"{address_of(engine)} is at step {after or 'base'} already.")
    else:
        progress(f"{address_of(engine)}: step {before or 'base'} -> {after or 'base'}")
