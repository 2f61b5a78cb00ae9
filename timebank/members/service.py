"""Registering and changing members."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.keys import Keyring
from timebank.access.passwords import hash_password
from timebank.db import queue_for
from timebank.members.errors import (
    BirthDateDiffers,
    BirthDateImpossible,
    IdentityInvalid,
    IdentityTaken,
    MemberTaken,
    NameInvalid,
    PhoneInvalid,
    PinTooWeak,
)
from timebank.members.identity import encrypt_identity, identity_hash
from timebank.members.identity_numbers import (
    EARLIEST_BIRTH,
    birth_date,
    identity_number,
    identity_sex,
    mobile_number,
)
from timebank.members.models import Member
from timebank.members.rules import name_is_acceptable, pin_is_acceptable, sort_name, volunteer_number
from timebank.orgs.errors import OrganisationClosed
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


def checked(person: Particulars, *, today: date) -> Particulars:
    """``person`` with phone and identity number written plainly, and birth date and sex read from the latter.

    Args:
        today: the county's own day.

    Raises:
        NameInvalid, PhoneInvalid, IdentityInvalid, BirthDateDiffers, BirthDateImpossible: a fault, with its field.
    """
    name = " ".join(person.name.split())
    if not name_is_acceptable(name):
        raise NameInvalid(field="name")
    phone = mobile_number(person.phone)
    if phone is None:
        raise PhoneInvalid(field="phone")
    if person.born_on is not None and not EARLIEST_BIRTH <= person.born_on <= today:
        raise BirthDateImpossible(field="born_on")
    skills = tuple(dict.fromkeys(skill.strip() for skill in person.skills if skill.strip()))
    plain = replace(person, name=name, phone=phone, skills=skills, identity=None)
    return _with_identity(plain, person.identity, today) if person.identity else plain


def _with_identity(person: Particulars, written: str, today: date) -> Particulars:
    number = identity_number(written, today=today)
    born = birth_date(number) if number else None
    if number is None or born is None:
        raise IdentityInvalid(field="identity")
    if person.born_on is not None and person.born_on != born:
        raise BirthDateDiffers(field="born_on", identity_says=born.isoformat())
    sex = identity_sex(number) if person.sex == "unknown" else person.sex
    return replace(person, identity=number, born_on=born, sex=sex)


def register(
    session: Session, *, person: Particulars, organisation: Organisation, keyring: Keyring, at: datetime
) -> Member:
    """A new member with the next volunteer number.

    Raises:
        IdentityTaken: somebody with this identity number is registered already.
        MemberTaken: somebody of this name with this phone is.
    """
    # A phone may be a family's, so no index can refuse the second of two desks: it waits, and then sees the first.
    queue_for(session, f"member_phone:{person.phone}")
    _ensure_new(session, person=person, keyring=keyring)
    try:
        with session.begin_nested():
            return register_many(session, people=[(person, organisation.id)], keyring=keyring, at=at)[0]
    except IntegrityError as error:
        # Another desk registered the same identity number since we looked.
        raise IdentityTaken(field="identity") from error


def _ensure_new(
    session: Session, *, person: Particulars, keyring: Keyring, besides: Member | None = None
) -> None:
    others = select(Member.id).where(Member.id != besides.id) if besides else select(Member.id)
    if person.identity:
        hashed = identity_hash(keyring, person.identity)
        if session.scalar(others.where(Member.identity_hash == hashed)) is not None:
            raise IdentityTaken(field="identity")
    same = others.where(Member.name == person.name, Member.phone == person.phone)
    if session.scalar(same.limit(1)) is not None:
        raise MemberTaken(field="phone", name=person.name)


def change_particulars(
    session: Session, *, member: Member, person: Particulars, keyring: Keyring
) -> list[str]:
    """Write ``person`` over what is known of ``member``; returns the names of the fields that changed.

    An identity number of None keeps the one on record: the form never shows it, so it cannot send it back.

    Raises:
        IdentityTaken, MemberTaken: it is somebody else's.
    """
    if (person.name, person.phone) != (member.name, member.phone) or person.identity:
        queue_for(session, f"member_phone:{person.phone}")
        _ensure_new(session, person=person, keyring=keyring, besides=member)
    wanted: dict[str, object] = {
        "name": person.name,
        "sort_name": sort_name(person.name),
        "sex": person.sex,
        "born_on": person.born_on,
        "phone": person.phone,
        "skills": list(person.skills),
    }
    if person.identity and identity_hash(keyring, person.identity) != member.identity_hash:
        wanted["identity_cipher"] = encrypt_identity(keyring, person.identity)
        wanted["identity_hash"] = identity_hash(keyring, person.identity)
    changed = [name for name, value in wanted.items() if getattr(member, name) != value]
    for name in changed:
        setattr(member, name, wanted[name])
    session.flush()
    said = ["identity" if name == "identity_hash" else name for name in changed]
    return [name for name in said if name not in ("sort_name", "identity_cipher")]


def move(session: Session, *, member: Member, organisation: Organisation) -> None:
    """Let ``member`` belong to ``organisation``; what was done before stays where it was done.

    Raises:
        OrganisationClosed: nobody can be moved there any more.
    """
    if organisation.closed_at is not None:
        raise OrganisationClosed(field="organisation_id", name=organisation.name)
    member.organisation_id = organisation.id
    member.organisation = organisation
    session.flush()


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
    """Set the six-digit PIN that the counter asks for with a card or a number.

    Raises:
        PinTooWeak: not six digits, or six that are easily guessed.
    """
    if not pin_is_acceptable(pin, born_on=member.born_on, phone=member.phone, number=member.number):
        raise PinTooWeak(field="pin")
    member.pin_hash = hash_password(pin)
    session.flush()


def clear_pin(session: Session, *, member: Member) -> None:
    """Forget the PIN; card and number alone buy nothing until the member has set a new one."""
    member.pin_hash = None
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
