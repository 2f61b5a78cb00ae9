"""`make bench-reconcile`: a county reconciled in full and from the last night on, against one scan; its last day screened.

python -m benchmarks.reconcile [--members 3000] [--records 8] [--rounds 3] [--checks]

A full county is --members 60000 --records 8: half a million services, a million scans, 2.4 million entries.
"""

import argparse
import resource
import time
from datetime import timedelta

from sqlalchemy import text

import wsgi
from benchmarks.ledger.books import postgres
from benchmarks.reconcile import by_check, county
from benchmarks.store.town import SECRET_KEY
from timebank import migrations
from timebank.fraud import runner as screening
from timebank.house import House
from timebank.orm import Base
from timebank.reconcile import runner
from timebank.settings import Settings

TABLES = [
    "ledger_transactions",
    "ledger_entries",
    "ledger_accounts",
    "ledger_balances",
    "ledger_lots",
    "ledger_lot_moves",
    "ledger_seals",
    "ledger_seal_leaves",
    "ledger_checkpoints",
    "service_records",
    "attendances",
    "scans",
    "shifts",
    "activities",
    "members",
]
# The night after the county's history, and the night after the one day more.
FIRST_NIGHT = county.FIRST + timedelta(days=county.DAYS, hours=-6)
AT = FIRST_NIGHT + timedelta(days=1)
FULL_GOAL, DAY_GOAL, SCREENING_GOAL = 5.0, 0.02, 60


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--members", type=int, default=3000)
    parser.add_argument("--records", type=int, default=8, help="services of each member")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--checks", action="store_true", help="what each check costs, instead of whole runs")
    options = parser.parse_args()
    with postgres() as url:
        house: House = wsgi.create(
            Settings(database_url=url, secret_key=SECRET_KEY, log_format="none")
        ).extensions["timebank"]
        Base.metadata.create_all(house.database.engine)
        migrations.stamp(house.database.engine)
        began = time.monotonic()
        shifts = max(options.members * options.records // county.CREW // county.DAYS, 1) * county.DAYS
        county.build(house.database, members=options.members, shifts=shifts)
        runner.night(house, at=FIRST_NIGHT, clock=lambda: FIRST_NIGHT)
        new = county.one_day_more(house.database, members=options.members, shifts=shifts)
        print(
            f"{shifts * county.CREW + new} services, {new} of the last day; "
            f"built in {time.monotonic() - began:.0f} s",
            flush=True,
        )
        if options.checks:
            by_check.report(house, at=AT)
        else:
            _measure(house, options.rounds)
        house.database.dispose()
    return 0


def _measure(house: House, rounds: int) -> None:
    _run(house, full=True)
    before = _memory()
    scans, reads, fulls, days = [], [], [], []
    for number in range(rounds):
        scans.append(_seconds(lambda: _scan(house, "count(*)")))
        reads.append(_seconds(lambda: _scan(house, "sum(length(t::text))")))
        fulls.append(_seconds(lambda: _run(house, full=True)))
        days.append(_seconds(lambda: _run(house, full=False)))
        print(
            f"round {number + 1}: rows counted {scans[-1]:.2f} s, every column read {reads[-1]:.2f} s, "
            f"full {fulls[-1]:.2f} s, incremental {days[-1]:.2f} s",
            flush=True,
        )
    scan, read, full, day = (sorted(found)[len(found) // 2] for found in (scans, reads, fulls, days))
    print(
        f"full ÷ sequential scan {full / scan:.1f}, ÷ reading every column {full / read:.1f} (goal {FULL_GOAL})"
    )
    print(f"incremental ÷ full {day / full:.3f} (goal {DAY_GOAL})")
    print(f"memory grew by {_memory() - before:.0f} MB")
    screened = _seconds(lambda: screening.screen(house, at=AT))
    print(f"screening of the last day {screened:.1f} s (goal {SCREENING_GOAL})")


def _run(house: House, *, full: bool) -> None:
    result, _number = runner.reconcile(
        house, house.checks, organisation_id=None, started_by="job", clock=lambda: AT, keep=False, full=full
    )
    if not result.clean:
        print("\n".join(result.lines()[:40]))
        raise SystemExit("the county does not reconcile clean")


def _scan(house: House, what: str) -> None:
    """Every row of the tables once, one table after the other, inside the server."""
    with house.database.reading() as session:
        session.execute(text("SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_indexscan = off"))
        for table in TABLES:
            session.execute(text(f"SELECT {what} FROM {table} t"))


def _seconds(work: object) -> float:
    began = time.perf_counter()
    work()  # type: ignore[operator]  # A function without arguments.
    return time.perf_counter() - began


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    raise SystemExit(main())
