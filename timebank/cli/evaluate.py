"""``timebank evaluate``: how often the fraud rules are right, measured on simulated towns."""

import gc
import json
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timebank.cli.group import CannotRun, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from timebank.simulation.evaluation import Town, Verdict

# Seeds from 1 to 20 chose the thresholds; these judge them and are never looked at while choosing.
JUDGING_SEEDS = "101,102,103,104,105"
STARTS_ON = date(2025, 3, 3)


def _seeds(_ctx: click.Context, _option: click.Parameter, written: str) -> tuple[int, ...]:
    try:
        return tuple(int(one) for one in written.split(","))
    except ValueError as problem:
        raise click.BadParameter("write whole numbers with commas, such as 101,102") from problem


@click.command()
@click.option("--seeds", default=JUDGING_SEEDS, show_default=True, callback=_seeds, help="One town each.")
@click.option("--members", default=400, show_default=True, type=click.IntRange(60, 5000))
@click.option("--weeks", default=26, show_default=True, type=click.IntRange(2, 104))
@click.option(
    "--plant", default="all", show_default=True, help="Scenarios with commas (F-07,F-21), “all” or “none”."
)
@click.option(
    "--every", default=1, show_default=True, type=click.IntRange(1, 7), help="Days between two screenings."
)
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 16), help="Towns at a time.")
@click.option(
    "--json", "as_json", type=click.Path(dir_okay=False, path_type=Path), help="Write figures here."
)
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), help="Write a picture (SVG) here."
)
@click.option("--false-alerts", is_flag=True, help="List every alert about honest people.")
def evaluate(  # noqa: PLR0917 - click passes by name.
    seeds: tuple[int, ...],
    members: int,
    weeks: int,
    plant: str,
    every: int,
    jobs: int,
    as_json: Path | None,
    picture: Path | None,
    false_alerts: bool,
) -> None:
    """Let towns live with planted cheats, screen them by night, and say how often the rules were right."""
    from timebank.simulation import figures
    from timebank.simulation.plants import PLANTS

    known = tuple(one.code for one in PLANTS)
    codes = {"all": known, "none": ()}.get(plant) or tuple(one for one in plant.split(",") if one != "none")
    if unknown := set(codes) - set(known):
        raise CannotRun(f"There is no plant called {', '.join(sorted(unknown))}.")
    towns: list[Town] = []
    for town in _lived([Wish(seed, members, weeks, codes, every) for seed in seeds], jobs):
        towns.append(town)
        found = figures.figures(towns, sorted({*known, *(one.rule for one in _verdicts(towns))}))
        progress(f"town {town.seed}: judged, {len(towns)} of {len(seeds)}")
        # An hour's work is not lost when the machine is needed before the last town.
        if as_json is not None:
            written = json.dumps(found.published(), ensure_ascii=False, indent=1, default=str)
            as_json.write_text(written + "\n", encoding="utf-8")
    for line in figures.table(found):
        click.echo(line)
    if false_alerts:
        for town in towns:
            for one in town.verdicts:
                if not one.is_right:
                    click.echo(f"town {town.seed}: {one.rule} {one.says}")
    if picture is not None:
        picture.write_text(figures.picture(found), encoding="utf-8")


def _verdicts(towns: "Sequence[Town]") -> "list[Verdict]":
    return [one for town in towns for one in town.verdicts]


@dataclass(frozen=True)
class Wish:
    """A town that shall live: its seed, size and length, its plants, and how many days lie between two screenings."""

    seed: int
    members: int
    weeks: int
    plants: tuple[str, ...]
    every: int


def _lived(wanted: Sequence[Wish], jobs: int) -> "Iterator[Town]":
    """The towns, each as soon as it and those before it are judged."""
    if jobs == 1 or len(wanted) == 1:
        yield from map(_town, wanted)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_town, wanted)


def _town(wanted: Wish) -> "Town":
    """One town, from its founding to the judgement, in a database of its own that is thrown away."""
    from zoneinfo import ZoneInfo

    from timebank import migrations
    from timebank.cli.opening import house_of, open_app
    from timebank.settings import Settings
    from timebank.simulation import evaluation, living
    from timebank.simulation.plants import PLANTS
    from timebank.simulation.ready import make_quick

    # A town makes and drops millions of rows; looking for circles among them all the time costs a tenth of its life.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    codes, seed = wanted.plants, wanted.seed
    with tempfile.TemporaryDirectory(prefix="town-") as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/town.sqlite3",
            secret_key="simulated town " * 3,
            log_format="none",
        )
        house = house_of(open_app(settings))
        try:
            make_quick(house.database.engine)
            migrations.upgrade(house.database.engine)
            labels = living.live(
                house,
                seed=seed,
                members=wanted.members,
                weeks=wanted.weeks,
                plants=[*(one for one in PLANTS if one.code in codes), evaluation.watchman(wanted.every)],
                starts_on=STARTS_ON,
                say=lambda line: progress(f"town {seed}: {line}"),
            )
            with house.database.reading() as session:
                return evaluation.judge(
                    session, labels, kinds=house.evidence, timezone=ZoneInfo(settings.timezone)
                )
        finally:
            house.database.dispose()
