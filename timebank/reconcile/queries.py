"""Runs and the places that can be reconciled, within the auditor's scope.

A run over the whole installation names accounts and records of everywhere, so only who audits
everything may see it.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.access.models import User
from timebank.access.permissions import RECONCILIATION_RUN
from timebank.errors import Forbidden
from timebank.orgs.models import Organisation
from timebank.reconcile.errors import RunAbsent
from timebank.reconcile.models import ControlTotal, ReconciliationRun

HISTORY_ROWS = 30
DAYS_SHOWN = 31


def audits_everything(
    session: Session, actor: Actor, permission: Permission | None = RECONCILIATION_RUN
) -> bool:
    """Whether every root of the installation lies in the actor's audited subtrees (with None: in any of theirs)."""
    outside = select(Organisation.id).where(
        Organisation.parent_id.is_(None), ~scope.within(actor, Organisation.path, permission)
    )
    return session.scalar(outside.limit(1)) is None


def own_places(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The organisations on which the actor holds the role, the highest first."""
    return session.scalars(
        select(Organisation)
        .where(Organisation.path.in_(actor.paths(RECONCILIATION_RUN)))
        .order_by(Organisation.path)
    ).all()


def _runs(
    session: Session, actor: Actor, permission: Permission | None
) -> Select[ReconciliationRun, Organisation]:
    visible = scope.within(actor, Organisation.path, permission)
    if audits_everything(session, actor, permission):
        visible = or_(ReconciliationRun.organisation_id.is_(None), visible)
    return (
        select(ReconciliationRun, Organisation)
        .outerjoin(Organisation, Organisation.id == ReconciliationRun.organisation_id)
        .where(visible)
        .order_by(ReconciliationRun.id.desc())
    )


def run(session: Session, actor: Actor, run_id: int) -> tuple[ReconciliationRun, Organisation | None]:
    """One run with its place (None: everywhere).

    Raises:
        RunAbsent: none within the actor's scope.
        Forbidden: it is, but the actor does not audit there.
    """
    query = _runs(session, actor, None).where(ReconciliationRun.id == run_id)
    found = session.execute(query).one_or_none()
    if found is None:
        raise RunAbsent
    run = found[0]
    # The outer join leaves no organisation beside a run over everything.
    place: Organisation | None = found[1]
    if place is not None:
        scope.require(actor, RECONCILIATION_RUN, place.path)
    elif not audits_everything(session, actor):
        raise Forbidden(permission=RECONCILIATION_RUN.code)
    return run, place


def latest(session: Session, actor: Actor) -> int | None:
    """The number of the newest run that the actor may see."""
    newest = session.execute(_runs(session, actor, RECONCILIATION_RUN).limit(1)).first()
    return newest[0].id if newest else None


def history(session: Session, actor: Actor) -> list[tuple[ReconciliationRun, Organisation | None]]:
    """The newest runs first."""
    rows = session.execute(_runs(session, actor, RECONCILIATION_RUN).limit(HISTORY_ROWS)).all()
    return [(row[0], row[1]) for row in rows]


def before(session: Session, run: ReconciliationRun) -> ReconciliationRun | None:
    """The run over the same place before this one."""
    return session.scalar(
        select(ReconciliationRun)
        .where(
            ReconciliationRun.id < run.id,
            ReconciliationRun.organisation_id.is_not_distinct_from(run.organisation_id),
        )
        .order_by(ReconciliationRun.id.desc())
        .limit(1)
    )


def frozen_days(session: Session, actor: Actor) -> list[tuple[Organisation, date, datetime, dict[str, int]]]:
    """County, day, when it was frozen, and its totals by name; the newest days first, without those of nothing at all."""
    newest = session.scalar(select(func.max(ControlTotal.day)))
    if newest is None:
        return []
    rows = session.execute(
        select(ControlTotal, Organisation)
        .join(Organisation, Organisation.id == ControlTotal.organisation_id)
        .where(
            scope.within(actor, Organisation.path, RECONCILIATION_RUN),
            ControlTotal.day > newest - timedelta(days=DAYS_SHOWN),
        )
        .order_by(ControlTotal.day.desc(), Organisation.path, ControlTotal.name)
    )
    days: dict[tuple[date, int], tuple[Organisation, date, datetime, dict[str, int]]] = {}
    for total, place in rows:
        one = days.setdefault((total.day, place.id), (place, total.day, total.frozen_at, {}))
        one[3][total.name] = total.amount
    return [one for one in days.values() if any(one[3].values())]


def starter(session: Session, started_by: str) -> str:
    """The name behind ``user:5``; other words as they are."""
    kind, _colon, number = started_by.partition(":")
    if kind != "user" or not number.isdecimal():
        return started_by
    return session.scalar(select(User.name).where(User.id == int(number))) or started_by
