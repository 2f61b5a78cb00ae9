"""A tablet at the door: logged in for one shift only, on one page, left by a PIN.

Setting it up logs the coordinator out of the tablet's browser. What stays is a cookie that opens the
kiosk's own pages for this shift and nothing else, until the shift's check-out closes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from timebank.access.actors import Actor
from timebank.access.keys import digest, new_secret
from timebank.access.models import User
from timebank.access.passwords import hash_password, password_matches
from timebank.activities.models import Activity, Shift
from timebank.checkin.errors import KioskClosed
from timebank.checkin.models import Kiosk


@dataclass(frozen=True)
class Abilities:
    """What a tablet is set up for. ``is_attended``: somebody of the team looks at faces beside it."""

    shows_code: bool
    reads_cards: bool
    is_attended: bool


def set_up(
    session: Session,
    *,
    shift: Shift,
    abilities: Abilities,
    pin: str,
    by: Actor,
    ends_at: datetime,
    at: datetime,
) -> str:
    """Bind a tablet to the shift; returns the secret of its cookie, of which only the digest is kept.

    Args:
        pin: the digits that leave the page.
        ends_at: when the tablet stops by itself.
    """
    secret = new_secret()
    session.add(
        Kiosk(
            shift_id=shift.id,
            secret_digest=digest(secret),
            pin_hash=hash_password(pin),
            shows_code=abilities.shows_code,
            reads_cards=abilities.reads_cards,
            is_attended=abilities.is_attended,
            opened_by_user_id=by.user_id,
            opened_at=at,
            ends_at=ends_at,
            last_seen_at=at,
        )
    )
    session.flush()
    return secret


def of_secret(session: Session, secret: str, *, at: datetime) -> Kiosk:
    """The kiosk behind a cookie; raises ``KioskClosed``."""
    found = session.scalar(select(Kiosk).where(Kiosk.secret_digest == digest(secret)))
    if found is None or found.closed_at is not None or at >= found.ends_at:
        raise KioskClosed
    return found


def acting_for(session: Session, kiosk: Kiosk) -> Actor:
    """Who is answerable for what the tablet does: the coordinator who set it up. Holds no role by it."""
    user = session.get_one(User, kiosk.opened_by_user_id)
    return Actor(f"user:{user.id}", user.name, user_id=user.id, member_id=user.member_id)


def pin_fits(kiosk: Kiosk, pin: str) -> bool:
    """Whether the PIN is the one that the tablet was set up with. Slow on purpose; tries are counted by the caller."""
    return password_matches(kiosk.pin_hash, pin)


def close(session: Session, kiosk: Kiosk, *, by: str, at: datetime) -> None:
    """End it; ending it twice changes nothing.

    Args:
        by: ``pin``, or the label of the coordinator who ended it from elsewhere.
    """
    if kiosk.closed_at is None:
        kiosk.closed_at, kiosk.closed_by = at, by
        session.flush()


def running(session: Session, shift_id: int, *, at: datetime) -> Sequence[Kiosk]:
    """The shift's tablets that are on."""
    return session.scalars(
        select(Kiosk)
        .where(Kiosk.shift_id == shift_id, Kiosk.closed_at.is_(None), Kiosk.ends_at > at)
        .order_by(Kiosk.id)
    ).all()


def kiosk_of_shift(session: Session, shift_id: int, kiosk_id: int) -> Kiosk:
    """One tablet of a shift; raises ``KioskClosed`` where there is none."""
    found = session.get(Kiosk, kiosk_id)
    if found is None or found.shift_id != shift_id:
        raise KioskClosed
    return found


def shift_of_kiosk(session: Session, kiosk: Kiosk) -> Shift:
    """The one shift that the tablet is bound to."""
    return session.scalars(
        select(Shift)
        .options(joinedload(Shift.activity).joinedload(Activity.organisation))
        .where(Shift.id == kiosk.shift_id)
    ).one()
