"""The audit trail of the town: what a page would have written at each act."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.audit import service as audit


def audited(
    session: Session,
    by: Actor,
    action: str,
    subject: str,
    *,
    organisation_id: int,
    at: datetime,
    **facts: Any,
) -> None:
    """One line of the trail."""
    audit.record(
        session,
        at=at,
        actor=by.label,
        actor_name=by.name,
        action=action,
        subject=subject,
        organisation_id=organisation_id,
        **facts,
    )
