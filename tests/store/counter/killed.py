"""The process that a test kills: it reserves, collects or sells, says how far it is, and never comes back.

    python -m tests.store.counter.killed URL STEP KEY SHOP MEMBER PRODUCT

``STEP`` is ``reserving``, ``collecting`` or ``selling`` (all is posted, nothing committed) or ``reserved`` (committed).
"""

import sys
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

import store.models
import timebank.models  # noqa: F401 - both declare their tables.
from store.catalogue.models import Shop
from store.orders import service as orders
from store.orders.service import Wish
from store.reservations import service as reservations
from store.reservations.models import Reservation
from tests.cast import NOON, SECRET_KEY
from tests.store.stage import CARD_LIMIT, COUNTY_TIME
from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.db import Database, open_engine
from timebank.members.models import Member

assert store.models, "imported for its tables"


def act(session: Session, step: str, key: str, *, shop_id: int, member_id: int, product_id: int) -> None:
    """Everything of one step except its commit."""
    shop, member = session.get_one(Shop, shop_id), session.get_one(Member, member_id)
    by = Actor(label="user:1", name="", user_id=1)
    if step.startswith("reserv"):
        reservations.reserve(
            session, keyring=Keyring(SECRET_KEY), shop=shop, member=member, goods=[(product_id, 2)], key=key,
            agreed_points=None, by=by, at=NOON, timezone=COUNTY_TIME,
        )  # fmt: skip
    elif step == "collecting":
        kept = session.scalars(select(Reservation).where(Reservation.key == key)).one()
        reservations.hand_out(
            session, reservation=kept, collector="self", collected_by="", shift_id=None, by=by, at=NOON,
            timezone=COUNTY_TIME,
        )  # fmt: skip
    else:
        orders.complete(
            session, shop=shop, member=member, identified_by="code", wishes=[Wish(product_id, 2)], basket_key=key,
            agreed_points=None, card_limit_points=CARD_LIMIT, by=by, at=NOON, timezone=COUNTY_TIME,
        )  # fmt: skip
    session.flush()


def wait_to_be_killed(step: str) -> None:
    """Say how far it came, and stand still."""
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()
    time.sleep(600)


if __name__ == "__main__":
    url, wanted, word = sys.argv[1:4]
    ids = [int(one) for one in sys.argv[4:]]
    database = Database(open_engine(url))
    with database.transaction() as begun:
        act(begun, wanted, word, shop_id=ids[0], member_id=ids[1], product_id=ids[2])
        if wanted != "reserved":
            wait_to_be_killed(wanted)
    wait_to_be_killed(wanted)
