"""The catalogue page of a shop with 1,000 products, warm, against an empty templated page of the same house.

python -m benchmarks.store.catalogue [--pages 60]
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, render_template_string
from flask.testing import FlaskClient

import wsgi
from store.catalogue import service as catalogue
from store.catalogue.service import Particulars
from store.stock import receipts
from store.stock.receipts import Incoming, Paper
from tests.cast import PASSWORD, SECRET_KEY, Cast, call_the_cast
from tests.conftest import _create_tables
from timebank.clock import now
from timebank.db import open_engine
from timebank.orgs.models import Organisation
from timebank.settings import Settings

PRODUCTS = 1_000
GOAL = 5
EMPTY = "/benchmark-of-an-empty-page"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=60)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as folder:
        app, cast, address = _house(Path(folder) / "house.sqlite3")
        client = _logged_in(app, cast)
        empty, full = _times(client, (EMPTY, address), pages)
    ratio = full / empty
    times = f"{full * 1000:.1f} ms ÷ {empty * 1000:.1f} ms, medians of {pages}"
    print(
        f"| sqlite: catalogue of {PRODUCTS:,} products, warm | an empty templated page of the same house | {GOAL} |"
        f" **{ratio:.1f}** ({times}) | {'yes' if ratio < GOAL else 'no'} |"
    )
    return 0 if ratio < GOAL else 1


def _house(path: Path) -> tuple[Flask, Cast, str]:
    url = f"sqlite:///{path}"
    engine = open_engine(url)
    _create_tables(engine)
    engine.dispose()
    app = wsgi.create(Settings(database_url=url, secret_key=SECRET_KEY))
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule(EMPTY, "empty", lambda: render_template_string('{% extends "base.html" %}'))
    database = app.extensions["timebank"].database
    with database.transaction() as session:
        cast = call_the_cast(session)
        county = session.get_one(Organisation, cast.county_id)
        shop = catalogue.create_shop(session, organisation=county, name="千品爱心超市", at=now())
        lines = []
        for serial in range(PRODUCTS):
            particulars = Particulars(f"商品{serial:04d}", "日化", Decimal(serial % 90 + 10))
            product = catalogue.create_product(
                session, organisation=county, particulars=particulars, at=now()
            )
            lines.append(Incoming(product.id, 20, best_before=now().date() + timedelta(days=90)))
        receipts.receive(
            session,
            shop=shop,
            paper=Paper("donation"),
            lines=lines,
            key="benchmark",
            timezone=ZoneInfo("Asia/Shanghai"),
            by=cast.attendant.actor,
            at=now(),
        )
        return app, cast, f"/catalogue?shop={shop.id}"


def _logged_in(app: Flask, cast: Cast) -> FlaskClient:
    client = app.test_client()
    client.post("/login", data={"login_name": cast.volunteer.phone, "password": PASSWORD})
    return client


def _times(client: FlaskClient, addresses: tuple[str, str], pages: int) -> tuple[float, float]:
    """The median of each address in seconds; they take turns, so that both meet the same machine."""
    took: dict[str, list[float]] = {address: [] for address in addresses}
    for turn in range(pages + 5):
        for address in addresses:
            seconds = _timed(lambda address=address: client.get(address))
            if turn >= 5:
                took[address].append(seconds)
    return statistics.median(took[addresses[0]]), statistics.median(took[addresses[1]])


def _timed(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    answer = deed()
    took = time.perf_counter() - began
    status = getattr(answer, "status_code", 0)
    assert status == 200, f"the page answers {status}"
    return took


if __name__ == "__main__":
    raise SystemExit(main())
