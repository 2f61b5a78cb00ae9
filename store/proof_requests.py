"""Who is it really? A second person who signs with her own secret, and the attendant who unlocks the counter.

Every try is counted in the database before the slow look at it, so that many at once cannot slip by.
"""

from sqlalchemy.orm import Session

from store.counter.errors import SecondPersonNeeded, SecretWrong
from timebank.access import lockouts
from timebank.access import queries as access
from timebank.access.actors import Actor, Permission
from timebank.access.models import User
from timebank.access.passwords import password_matches
from timebank.clock import now
from timebank.members import codes
from timebank.members.models import Member
from timebank.web.requests import reading, transaction

LONGEST_SECRET = 200


def prove_self(who: Actor, secret: str) -> None:
    """The attendant's own PIN or password.

    Raises:
        SecretWrong, LockedOut
    """
    _prove(f"counter:{who.user_id}", who.user_id or 0, secret)


def second_person(login_name: str, secret: str, *, permission: Permission, path: str) -> Actor:
    """Somebody else, by her number or phone and her PIN or password, who holds ``permission`` on the place.

    Raises:
        SecondPersonNeeded: nobody, or somebody who may not.
        SecretWrong, LockedOut
    """
    with reading() as db:
        user = access.user_named(db, login_name.strip()[:100]) if login_name.strip() else None
        user_id = user.id if user is not None and user.suspended_at is None else None
    if user_id is None or not secret:
        raise SecondPersonNeeded(field="login_name")
    _prove(f"second:{user_id}", user_id, secret)
    with reading() as db:
        found = access.actor_of_user(db, user_id)
    if found is None or not found.may(permission, path):
        raise SecondPersonNeeded(field="login_name")
    return found


def _prove(subject: str, user_id: int, secret: str) -> None:
    with transaction() as db:
        lockouts.ensure_open(db, subject, at=now())
        lockouts.failed(db, subject, at=now())
        hashes = _hashes(db, user_id)
    password, pin = hashes
    written = secret[:LONGEST_SECRET]
    digits = codes.only_digits(written)
    is_pin = pin is not None and digits.isdecimal() and password_matches(pin, digits)
    if not is_pin and not password_matches(password, written):
        raise SecretWrong(field="secret")
    with transaction() as db:
        lockouts.succeeded(db, subject)


def _hashes(db: Session, user_id: int) -> tuple[str | None, str | None]:
    user = db.get_one(User, user_id)
    member = db.get(Member, user.member_id) if user.member_id is not None else None
    return user.password_hash, member.pin_hash if member is not None else None
