"""The home page: what this person can do now, at most six large tiles per role."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from timebank.access.actors import Role
from timebank.clock import now
from timebank.desks import queries
from timebank.house import Door
from timebank.web.filters import local
from timebank.web.navigation import open_doors
from timebank.web.requests import actor, actor_or_none, house, public, reading

blueprint = Blueprint("desks", __name__)

TILES_PER_ROLE = 6
# What a volunteer wants first; the other doors follow in the order of the house, and all are in the menu.
FIRST_TILES = (
    "cards.my_code",
    "checkin.scan",
    "activities.index",
    "browse.index",
    "account.points",
    "account.records",
)
AUDIENCES = ("coordinator", "attendant", "auditor", "administrator", "volunteer")


@blueprint.get("/")
@public
def home() -> str | Response:
    """Home page per role; visitors are asked to log in."""
    if actor_or_none() is None:
        return redirect(url_for("access.log_in"))
    who, at = actor(), now()
    with reading() as db:
        volunteer = queries.volunteer_desk(db, who.member_id, at=at) if who.member_id else None
        coordinator = (
            queries.coordinator_desk(db, who, day=_today(at), at=at)
            if Role.COORDINATOR in who.roles
            else None
        )
        run = queries.newest_reconciliation(db) if Role.AUDITOR in who.roles else None
        return render_template(
            "desks/home.html", desks=_desks(), volunteer=volunteer, coordinator=coordinator, run=run, at=at
        )


def _desks() -> list[tuple[str, list[Door]]]:
    """Tiles by audience, the person's work first and their own things last."""
    doors = sorted(open_doors(actor()), key=_place)
    tiles = [
        (audience, [door for door in doors if door.audience == audience][:TILES_PER_ROLE])
        for audience in AUDIENCES
    ]
    return [(audience, some) for audience, some in tiles if some]


def _place(door: Door) -> int:
    return FIRST_TILES.index(door.endpoint) if door.endpoint in FIRST_TILES else len(FIRST_TILES)


def _today(at: datetime) -> tuple[datetime, datetime]:
    """From midnight to midnight of the county's day that ``at`` lies in."""
    midnight = datetime.combine(local(at).date(), time.min, ZoneInfo(house().settings.timezone))
    return midnight, midnight + timedelta(days=1)
