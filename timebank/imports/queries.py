"""Finding import runs, within the actor's scope."""

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import IMPORTS_RUN
from timebank.imports.errors import ImportRunAbsent
from timebank.imports.models import ImportRun
from timebank.orgs.models import Organisation
from timebank.paging import Page, page

RUNS_PER_PAGE = 20


def run(session: Session, actor: Actor, run_id: int, *, with_content: bool = False) -> tuple[ImportRun, str]:
    """One run and the path of the organisation that it imports into; raises ``ImportRunAbsent``."""
    query = (
        select(ImportRun, Organisation.path)
        .join(Organisation, Organisation.id == ImportRun.organisation_id)
        .where(ImportRun.id == run_id, scope.within(actor, Organisation.path))
    )
    if with_content:
        query = query.options(undefer(ImportRun.content))
    found = session.execute(query).one_or_none()
    if found is None:
        raise ImportRunAbsent
    return found[0], found[1]


def latest(session: Session, actor: Actor, *, cursor: str | None = None) -> Page[ImportRun]:
    """Runs where the actor may import, the newest first."""
    query = (
        select(ImportRun)
        .join(Organisation, Organisation.id == ImportRun.organisation_id)
        .where(scope.within(actor, Organisation.path, IMPORTS_RUN))
    )
    return page(session, query, key=(ImportRun.id,), cursor=cursor, limit=RUNS_PER_PAGE, descending=True)
