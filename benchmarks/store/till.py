"""Eight counters hand over three-line baskets through HTTP; and the same statements by raw SQL in one view."""

import http.client
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import create_engine, event, insert, text, update
from sqlalchemy.orm import Session
from waitress import wasyncore
from waitress.server import create_server

import wsgi
from benchmarks.store.recorder import EAR, PostgresCursor, Said, SqliteConnection, say_again
from benchmarks.store.town import COUNTERS, PRICES, SECRET_KEY, Town, address_of, build
from store.counter.models import Basket, BasketLine, CounterShift
from timebank.clock import now
from timebank.db import Database, _begin_sqlite, _prepare_sqlite
from timebank.settings import Settings

TOTAL = f"{sum(PRICES):.2f}"
_SERIAL = count(1)


@dataclass(frozen=True)
class Found:
    """What one engine gave."""

    redemptions_per_second: float
    raw_per_second: float
    p99_ms: float
    p50_ms: float
    statements: int


def measure(kind: str, seconds: float) -> Found:
    """Raw, then redemptions as fast as they go, then at half of that rate."""
    with address_of(kind) as url:
        database, town = build(url, now())
        if kind == "postgresql":
            _spread_numbers(database)
        app = _app(url, kind)
        # One real redemption first, so that the accounts which every later one finds are open.
        _redeemed(app, town, 0, _prepared(database, town, 1)[0][0])
        said = [_recorded(app, database, town, counter) for counter in range(COUNTERS)]
        _add_raw_view(app, kind, said)
        with _served(app) as port:
            raw = _rate(port, app, town, seconds)
            keys = _prepared(database, town, int(seconds * raw * 1.2) + 50)
            full, _times = _paced(port, app, town, keys=keys, seconds=seconds, per_second=None)
            rest = _prepared(database, town, int(seconds * full) + 50)
            _half, times = _paced(port, app, town, keys=rest, seconds=seconds, per_second=full / 2)
        app.extensions["timebank"].database.dispose()
        database.dispose()
    times.sort()
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))] * 1000
    return Found(full, raw, p99, statistics.median(times) * 1000, len(said[0]))


def _spread_numbers(database: Database) -> None:
    """Every sequence begins elsewhere, so that a number says which table it belongs to."""
    with database.transaction() as session:
        names = session.scalars(
            text("SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'S' ORDER BY 1")
        ).all()
        for place, name in enumerate(names, start=1):
            session.execute(text(f"SELECT setval('{name}', {place * 10_000_000})"))


def _app(url: str, kind: str) -> Flask:
    settings = Settings(database_url=url, secret_key=SECRET_KEY, log_format="none")
    app = wsgi.create(settings)
    app.config.update(WTF_CSRF_ENABLED=False)
    house = app.extensions["timebank"]
    house.database.dispose()
    if kind == "sqlite":
        engine = create_engine(url, connect_args={"timeout": 10, "factory": SqliteConnection})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        engine = create_engine(
            url, pool_size=20, pool_pre_ping=True, connect_args={"cursor_factory": PostgresCursor}
        )
    house.database = Database(engine)
    return app


def _cookie(app: Flask, town: Town, counter: int) -> str:
    """The session cookie of the counter's attendant."""
    browser = app.test_client()
    with browser.session_transaction() as session:
        session["_user_id"] = town.attendants[counter].get_id()
        session["_fresh"] = True
    name = app.config["SESSION_COOKIE_NAME"]
    found = browser.get_cookie(name)
    assert found is not None
    return f"{name}={found.value}"


def _prepared(database: Database, town: Town, wanted: int) -> list[list[str]]:
    """Baskets with three lines and a member who has shown her code, by counter; their counters are awake."""
    keys: list[list[str]] = [[] for _counter in range(COUNTERS)]
    at = now()
    with database.transaction() as session:
        shift_ids = {row.opened_by_user_id: row.id for row in session.query(CounterShift)}
        session.execute(update(CounterShift).values(active_at=at))
        baskets = []
        for serial in range(wanted):
            by, key = town.attendants[serial % COUNTERS], f"bench-basket-{next(_SERIAL):010d}"
            keys[serial % COUNTERS].append(key)
            baskets.append(
                {"key": key, "shop_id": town.shop_id, "opened_by_user_id": by.user_id, "shift_id": shift_ids[by.user_id],
                 "device_digest": "bench", "status": "open", "member_id": town.member_ids[serial % len(town.member_ids)],
                 "identified_by": "code", "identified_at": at, "scanning_page": "", "scans_taken": 0, "opened_at": at,
                 "held_as": ""}
            )  # fmt: skip
        ids = session.scalars(insert(Basket).returning(Basket.id), baskets).all()
        lines = [
            {"basket_id": basket, "product_id": one, "quantity": 1}
            for basket in ids
            for one in town.product_ids
        ]
        session.execute(insert(BasketLine), lines)
    return keys


