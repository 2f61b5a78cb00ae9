"""Registering and changing members."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.keys import Keyring
from timebank.access.passwords import hash_password
from timebank.members.errors import IdentityTaken
from timebank.members.identity import encrypt_identity, identity_hash
from timebank.members.models import Member
from timebank.members.rules import sort_name, volunteer_number
from timebank.orgs.models import Organisation


@dataclass(frozen=True)
class Particulars:
    """What is known of a person when they are registered.

    Attributes:
        sex: ``male``, ``female`` or ``unknown``.
        phone: eleven digits, may be shared within a family.
        identity: 18 characters of GB 11643-1999, or None where it was not given.
        consented: the person agreed to the keeping of these data.
    """

    name: str
    phone: str
    sex: str = "unknown"
    born_on: date | None = None
    identity: str | None = None
    skills: Sequence[str] = field(default_factory=tuple)
    joined_on: date | None = None
    consented: bool = False


def register(session: Session, *, person: Particulars, organisation: Organisation, keyring: Keyring, at: datetime) -> Member:
    """A new member with the next volunteer number.

    Raises:
        IdentityTaken: somebody with this identity number is registered already.
    """
    hashed = identity_hash(keyring, person.identity) if person.identity else None
    if hashed and session.scalar(select(Member.id).where(Member.identity_hash == hashed)) is not None:
        raise IdentityTaken(field="identity")
    return register_many(session, people=[(person, organisation.id)], keyring=keyring, at=at)[0]


def register_many(
    session: Session, *, people: Sequence[tuple[Particulars, int]], keyring: Keyring, at: datetime
) -> list[Member]:
    """Members for ``people`` (each with an organisation id) who are known not to be registered yet."""
    # Numbers follow the primary key, which the database hands out without gaps to fight over.
    members = [_new_member(person, organisation_id, keyring, at) for person, organisation_id in people]
    session.add_all(members)
    session.flush()
    for member in members:
        member.number = volunteer_number(member.id)
    session.flush()
    return members


def _new_member(person: Particulars, organisation_id: int, keyring: Keyring, at: datetime) -> Member:
    return Member(
        # Replaced by the number that follows from the id as soon as there is one.
        number=f"new {secrets.token_hex(12)}",
        name=person.name,
        sort_name=sort_name(person.name),
        sex=person.sex,
        born_on=person.born_on,
        phone=person.phone,
        identity_cipher=encrypt_identity(keyring, person.identity) if person.identity else None,
        identity_hash=identity_hash(keyring, person.identity) if person.identity else None,
        skills=list(person.skills),
        organisation_id=organisation_id,
        joined_on=person.joined_on,
        consented_at=at if person.consented else None,
        card_secret=secrets.token_hex(16),
        created_at=at,
    )


def set_pin(session: Session, *, member: Member, pin: str) -> None:
    """Set the six-digit PIN that the counter asks for with a card or a number."""
    member.pin_hash = hash_password(pin)
    session.flush()


def replace_card(session: Session, *, member: Member) -> None:
    """Make every printed card of the member worthless; a new one can be printed."""
    member.card_generation += 1
    session.flush()


def suspend(session: Session, *, member: Member, at: datetime) -> None:
    """Stop check-ins and redemptions of the member; the books stay."""
    member.suspended_at = member.suspended_at or at
    session.flush()


def reinstate(session: Session, *, member: Member) -> None:
    """End a suspension."""
    member.suspended_at = None
    session.flush()
