"""The rooms of the time bank: their pages, doors, checks, jobs and importers, each list written out."""

from flask import Blueprint, Flask

from timebank.access.views import blueprint as access_pages
from timebank.demo import banner
from timebank.demo.steps import STEPS
from timebank.desks.views import blueprint as desk_pages
from timebank.house import Door, House
from timebank.jobs.kinds import JOBS
from timebank.reconcile.registry import CHECKS

BLUEPRINTS: tuple[Blueprint, ...] = (access_pages, desk_pages)
DOORS: tuple[Door, ...] = ()


def init_app(app: Flask) -> None:
    """Open the rooms."""
    house: House = app.extensions["timebank"]
    house.doors += DOORS
    house.checks += CHECKS
    house.jobs += JOBS
    house.demo_steps += STEPS
    banner.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
