"""At the desk: activities, places, entries by hand, confirmation, corrections, cards."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from timebank.access import service as access
from timebank.access.actors import Actor
from timebank.activities import service as activities
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import ShiftPlan
from timebank.audit import service as audit
from timebank.demo.town import Place
from timebank.hours import corrections
from timebank.hours import service as hours
from timebank.hours.head_counts import peak_of
from timebank.hours.member_word import YES, say, say_in_person, wants_word
from timebank.hours.models import Attendance, CorrectionRequest, ServiceRecord
from timebank.members import service as members
from timebank.members.codes import Identified
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.simulation.ground import Ground, Occasion, Person


class Desk(Ground):
    """The acts of organisers, and what members answer."""

    def publish(self, occasion: Occasion, at: datetime) -> Occasion:
        """Create and publish the occasion as its organiser; it stands among the town's occasions from now on."""
        by = occasion.organiser.staff
        with self.transaction() as session:
            activity = activities.create(
                session,
                organisation=session.get_one(Organisation, occasion.team.id),
                category_id=self.categories[occasion.category],
                title=occasion.title,
                place=occasion.place,
                description=occasion.title,
                shifts=[ShiftPlan(occasion.starts_at, occasion.ends_at, occasion.capacity)],
                by=by,
                at=at,
            )
            activities.publish(session, activity=activity, at=at, timezone=self.timezone)
            occasion.activity_id, occasion.shift_id = activity.id, activity.shifts[0].id
            self.audited(session, by, "activities.publish", f"activity:{activity.id}", occasion.team, at=at)
            if occasion not in self.occasions:
                self.occasions.append(occasion)
            return occasion

    def sign_up(self, person: Person, occasion: Occasion, at: datetime, *, by: Person | None = None) -> None:
        """A place for the person; raises the refusals of the service. Who has no phone is signed up by the organiser."""
        own = person.actor if by is None else by.staff
        with self.transaction() as session:
            activities.sign_up(
                session,
                shift=session.get_one(Shift, occasion.shift_id),
                member_id=person.member_id,
                by=own or occasion.organiser.staff,
                at=at,
                timezone=self.timezone,
            )
        if not any(one is person for one in occasion.coming):
            occasion.coming.append(person)

    def give_up(self, person: Person, occasion: Occasion, at: datetime) -> None:
        """The person gives the place back in time."""
        with self.transaction() as session:
            place = session.scalars(
                select(SignUp).where(
                    SignUp.shift_id == occasion.shift_id, SignUp.member_id == person.member_id
                )
            ).one()
            activities.cancel_sign_up(session, sign_up=place, at=at, by=person.actor, timezone=self.timezone)
        occasion.coming.remove(person)

    def call_off(self, occasion: Occasion, at: datetime, reason: str) -> None:
        """The activity is cancelled before it begins."""
        with self.transaction() as session:
            activities.cancel(
                session,
                activity=session.get_one(Activity, occasion.activity_id),
                reason=reason,
                at=at,
                timezone=self.timezone,
            )
        occasion.coming.clear()

    def extend(
        self, occasion: Occasion, until: datetime, at: datetime, *, reason: str, by: Person | None = None
    ) -> None:
        """The plan is made longer for everybody."""
        actor = (by or occasion.organiser).staff
        with self.transaction() as session:
            shift = session.get_one(Shift, occasion.shift_id)
            activities.extend(session, shift=shift, until=until, reason=reason, by=actor, at=at)
        occasion.ends_at = until

    def close_forgotten(self, at: datetime) -> int:
        """The job's work: who has not checked out in time is checked out; how many."""
        with self.transaction() as session:
            return len(hours.close_forgotten(session, at=at, timezone=self.timezone))

    def enter_manually(
        self,
        person: Person,
        occasion: Occasion,
        *,
        by: Person,
        at: datetime,
        came_at: datetime | None = None,
        left_at: datetime | None = None,
        reason: str = "手机没电，现场照片已留存",
    ) -> int:
        """An entry by hand with a photo; returns the record's id. Raises the refusals of the service."""
        with self.attempt() as session:
            record = hours.enter_manually(
                session,
                shift=session.get_one(Shift, occasion.shift_id),
                member_id=person.member_id,
                came_at=came_at or occasion.starts_at,
                left_at=left_at or occasion.ends_at,
                reason=reason,
                evidence=picture(person.member_id % 97),
                by=by.staff,
                at=at,
                timezone=self.timezone,
            )
            self.audited(session, by.staff, "hours.enter", f"record:{record.id}", occasion.team, at=at)
            return record.id

    def confirm(
        self, occasion: Occasion, at: datetime, *, by: Person | None = None, counted: int | None = None
    ) -> int:
        """Confirm everything ordinary of the shift at once; returns how many records.

        Args:
            counted: heads as the organiser counted them; the fullest moment by the scans where None.
        """
        actor = (by or occasion.organiser).staff
        with self.transaction() as session:
            shift = session.get_one(Shift, occasion.shift_id)
            heads = peak_of(session, shift.id, at=at) if counted is None else counted
            # Held while the records are decided, so that none of them reads its own attendance again.
            present = session.scalars(select(Attendance).where(Attendance.shift_id == shift.id)).all()
            done = hours.confirm_shift(session, shift=shift, by=actor, at=at, head_count=heads,
                note="" if counted is None else "有人没有扫码。")  # fmt: skip
            occasion.confirmed = True
            assert len(done.records) <= len(present)
            self._confirmed(session, occasion, done, actor, at)
            return len(done.records)

    def confirm_rest(self, occasion: Occasion, at: datetime, *, by: Person) -> int:
        """A second person confirms what whoever scanned it may not; returns how many records."""
        with self.transaction() as session:
            shift = session.get_one(Shift, occasion.shift_id)
            # Held while the records are decided, so that none of them reads its own attendance again.
            present = session.scalars(select(Attendance).where(Attendance.shift_id == shift.id)).all()
            done = hours.confirm_shift(session, shift=shift, by=by.staff, at=at)
            assert len(done.records) <= len(present)
            self._confirmed(session, occasion, done, by.staff, at)
            return len(done.records)

    def _confirmed(
        self, session: Session, occasion: Occasion, done: hours.Confirmed, actor: Actor, at: datetime
    ) -> None:
        if done.records:
            self.audited(
                session, actor, "hours.confirm_shift", f"shift:{occasion.shift_id}", occasion.team, at=at,
                records=[record.id for record in done.records],
            )  # fmt: skip

    def waiting(self, occasion: Occasion) -> list[int]:
        """Ids of the shift's records that wait for a decision, with their reasons."""
        with self.transaction() as session:
            return list(session.scalars(_records_of(occasion, "pending")))

    def approved(self, occasion: Occasion) -> list[int]:
        """Ids of the shift's records that are paid."""
        with self.transaction() as session:
            return list(session.scalars(_records_of(occasion, "approved")))

    def approved_of(self, occasion: Occasion, person: Person) -> list[tuple[int, datetime]]:
        """The person's own paid records of the shift, each with the moment of coming."""
        with self.transaction() as session:
            found = session.execute(
                _records_of(occasion, "approved")
                .add_columns(Attendance.checked_in_at)
                .where(ServiceRecord.member_id == person.member_id)
            )
            return [(row[0], row[1]) for row in found]

    def peak(self, occasion: Occasion, at: datetime) -> int:
        """How many were inside at the fullest moment."""
        with self.transaction() as session:
            return peak_of(session, occasion.shift_id, at=at)

    def decide(
        self,
        record_id: int,
        *,
        by: Person,
        at: datetime,
        accept: bool = True,
        reason: str = "已电话核实，确在现场",
    ) -> None:
        """One record that carries a reason is confirmed or rejected; raises the refusals of the service."""
        with self.attempt() as session:
            record = session.get_one(ServiceRecord, record_id)
            if accept:
                hours.confirm_record(session, record=record, by=by.staff, at=at, reason=reason)
            else:
                hours.reject_record(session, record=record, by=by.staff, at=at, reason=reason)

    def say(
        self,
        record_id: int,
        at: datetime,
        *,
        yes: bool = True,
        left_at: datetime | None = None,
        with_card_by: Person | None = None,
    ) -> None:
        """The member says that it was so, on her phone or with her card in somebody's hand; nothing where nobody asks."""
        with self.transaction() as session:
            record = session.get_one(ServiceRecord, record_id)
            if not wants_word(record):
                return
            if with_card_by is not None:
                shown = Identified(session.get_one(Member, record.member_id), "card")
                say_in_person(session, record=record, shown=shown, by=with_card_by.staff, at=at)
                return
            actor = self.person(record.member_id).staff
            say(session, record=record, said=YES if yes else "no", by=actor, at=at, left_at=left_at)

    def correct(
        self,
        record_id: int,
        *,
        came_at: datetime,
        left_at: datetime,
        asked_at: datetime,
        reason: str = "我一直做到结束，签退时手机信号不好。",
    ) -> int:
        """The member says that her record is wrong; returns the request's id."""
        with self.attempt() as session:
            record = session.get_one(ServiceRecord, record_id)
            asked = corrections.request_correction(
                session,
                record=record,
                came_at=came_at,
                left_at=left_at,
                reason=reason,
                by=self.person(record.member_id).staff,
                at=asked_at,
            )
            return asked.id

    def answer_correction(self, request_id: int, *, by: Person, at: datetime, grant: bool = True) -> None:
        """Somebody else answers."""
        with self.attempt() as session:
            asked = session.get_one(CorrectionRequest, request_id)
            if grant:
                corrections.grant_correction(
                    session, asked=asked, answer="已核实，属实。", by=by.staff, at=at
                )
            else:
                corrections.refuse_correction(
                    session, asked=asked, answer="记录显示提前离开。", by=by.staff, at=at
                )

    def take_back(self, record_id: int, *, by: Person, at: datetime, reason: str = "重新核定") -> None:
        """An approved record is undone by a reversal."""
        with self.attempt() as session:
            record = session.get_one(ServiceRecord, record_id)
            hours.take_back(session, record=record, by=by.staff, at=at, reason=reason)

    def report_lost_card(self, person: Person, at: datetime, *, by: Person) -> None:
        """The lost card becomes worthless; the person carries a new one, printed by ``by``, when they come next."""
        with self.transaction() as session:
            member = session.get_one(Member, person.member_id)
            members.replace_card(session, member=member)
            person.card = member.card_generation
            for action in ("member.card_replaced", "member.card_printed"):
                self.audited(session, by.staff, action, f"member:{member.id}", person.team, at=at)

    def log_in(
        self, person: Person, at: datetime, *, phone: str | None = None, how: str = "password"
    ) -> None:
        """The person logs in, on the present phone or on another browser (its word), which is the present one then."""
        if phone is not None:
            person.phones.append(phone)
        with self.transaction() as session:
            access.keep_log_in(
                session, user_id=person.staff.user_id or 0, device=person.phones[-1], how=how, at=at
            )

    def audited(
        self,
        session: Session,
        by: Actor,
        action: str,
        subject: str,
        place: Place,
        *,
        at: datetime,
        **facts: Any,
    ) -> None:
        """The line of the audit trail that the page would have written."""
        audit.record(
            session,
            at=at,
            actor=by.label,
            actor_name=by.name,
            action=action,
            subject=subject,
            organisation_id=place.id,
            **facts,
        )


def _records_of(occasion: Occasion, status: str) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
        .where(Attendance.shift_id == occasion.shift_id, ServiceRecord.status == status)
        .order_by(ServiceRecord.id)
    )


@lru_cache(maxsize=128)
def picture(number: int) -> bytes:
    """A drawn stand-in for a photo as evidence."""
    image = Image.new("RGB", (64, 48), (number * 2 % 256, 200, 160))
    written = BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def ids(people: Sequence[Person]) -> list[int]:
    """Member ids, in order."""
    return [one.member_id for one in people]
