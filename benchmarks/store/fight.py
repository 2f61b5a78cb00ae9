"""Sixteen counters fight for the last pieces of one product and one member's last points, round after round.

Every counter has one customer in a round, who wants three to seven pieces; together they want more than there are.
The database stays the same: between rounds the shelf is counted and the points are put right by ordinary postings.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from benchmarks.store.town import SECRET_KEY, Town, address_of, build
from ledger.models import Balance, HoldRow
from store.catalogue.models import Product, Shop
from store.orders import service as orders
from store.orders.service import Wish
from store.reservations import service as reservations
from store.reservations.models import Reservation
from store.stock import service as stock
from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.books import giving, postings
from timebank.books.queries import points_available, points_balance, shelf_available, shelf_quantity
from timebank.clock import now
from timebank.db import Database
from timebank.errors import DatabaseBusy, Refusal
from timebank.members.models import Member

COUNTERS = 16
PIECES, POINTS = 50, Decimal(100)
MOST_TRIES = 20
PIECE_POINTS = 2
# A member may have but a few reservations at a time, so most of them buy.
KINDS = ("buy", "buy", "collect", "buy", "buy", "buy", "cancel", "buy")
ZONE = ZoneInfo("Asia/Shanghai")


def fight(kind: str, rounds: int) -> dict[str, int]:
    """How often what came out; raises AssertionError as soon as anything is sold twice or falls below zero."""
    came: Counter[str] = Counter()
    with address_of(kind) as url:
        database, town = build(url, now(), attendants=COUNTERS, units=PIECES)
        with ThreadPoolExecutor(COUNTERS) as pool:
            for turn in range(rounds):
                came += _round(database, town, pool, turn)
        database.dispose()
    return dict(came)


def _round(database: Database, town: Town, pool: ThreadPoolExecutor, turn: int) -> Counter[str]:
    """One round: refill, fight, and see that nothing was made out of nothing and nothing stays held."""
    product_id, member_id = town.product_ids[0], town.member_ids[turn % len(town.member_ids)]
    _refill(database, town, product_id, member_id, turn)
    start = threading.Barrier(COUNTERS)

    def one(counter: int) -> Counter[str]:
        start.wait()
        return _serve(database, town, product_id, member_id, turn * COUNTERS + counter)

    came = sum(pool.map(one, range(COUNTERS)), Counter[str]())
    with database.reading() as session:
        left = shelf_quantity(session, town.shop_id, product_id)
        points = points_balance(session, member_id)
        assert not came["unclear"]
        assert came["pieces"] + left == PIECES, (came, left)
        assert points == POINTS - PIECE_POINTS * came["pieces"], (came, points)
        assert points >= 0
        assert shelf_available(session, town.shop_id, product_id) == left
        assert points_available(session, member_id) == points
        assert session.scalar(select(func.count()).where(HoldRow.status == "held")) == 0
        assert not session.scalar(select(func.sum(Balance.held)))
    return came


def _refill(database: Database, town: Town, product_id: int, member_id: int, turn: int) -> None:
    """Just fifty pieces on the shelf and just a hundred points: what a round before has left is taken away first."""
    by, at = town.attendants[0], now()
    with database.transaction() as session:
        shop, product = session.get_one(Shop, town.shop_id), session.get_one(Product, product_id)
        stock.count(
            session, shop=shop, product=product, counted=PIECES, key=f"refill-{turn:08d}-0000", by=by, at=at
        )
        spare = points_balance(session, member_id) - POINTS
        if spare > 0:
            giving.donate(
                session, key=f"spare-{turn:08d}", member_id=member_id, organisation_id=shop.organisation_id,
                points=spare, at=at, actor="command",
            )  # fmt: skip
        elif spare < 0:
            postings.award(
                session, record_id=1_000_000 + turn, member_id=member_id, organisation_id=shop.organisation_id,
                points=-spare, rule_number=1, arithmetic="", at=at, recorded_at=at, actor="command",
            )  # fmt: skip


def _serve(database: Database, town: Town, product_id: int, member_id: int, serial: int) -> Counter[str]:
    """One customer at one counter: six of eight buy, one reserves and collects, one thinks better of it."""
    by, pieces = town.attendants[serial % COUNTERS], 3 + (serial * 7 + serial // COUNTERS) % 5
    kind = KINDS[serial % len(KINDS)]
    try:
        who = _Customer(product_id, member_id, by, f"fight-{serial:012d}", kind, pieces)
        what = _once_more_when_busy(database, town, who)
        return Counter({what: 1, "pieces": pieces if what == "sold" else 0})
    except Refusal as refusal:
        # A refusal is a clear sentence: every place in it is filled.
        return Counter([refusal.code if str(refusal) and "%(" not in str(refusal) else "unclear"])


@dataclass(frozen=True)
class _Customer:
    """Who wants how many pieces, at whose counter, and what she does with them."""

    product_id: int
    member_id: int
    by: Actor
    key: str
    kind: str
    pieces: int


def _once_more_when_busy(database: Database, town: Town, customer: _Customer) -> str:
    for _try in range(MOST_TRIES):
        try:
            return _act(database, town, customer)
        except DatabaseBusy:
            continue
    raise DatabaseBusy


def _act(database: Database, town: Town, customer: _Customer) -> str:
    product_id, member_id, by = customer.product_id, customer.member_id, customer.by
    key, kind = customer.key, customer.kind
    if kind == "buy":
        with database.transaction() as session:
            orders.complete(
                session, shop=session.get_one(Shop, town.shop_id), member=session.get_one(Member, member_id),
                identified_by="code", wishes=[Wish(product_id, customer.pieces)], basket_key=key,
                agreed_points=Decimal(PIECE_POINTS * customer.pieces),
                card_limit_points=Decimal(100), by=by, at=now(), timezone=ZONE,
            )  # fmt: skip
        return "sold"
    with database.transaction() as session:
        kept = reservations.reserve(
            session, keyring=Keyring(SECRET_KEY), shop=session.get_one(Shop, town.shop_id),
            member=session.get_one(Member, member_id), goods=[(product_id, customer.pieces)], key=key,
            agreed_points=Decimal(PIECE_POINTS * customer.pieces),
            by=by, at=now(), timezone=ZONE,
        )  # fmt: skip
    with database.transaction() as session:
        found = session.get_one(Reservation, kept.id)
        if kind == "cancel":
            reservations.cancel(session, reservation=found, reason="", by=by, at=now())
            return "cancelled"
        reservations.hand_out(
            session,
            reservation=found,
            collector="self",
            collected_by="",
            shift_id=None,
            by=by,
            at=now(),
            timezone=ZONE,
        )
        return "sold"
