"""Evidence put straight into the tables, behind the application's back: what a cheat, or honest people, would have left."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from tests.cast import Cast
from timebank.activities.models import Activity, Shift
from timebank.checkin.models import Scan
from timebank.fraud.rules import Finding, Rule, Window
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members import service as members
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation
from timebank.policy.models import Category

SHANGHAI = ZoneInfo("Asia/Shanghai")
TWO_HOURS = timedelta(hours=2)


@dataclass
class Plot:
    """A team beside the cast's own, where things happen that the cast's auditor may look into."""

    session: Session
    cast: Cast
    now: datetime
    team: Organisation
    category: Category
    made: list[int] = field(default_factory=list)

    def member(self) -> int:
        """Somebody new of the team."""
        serial = len(self.made) + 1
        person = members.Particulars(name=f"李{serial}", phone=f"137{serial:08d}", consented=True)
        row = members.register(
            self.session, person=person, organisation=self.team, keyring=self.cast.keyring, at=self.now
        )
        self.made.append(row.id)
        return row.id

    def shift(self, days_ago: float = 2, *, published: bool = True, length: timedelta = TWO_HOURS) -> Shift:
        """A shift of a published activity that began some days ago."""
        starts_at = self.now - timedelta(days=days_ago)
        activity = Activity(
            organisation_id=self.team.id,
            category_id=self.category.id,
            title="清扫楼道",
            place="东风社区",
            status="published",
            created_by=f"user:{self.cast.coordinator.user_id}",
            created_at=starts_at - timedelta(days=3),
            published_at=starts_at - timedelta(days=2) if published else starts_at + TWO_HOURS,
        )
        activity.shifts = [Shift(starts_at=starts_at, ends_at=starts_at + length)]
        self.session.add(activity)
        self.session.flush()
        return activity.shifts[0]

    def scan(
        self,
        shift: Shift,
        member_id: int | None,
        *,
        at: datetime | None = None,
        device: str | None = None,
        kind: str = "in",
        method: str = "rotating",
        outcome: str = "ok",
        operator: int | None = None,
        **facts: Any,
    ) -> Scan:
        """One line in the log of scans."""
        row = Scan(
            at=at or (shift.starts_at if kind == "in" else shift.ends_at),
            shift_id=shift.id,
            member_id=member_id,
            kind=kind,
            method=method,
            outcome=outcome,
            device_digest=device or f"phone of {member_id}",
            operator_user_id=operator,
            facts=facts,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def record(
        self,
        shift: Shift,
        member_id: int,
        *,
        came: timedelta = timedelta(0),
        stayed: timedelta | None = None,
        method: str = "rotating",
        left_by: str | None = "same",
        flags: tuple[str, ...] = (),
        grade: str = "A",
        recorder: int | None = None,
        approver: int | None = None,
        entered_after: timedelta = timedelta(0),
        points: Decimal = Decimal(20),
    ) -> ServiceRecord:
        """An attendance with its record, approved."""
        began = shift.starts_at + came
        ended = began + (stayed if stayed is not None else shift.ends_at - shift.starts_at)
        attendance = Attendance(
            shift_id=shift.id,
            member_id=member_id,
            checked_in_at=began,
            check_in_method=method,
            checked_out_at=ended,
            check_out_method=method if left_by == "same" else left_by,
            flags=list(flags),
            recorded_by_user_id=recorder,
            created_at=shift.ends_at + entered_after,
        )
        self.session.add(attendance)
        self.session.flush()
        row = ServiceRecord(
            attendance_id=attendance.id,
            member_id=member_id,
            organisation_id=self.team.id,
            category_id=self.category.id,
            served_on=began.astimezone(SHANGHAI).date(),
            credited_from=began,
            credited_until=ended,
            minutes=int((ended - began).total_seconds()) // 60,
            proof_grade=grade,
            status="approved",
            flags=list(flags),
            points=points,
            recorded_by_user_id=recorder,
            approved_by_user_id=approver or self.cast.second_coordinator.user_id,
            approved_at=shift.ends_at + entered_after,
            created_at=shift.ends_at + entered_after,
        )
        self.session.add(row)
        self.session.flush()
        return row

    def look(self, rule: Rule) -> list[Finding]:
        """What the rule finds now by the reference's thresholds."""
        window = Window(self.now, SHANGHAI)
        return list(rule.find(self.session, window, rule.defaults))


def plot(session: Session, cast: Cast, now: datetime) -> Plot:
    """A new team with nobody in it."""
    parent = session.get_one(Organisation, cast.station_id)
    team = orgs.create(session, name="朝阳志愿服务队", kind="team", parent=parent, at=now)
    category = Category(name="环境整治", created_at=now)
    session.add(category)
    session.flush()
    return Plot(session, cast, now, team, category)
