"""The member's PIN: believing it, and asking for it once where a phone is new to the account.

Whoever has stolen a password logs in on a phone that the account has never seen. There, points leave only after
the PIN; the first phone of all is believed, and so is one that has been known for some days.
"""

from datetime import datetime

from flask import flash, redirect, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from timebank.access import lockouts
from timebank.access.passwords import password_matches
from timebank.clock import now
from timebank.members import codes
from timebank.members.errors import NoPinSet, PinMissing, PinWrong
from timebank.members.models import Member
from timebank.members.rules import asks_for_pin
from timebank.policy.queries import policy_for
from timebank.web.frame import NEW_DEVICE
from timebank.web.requests import actor, reading, transaction


def prove_pin(member_id: int, pin: str) -> None:
    """Believe the PIN, or say why not. The try is counted before the slow look, so that many at once cannot slip by.

    Raises:
        PinMissing, NoPinSet, PinWrong, LockedOut
    """
    if not pin:
        raise PinMissing(field="pin")
    subject = f"pin:{member_id}"
    with transaction() as db:
        lockouts.ensure_open(db, subject, at=now())
        stored = db.get_one(Member, member_id).pin_hash
        if stored is not None:
            lockouts.failed(db, subject, at=now())
    if stored is None:
        raise NoPinSet
    if not password_matches(stored, codes.only_digits(pin)):
        raise PinWrong(field="pin")
    with transaction() as db:
        lockouts.succeeded(db, subject)


def asked_until() -> datetime | None:
    """Until when this browser owes the PIN before points leave from it; None where it owes nothing."""
    since, member_id = session.get(NEW_DEVICE), actor().member_id
    if since is None or member_id is None:
        return None
    with reading() as db:
        member = db.get_one(Member, member_id)
        days = policy_for(db, member.organisation.path).new_phone_days
        return asks_for_pin(
            datetime.fromisoformat(since), now(), after_days=days, has_pin=member.pin_hash is not None
        )


def pin_first(back: str) -> ResponseReturnValue | None:
    """The way to the PIN, where this browser owes it; None where the page may go on.

    Args:
        back: where the member goes on after it, to press once more.
    """
    if asked_until() is None:
        return None
    flash(_("This phone or computer is new to your account: enter your PIN once."), "info")
    return redirect(url_for("me.prove_phone", next=back), 303)


def believe_phone() -> None:
    """The PIN was right: this browser owes nothing more while the log-in lasts."""
    session.pop(NEW_DEVICE, None)
