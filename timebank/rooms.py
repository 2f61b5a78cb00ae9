"""The rooms of the time bank: their pages, doors, checks, jobs and importers, each list written out."""

from flask import Blueprint, Flask

from timebank import models  # noqa: F401 - every table is known before the first request asks for one.
from timebank.access.key_views import blueprint as key_pages
from timebank.access.permissions import (
    ACTIVITIES_PUBLISH,
    ATTENDANCE_RECORD,
    AUDIT_READ,
    FRAUD_WORK,
    HOURS_CONFIRM,
    IMPORTS_RUN,
    MEMBERS_WRITE,
    ORGANISATIONS_WRITE,
    POLICY_WRITE,
    RECONCILIATION_RUN,
    ROLES_GRANT,
)
from timebank.access.user_views import blueprint as user_pages
from timebank.access.views import blueprint as access_pages
from timebank.activities.api import blueprint as activity_api
from timebank.activities.api import own_sign_ups
from timebank.activities.calendar_views import blueprint as calendar_pages
from timebank.activities.place_views import blueprint as place_desk_pages
from timebank.activities.planning_views import blueprint as planning_pages
from timebank.activities.running_views import blueprint as running_pages
from timebank.activities.sign_up_views import blueprint as place_pages
from timebank.activities.views import blueprint as activity_pages
from timebank.api import v1
from timebank.audit.actions import AUDIT_ACTIONS
from timebank.audit.views import blueprint as audit_pages
from timebank.books.views import blueprint as book_pages
from timebank.certificates.api import blueprint as certificate_api
from timebank.certificates.api import own_certificates
from timebank.certificates.views import blueprint as certificate_pages
from timebank.checkin.kiosk_views import blueprint as kiosk_pages
from timebank.checkin.log_views import blueprint as scan_log_pages
from timebank.checkin.organiser_views import blueprint as organiser_pages
from timebank.checkin.poster_views import blueprint as poster_pages
from timebank.checkin.presence_views import blueprint as presence_pages
from timebank.checkin.views import blueprint as checkin_pages
from timebank.demo import banner
from timebank.demo.steps import STEPS
from timebank.desks.setup import TIME_BANK_STEPS
from timebank.desks.views import blueprint as desk_pages
from timebank.errors import N_
from timebank.fraud.audit_views import blueprint as fraud_audit_pages
from timebank.fraud.decoy_views import blueprint as decoy_pages
from timebank.fraud.evidence import EVIDENCE
from timebank.fraud.own import case_words
from timebank.fraud.own_views import blueprint as own_case_pages
from timebank.fraud.registry import RULES
from timebank.fraud.ring_views import blueprint as ring_pages
from timebank.fraud.ties import TIES
from timebank.fraud.timeline import TIMELINES
from timebank.fraud.views import blueprint as fraud_pages
from timebank.hours.api import blueprint as hours_api
from timebank.hours.api import own_records
from timebank.hours.called_off import close_those_inside
from timebank.hours.confirming_views import blueprint as confirming_pages
from timebank.hours.correction_views import blueprint as correction_pages
from timebank.hours.entry_views import blueprint as entry_pages
from timebank.hours.roster_views import blueprint as roster_table_pages
from timebank.hours.views import blueprint as account_pages
from timebank.house import Door, House
from timebank.imports.registers import IMPORTERS
from timebank.imports.views import blueprint as import_pages
from timebank.jobs.kinds import JOBS
from timebank.members.api import blueprint as member_api
from timebank.members.api import own_particulars, own_points, own_time
from timebank.members.card_views import blueprint as card_pages
from timebank.members.family_views import blueprint as family_pages
from timebank.members.group_views import blueprint as group_pages
from timebank.members.kept import own_addresses, own_groups, own_households, own_notices, own_photo
from timebank.members.own_views import blueprint as own_pages
from timebank.members.photo_views import blueprint as photo_pages
from timebank.members.standing_views import blueprint as standing_pages
from timebank.members.views import blueprint as member_pages
from timebank.notices.views import blueprint as notice_pages
from timebank.offline.app_views import blueprint as offline_app
from timebank.offline.views import blueprint as offline_pages
from timebank.orgs.api import blueprint as organisation_api
from timebank.orgs.views import blueprint as organisation_pages
from timebank.policy.api import blueprint as category_api
from timebank.policy.views import blueprint as policy_pages
from timebank.reconcile.api import blueprint as difference_api
from timebank.reconcile.item_views import blueprint as difference_pages
from timebank.reconcile.registry import CHECKS
from timebank.reconcile.stop_views import blueprint as stop_pages
from timebank.reconcile.views import blueprint as reconciliation_pages

