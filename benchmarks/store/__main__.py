"""`make bench-store`: measure redemptions through HTTP and the fight for the last pieces; writes docs/benchmarks.md.

python -m benchmarks.store [--only fight,http] [--engines postgresql,sqlite] [--rounds 1000] [--seconds 20]
"""

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.store.fight import fight
from benchmarks.store.till import measure

PAGE = Path("docs/benchmarks.md")
BEGIN, END = "<!-- store figures -->", "<!-- end of store figures -->"
HEAD = "| what | against | goal | measured | met | when, load |"
GOALS = {"postgresql": 0.4, "sqlite": 0.3}


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="fight,http")
    parser.add_argument("--engines", default="postgresql,sqlite")
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    lines = []
    for kind in options.engines.split(","):
        if "http" in options.only:
            lines += _http(kind, options.seconds)
        if "fight" in options.only:
            lines += _fight(kind, options.rounds)
    _write(lines)
    return 0


def _http(kind: str, seconds: float) -> list[str]:
    found = measure(kind, seconds)
    ratio = found.redemptions_per_second / found.raw_per_second
    met = "yes" if ratio >= GOALS[kind] else "no"
    rows = [
        f"| {kind}: redemption of a three-line basket, 8 counters, {found.statements} statements | the same statements by"
        f" raw SQL in one view of the same server | {GOALS[kind]} | **{ratio:.2f}**"
        f" ({found.redemptions_per_second:.0f}/s ÷ {found.raw_per_second:.0f}/s) | {met} |",
        f"| {kind}: p99 at half of that rate; median | | 250 ms | **{found.p99_ms:.0f} ms**; {found.p50_ms:.0f} ms |"
        f" {'yes' if found.p99_ms < 250 else 'no'} |",
    ]
    print("\n".join(rows), flush=True)
    return rows


def _fight(kind: str, rounds: int) -> list[str]:
    began = time.monotonic()
    came = fight(kind, rounds)
    told = ", ".join(f"{count} × {what}" for what, count in sorted(came.items()))
    row = (
        f"| {kind}: 16 counters, last 50 pieces and last 100 points, {rounds} rounds | | never 51, never below zero,"
        f" nothing left held | {told} in {time.monotonic() - began:.0f} s | yes |"
    )
    print(row, flush=True)
    return [row]


def _write(lines: list[str]) -> None:
    """Put the rows that were measured between the marks, with the load they were measured under; others stay."""
    text = PAGE.read_text(encoding="utf-8")
    before, _begin, rest = text.partition(BEGIN)
    old, _end, after = rest.partition(END)
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    rows = {_measured(line): line for line in old.splitlines() if line.startswith("| ") and line != HEAD}
    rows |= {_measured(line): f"{line} {datetime.now(UTC):%Y-%m-%d}, {load} |" for line in lines}
    table = "\n".join([HEAD, "|---|---|---|---|---|---|", *sorted(rows.values())])
    PAGE.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _measured(line: str) -> str:
    """What a row is about, without how many statements or rounds it took."""
    return line.removeprefix("| ").partition(" | ")[0].partition(",")[0]


if __name__ == "__main__":
    raise SystemExit(main())
