"""F-03: one phone signs in several people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.access.models import LogIn, User
from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, households, points_by_shift_and_member, scans

_MONTH = 30
# What a phone tried with somebody else's name counts as much as what it was allowed.
_TRIED = ("ok", "device_other_member", "held_for_review")


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    seen = aliased(Scan)
    shared = (
        select(seen.device_digest)
        .where(
            seen.at >= window.since(_MONTH),
            seen.at < window.until,
            seen.outcome.in_(_TRIED),
            seen.operator_user_id.is_(None),
        )
        .group_by(seen.device_digest)
        .having(func.count(seen.member_id.distinct()) > 1)
    )
    rows = scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.outcome.in_(_TRIED),
        Scan.operator_user_id.is_(None),
        Scan.member_id.is_not(None),
        Scan.device_digest.in_(shared),
        Scan.method.in_(("rotating", "short", "static")),
        order=(Scan.device_digest, Scan.at, Scan.id),
    )
    # A tablet at the door sees everybody; that is what it is for.
    own = (row for row in rows if row.kiosk_id is None)
    homes = households(session)
    for _device, tried in grouped(own, lambda row: row.device):
        if len({row.member_id for row in tried}) > 1:
            yield from _of_device(session, window, limits, homes, tried)


def _of_device(
    session: Session,
    window: Window,
    limits: Mapping[str, int],
    homes: Mapping[int, int],
    tried: list[Line],
) -> Iterator[Finding]:
    by_shift: dict[int, list[Line]] = defaultdict(list)
    for row in tried:
        by_shift[row.shift_id].append(row)
    strangers = {shift: rows for shift, rows in by_shift.items() if len(_unrelated(rows, homes)) > 1}
    chosen = {shift for shift, rows in strangers.items() if len(_unrelated(rows, homes)) >= limits["members"]}
    for pair, shifts in _pairs(strangers, homes).items():
        if len(shifts) < limits["activities"]:
            continue
        # Two who have one phone between them come with it; who has a phone of her own leaves it at home for a reason.
        has_own = _has_a_phone_of_their_own(session, window, pair, tried[0].device)
        if has_own or len(shifts) >= limits["sharing"]:
            chosen |= shifts
    if len({other for rows in strangers.values() for other in _unrelated(rows, homes)}) > limits["guests"]:
        chosen |= strangers.keys()
    if chosen:
        yield _finding(session, window, [strangers[shift] for shift in sorted(chosen)])


def _finding(session: Session, window: Window, groups: list[list[Line]]) -> Finding:
    rows = [row for group in groups for row in group]
    points, numbers = points_by_shift_and_member(session, ((row.shift_id, row.member_id) for row in rows))
    return Finding(
        key=f"device:{rows[0].device[:24]}:{min(row.id for row in rows)}",
        organisation_id=rows[-1].organisation_id,
        day=window.day(max(row.at for row in rows)),
        members=tuple(sorted({row.member_id for row in rows})),
        facts={
            "members": max(len({row.member_id for row in group}) for group in groups),
            "activities": len(groups),
        },
        evidence=(*(f"scan:{row.id}" for row in rows), *(f"record:{number}" for number in numbers)),
        points=points,
    )


def _pairs(strangers: Mapping[int, list[Line]], homes: Mapping[int, int]) -> dict[tuple[int, int], set[int]]:
    """Two members who are no family → the shifts at which they came with this phone."""
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for shift, rows in strangers.items():
        for one, other in combinations(sorted({row.member_id for row in rows}), 2):
            if one not in homes or homes[one] != homes.get(other):
                found[one, other].add(shift)
    return found


def _has_a_phone_of_their_own(session: Session, window: Window, pair: tuple[int, int], shared: str) -> bool:
    """Whether one of the two has lately used a phone that the other never uses, besides the shared one."""
    since = window.since(HALF_YEAR_DAYS)
    scanned = select(Scan.member_id, Scan.device_digest).where(
        Scan.member_id.in_(pair),
        Scan.operator_user_id.is_(None),
        Scan.outcome == "ok",
        Scan.at >= since,
        Scan.at < window.until,
    )
    logged_in = (
        select(User.member_id, LogIn.device_digest)
        .join(LogIn, LogIn.user_id == User.id)
        .where(
            User.member_id.in_(pair), LogIn.how != "invitation", LogIn.at >= since, LogIn.at < window.until
        )
    )
    used: dict[int, set[str]] = {member_id: set() for member_id in pair}
    for member_id, device in session.execute(scanned.union(logged_in)):
        if member_id is not None and device is not None and device != shared:
            used[member_id].add(device)
    one, other = pair
    return used[one] != used[other]


def _unrelated(rows: list[Line], homes: Mapping[int, int]) -> set[int]:
    """Who used the phone, everybody of a linked household counting as one."""
    return {-homes[row.member_id] if row.member_id in homes else row.member_id for row in rows}


RULE = Rule(
    code="F-03",
    version=2,
    name=N_("One phone signs in several people"),
    says=N_(
        "One phone checked in up to %(members)s people who are not linked as a family, at %(activities)s shifts within 30 days."
    ),
    honest=N_(
        "Neighbours who share the one phone that works, or a couple not yet linked as a family: ask first."
    ),
    blind=N_(
        "Somebody with two phones, browsers that forget their cookie, and a friend who has no phone and comes on the same one a few times."
    ),
    prevented_by=N_("A second person on a phone is let in once and marked; a third is refused."),
    weight=60,
    thresholds=(
        Threshold("members", N_("people on one phone at one shift"), 3, 2, 20),
        Threshold(
            "activities",
            N_("shifts of the same two on one phone in 30 days, one of whom has another"),
            2,
            1,
            20,
        ),
        Threshold("sharing", N_("the same, where the two have one phone between them"), 6, 1, 60),
        Threshold("guests", N_("people who may use one phone in 30 days"), 4, 2, 20),
    ),
    find=_find,
)
