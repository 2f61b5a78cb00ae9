"""`make bench-ledger`: measure, print, write docs/benchmarks.md.

python -m benchmarks.ledger [--rounds 7] [--seconds 1.0] [--entries 5000000] [--only single,batch,…]
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.ledger import crowds, measures
from benchmarks.ledger.books import NOON, analyse, engine_for, fill, postgres, prepare, sqlite
from benchmarks.ledger.measures import Figure
from benchmarks.ledger.peers import hordak
from benchmarks.ledger.raw import drafts_of
from ledger.journal import post_batch
from ledger.seals import seal_all

PAGE = Path("docs/benchmarks.md")
START, END = "<!-- figures -->", "<!-- end of figures -->"
TABLE_HEAD = (
    "| what | against | goal | ratio | ours | theirs | met | measured |",
    "|---|---|---|---|---|---|---|---|",
)
PARTS = ("fresh", "single", "batch", "hot", "sealer", "hordak", "verify", "large")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--entries", type=int, default=5_000_000)
    parser.add_argument("--verified", type=int, default=1_000_000)
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    for figure in measure(options):
        say(figure)
        # At once, so that what was measured stands even where the rest of an hour's run does not come to its end.
        write(figure, options)
    return 0


def measure(options: argparse.Namespace) -> Iterator[Figure]:
    """All figures, engine by engine."""
    parts = options.only.split(",")
    with postgres() as url:
        engine = engine_for(url)
        if "fresh" in parts:
            yield crowds.late_and_early(engine, seconds=options.seconds * 3)
        prepare(engine)
        if "sealer" in parts:
            yield crowds.beside_the_sealer(
                url, writers=4, rounds=max(2, options.rounds // 2), seconds=options.seconds * 3
            )
        if "hot" in parts:
            yield measures.hot_account(
                url, goal=0.8, rounds=max(2, options.rounds // 2), seconds=options.seconds * 3
            )
        yield from on_engine(engine, parts, options, (0.65, 0.7))
        if "hordak" in parts:
            yield from hordak(url, engine, options.rounds, options.seconds)
        yield from on_large(engine, lambda: engine_for(url + "&application_name=x"), parts, options)
        engine.dispose()
    with sqlite() as url:
        engine = engine_for(url)
        prepare(engine)
        yield from on_engine(engine, parts, options, (0.5, 0.6))
        yield from on_large(engine, lambda: engine_for(url), parts, options)
        engine.dispose()


def on_engine(
    engine: Engine, parts: list[str], options: argparse.Namespace, goals: tuple[float, float]
) -> Iterator[Figure]:
    """Posting one by one and in batches."""
    if "single" in parts:
        yield measures.single(engine, goal=goals[0], rounds=options.rounds, seconds=options.seconds)
    if "batch" in parts:
        yield measures.batch(engine, goal=goals[1], rounds=options.rounds * 3)


def on_large(
    engine: Engine, _again: Callable[[], Engine], parts: list[str], options: argparse.Namespace
) -> Iterator[Figure]:
    """Verification and growth: first a journal that the ledger posted itself, then a filled one beside a small one."""
    if "verify" in parts:
        url = engine.url.render_as_string(hide_password=False)
        taken = []
        for entries in (options.verified // 10, options.verified * 4 // 10):
            prepare_posted(engine, entries)
            taken.append((entries, measures.growth(url)))
        yield measures.flat_memory(engine.dialect.name, *taken)
        prepare_posted(engine, options.verified)
        yield from measures.verification(engine, options.verified)
    if "large" in parts:
        prepare(engine)
        with engine.begin() as connection:
            fill(connection, options.entries // 2 - 10_000)
        analyse(engine)
        opened = postgres if engine.dialect.name == "postgresql" else sqlite
        with opened() as url:
            small = engine_for(url)
            prepare(small)
            yield from measures.large_and_small(
                engine, small, options.entries, rounds=options.rounds, seconds=options.seconds
            )
            small.dispose()


def prepare_posted(engine: Engine, entries: int) -> None:
    """A journal with real digests, sealed."""
    from benchmarks.ledger.books import TABLES
    from ledger.models import metadata

    metadata.drop_all(engine, tables=TABLES)
    metadata.create_all(engine, tables=TABLES)
    chance = random.Random(11)
    for number in range(entries // 2 // 5000):
        with Session(engine) as session, session.begin():
            post_batch(session, drafts_of(f"v{number}", 5000, chance))
        if number == 1:
            analyse(engine)
    with Session(engine) as session, session.begin():
        seal_all(session, at=NOON)
    analyse(engine)


def say(figure: Figure) -> None:
    """One line, at once: the whole takes minutes."""
    mark = "met   " if figure.met else "MISSED"
    sys.stdout.write(
        f"{mark} {figure.ratio:6.2f} (goal {figure.goal}) {figure.what}: {figure.ours} ÷ {figure.theirs}\n"
    )
    sys.stdout.flush()


def write(figure: Figure, options: argparse.Namespace) -> None:
    """Put the row that was measured between the marks in docs/benchmarks.md; all others stay as they are."""
    load = f"{os.getloadavg()[1]:.1f}"
    circumstances = f"{datetime.now(UTC):%Y-%m-%d}, load {load} on {os.cpu_count()} cores, {options.rounds} × {options.seconds} s"
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else f"# Benchmarks\n\n{START}\n{END}\n"
    head, _, rest = page.partition(START)
    before, _, tail = rest.partition(END)
    rows = standing_rows(before) | {(figure.what, figure.against): row_of(figure, circumstances)}
    table = "\n".join([*TABLE_HEAD, *rows.values()])
    PAGE.write_text(f"{head}{START}\n{table}\n{END}{tail}", encoding="utf-8")


def standing_rows(table: str) -> dict[tuple[str, str], str]:
    """The rows of a table by what they measure against what, in their order."""
    rows = [line for line in table.splitlines() if line.startswith("| ") and line not in TABLE_HEAD]
    cells = [line.removeprefix("| ").split(" | ") for line in rows]
    return {(one[0], one[1]): line for one, line in zip(cells, rows, strict=True)}


def row_of(one: Figure, circumstances: str) -> str:
    """A figure as a line of the table."""
    met = "–" if one.goal == "–" else "yes" if one.met else "no"
    return (
        f"| {one.what} | {one.against} | {one.goal} | **{one.ratio:.2f}** | {one.ours} | {one.theirs} | {met} "
        f"| {circumstances} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