BLUEPRINTS: tuple[Blueprint, ...] = (
    access_pages,
    desk_pages,
    user_pages,
    key_pages,
    audit_pages,
    reconciliation_pages,
    difference_pages,
    stop_pages,
    fraud_pages,
    fraud_audit_pages,
    decoy_pages,
    ring_pages,
    own_case_pages,
    organisation_pages,
    member_pages,
    standing_pages,
    own_pages,
    photo_pages,
    family_pages,
    group_pages,
    notice_pages,
    import_pages,
    activity_pages,
    planning_pages,
    running_pages,
    place_pages,
    place_desk_pages,
    calendar_pages,
    confirming_pages,
    entry_pages,
    roster_table_pages,
    correction_pages,
    certificate_pages,
    account_pages,
    policy_pages,
    book_pages,
    card_pages,
    checkin_pages,
    organiser_pages,
    offline_app,
    offline_pages,
    poster_pages,
    presence_pages,
    scan_log_pages,
    kiosk_pages,
)
API_BLUEPRINTS: tuple[Blueprint, ...] = (
    organisation_api,
    member_api,
    category_api,
    activity_api,
    hours_api,
    certificate_api,
    difference_api,
)
DOORS: tuple[Door, ...] = (
    Door("activities.index", N_("Find activities"), "calendar-heart", "volunteer"),
    Door("checkin.scan", N_("Scan"), "qr-code-scan", "volunteer"),
    Door("cards.my_code", N_("My code"), "qr-code", "volunteer"),
    Door("account.points", N_("Passbook"), "journal-text", "volunteer"),
    Door("account.records", N_("My service records"), "clock-history", "volunteer"),
    Door("planning.index", N_("Activities"), "calendar-week", "coordinator", ACTIVITIES_PUBLISH),
    Door("confirming.index", N_("Confirm hours"), "check2-all", "coordinator", HOURS_CONFIRM),
    Door("members.index", N_("Members"), "people", "coordinator", MEMBERS_WRITE),
    Door("offline.shell", N_("Offline list"), "wifi-off", "coordinator", ATTENDANCE_RECORD),
    Door("reconciliation.index", N_("Reconciliation"), "shield-check", "auditor", RECONCILIATION_RUN),
    Door("fraud.index", N_("Cases"), "folder2-open", "auditor", FRAUD_WORK),
    Door("audit.index", N_("Audit trail"), "journal-text", "auditor", AUDIT_READ),
    Door("orgs.index", N_("Organisations"), "diagram-3", "administrator", ORGANISATIONS_WRITE),
    Door("policy.rules", N_("Points rules"), "calculator", "administrator", POLICY_WRITE),
    Door("policy.settings_index", N_("Settings"), "sliders", "administrator", POLICY_WRITE),
    Door("imports.index", N_("Import registers"), "file-earmark-arrow-up", "administrator", IMPORTS_RUN),
    Door("users.index", N_("Users and roles"), "person-gear", "administrator", ROLES_GRANT),
)


def init_app(app: Flask) -> None:
    """Open the rooms."""
    house: House = app.extensions["timebank"]
    house.doors += DOORS
    house.audit_sentences.update(AUDIT_ACTIONS)
    house.checks += CHECKS
    house.fraud_rules += RULES
    house.evidence.update(EVIDENCE)
    house.timelines += TIMELINES
    house.kept_from += (case_words,)
    house.ties += TIES
    house.jobs += JOBS
    house.calling_off += (close_those_inside,)
    house.setup_steps += TIME_BANK_STEPS
    house.importers.update({importer.register.code: importer for importer in IMPORTERS})
    house.demo_steps += STEPS
    house.own_records.update(
        households=own_households,
        groups=own_groups,
        photo=own_photo,
        notices=own_notices,
        notice_addresses=own_addresses,
    )
    house.own_records.update(
        particulars=own_particulars,
        service_records=own_records,
        certificates=own_certificates,
        points=own_points,
        time=own_time,
        sign_ups=own_sign_ups,
    )
    banner.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    v1.init_app(app, API_BLUEPRINTS)
