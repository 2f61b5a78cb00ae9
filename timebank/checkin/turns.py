"""Whose turn it is: the locks of a tap, and the ticket that has done its work."""

from datetime import datetime

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from timebank.access.keys import digest
from timebank.activities.models import Shift
from timebank.checkin.models import ScanTicket
from timebank.checkin.reasons import Reason
from timebank.db import has_one_writer, queue_for
from timebank.members.models import Member
from timebank.prepared import Prepared

_USED = Prepared(
    update(ScanTicket)
    .where(ScanTicket.id == bindparam("ticket_id"), ScanTicket.used_at.is_(None))
    .values(
        used_by_member_id=bindparam("by"),
        used_at=bindparam("at"),
        outcome=Reason.OK,
        place=bindparam("where"),
    )
    .returning(ScanTicket.id)
)


def use_ticket(session: Session, ticket_id: int, *, member_id: int, place: str | None, at: datetime) -> None:
    """The ticket has done its work, for this member."""
    used = _USED.rows(session, ticket_id=ticket_id, by=member_id, at=at, where=place)
    assert len(used) == 1, "a ticket is used by whoever holds its locks, and once"


def lock_ticket(session: Session, secret: str, device: str) -> None:
    """Let nobody else use the ticket until the transaction ends."""
    if has_one_writer(session):
        return
    session.execute(
        select(ScanTicket.id)
        .where(ScanTicket.ticket_digest == digest(secret), ScanTicket.browser_digest == device)
        .with_for_update()
    ).all()


_TURN = Prepared(
    select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("word"), 0)), Member.id)
    .where(Member.id == bindparam("member_id"))
    .with_for_update(key_share=True)
)


def queue_on_device(session: Session, device: str) -> None:
    """Decide after whoever else taps on the same browser."""
    queue_for(session, _turn_on(device))


def queue_on_device_and_member(session: Session, device: str, member_id: int) -> None:
    """The same, and after whoever else decides about the member; in one statement, device first."""
    if not has_one_writer(session):
        _TURN.rows(session, word=_turn_on(device), member_id=member_id)


def _turn_on(device: str) -> str:
    return f"scan:{device}"


def lock_shift(session: Session, shift_id: int) -> None:
    """Let nobody else change the shift or take a place on it until the transaction ends."""
    if not has_one_writer(session):
        session.execute(select(Shift.id).where(Shift.id == shift_id).with_for_update(key_share=True)).all()
