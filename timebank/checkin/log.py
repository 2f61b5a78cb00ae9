"""The log of every scan, accepted or refused."""

from datetime import datetime

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.checkin.hands import MemberSeen, TicketSeen
from timebank.checkin.models import Scan
from timebank.checkin.reasons import Reason
from timebank.checkin.rules import Judgement
from timebank.prepared import PreparedRows

# Made once, and not as an object: with a hall full of phones that is half of what a line costs.
_LINE = PreparedRows(Scan, tuple(column.name for column in Scan.__table__.columns if column.name != "id"))


def keep_answer(
    session: Session,
    ticket: TicketSeen,
    member: MemberSeen,
    judgement: Judgement,
    *,
    operator: Actor | None,
    place: str | None = None,
) -> None:
    """Keep the answer to a ticket; the time is that of the scan, not of the tap."""
    facts: dict[str, object] = {"flags": list(judgement.flags)} if judgement.flags else {}
    if ticket.identified_by:
        facts["identified_by"] = ticket.identified_by
    if ticket.kiosk_id:
        facts["kiosk"] = ticket.kiosk_id
    if ticket.printed_code_id:
        facts["printed_code"] = ticket.printed_code_id
    keep(
        session,
        at=ticket.scanned_at,
        kind=ticket.kind,
        method=ticket.method,
        outcome=judgement.reason,
        device_digest=ticket.browser_digest,
        shift_id=ticket.shift_id,
        member_id=member.id,
        operator_user_id=operator.user_id if operator else None,
        ticket_id=ticket.id,
        place=place,
        facts=facts,
    )


def keep(
    session: Session,
    *,
    at: datetime,
    kind: str,
    method: str,
    outcome: Reason,
    device_digest: str,
    shift_id: int | None = None,
    member_id: int | None = None,
    operator_user_id: int | None = None,
    ticket_id: int | None = None,
    place: str | None = None,
    facts: dict[str, object] | None = None,
) -> None:
    """Keep one attempt."""
    _LINE.write(
        session,
        [
            {
                "at": at,
                "shift_id": shift_id,
                "member_id": member_id,
                "kind": kind,
                "method": method,
                "outcome": outcome,
                "device_digest": device_digest,
                "place": place,
                "operator_user_id": operator_user_id,
                "ticket_id": ticket_id,
                "facts": facts or {},
            }
        ],
    )
