"""Recognising somebody at the door by a code, a card or a number: the organiser's page and the tablet alike."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.checkin import tickets
from timebank.checkin.tickets import Minted
from timebank.checkin.tokens import Kind
from timebank.checkin.views import device
from timebank.errors import Refusal
from timebank.members.codes import try_identify
from timebank.members.errors import CodeInvalid
from timebank.members.models import Member
from timebank.web.requests import house, transaction


def recognise(
    shift_of: Callable[[Session], Shift],
    kind: Kind,
    written: str,
    *,
    by: Actor,
    at: datetime,
    kiosk_id: int | None = None,
) -> Minted:
    """Recognise first and commit: a phone code is spent by the attempt. Then say who it is, or why not.

    Args:
        shift_of: fetches the shift within the asker's right.
        by: who scans, or who answers for the tablet.
        kiosk_id: the tablet, which believes nobody who only types a number.
    """
    with transaction() as db:
        shift = shift_of(db)
        found = try_identify(db, house().keyring, written, by=f"shift:{shift.id}", at=at)
        if not isinstance(found, Refusal) and not _may_be_meant(found.member, shift, found.how, kiosk_id):
            found = CodeInvalid()
        if not isinstance(found, Refusal):
            return tickets.scan_member(
                db, shift=shift, kind=kind, found=found, device=device(), at=at, kiosk_id=kiosk_id
            )
        tickets.log_unrecognised(db, shift=shift, kind=kind, refusal=found, by=by, device=device(), at=at)
    raise found


def _may_be_meant(member: Member, shift: Shift, how: str, kiosk_id: int | None) -> bool:
    if kiosk_id is not None and how == "number":
        return False
    return member.organisation.path.split("/")[1] == shift.activity.organisation.path.split("/")[1]
