"""``timebank simulate``: a town that lives by itself, with planted cheats, to measure the fraud rules."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timebank.cli.group import CannotRun, progress
from timebank.cli.opening import address_of, house_of, open_app

if TYPE_CHECKING:
    from timebank.settings import Settings
    from timebank.simulation.plants import Plant

# A Monday; towns of one seed begin on the same day.
STARTS_ON = "2026-03-02"


@click.command()
@click.option(
    "--seed", default=1, show_default=True, type=click.IntRange(0, 2**31 - 1), help="Same seed, same town."
)
@click.option("--members", default=400, show_default=True, type=click.IntRange(60, 5000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(1, 104))
@click.option(
    "--plant",
    "wanted",
    default="none",
    show_default=True,
    metavar="F-07,F-21|all|none",
    help="Cheats to plant.",
)
@click.option("--starts-on", default=STARTS_ON, show_default=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--database", metavar="URL", help="A fresh database; DATABASE_URL where it is not given.")
@click.option(
    "--labels", "file", required=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Where the truth about the planted cheats is written: apart from the database.",
)  # fmt: skip
def simulate(
    *, seed: int, members: int, weeks: int, wanted: str, starts_on: datetime, database: str | None, file: Path
) -> None:
    """Let a made-up town live through weeks in a fresh database.

    Honest people as messy as real ones act through the same services as everybody else; with --plant,
    cheats of the named scenarios live among them. A database that holds anything is refused.
    """
    from timebank.simulation.living import live
    from timebank.simulation.ready import DatabaseUsed, make_ready

    plants = planted(wanted)
    if starts_on.weekday() != 0:
        raise CannotRun(f"--starts-on {starts_on:%Y-%m-%d} is no Monday; the town's weeks begin on Mondays")
    house = house_of(open_app(settings_for(database)))
    try:
        make_ready(house)
    except DatabaseUsed:
        raise CannotRun(
            f"The database {address_of(house.database.engine)} holds something; a simulation needs a fresh one."
        ) from None
    labels = live(
        house,
        seed=seed,
        members=members,
        weeks=weeks,
        plants=plants,
        starts_on=starts_on.date(),
        say=progress,
    )
    labels.write(file)
    progress(f"{len(labels.entries)} planted cheats are written down in {file}.")


def settings_for(database: str | None) -> "Settings | None":
    """The installation's settings with another database; None for the usual ones."""
    from dataclasses import replace

    from timebank.settings import load

    return replace(load(), database_url=database) if database else None


def planted(wanted: str) -> "tuple[Plant, ...]":
    """The plants that ``wanted`` names, in the registry's order; raises ``CannotRun`` for one that is not known."""
    from timebank.simulation.plants import PLANTS

    if wanted == "none":
        return ()
    if wanted == "all":
        return PLANTS
    codes = {code.strip() for code in wanted.split(",")}
    unknown = sorted(codes - {plant.code for plant in PLANTS})
    if unknown:
        known = ", ".join(plant.code for plant in PLANTS)
        raise CannotRun(f"There is no plant {', '.join(unknown)}; there are {known}")
    return tuple(plant for plant in PLANTS if plant.code in codes)
