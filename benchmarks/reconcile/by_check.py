"""What each check costs, by processor time of the process and of the server's, and in statements."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from timebank.house import House
from timebank.reconcile import marks, service
from timebank.reconcile.checks import Check, Range

_TICKS_PER_SECOND = 100


@dataclass(frozen=True)
class Cost:
    """Seconds of processor time here and in the server, seconds by the clock, and statements."""

    here: float
    there: float
    wall: float
    statements: int


def report(house: House, *, at: datetime) -> None:
    """Print each check's cost in a full run and in one from the last night on, the dearest first."""
    with house.database.reading() as session:
        service.see_one_moment(session)
        # Workers of their own would not be counted.
        session.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
        within = Range(at, ZoneInfo(house.settings.timezone), totals=house.control_totals)
        since = marks.since_of(session, tuple(house.checks))
        costs = {
            check.code: (
                _cost(session, check, within),
                _cost(session, check, replace(within, since=since.get(check.code))),
            )
            for check in house.checks
        }
    print(f"{'check':28} full: here there  wall  st.   day: here there  wall  st.")
    for code, (full, day) in sorted(costs.items(), key=lambda one: -one[1][0].wall):
        print(f"{code:28} {_line(full)}   {_line(day)}")
    for place, name in enumerate(("full", "one day")):
        of_all = [cost[place] for cost in costs.values()]
        print(
            f"{name}: here {sum(one.here for one in of_all):.2f} s, server {sum(one.there for one in of_all):.2f} s, "
            f"by the clock {sum(one.wall for one in of_all):.2f} s, {sum(one.statements for one in of_all)} statements"
        )


def _line(cost: Cost) -> str:
    return f"{cost.here:10.3f} {cost.there:5.2f} {cost.wall:5.2f} {cost.statements:4d}"


def _cost(session: Session, check: Check, within: Range) -> Cost:
    statements = 0

    def one_more(*_: Any) -> None:
        nonlocal statements
        statements += 1

    engine = session.get_bind()
    server = _server_seconds(session)
    event.listen(engine, "before_cursor_execute", one_more)
    before, here, wall = server(), time.process_time(), time.perf_counter()
    check.count(session, within)
    for _found in check.find(session, within):
        pass
    spent = Cost(time.process_time() - here, server() - before, time.perf_counter() - wall, statements)
    event.remove(engine, "before_cursor_execute", one_more)
    return spent


def _server_seconds(session: Session) -> Callable[[], float]:
    """The processor time of the session's own server process, which runs on the same machine."""
    process = session.scalar(text("SELECT pg_backend_pid()"))

    def spent() -> float:
        after_name = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_SECOND

    return spent
