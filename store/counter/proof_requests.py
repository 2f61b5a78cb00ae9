"""Whose code, card or PIN it is: for the member of a basket, and for whoever collects a reservation for her."""

from store.counter.errors import NoPinSet, PinMissing
from timebank.access import lockouts
from timebank.access.passwords import password_matches
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import codes
from timebank.members.errors import PinWrong
from timebank.members.models import Member
from timebank.web.requests import house, transaction


def proved(shop_id: int, written: str, pin: str) -> tuple[int, str]:
    """The member behind what was shown, and how: ``code``, ``card`` or ``number_pin``.

    A phone code is consumed by this, whatever comes of it.

    Raises:
        CodeInvalid, CodeExpired, CodeUsed, CardRevoked, MemberSuspended
        PinMissing, NoPinSet, PinWrong, LockedOut: with a volunteer number.
    """
    with transaction() as db:
        found = codes.try_identify(db, house().keyring, written, by=f"shop:{shop_id}", at=now())
        refusal = found if isinstance(found, Refusal) else None
        if not isinstance(found, Refusal):
            member_id, how = found.member.id, found.how
    if refusal is not None:
        raise refusal
    if how != "number":
        return member_id, how
    prove_pin(member_id, pin)
    return member_id, "number_pin"


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
