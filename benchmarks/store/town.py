"""A shop with eight attendants and members with points, on a durable database of either kind."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

import store.models
import timebank.models  # noqa: F401 - declares the time bank's tables.
from benchmarks.ledger.books import postgres
from store.catalogue import service as catalogue
from store.catalogue.models import Shop
from store.catalogue.service import Particulars
from store.counter import shifts
from store.stock import service as stock
from timebank import migrations
from timebank.access import queries as access_queries
from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.keys import Keyring
from timebank.books import postings
from timebank.db import Database, open_engine
from timebank.members import service as members
from timebank.orgs import service as orgs
from timebank.orm import Base

SECRET_KEY = "a secret of a benchmark, forty characters"  # noqa: S105 - of a throwaway house.
COUNTERS = 8
MEMBERS = 200
POINTS_EACH, UNITS = Decimal(900_000), 900_000
PRICES = (Decimal(2), Decimal(3), Decimal(5))

assert store.models


@dataclass(frozen=True)
class Town:
    """Ids and keys of what stands there."""

    shop_id: int
    product_ids: tuple[int, ...]
    member_ids: tuple[int, ...]
    attendants: tuple[Actor, ...]


@contextmanager
def address_of(kind: str) -> Iterator[str]:
    """The address of an empty durable database of the kind, gone afterwards."""
    if kind == "postgresql":
        with postgres() as url:
            yield url
        return
    folder = Path(tempfile.mkdtemp(prefix="store-bench-"))
    try:
        yield f"sqlite:///{folder / 'house.sqlite3'}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def build(url: str, at: datetime, *, attendants: int = COUNTERS, units: int = UNITS) -> tuple[Database, Town]:
    """All tables, a shop, goods, members with points, attendants with open shifts; statistics fresh."""
    database = Database(open_engine(url))
    Base.metadata.create_all(database.engine)
    migrations.stamp(database.engine)
    with database.transaction() as session:
        town = _town(session, at, attendants, units)
    with database.transaction() as session:
        # Plans made on empty tables stay bad for the life of a connection.
        session.execute(text("ANALYZE"))
    if make_url(url).get_backend_name() == "postgresql":
        database.engine.dispose()
    return database, town


def _town(session: Session, at: datetime, count: int, units: int) -> Town:
    county = orgs.create(session, name="青禾县新时代文明实践中心", kind="centre", parent=None, at=at)
    keyring = Keyring(SECRET_KEY)
    giver = Actor(label="command", name="command")
    shop = catalogue.create_shop(session, organisation=county, name="爱心超市", at=at)
    attendants = [_attendant(session, county.id, serial, giver, at) for serial in range(count)]
    products = [
        catalogue.create_product(
            session, organisation=county, particulars=Particulars(f"商品{price}", "日化", price), at=at
        )
        for price in PRICES
    ]
    for product in products:
        stock.receive(
            session, shop=shop, product=product, quantity=min(units, 90_000), kind="receipt",
            key=f"opening-{product.id}", by=attendants[0], at=at,
        )  # fmt: skip
    people = []
    for serial in range(MEMBERS):
        person = members.Particulars(
            name=f"志愿者{serial}", phone=f"1380000{serial:04d}", sex="unknown", consented=True
        )
        member = members.register(session, person=person, organisation=county, keyring=keyring, at=at)
        postings.award(
            session, record_id=serial + 1, member_id=member.id, organisation_id=county.id, points=POINTS_EACH,
            rule_number=1, arithmetic="", at=at, recorded_at=at, actor="command",
        )  # fmt: skip
        people.append(member.id)
    for by in attendants:
        shifts.open_shift(
            session, shop=session.get_one(Shop, shop.id), key=f"bench-shift-{by.user_id:08d}", by=by, at=at
        )
    return Town(shop.id, tuple(product.id for product in products), tuple(people), tuple(attendants))


def _attendant(session: Session, organisation_id: int, serial: int, giver: Actor, at: datetime) -> Actor:
    user = access.create_user(
        session, name=f"店员{serial}", member_id=None, login_names=(f"till{serial}",), at=at
    )
    access.grant_role(
        session, user=user, role=Role.ATTENDANT, organisation_id=organisation_id, by=giver, at=at
    )
    session.flush()
    actor = access_queries.actor_of_user(session, user.id)
    assert actor is not None
    return actor
