"""Who may collect a reservation besides the member: another member, who shows her own code, or somebody by name and phone."""

import unicodedata
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store.reservations.errors import (
    CollectorOther,
    CollectorPhoneWrong,
    CollectorUnproved,
    DelegateOther,
    DelegateUnknown,
)
from store.reservations.models import Reservation
from timebank.errors import Absent
from timebank.members.codes import only_digits
from timebank.members.queries import member_numbered
from timebank.members.rules import NUMBER_DIGITS

LONGEST_NAME = 60
PHONE_TAIL = 4


@dataclass(frozen=True)
class Delegate:
    """Somebody who is sent: a name, with the member's id, or with the last four digits of her phone."""

    name: str = ""
    member_id: int | None = None
    phone_tail: str | None = None


NOBODY = Delegate()


def named(session: Session, *, name: str, proof: str) -> Delegate:
    """Whom the member names; nobody when both are empty.

    Args:
        proof: a volunteer number, or the last four digits of a phone.

    Raises:
        DelegateUnknown: one of the two is missing, or the proof is neither.
        DelegateOther: the number belongs to nobody of that name.
    """
    words = " ".join(unicodedata.normalize("NFKC", name).split())[:LONGEST_NAME]
    digits = only_digits(proof[:40])
    if not words and not digits:
        return NOBODY
    if not words:
        raise DelegateUnknown(field="delegate")
    if is_phone_tail(digits):
        return Delegate(words, phone_tail=digits)
    if not (digits.isascii() and digits.isdecimal() and len(digits) == NUMBER_DIGITS):
        raise DelegateUnknown(field="delegate_proof")
    try:
        found = member_numbered(session, digits, words)
    except Absent as error:
        raise DelegateOther(field="delegate_proof") from error
    return Delegate(found.name, member_id=found.id)


def is_phone_tail(digits: str) -> bool:
    """Whether these can be the last four digits of a phone."""
    return len(digits) == PHONE_TAIL and digits.isascii() and digits.isdecimal()


def ensure_collector(found: Reservation, shown_member_id: int | None, phone_tail: str) -> None:
    """Whoever stands there is whom the member has named.

    Args:
        shown_member_id: whose code, card or PIN was shown; phone_tail: the digits that she says.

    Raises:
        CollectorOther, CollectorUnproved, CollectorPhoneWrong
    """
    if not found.delegate_name:
        raise CollectorOther
    if found.delegate_member_id is not None and shown_member_id != found.delegate_member_id:
        raise CollectorUnproved(field="shown", name=found.delegate_name)
    if found.delegate_phone_tail and phone_tail != found.delegate_phone_tail:
        raise CollectorPhoneWrong(field="phone_tail")
