"""The time bank's own importers, written out in the order in which a county brings its registers in."""

from typing import Any

from sqlalchemy.orm import Session

from timebank.access.permissions import IMPORTS_RUN
from timebank.errors import N_
from timebank.imports import creation, foresight
from timebank.imports.headers import ACTIVITIES, MEMBERS, ORGANISATIONS, RECORDS
from timebank.imports.importers import ImportContext, Importer
from timebank.imports.judges.activities import judge_activities
from timebank.imports.judges.members import judge_members
from timebank.imports.judges.organisations import judge_organisations
from timebank.imports.judges.records import judge_records
from timebank.imports.judges.verdicts import Verdict
from timebank.imports.lookups import DatabaseLookup
from timebank.imports.tables import Table


def _organisations(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    # A new county is begun from the command line; within a county everything has a parent.
    may_plant_roots = context.actor.may(IMPORTS_RUN, "/")
    return judge_organisations(table, DatabaseLookup(session, context), may_plant_roots=may_plant_roots)


def _members(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    return judge_members(table, DatabaseLookup(session, context), today=context.today)


def _activities(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    return judge_activities(table, DatabaseLookup(session, context), zone=context.timezone)


def _records(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    return judge_records(table, DatabaseLookup(session, context), today=context.today)


IMPORTERS: tuple[Importer, ...] = (
    Importer(ORGANISATIONS, N_("Organisations"), _organisations, creation.create_organisations),
    Importer(MEMBERS, N_("Members"), _members, creation.create_members),
    Importer(ACTIVITIES, N_("Activities"), _activities, creation.create_activities),
    Importer(
        RECORDS,
        N_("Service records"),
        _records,
        creation.create_records,
        foresee=foresight.records_notices,
    ),
)
