"""The rooms of the time bank: their pages, doors, checks, jobs and importers, each list written out."""

from flask import Blueprint, Flask

from timebank import models  # noqa: F401 - every table is known before the first request asks for one.
from timebank.access.key_views import blueprint as key_pages
from timebank.access.permissions import AUDIT_READ, MEMBERS_WRITE, ORGANISATIONS_WRITE, ROLES_GRANT
from timebank.access.user_views import blueprint as user_pages
from timebank.access.views import blueprint as access_pages
from timebank.audit.actions import AUDIT_ACTIONS
from timebank.audit.views import blueprint as audit_pages
from timebank.checkin.organiser_views import blueprint as organiser_pages
from timebank.checkin.views import blueprint as checkin_pages
from timebank.demo import banner
from timebank.demo.steps import STEPS
from timebank.desks.views import blueprint as desk_pages
from timebank.errors import N_
from timebank.house import Door, House
from timebank.imports.registers import IMPORTERS
from timebank.jobs.kinds import JOBS
from timebank.members.card_views import blueprint as card_pages
from timebank.members.own_views import blueprint as own_pages
from timebank.members.standing_views import blueprint as standing_pages
from timebank.members.views import blueprint as member_pages
from timebank.orgs.views import blueprint as organisation_pages
from timebank.reconcile.registry import CHECKS

BLUEPRINTS: tuple[Blueprint, ...] = (
    access_pages,
    desk_pages,
    user_pages,
    key_pages,
    audit_pages,
    organisation_pages,
    member_pages,
    standing_pages,
    own_pages,
    card_pages,
    checkin_pages,
    organiser_pages,
)
DOORS: tuple[Door, ...] = (
    Door("checkin.scan", N_("Scan"), "qr-code-scan", "volunteer"),
    Door("cards.my_code", N_("My code"), "qr-code", "volunteer"),
    Door("me.show", N_("My account"), "person-circle", "volunteer"),
    Door("members.index", N_("Members"), "people", "coordinator", MEMBERS_WRITE),
    Door("audit.index", N_("Audit trail"), "journal-text", "auditor", AUDIT_READ),
    Door("orgs.index", N_("Organisations"), "diagram-3", "administrator", ORGANISATIONS_WRITE),
    Door("users.index", N_("Users and roles"), "person-gear", "administrator", ROLES_GRANT),
)


def init_app(app: Flask) -> None:
    """Open the rooms."""
    house: House = app.extensions["timebank"]
    house.doors += DOORS
    house.audit_sentences.update(AUDIT_ACTIONS)
    house.checks += CHECKS
    house.jobs += JOBS
    house.importers.update({importer.register.code: importer for importer in IMPORTERS})
    house.demo_steps += STEPS
    banner.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
