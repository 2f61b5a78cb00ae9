"""Whose code, card or PIN it is: for the member of a basket, and for whoever collects a reservation for her."""

from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import codes
from timebank.members.pin_requests import prove_pin
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
