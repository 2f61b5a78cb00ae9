"""What the tests of scanning set up again and again: a shift, its screen, phones that scan it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, Person
from tests.hours.stage import SHANGHAI, add_rule, published
from timebank.access.keys import digest
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.checkin import displays, service, tickets, tokens
from timebank.checkin.models import Scan
from timebank.checkin.reasons import Reason
from timebank.checkin.service import Outcome
from timebank.checkin.tickets import Minted
from timebank.checkin.tokens import Kind
from timebank.db import Database
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.codes import Identified
from timebank.members.models import Member
from timebank.policy.models import PolicySetting

# The shift of the stage: 14:00 to 16:30, Shanghai time.
STARTS = NOON + timedelta(hours=2)
ENDS = STARTS + timedelta(minutes=150)
HALF = STARTS + timedelta(minutes=75)


@dataclass
class Stage:
    """One shift of the team, with volunteer and neighbour signed up and a screen for each kind of code."""

    database: Database
    cast: Cast
    shift_id: int
    displays: dict[Kind, int]

    def token(self, at: datetime, kind: Kind = Kind.IN, shift_id: int | None = None) -> str:
        """What the organiser's screen shows at ``at``."""
        return tokens.mint(
            self.cast.keyring,
            kind=kind,
            shift_id=shift_id or self.shift_id,
            display=self.displays[kind],
            step=tokens.step_at(at),
        )

    def open(self, token: str, *, at: datetime, phone: str) -> Minted:
        """A phone's camera opens the code's address."""
        with self.database.transaction() as session:
            return tickets.scan_token(session, self.cast.keyring, token, device=digest(phone), at=at)

    def tap(
        self, secret: str, person: Person, *, at: datetime, phone: str, also: str = "", where: str = ""
    ) -> Outcome:
        """The person taps the large button."""
        with self.database.transaction() as session:
            hand = service.take(session, secret, device=digest(phone), by=person.actor, also=also)
            return service.redeem(session, hand, at=at, timezone=SHANGHAI, also=also, where=where)

    def scan(
        self,
        person: Person,
        *,
        at: datetime,
        kind: Kind = Kind.IN,
        phone: str = "",
        also: str = "",
        where: str = "",
        shift_id: int | None = None,
    ) -> Outcome:
        """Scan what is on the screen and tap, all at ``at``, on the person's own phone by default."""
        device = phone or f"phone of {person.name}"
        minted = self.open(self.token(at, kind, shift_id), at=at, phone=device)
        assert minted.reason is Reason.OK, minted.reason
        return self.tap(minted.secret, person, at=at, phone=device, also=also, where=where)

    def help(
        self,
        person: Person,
        by: Person,
        *,
        at: datetime,
        kind: Kind = Kind.IN,
        how: str = "card",
        also: str = "",
        kiosk_id: int | None = None,
    ) -> Outcome:
        """An organiser scans the person and taps."""
        with self.database.transaction() as session:
            shift = session.get_one(Shift, self.shift_id)
            found = Identified(session.get_one(Member, person.member_id), how)
            device = digest("organiser's phone")
            minted = tickets.scan_member(
                session, shift=shift, kind=kind, found=found, device=device, at=at, kiosk_id=kiosk_id
            )
            hand = service.take(
                session, minted.secret, device=device, by=by.actor, is_organiser=True, also=also
            )
            return service.redeem(session, hand, at=at, timezone=SHANGHAI, also=also)

    def set_policy(self, **values: int | str) -> None:
        """The county sets something, since long ago."""
        with self.database.transaction() as session:
            for name, value in values.items():
                session.add(
                    PolicySetting(
                        organisation_id=self.cast.county_id,
                        name=name,
                        value=value,
                        changed_by="user:1",
                        changed_at=NOON - timedelta(days=30),
                    )
                )

    def scans(self) -> list[Scan]:
        """The log."""
        with self.database.reading() as session:
            return list(session.scalars(select(Scan).order_by(Scan.id)))

    def attendances(self) -> list[Attendance]:
        """All evidence."""
        with self.database.reading() as session:
            return list(session.scalars(select(Attendance).order_by(Attendance.id)))

    def records(self) -> list[ServiceRecord]:
        """All that waits to be confirmed."""
        with self.database.reading() as session:
            return list(session.scalars(select(ServiceRecord).order_by(ServiceRecord.id)))


def set_stage(
    database: Database, cast: Cast, *, starts_at: datetime = STARTS, capacity: int | None = 10
) -> Stage:
    """The stage, with its shift beginning at ``starts_at`` for 150 minutes, published the day before."""
    from timebank.activities.rules import ShiftPlan

    before = starts_at - timedelta(days=1)
    with database.transaction() as session:
        add_rule(session, cast)
        plan = ShiftPlan(starts_at, starts_at + timedelta(minutes=150), capacity)
        shift = published(session, cast, plan, at=before)
        for person in (cast.volunteer, cast.neighbour):
            sign_up(session, shift, person, before)
        shown = {
            kind: displays.keep_showing(
                session, shift=shift, kind=kind, display_id=None, by=cast.coordinator.actor, at=starts_at
            ).id
            for kind in Kind
        }
        return Stage(database, cast, shift.id, shown)


def sign_up(session: Session, shift: Shift, person: Person, at: datetime) -> None:
    """A place for the person."""
    activities.sign_up(session, shift=shift, member_id=person.member_id, by=person.actor, at=at)
