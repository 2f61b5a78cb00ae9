"""Weekly reports within the actor's scope, without groups about the actor, their household or their own unit."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import FRAUD_WORK
from timebank.fraud import own
from timebank.fraud.errors import RingReportAbsent
from timebank.fraud.ring_models import RingReport
from timebank.orgs.models import Organisation

SHOWN = 52


def counties(session: Session, actor: Actor) -> Sequence[int]:
    """Counties whose rings the actor may look into."""
    query = select(Organisation.id).where(
        Organisation.parent_id.is_(None), scope.within(actor, Organisation.path, FRAUD_WORK)
    )
    return session.scalars(query.order_by(Organisation.id)).all()


def reports(session: Session, actor: Actor) -> Sequence[RingReport]:
    """A year of reports, the newest first."""
    query = (
        select(RingReport)
        .join(Organisation, Organisation.id == RingReport.organisation_id)
        .where(scope.within(actor, Organisation.path, FRAUD_WORK))
        .order_by(RingReport.until.desc(), RingReport.id.desc())
        .limit(SHOWN)
    )
    return session.scalars(query).all()


def report(session: Session, actor: Actor, number: int) -> RingReport:
    """One report within scope; raises ``RingReportAbsent`` for others."""
    query = (
        select(RingReport)
        .join(Organisation, Organisation.id == RingReport.organisation_id)
        .where(RingReport.id == number, scope.within(actor, Organisation.path))
    )
    found = session.scalar(query)
    if found is None:
        raise RingReportAbsent
    return found


def groups_of(session: Session, actor: Actor, found: RingReport) -> list[dict[str, Any]]:
    """The report's groups that the actor may look into."""
    near = {f"member:{number}" for number in own.members(session, actor)}
    near |= {f"user:{number}" for number in session.scalars(own.users(session, actor))}
    units = set(session.scalars(select(Organisation.id).where(own.unit(actor, Organisation.path))))
    groups: list[dict[str, Any]] = found.found["groups"]
    return [
        one
        for one in groups
        if not near & set(one["people"]) and not units & {pair["organisation_id"] for pair in one["pairs"]}
    ]
