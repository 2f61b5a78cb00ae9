"""A hall: one shift, hundreds of volunteers with phones that have logged in, a code on the screen."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.keys import Keyring
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.queries import SIGNED_UP
from timebank.checkin import displays, tokens
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.house import House
from timebank.members import service as members
from timebank.orgs import service as orgs
from timebank.policy import service as policy

SECRET_KEY = "the benchmark's secret, which guards nothing at all"  # noqa: S105 - it guards nothing.
CSRF_WORD = "0123456789abcdef0123456789abcdef01234567"
COUNTY = "基准县新时代文明实践中心"


@dataclass(frozen=True)
class Hall:
    """What phones need: the shift, its display, and whose sessions they carry."""

    shift_id: int
    display_id: int
    user_ids: tuple[int, ...]
    keyring: Keyring

    def token(self) -> str:
        """What the screen shows at this moment."""
        return tokens.mint(
            self.keyring,
            kind=Kind.IN,
            shift_id=self.shift_id,
            display=self.display_id,
            step=tokens.step_at(now()),
        )


def furnish(house: House, volunteers: int) -> Hall:
    """A county with one shift that begins in five minutes and ``volunteers`` who have signed up for it."""
    with house.database.transaction() as session:
        return _furnish(session, house.keyring, volunteers)


def _furnish(session: Session, keyring: Keyring, volunteers: int) -> Hall:
    at = now()
    giver = Actor(label="command", name="command")
    county = orgs.create(session, name=COUNTY, kind="centre", parent=None, at=at)
    coordinator = access.create_user(
        session, name="李文浩", member_id=None, login_names=("13800000000",), at=at
    )
    access.grant_role(
        session, user=coordinator, role=Role.COORDINATOR, organisation_id=county.id, by=giver, at=at
    )
    category = policy.create_category(session, name="大型活动", at=at)
    activity = Activity(
        organisation_id=county.id,
        category_id=category.id,
        title="千人植树",
        place="河堤",
        status="published",
        created_by="command",
        created_at=at,
        published_at=at - timedelta(days=1),
    )
    activity.shifts = [
        Shift(starts_at=at + timedelta(minutes=5), ends_at=at + timedelta(hours=4), capacity=None)
    ]
    session.add(activity)
    session.flush()
    shift = activity.shifts[0]
    user_ids = tuple(_volunteer(session, keyring, county, shift, number) for number in range(volunteers))
    by = Actor(label=f"user:{coordinator.id}", name="李文浩", user_id=coordinator.id)
    display = displays.keep_showing(session, shift=shift, kind=Kind.IN, display_id=None, by=by, at=at)
    return Hall(shift.id, display.id, user_ids, keyring)


def _volunteer(session: Session, keyring: Keyring, county: object, shift: Shift, number: int) -> int:
    phone = f"139{number:08d}"
    person = members.Particulars(name=f"志愿者{number}", phone=phone, sex="female", consented=True)
    member = members.register(
        session,
        person=person,
        organisation=county,  # type: ignore[arg-type]  # An organisation, as it came from orgs.create.
        keyring=keyring,
        at=now(),
    )
    user = access.create_user(session, name=person.name, member_id=member.id, login_names=(phone,), at=now())
    session.add(
        SignUp(
            shift_id=shift.id,
            member_id=member.id,
            status=SIGNED_UP,
            signed_up_at=now(),
            signed_up_by=f"user:{user.id}",
        )
    )
    session.flush()
    return user.id


def session_cookie(app: Flask, user_id: int) -> str:
    """The cookie of a phone on which this user has logged in before."""
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # Flask's own.
    assert signer is not None
    return str(signer.dumps({"_user_id": f"{user_id}.0", "_fresh": True, "csrf_token": CSRF_WORD}))


def form_token(app: Flask) -> str:
    """The hidden field of that phone's forms."""
    return str(URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(CSRF_WORD))
