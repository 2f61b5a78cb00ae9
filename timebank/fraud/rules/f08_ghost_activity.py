"""F-08: an activity that nobody held."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity
from timebank.checkin.models import DisplaySession, Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = records(session, window.since(_MONTH), window.until, order=(Attendance.shift_id, ServiceRecord.id))
    for shift_id, present in grouped(rows, lambda row: row.shift_id):
        if len(present) < limits["credits"]:
            continue
        signs = _signs(session, shift_id, present, limits)
        if signs:
            yield _finding(session, shift_id, present, signs)


def _signs(session: Session, shift_id: int, present: list[Line], limits: Mapping[str, int]) -> list[str]:
    signs = []
    published = session.scalar(select(Activity.published_at).where(Activity.id == present[0].activity_id))
    if published is None or published > present[0].starts_at:
        signs.append("published_late")
    seen = _scans_in(session, shift_id)
    on_screen = session.scalar(select(DisplaySession.id).where(DisplaySession.shift_id == shift_id).limit(1))
    if not seen and on_screen is None:
        signs.append("nothing_shown_or_scanned")
    moments, devices = [at for at, _device in seen], {device for _at, device in seen}
    if len(seen) >= limits["credits"] and len(devices) == 1 and on_screen is None:
        span = (max(moments) - min(moments)).total_seconds()
        if span < limits["seconds_each"] * len(seen):
            signs.append("one_device_at_once")
    return signs


def _scans_in(session: Session, shift_id: int) -> list[tuple[datetime, str | None]]:
    query = select(Scan.at, Scan.device_digest).where(
        Scan.shift_id == shift_id, Scan.outcome == "ok", Scan.kind == "in"
    )
    return list(session.execute(query))


def _finding(session: Session, shift_id: int, present: list[Line], signs: list[str]) -> Finding:
    author = session.scalar(select(Activity.created_by).where(Activity.id == present[0].activity_id)) or ""
    user = author.removeprefix("user:")
    approvers = {row.approver for row in present if row.approver} | {
        row.recorder for row in present if row.recorder
    }
    return Finding(
        key=f"shift:{shift_id}",
        organisation_id=present[0].organisation_id,
        day=present[0].served_on,
        members=tuple(sorted(row.member_id for row in present)),
        users=tuple(sorted(approvers | ({int(user)} if user.isdecimal() else set()))),
        facts={"credits": len(present), "signs": ", ".join(signs)},
        evidence=(f"shift:{shift_id}", *(f"record:{row.id}" for row in present)),
        points=points_of(present),
    )


RULE = Rule(
    code="F-08",
    version=1,
    name=N_("An activity that nobody held"),
    says=N_("%(credits)s people were credited for a shift of which little speaks (%(signs)s)."),
    honest=N_("A village without network where the list was typed in afterwards."),
    blind=N_("A ghost whose organiser takes the trouble to show the screen and to scan slowly."),
    prevented_by=N_("Publication before the beginning; entries by hand need evidence and a second person."),
    weight=60,
    thresholds=(
        Threshold("credits", N_("people credited"), 3, 2, 100),
        Threshold("seconds_each", N_("seconds for each person on one device"), 5, 1, 60),
    ),
    find=_find,
)
