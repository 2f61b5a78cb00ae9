"""``timebank ledger``: the books from a terminal."""

import click


@click.group()
def ledger() -> None:
    """The books: export and proof."""
