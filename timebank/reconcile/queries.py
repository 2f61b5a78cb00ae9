"""Runs and the places that can be reconciled, within the auditor's scope.

A run over the whole installation names accounts and records of everywhere, so only who audits
everything may see it.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.access.permissions import RECONCILIATION_RUN
from timebank.orgs.models import Organisation
from timebank.reconcile.errors import RunAbsent
from timebank.reconcile.models import ReconciliationRun

HISTORY_ROWS = 30


def audits_everything(session: Session, actor: Actor) -> bool:
    """Whether every root of the installation lies in the actor's audited subtrees."""
    outside = select(Organisation.id).where(
        Organisation.parent_id.is_(None), ~scope.within(actor, Organisation.path, RECONCILIATION_RUN)
    )
    return session.scalar(outside.limit(1)) is None


def own_places(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The organisations on which the actor holds the role, the highest first."""
    return session.scalars(
        select(Organisation)
        .where(Organisation.path.in_(actor.paths(RECONCILIATION_RUN)))
        .order_by(Organisation.path)
    ).all()


def _visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    within = scope.within(actor, Organisation.path, RECONCILIATION_RUN)
    if audits_everything(session, actor):
        return or_(ReconciliationRun.organisation_id.is_(None), within)
    return within


def _runs(session: Session, actor: Actor) -> Select[ReconciliationRun, Organisation]:
    return (
        select(ReconciliationRun, Organisation)
        .outerjoin(Organisation, Organisation.id == ReconciliationRun.organisation_id)
        .where(_visible(session, actor))
        .order_by(ReconciliationRun.id.desc())
    )


def run(session: Session, actor: Actor, run_id: int) -> tuple[ReconciliationRun, Organisation | None]:
    """One run with its place (None: everywhere); raises ``RunAbsent``."""
    found = session.execute(_runs(session, actor).where(ReconciliationRun.id == run_id)).one_or_none()
    if found is None:
        raise RunAbsent
    return found[0], found[1]


def latest(session: Session, actor: Actor) -> int | None:
    """The number of the newest run that the actor may see."""
    newest = session.execute(_runs(session, actor).limit(1)).first()
    return newest[0].id if newest else None


def history(session: Session, actor: Actor) -> list[tuple[ReconciliationRun, Organisation | None]]:
    """The newest runs first."""
    rows = session.execute(_runs(session, actor).limit(HISTORY_ROWS)).all()
    return [(row[0], row[1]) for row in rows]


def starter(session: Session, started_by: str) -> str:
    """The name behind ``user:5``; other words as they are."""
    kind, _colon, number = started_by.partition(":")
    if kind != "user" or not number.isdecimal():
        return started_by
    return session.scalar(select(User.name).where(User.id == int(number))) or started_by
