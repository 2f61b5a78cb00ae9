"""One-minute codes on a member's phone, and the one way to find out who stands at the counter.

A code is consumed by the first attempt, whether that attempt leads anywhere or not. An edge that must
keep the consumption although the member is refused calls :func:`try_identify`, leaves its
transaction, and raises the refusal afterwards.
"""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import CursorResult, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from timebank.access.keys import Keyring, digest
from timebank.errors import Refusal
from timebank.members.cards import looks_like_card, read_card, verify_card
from timebank.members.errors import CodeExpired, CodeInvalid, CodeUsed, MemberSuspended
from timebank.members.models import Member, PersonalCode
from timebank.members.rules import NUMBER_DIGITS, check_digit

CODE_PREFIX = "88"
CODE_DIGITS = 18
CODE_SECONDS = 60
# A code in use at two places is a trace of fraud, which is looked for over 26 weeks at most.
UNUSED_KEPT, USED_KEPT = timedelta(days=1), timedelta(weeks=27)

How = Literal["code", "card", "number"]


@dataclass(frozen=True)
class Identified:
    """Somebody who has been recognised.

    Attributes:
        how: ``code`` from the phone, ``card`` on paper, or ``number`` typed from either or from memory.
    """

    member: Member
    how: How


def issue(session: Session, *, member_id: int, at: datetime) -> str:
    """A fresh code of 18 digits for the member's phone; lives 60 seconds and works once."""
    code = CODE_PREFIX + f"{secrets.randbelow(10 ** (CODE_DIGITS - len(CODE_PREFIX))):016d}"
    session.add(
        PersonalCode(
            member_id=member_id,
            code_digest=digest(code),
            issued_at=at,
            expires_at=at + timedelta(seconds=CODE_SECONDS),
        )
    )
    session.flush()
    return code


def consume(session: Session, code: str, *, by: str, at: datetime) -> Member:
    """The member behind a phone code, which is worthless from now on.

    Args:
        by: what the code was shown to, ``shop:<id>`` or ``shift:<id>``.

    Raises:
        CodeInvalid: no such code.
        CodeUsed: it was shown before.
        CodeExpired: it is older than a minute.
        MemberSuspended: the code is good, the member may do nothing.
    """
    row = session.scalar(select(PersonalCode).where(PersonalCode.code_digest == digest(code)))
    if row is None:
        raise CodeInvalid
    # Of two scanners at the same instant the database lets one through.
    taken = session.execute(
        update(PersonalCode)
        .where(PersonalCode.id == row.id, PersonalCode.consumed_at.is_(None))
        .values(consumed_at=at, consumed_by=by)
        .returning(PersonalCode.id)
    ).one_or_none()
    if taken is None:
        raise CodeUsed
    if at >= row.expires_at:
        raise CodeExpired
    return _in_good_standing(session.get_one(Member, row.member_id))


def forget(session: Session, *, at: datetime) -> int:
    """Remove codes that expired unused more than a day ago, and used ones after their time as evidence.

    Returns:
        how many were removed.
    """
    unused = and_(PersonalCode.consumed_at.is_(None), PersonalCode.expires_at < at - UNUSED_KEPT)
    removed = session.execute(
        delete(PersonalCode).where(or_(unused, PersonalCode.expires_at < at - USED_KEPT))
    )
    return cast(CursorResult[Any], removed).rowcount


def identify(session: Session, keyring: Keyring, written: str, *, by: str, at: datetime) -> Identified:
    """Who is meant by what was scanned or typed: a phone code, a paper card, or a volunteer number.

    Args:
        written: digits, possibly full-width, with blanks or dashes between them.
        by: ``shop:<id>`` or ``shift:<id>``.

    Raises:
        CodeInvalid: none of the three.
        CodeExpired, CodeUsed: a phone code that came too late or twice.
        CardRevoked: a paper card that was replaced.
        MemberSuspended: the member may do nothing.
    """
    digits = only_digits(written)
    if len(digits) == CODE_DIGITS and digits.startswith(CODE_PREFIX):
        return Identified(consume(session, digits, by=by, at=at), "code")
    if looks_like_card(digits):
        card = read_card(digits)
        holder = _numbered(session, card.number)
        verify_card(keyring, holder, card)
        return Identified(_in_good_standing(holder), "card")
    if len(digits) == NUMBER_DIGITS and digits[-1] == check_digit(digits[:-1]):
        return Identified(_in_good_standing(_numbered(session, digits)), "number")
    raise CodeInvalid


def try_identify(
    session: Session, keyring: Keyring, written: str, *, by: str, at: datetime
) -> Identified | Refusal:
    """Like :func:`identify`, but hands the refusal back, so that the caller can commit first and raise then."""
    try:
        return identify(session, keyring, written, by=by, at=at)
    except Refusal as refusal:
        return refusal


def only_digits(written: str) -> str:
    """``written`` in half-width digits without blanks and dashes; anything else in it stays and fails later."""
    plain = unicodedata.normalize("NFKC", written)
    return "".join(sign for sign in plain if not sign.isspace() and sign not in "-‐‑–—")


def _numbered(session: Session, number: str) -> Member:
    found = session.scalar(select(Member).where(Member.number == number))
    if found is None:
        raise CodeInvalid
    return found


def _in_good_standing(member: Member) -> Member:
    if member.suspended_at is not None:
        raise MemberSuspended
    return member
