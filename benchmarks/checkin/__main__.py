"""`make bench-checkin`: measure, print, write the section on checking in of docs/benchmarks.md.

python -m benchmarks.checkin [--volunteers 500] [--within 60] [--taps 400] [--rounds 3] [--only code,honest,sqlite,postgresql]
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text

from benchmarks.checkin import served
from benchmarks.checkin.hall import SECRET_KEY, Hall, form_token, furnish, session_cookie
from benchmarks.checkin.honest import refused_share
from benchmarks.checkin.phones import Phone, burst, rate
from timebank.access.keys import Keyring
from timebank.checkin import tokens
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.hours.models import Attendance
from timebank.web.codes import link_version

PAGE = Path("docs/benchmarks.md")
START, END = "<!-- figures of checking in -->", "<!-- end of figures of checking in -->"
PARTS = ("code", "honest", "sqlite", "postgresql")
PORT = 8103
LINES = 8
GUNICORN = ("--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket")


@dataclass(frozen=True)
class Figure:
    """One line of the table; ``met`` None where there is no goal."""

    what: str
    goal: str
    found: str
    met: bool | None


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--volunteers", type=int, default=500)
    parser.add_argument("--within", type=float, default=60.0, help="seconds in which everybody comes")
    parser.add_argument("--taps", type=int, default=400, help="check-ins of each round of the highest rate")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--dry", action="store_true", help="print only, leave docs/benchmarks.md alone")
    options = parser.parse_args()
    figures = []
    for figure in _measure(options):
        figures.append(figure)
        mark = {True: "met   ", False: "MISSED", None: "      "}[figure.met]
        sys.stdout.write(f"{mark} {figure.what}: {figure.found} (goal {figure.goal or 'none'})\n")
        sys.stdout.flush()
    # The table shows one run whole: a part of it is printed only.
    if not options.dry and options.only == parser.get_default("only"):
        _write(figures)
    return 0


def _measure(options: argparse.Namespace) -> Iterator[Figure]:
    parts = options.only.split(",")
    if "code" in parts:
        yield from _code()
    if "honest" in parts:
        yield from _honest()
    if "sqlite" in parts:
        with tempfile.TemporaryDirectory(prefix="checkin-bench-") as folder:
            url = f"sqlite:///{folder}/house.sqlite3"
            command = [sys.executable, "-m", "benchmarks.checkin.served", str(PORT)]
            yield from _server("SQLite, the server of `make run`", url, command, options)
    if "postgresql" in parts:
        from benchmarks.ledger.books import postgres

        with postgres() as url:
            command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{PORT}", *GUNICORN]
            command += ["--log-level", "warning", "benchmarks.checkin.served:create()"]
            yield from _server("PostgreSQL, gunicorn with 2 processes", url, command, options)


def _code() -> Iterator[Figure]:
    keyring, at = Keyring(SECRET_KEY), now()
    step = tokens.step_at(at)

    def once(number: int) -> float:
        began = time.perf_counter()
        token = tokens.mint(keyring, kind=Kind.IN, shift_id=number, display=3, step=step)
        tokens.read(keyring, token, at=at)
        return time.perf_counter() - began

    micros = statistics.median(once(number) for number in range(1, 20_001)) * 1e6
    yield Figure(
        "derive and verify a code, median in-process", "under 20 µs", f"{micros:.1f} µs", micros < 20
    )
    token = tokens.mint(keyring, kind=Kind.IN, shift_id=7, display=3, step=step)
    version = link_version("https://zyz.qinghe.gov.cn/s/", tail=token, level="M")
    yield Figure("QR version of a rotating code at level M", "at most 4", str(version), version <= 4)


def _honest() -> Iterator[Figure]:
    share = refused_share(100_000)
    yield Figure("honest scans refused at steps of 15 s", "under 0.5 %", f"{share:.2%}", share < 0.005)
    late = refused_share(20_000, log_in_first=True)
    yield Figure("the same if people logged in before the code is verified", "", f"{late:.0%}", None)


def _server(name: str, url: str, command: list[str], options: argparse.Namespace) -> Iterator[Figure]:
    os.environ.update(DATABASE_URL=url, SECRET_KEY=SECRET_KEY, LOG_FORMAT="none", PORT=str(PORT))
    app = served.create()
    served.prepare(app)
    hall = furnish(app.extensions["timebank"], options.volunteers + options.taps * options.rounds)
    with _serving(command):
        phones = _phones(app, hall)
        yield from _burst(name, app, hall, phones[: options.volunteers], options.within)
        yield from _highest_rate(name, hall, phones[options.volunteers :], options)
    yield _everything_kept(name, app)
    app.extensions["timebank"].database.dispose()


@contextmanager
def _serving(command: list[str]) -> Iterator[None]:
    server = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while not _answers():
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server does not begin to answer")
            time.sleep(0.2)
        yield
    finally:
        server.terminate()
        server.wait(30)


def _answers() -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/benchmark/empty", timeout=5).close()
    except OSError:
        return False
    return True


def _phones(app: Flask, hall: Hall) -> list[Phone]:
    with app.app_context():
        token = form_token(app)
        return [
            Phone(PORT, session_cookie(app, user_id), f"phone-{user_id}-of-the-benchmark", token)
            for user_id in hall.user_ids
        ]


def _burst(name: str, app: Flask, hall: Hall, phones: list[Phone], within: float) -> Iterator[Figure]:
    times = burst(phones, hall.token, within=within)
    with app.extensions["timebank"].database.reading() as session:
        came = session.scalar(select(func.count(Attendance.id)).where(Attendance.shift_id == hall.shift_id))
        twice = session.scalar(
            select(func.count()).select_from(
                select(Attendance.member_id)
                .group_by(Attendance.member_id)
                .having(func.count() > 1)
                .subquery()
            )
        )
    yield Figure(
        f"{len(phones)} volunteers within {within:.0f} s, {name}",
        "no error, nobody twice",
        f"{_errors(times.errors)}, {came} came, {twice} twice",
        not times.errors and came == len(phones) and not twice,
    )
    if times.taken.get("tap") and times.taken.get("empty"):
        tap, empty = (times.quantile(what, 0.99) * 1000 for what in ("tap", "empty"))
        yield Figure(
            f"p99 of the tap against p99 of an empty view in the same run, {name}",
            "under 10 ×",
            f"{tap / empty:.1f} × ({tap:.0f} ms ÷ {empty:.0f} ms)",
            tap < 10 * empty,
        )


def _errors(found: list[str]) -> str:
    kinds = Counter(found)
    return "no error" if not found else ", ".join(f"{count} {kind} failed" for kind, count in kinds.items())


def _highest_rate(
    name: str, hall: Hall, phones: list[Phone], options: argparse.Namespace
) -> Iterator[Figure]:
    """The tap alone, and the whole check-in, against the raw row; they take turns, and the median counts."""
    taps, wholes, rows = [], [], []
    half = options.taps // 2
    for turn in range(options.rounds):
        here = phones[turn * options.taps : (turn + 1) * options.taps]
        rows.append(_rows(options.taps))
        tickets = [_ticket(phone, hall) for phone in here[:half]]
        taps.append(
            rate(
                [_tapping(phone, ticket) for phone, ticket in zip(here, tickets, strict=False)],
                PORT,
                lines=LINES,
            )
        )
        wholes.append(rate([_whole(phone, hall) for phone in here[half:]], PORT, lines=LINES))
    row, tap, whole = (statistics.median(found) for found in (rows, taps, wholes))
    yield Figure(
        f"highest rate of check-ins (the tap), against an empty view that writes one row by raw SQL, {name}",
        "at least 0.5",
        f"{tap / row:.2f} ({tap:.0f}/s ÷ {row:.0f}/s)",
        tap / row >= 0.5,
    )
    yield Figure(
        f"the same for whole check-ins: code, page and tap are three requests, {name}",
        "",
        f"{whole / row:.2f} ({whole:.0f}/s, {whole * 3:.0f} requests/s)",
        None,
    )


def _rows(count: int) -> float:
    def write(line: HTTPConnection) -> bool:
        line.request("POST", "/benchmark/row", b"")
        answer = line.getresponse()
        answer.read()
        return answer.status == 200

    return rate([write] * count, PORT, lines=LINES)


def _ticket(phone: Phone, hall: Hall) -> str:
    line = phone.connect()
    try:
        return phone.open_code(line, hall.token())
    finally:
        line.close()


def _tapping(phone: Phone, ticket: str) -> Callable[[HTTPConnection], bool]:
    return lambda line: phone.tap(line, ticket)


def _whole(phone: Phone, hall: Hall) -> Callable[[HTTPConnection], bool]:
    def come(line: HTTPConnection) -> bool:
        ticket = phone.open_code(line, hall.token())
        return bool(ticket) and phone.send(line, "GET", ticket)[0] == 200 and phone.tap(line, ticket)

    return come


def _everything_kept(name: str, app: Flask) -> Figure:
    with app.extensions["timebank"].database.reading() as session:
        came = session.scalar(text("SELECT count(*) FROM attendances")) or 0
        accepted = session.scalar(text("SELECT count(*) FROM scans WHERE outcome = 'ok'")) or 0
    return Figure(
        f"attendances and accepted scans in the log at the end, {name}",
        "as many of each",
        f"{came} and {accepted}",
        came == accepted,
    )


def _write(figures: list[Figure]) -> None:
    """Put the table between its marks in docs/benchmarks.md; what people wrote around it stays."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    lines = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load at the end {load}.",
        "",
        "| what | goal | found | met |",
        "|---|---|---|---|",
        *(
            f"| {one.what} | {one.goal or '–'} | **{one.found}** | {'–' if one.met is None else 'yes' if one.met else 'no'} |"
            for one in figures
        ),
    ]
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(START)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{START}\n" + "\n".join(lines) + f"\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
