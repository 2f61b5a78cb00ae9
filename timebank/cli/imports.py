"""``timebank import``: registers from files."""

import click


@click.group("import")
def imports() -> None:
    """Import registers: organisations, members, activities, records, goods."""
