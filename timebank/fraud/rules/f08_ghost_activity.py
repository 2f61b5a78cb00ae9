"""F-08: an activity that nobody held."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.checkin.models import DisplaySession, Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_MONTH = 30


@dataclass(frozen=True)
class _Seen:
    """What was scanned on arrival at one shift: how many, on how many browsers, within how many seconds."""

    scans: int = 0
    devices: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class _Traces:
    """What speaks for the shifts of the window, read once for all of them."""

    published: Mapping[int, datetime | None]
    authors: Mapping[int, str]
    on_screen: frozenset[int]
    seen: Mapping[int, _Seen]


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    traces = _traces(session, window)
    rows = records(session, window.since(_MONTH), window.until, order=(Attendance.shift_id, ServiceRecord.id))
    for shift_id, present in grouped(rows, lambda row: row.shift_id):
        if len(present) < limits["credits"]:
            continue
        signs = _signs(traces, shift_id, present, limits)
        if signs:
            yield _finding(traces, shift_id, present, signs)


def _traces(session: Session, window: Window) -> _Traces:
    # A shift of the window may have begun the day before its first credit.
    since = window.since(_MONTH + 1)
    shifts = session.execute(
        select(Shift.id, Activity.published_at, Activity.created_by)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Shift.ends_at >= since, Shift.starts_at < window.until)
    ).all()
    shown = select(DisplaySession.shift_id).where(DisplaySession.opened_at >= since).distinct()
    moments = (
        select(
            Scan.shift_id,
            func.count().label("scans"),
            func.count(Scan.device_digest.distinct()).label("devices"),
            func.min(Scan.at).label("first"),
            func.max(Scan.at).label("last"),
        )
        .where(Scan.at >= since, Scan.at < window.until, Scan.outcome == "ok", Scan.kind == "in")
        .group_by(Scan.shift_id)
    )
    return _Traces(
        published={row.id: row.published_at for row in shifts},
        authors={row.id: row.created_by for row in shifts},
        on_screen=frozenset(session.scalars(shown)),
        seen={
            row.shift_id: _Seen(row.scans, row.devices, (row.last - row.first).total_seconds())
            for row in session.execute(moments)
        },
    )


def _signs(traces: _Traces, shift_id: int, present: list[Line], limits: Mapping[str, int]) -> list[str]:
    signs = []
    published = traces.published.get(shift_id)
    if published is None or published > present[0].starts_at:
        signs.append("published_late")
    seen, is_shown = traces.seen.get(shift_id, _Seen()), shift_id in traces.on_screen
    # A list that a device kept without network is a trace of its own, judged by F-28.
    offline = any(row.check_in_method == "offline" for row in present)
    if not seen.scans and not is_shown and not offline:
        signs.append("nothing_shown_or_scanned")
    one_device = seen.scans >= limits["credits"] and seen.devices == 1 and not is_shown
    if one_device and seen.seconds < limits["seconds_each"] * seen.scans:
        signs.append("one_device_at_once")
    return signs


def _finding(traces: _Traces, shift_id: int, present: list[Line], signs: list[str]) -> Finding:
    user = traces.authors.get(shift_id, "").removeprefix("user:")
    acting = {row.approver for row in present if row.approver} | {
        row.recorder for row in present if row.recorder
    }
    return Finding(
        key=f"shift:{shift_id}",
        organisation_id=present[0].organisation_id,
        day=present[0].served_on,
        members=tuple(sorted(row.member_id for row in present)),
        users=tuple(sorted(acting | ({int(user)} if user.isdecimal() else set()))),
        facts={"credits": len(present), "signs": ", ".join(signs)},
        evidence=(f"shift:{shift_id}", *(f"record:{row.id}" for row in present)),
        points=points_of(present),
    )


RULE = Rule(
    code="F-08",
    version=2,
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
