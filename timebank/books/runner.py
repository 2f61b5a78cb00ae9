"""The work of this room that nobody has to ask for. Edges: they read the clock and open transactions.

Every step is a transaction of its own, so that a counter never waits for the whole of a night's work.
"""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import seals
from timebank.books import lapse_notices, lapsing, postings
from timebank.clock import now
from timebank.house import House
from timebank.orm import Base

LAPSE_POINTS, LAPSE_HOLDS = "books.lapse_points", "books.lapse_holds"
LAPSE_NOTICES = "books.lapse_notices"
TOLD_AT_ONCE = 200


def seal(house: House, _arguments: Mapping[str, Any]) -> None:
    """Seal what has been posted since the last seal. Safe to repeat: what is sealed stays sealed."""
    with house.database.transaction() as session:
        seals.seal_all(session, at=now())


def lapse_points(house: House, _arguments: Mapping[str, Any]) -> None:
    """Take away the points that nobody spent in time, until none are left. Safe to repeat."""
    at, left = now(), True
    while left:
        with house.database.transaction() as session:
            left = bool(
                lapsing.lapse_points(
                    session,
                    at=at,
                    actor=f"job:{LAPSE_POINTS}",
                    home_of=lambda member: _home_of(session, member),
                )
            )


def tell_of_lapsing(house: House, _arguments: Mapping[str, Any]) -> None:
    """Tell members of points that lapse soon. Safe to repeat: nobody is told twice of one day."""
    at, timezone = now(), ZoneInfo(house.settings.timezone)
    with house.database.reading() as session:
        found = lapse_notices.lapsing_soon(session, at=at, timezone=timezone)
    for first in range(0, len(found), TOLD_AT_ONCE):
        with house.database.transaction() as session:
            lapse_notices.tell(session, found[first : first + TOLD_AT_ONCE], at=at)


def lapse_holds(house: House, _arguments: Mapping[str, Any]) -> None:
    """Let go what was reserved and not collected in time, until none is left. Safe to repeat."""
    at, left = now(), True
    while left:
        with house.database.transaction() as session:
            left = bool(postings.lapse_reservations(session, at=at))


def _home_of(session: Session, member_id: int) -> int:
    # The members' room stands to the left; its table is known to all.
    members = Base.metadata.tables["members"]
    home: int = session.execute(
        select(members.c.organisation_id).where(members.c.id == member_id)
    ).scalar_one()
    return home
