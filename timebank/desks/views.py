"""The home page: what this person can do now, at most six large tiles per role."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access.actors import Role
from timebank.clock import now
from timebank.desks import queries, setup
from timebank.house import Door
from timebank.orgs.rules import depth
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
# An administrator reaches nearly every door; the menu has them all, the home page those of the office.
LATER_TILES = ("policy.settings_index",)
AUDIENCES = ("administrator", "auditor", "attendant", "coordinator", "volunteer")


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
            "desks/home.html",
            desks=_desks(),
            volunteer=volunteer,
            coordinator=coordinator,
            run=run,
            setup=_setup(db),
            at=at,
            day_ends=_today(at)[1],
        )


def _setup(db: Session) -> setup.SetupState | None:
    """The first step that a new county still lacks, for whoever administers the whole of it."""
    administered = (grant.path for grant in actor().grants if grant.role == Role.ADMINISTRATOR)
    county = next((path for path in administered if depth(path) == 0), None)
    return setup.state(db, house().setup_steps, county=county) if county else None


def _desks() -> list[tuple[str, list[Door]]]:
    """Tiles by office that the person holds, and their own things last."""
    doors = sorted(open_doors(actor()), key=_place)
    held = [audience for audience in AUDIENCES if audience in actor().roles or audience == "volunteer"]
    tiles = [
        (audience, [door for door in doors if door.audience == audience][:TILES_PER_ROLE])
        for audience in held
    ]
    return [(audience, some) for audience, some in tiles if some]


def _place(door: Door) -> int:
    if door.endpoint in LATER_TILES:
        return len(FIRST_TILES) + 1
    return FIRST_TILES.index(door.endpoint) if door.endpoint in FIRST_TILES else len(FIRST_TILES)


def _today(at: datetime) -> tuple[datetime, datetime]:
    """From midnight to midnight of the county's day that ``at`` lies in."""
    midnight = datetime.combine(local(at).date(), time.min, ZoneInfo(house().settings.timezone))
    return midnight, midnight + timedelta(days=1)
