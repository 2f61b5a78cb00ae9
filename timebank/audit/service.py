"""Writing the audit trail."""

from datetime import datetime

from sqlalchemy.orm import Session

from timebank.audit.models import AuditEntry
from timebank.prepared import PreparedRows

_ENTRY = PreparedRows(
    AuditEntry,
    ("at", "actor", "actor_name", "action", "subject", "organisation_id", "request_id", "facts"),
)


def record(
    session: Session,
    *,
    at: datetime,
    actor: str,
    actor_name: str,
    action: str,
    subject: str,
    organisation_id: int | None = None,
    request_id: str = "",
    **facts: object,
) -> None:
    """Add one line to the trail, in the same transaction as the act that it tells of."""
    entry = {
        "at": at,
        "actor": actor,
        "actor_name": actor_name,
        "action": action,
        "subject": subject,
        "organisation_id": organisation_id,
        "request_id": request_id,
        "facts": facts,
    }
    # The act itself is written when its transaction ends, or before: nothing here waits for it.
    _ENTRY.write(session.connection(), [entry])
