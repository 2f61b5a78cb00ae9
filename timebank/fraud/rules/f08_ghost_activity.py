"""F-08: an activity that nobody held."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift, SignUp
from timebank.checkin.models import DisplaySession, Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of, records
from timebank.hours.models import Attendance, ServiceRecord

_MONTH = 30


@dataclass(frozen=True)
class _Seen:
    """What was scanned at one shift: how many came, on how many browsers, within how many seconds; and who left."""

    scans: int = 0
    devices: int = 0
    seconds: float = 0.0
    # The same for those who left.
    gone: int = 0
    gone_devices: int = 0
    gone_seconds: float = 0.0


@dataclass(frozen=True)
class _Traces:
    """What speaks for the shifts of the window, read once for all of them."""

    published: Mapping[int, datetime | None]
    authors: Mapping[int, str]
    on_screen: frozenset[int]
    seen: Mapping[int, _Seen]
    signed_up: Mapping[int, frozenset[int]]


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
    # Whoever took the place with a log-in of their own before it began has spoken for the activity.
    places = (
        select(SignUp.shift_id, SignUp.member_id)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(
            Shift.ends_at >= since,
            Shift.starts_at < window.until,
            SignUp.status == "signed_up",
            SignUp.signed_up_as != "organiser",
            SignUp.signed_up_at < Shift.starts_at,
        )
    )
    signed_up: dict[int, set[int]] = defaultdict(set)
    for shift_id, member_id in session.execute(places):
        signed_up[shift_id].add(member_id)
    return _Traces(
        published={row.id: row.published_at for row in shifts},
        authors={row.id: row.created_by for row in shifts},
        on_screen=frozenset(session.scalars(shown)),
        seen=_seen(session, window),
        signed_up={shift: frozenset(members) for shift, members in signed_up.items()},
    )


def _seen(session: Session, window: Window) -> dict[int, _Seen]:
    moments = (
        select(
            Scan.shift_id,
            Scan.kind,
            func.count().label("scans"),
            func.count(Scan.device_digest.distinct()).label("devices"),
            func.min(Scan.at).label("first"),
            func.max(Scan.at).label("last"),
        )
        .where(
            Scan.at >= window.since(_MONTH + 1),
            Scan.at < window.until,
            Scan.outcome == "ok",
            Scan.kind.in_(("in", "out")),
        )
        .group_by(Scan.shift_id, Scan.kind)
        .order_by(Scan.shift_id, Scan.kind)
    )
    found: dict[int, _Seen] = {}
    for row in session.execute(moments):
        known, seconds = found.get(row.shift_id, _Seen()), (row.last - row.first).total_seconds()
        if row.kind == "in":
            known = replace(known, scans=row.scans, devices=row.devices, seconds=seconds)
        else:
            known = replace(known, gone=row.scans, gone_devices=row.devices, gone_seconds=seconds)
        found[row.shift_id] = known
    return found


def _signs(traces: _Traces, shift_id: int, present: list[Line], limits: Mapping[str, int]) -> list[str]:
    signs = []
    published = traces.published.get(shift_id)
    if published is None or published > present[0].starts_at:
        signs.append("published_late")
    seen, is_shown = traces.seen.get(shift_id, _Seen()), shift_id in traces.on_screen
    # A list that a device kept without network is a trace of its own, judged by F-28.
    offline = any(row.check_in_method == "offline" for row in present)
    spoken = traces.signed_up.get(shift_id, frozenset())
    own_word = sum(row.member_id in spoken for row in present)
    alone = 100 * own_word <= limits["own_word_percent"] * len(present)
    if not seen.scans and not is_shown and not offline and alone:
        signs.append("nothing_shown_or_scanned")
    if not is_shown and seen.scans >= limits["credits"] and seen.devices == 1:
        at_once = seen.seconds < limits["seconds_each"] * seen.scans
        # Cards may be scanned one after the other on coming; nobody leaves like that as well.
        both_ways = (
            seen.gone >= limits["credits"]
            and seen.gone_devices == 1
            and max(seen.seconds / seen.scans, seen.gone_seconds / seen.gone) < limits["seconds_both"]
        )
        if (at_once or both_ways) and alone:
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
    version=3,
    name=N_("An activity that nobody held"),
    says=N_("%(credits)s people were credited for a shift of which little speaks (%(signs)s)."),
    honest=N_(
        "A village without network where the list was typed in afterwards, or a day without electricity."
    ),
    blind=N_(
        "A ghost whose organiser takes the trouble to show the screen, to scan slowly, or to let accomplices sign up with their own phones."
    ),
    prevented_by=N_("Publication before the beginning; entries by hand need evidence and a second person."),
    weight=60,
    thresholds=(
        Threshold("credits", N_("people credited"), 3, 2, 100),
        Threshold("seconds_each", N_("seconds for each person on one device"), 5, 1, 60),
        Threshold("seconds_both", N_("the same, where all left like that as well"), 15, 1, 120),
        Threshold(
            "own_word_percent",
            N_("share who had signed up themselves that speaks for it, in percent"),
            33,
            0,
            99,
        ),
    ),
    find=_find,
)
