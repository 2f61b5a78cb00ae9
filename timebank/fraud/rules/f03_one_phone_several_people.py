"""F-03: one phone signs in several people."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
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
    strangers = [rows for rows in by_shift.values() if len(_unrelated(rows, homes)) > 1]
    crowd = [rows for rows in strangers if len(_unrelated(rows, homes)) >= limits["members"]]
    if not crowd and len(strangers) < limits["activities"]:
        return
    rows = [row for group in strangers for row in group]
    points, numbers = points_by_shift_and_member(session, ((row.shift_id, row.member_id) for row in rows))
    yield Finding(
        key=f"device:{rows[0].device[:24]}:{min(row.id for row in rows)}",
        organisation_id=rows[-1].organisation_id,
        day=window.day(max(row.at for row in rows)),
        members=tuple(sorted({row.member_id for row in rows})),
        facts={
            "members": max(len({row.member_id for row in group}) for group in strangers),
            "activities": len(strangers),
        },
        evidence=(*(f"scan:{row.id}" for row in rows), *(f"record:{number}" for number in numbers)),
        points=points,
    )


def _unrelated(rows: list[Line], homes: Mapping[int, int]) -> set[int]:
    """Who used the phone, everybody of a linked household counting as one."""
    return {-homes[row.member_id] if row.member_id in homes else row.member_id for row in rows}


RULE = Rule(
    code="F-03",
    version=1,
    name=N_("One phone signs in several people"),
    says=N_(
        "One phone checked in up to %(members)s people who are not linked as a family, at %(activities)s shifts within 30 days."
    ),
    honest=N_(
        "Neighbours who share the one phone that works, or a couple not yet linked as a family: ask first."
    ),
    blind=N_("Somebody with two phones, and browsers that forget their cookie."),
    prevented_by=N_("A second person on a phone is let in once and marked; a third is refused."),
    weight=60,
    thresholds=(
        Threshold("members", N_("people on one phone at one shift"), 3, 2, 20),
        Threshold("activities", N_("shifts with two people on one phone in 30 days"), 2, 1, 20),
    ),
    find=_find,
)
