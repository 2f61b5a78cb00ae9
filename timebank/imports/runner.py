"""Carries out queued import runs. An edge: opens the transactions and reads the clock."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from timebank.access import queries as access_queries
from timebank.access.permissions import IMPORTS_RUN
from timebank.clock import now
from timebank.errors import Forbidden, Refusal
from timebank.house import House
from timebank.imports import service
from timebank.imports.errors import RegisterUnknown
from timebank.imports.importers import ImportContext, Importer
from timebank.imports.models import ImportRun
from timebank.imports.progress import Reporter

JOB_NAME = "imports.run"


def run_queued(house: House, arguments: Mapping[str, Any]) -> None:
    """The job: take the file that somebody has previewed and started. Safe to repeat after a crash."""
    run_id = int(arguments["run_id"])
    if not _begun(house, run_id):
        return
    try:
        _carry_out(house, run_id, int(arguments["user_id"]))
    except Refusal as refusal:
        # The file or the person's rights have changed since the preview: trying again would not help.
        _say_failed(house, run_id, refusal.code, str(refusal))
    except Exception:
        _say_failed(house, run_id, "unexpected", "")
        raise


def importer_for(house: House, register: str) -> Importer:
    """The importer of a register by its code; raises ``RegisterUnknown``."""
    importer = house.importers.get(register)
    if importer is None:
        raise RegisterUnknown
    found: Importer = importer
    return found


def _begun(house: House, run_id: int) -> bool:
    with house.database.transaction() as session:
        run = session.get(ImportRun, run_id)
        if run is None or not service.is_startable(run):
            return False
        run.status = "running"
        return True


def _carry_out(house: House, run_id: int, user_id: int) -> None:
    with Reporter(house.database, run_id) as progress, house.database.transaction() as session:
        run = session.get_one(ImportRun, run_id)
        actor = access_queries.actor_of_user(session, user_id)
        if actor is None or not actor.may_somewhere(IMPORTS_RUN):
            # The right was taken back between the start and now.
            raise Forbidden(permission=IMPORTS_RUN.code)
        importer = importer_for(house, run.register)
        context = ImportContext(actor, now(), ZoneInfo(house.settings.timezone), house.keyring)
        judged = service.judge_again(session, run=run, importer=importer, context=context)
        service.carry_out(
            session, run=run, importer=importer, judged=judged, context=context, progress=progress
        )


def _say_failed(house: House, run_id: int, code: str, sentence: str) -> None:
    with house.database.transaction() as session:
        run = session.get_one(ImportRun, run_id)
        service.fail(session, run=run, code=code, sentence=sentence, at=now())


def forget(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: files and rejected rows are not kept longer than they serve."""
    with house.database.transaction() as session:
        service.forget(session, at=now())
