"""The home page: what this person can do now, at most six large tiles per role."""

from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from timebank.web.navigation import open_doors
from timebank.web.requests import actor, actor_or_none, public

blueprint = Blueprint("desks", __name__)

TILES_PER_ROLE = 6


@blueprint.get("/")
@public
def home() -> str | Response:
    """Home page per role; visitors are asked to log in."""
    if actor_or_none() is None:
        return redirect(url_for("access.log_in"))
    doors = open_doors(actor())
    groups = [
        (audience, list(group)[:TILES_PER_ROLE])
        for audience, group in groupby(doors, key=lambda door: door.audience)
    ]
    return render_template("desks/home.html", groups=groups)
