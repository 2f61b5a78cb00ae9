"""``timebank demo``: the town to try everything in."""

import click

from timebank.cli.group import CannotRun, progress
from timebank.cli.opening import open_house


@click.command()
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Same seed, same town."
)
@click.option(
    "--size", default="small", show_default=True, type=click.Choice(["tiny", "small", "medium", "large"])
)
@click.option("--remove", is_flag=True, help="Remove the town: empties a database that holds nothing else.")
def demo(seed: int, size: str, remove: bool) -> None:
    """Build the demo town in an empty database, or remove it.

    A demo database holds the town and nothing else: real people do not belong among made-up ones, and
    books cannot be half removed.
    """
    from timebank.clock import now
    from timebank.demo import building
    from timebank.demo.town import SIZES

    house = open_house()
    with house.database.reading() as session:
        standing = building.is_empty(session), building.holds_only_the_town(session)
    is_empty, is_town = standing
    if remove:
        if not is_town:
            raise CannotRun("This database holds more than a demo town, or none; nothing was removed.")
        building.remove(house)
        progress("The demo town is removed; the database is empty.")
        return
    if not is_empty:
        raise CannotRun("The demo town needs an empty database; set DATABASE_URL to a new one.")
    building.build(house, at=now(), seed=seed, size=SIZES[size], say=progress)
