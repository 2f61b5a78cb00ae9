"""Building the town day by day through the services, and removing it whole. An edge: it opens transactions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank import migrations
from timebank.access.models import User
from timebank.demo import queries
from timebank.demo.models import DemoTown
from timebank.demo.town import SIZES, Town, TownSize
from timebank.house import House
from timebank.members.models import Member
from timebank.orgs.models import Organisation

Say = Callable[[str], None]


def build(
    house: House, *, at: datetime, seed: int = 1, size: TownSize = SIZES["small"], say: Say = print
) -> Town:
    """The town from its first day to the moment ``at``, in an empty database; the same for the same seed and ``at``.

    Every month is one transaction, so that a large town neither fills memory nor keeps others waiting.
    """
    timezone = ZoneInfo(house.settings.timezone)
    last_day = at.astimezone(timezone).date()
    day = last_day - timedelta(days=size.days - 1)
    town = Town(house=house, seed=seed, size=size, at=at, today=day, timezone=timezone)
    while day <= last_day:
        month = day.strftime("%Y-%m")
        with house.database.transaction() as session:
            while day <= last_day and day.strftime("%Y-%m") == month:
                town.today = day
                for step in house.demo_steps:
                    step(session, town)
                day += timedelta(days=1)
            session.flush()
            if day > last_day:
                _mark(session, town)
        say(f"demo town: {month} lived through")
    _first_night(house, at)
    return town


def _first_night(house: House, at: datetime) -> None:
    """What the nightly job does, as of the visit: sealed, compared, and every day that is over frozen."""
    # The comparison knows every room; only the town's last hour needs it.
    from timebank.reconcile import runner

    runner.night(house, at=at, clock=lambda: at)


def _mark(session: Session, town: Town) -> None:
    session.add(
        DemoTown(
            seed=town.seed,
            size=town.size.name,
            built_at=town.at,
            logins={"logins": town.kept.get("logins", [])},
        )
    )


def is_empty(session: Session) -> bool:
    """Whether nobody and nothing has been registered here yet."""
    return all(
        session.scalar(select(func.count()).select_from(model)) == 0 for model in (Organisation, Member, User)
    )


def holds_only_the_town(session: Session) -> bool:
    """Whether this is a demo, and nothing was registered beside its town."""
    if queries.demo_town(session) is None:
        return False
    roots = session.scalars(select(Organisation.id).where(Organisation.parent_id.is_(None))).all()
    return len(roots) == 1


def remove(house: House) -> None:
    """Empty the database: all tables are taken away and made anew.

    Books are append-only, so a town can only go as a whole; the caller has made sure that it is alone.
    """
    migrations.downgrade(house.database.engine, "base")
    migrations.upgrade(house.database.engine)