def _recorded(app: Flask, database: Database, town: Town, counter: int) -> list[Said]:
    """What one redemption says between its BEGIN and its COMMIT, rolled back in the end.

    Who is logged in is asked by the frame, around the raw view as around the redemption, so it is no part of it.
    """
    keys = _prepared(database, town, COUNTERS)
    house = app.extensions["timebank"]
    kept = house.database.transaction

    @contextmanager
    def rolled_back() -> Iterator[Session]:
        with Session(house.database.engine, expire_on_commit=False) as session:
            EAR.said = []
            yield session
            session.flush()
            session.rollback()

    house.database.transaction = rolled_back
    try:
        _redeemed(app, town, counter, keys[counter][0])
        assert EAR.said is not None
        skipped = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")
        return [one for one in EAR.said if not str(one.sql).lstrip().upper().startswith(skipped)]
    finally:
        EAR.said = None
        house.database.transaction = kept


def _redeemed(app: Flask, town: Town, counter: int, key: str) -> None:
    browser = app.test_client()
    browser.set_cookie(app.config["SESSION_COOKIE_NAME"], _cookie_value(app, town, counter))
    answer = browser.post(f"/shops/{town.shop_id}/counter/complete", data={"key": key, "agreed": TOTAL})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]


def _cookie_value(app: Flask, town: Town, counter: int) -> str:
    return _cookie(app, town, counter).partition("=")[2]


def _add_raw_view(app: Flask, kind: str, said: list[list[Said]]) -> None:
    """``/bench/raw/<counter>``: the counter's statements in one transaction, and the price of one commit."""
    house = app.extensions["timebank"]
    with house.database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE bench_commits (counter INTEGER NOT NULL)"))

    def raw(counter: int) -> str:
        with house.database._turn_to_write():
            connection = house.database.engine.raw_connection()
            try:
                cursor = connection.cursor()
                if kind == "sqlite":
                    cursor.execute("BEGIN IMMEDIATE")
                say_again(cursor, said[counter])
                connection.rollback()
                if kind == "sqlite":
                    cursor.execute("BEGIN IMMEDIATE")
                cursor.execute(f"INSERT INTO bench_commits VALUES ({int(counter)})")
                connection.commit()
            finally:
                connection.close()
        return "done"

    raw.is_public = True  # type: ignore[attr-defined]  # Flask views are plain functions with attributes.
    # The application has answered already, while the redemptions were written down.
    app._got_first_request = False
    app.add_url_rule("/bench/raw/<int:counter>", "bench_raw", raw, methods=["POST"])


@contextmanager
def _served(app: Flask) -> Iterator[int]:
    server = create_server(app, host="127.0.0.1", port=0, threads=COUNTERS * 2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        # In the loop's own thread: it must not wait on sockets that somebody else has closed.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join()
        server.task_dispatcher.shutdown()


def _rate(port: int, app: Flask, town: Town, seconds: float) -> float:
    """Requests per second of eight counters, each as fast as it is answered."""
    cookies = [_cookie(app, town, counter) for counter in range(COUNTERS)]
    done, stop = [0] * COUNTERS, time.monotonic() + seconds

    def one(counter: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < stop:
            status = _post(connection, f"/bench/raw/{counter}", {}, cookies[counter])
            assert status == 200, status
            done[counter] += 1

    _together(one)
    return sum(done) / seconds


def _paced(
    port: int, app: Flask, town: Town, *, keys: list[list[str]], seconds: float, per_second: float | None
) -> tuple[float, list[float]]:
    """Redemptions per second with their times; each counter as fast as it can, or in the given beat of all."""
    times: list[list[float]] = [[] for _counter in range(COUNTERS)]
    # Made before the clock runs: who is late at the first beat sends eight at once.
    cookies = [_cookie(app, town, counter) for counter in range(COUNTERS)]
    began = time.monotonic()

    def one(counter: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        turn = 0
        while keys[counter] and time.monotonic() < began + seconds:
            if per_second is not None:
                due = began + (turn * COUNTERS + counter) / per_second
                time.sleep(max(due - time.monotonic(), 0))
            form = {"key": keys[counter].pop(), "agreed": TOTAL}
            asked = time.monotonic()
            status = _post(connection, f"/shops/{town.shop_id}/counter/complete", form, cookies[counter])
            assert status == 303, status
            times[counter].append(time.monotonic() - asked)
            turn += 1

    _together(one)
    took = time.monotonic() - began
    flat = [one for counter in times for one in counter]
    return len(flat) / took, flat


def _post(connection: http.client.HTTPConnection, path: str, form: dict[str, str], cookie: str) -> int:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    connection.request("POST", path, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _together(one: Callable[[int], None]) -> None:
    failed: list[Any] = []

    def guarded(counter: int) -> None:
        try:
            one(counter)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(counter,)) for counter in range(COUNTERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
