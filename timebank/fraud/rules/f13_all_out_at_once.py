"""F-13: everybody is checked out at once by staff, each exactly at the planned end."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_by_shift_and_member, scans

_MONTH = 30
# How far from the planned end the first and the last of a quick row may lie; a slow one takes its own time as well.
_NEAR = timedelta(minutes=2)


@dataclass(frozen=True)
class _Leaving:
    """One shift from which one organiser let nearly everybody out; ``is_quick``: card after card."""

    shift_id: int
    outs: list[Line]
    together: list[Line]
    is_quick: bool

    def themselves(self, own_phone: set[tuple[int, int]]) -> int:
        """How many of them had come with a phone of their own."""
        return sum((self.shift_id, row.member_id) in own_phone for row in self.together)


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    by_operator: dict[int, list[_Leaving]] = defaultdict(list)
    for shift_id, outs in grouped(_let_out(session, window, limits), lambda row: row.shift_id):
        left = _leaving(shift_id, outs, limits)
        if left is not None:
            by_operator[left.together[0].operator].append(left)
    own_phone = _came_by_own_phone(session, [left.shift_id for some in by_operator.values() for left in some])
    for some in by_operator.values():
        quick = sum(left.is_quick for left in some)
        # A screen that is dark in the evening happens once; the phones that came are in their pockets again next time.
        slow = {left.shift_id for left in some if left.themselves(own_phone) >= limits["slow_own_phones"]}
        for left in some:
            themselves = left.themselves(own_phone)
            # Whoever scans on coming scans on leaving; else it is a bus, and a bus goes once in a while.
            is_no_bus = themselves >= limits["own_phones"] or quick >= limits["again"]
            if (left.is_quick and is_no_bus) or (left.shift_id in slow and len(slow) >= limits["again"]):
                yield _finding(session, window, left, themselves)


def _let_out(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Line]:
    """The check-outs of the month's shifts in which somebody of the staff let out as many as it takes."""
    seen = aliased(Scan)
    by_staff = (
        select(seen.shift_id)
        .where(
            seen.at >= window.since(_MONTH),
            seen.at < window.until,
            seen.outcome == "ok",
            seen.kind == "out",
            seen.operator_user_id.is_not(None),
        )
        .group_by(seen.shift_id, seen.operator_user_id)
        .having(func.count() >= limits["outs"])
    )
    return scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.outcome == "ok",
        Scan.kind == "out",
        Scan.shift_id.in_(by_staff),
        order=(Scan.shift_id, Scan.at, Scan.id),
    )


def _leaving(shift_id: int, outs: list[Line], limits: Mapping[str, int]) -> _Leaving | None:
    """The quick row of check-outs, else the slow one; neither where too few or too small a share left in it."""
    for seconds, near in (
        (limits["seconds"], _NEAR),
        (limits["slow_seconds"], _NEAR + timedelta(seconds=limits["slow_seconds"])),
    ):
        together = _largest_burst(outs, seconds, near)
        if len(together) >= limits["outs"] and 100 * len(together) > limits["percent"] * len(outs):
            return _Leaving(shift_id, outs, together, is_quick=near == _NEAR)
    return None


def _came_by_own_phone(session: Session, shifts: list[int]) -> set[tuple[int, int]]:
    """(shift, member) of everybody who checked in with a phone rather than by somebody's scanner."""
    query = select(Scan.shift_id, Scan.member_id).where(
        Scan.shift_id.in_(shifts),
        Scan.kind == "in",
        Scan.outcome == "ok",
        Scan.operator_user_id.is_(None),
        Scan.member_id.is_not(None),
    )
    found = session.execute(query)
    return {(shift, member) for shift, member in found if shift is not None and member is not None}


def _largest_burst(outs: list[Line], seconds: int, near: timedelta) -> list[Line]:
    """The most check-outs by one operator within ``seconds``, all as ``near`` the planned end as that."""
    best: list[Line] = []
    then = [row for row in outs if row.operator is not None and abs(row.at - row.ends_at) <= near]
    for index, first in enumerate(then):
        run = [
            row
            for row in then[index:]
            if row.operator == first.operator and (row.at - first.at).total_seconds() <= seconds
        ]
        best = max(best, run, key=len)
    return best


def _finding(session: Session, window: Window, left: _Leaving, themselves: int) -> Finding:
    together = left.together
    points, numbers = points_by_shift_and_member(
        session, ((left.shift_id, row.member_id) for row in together)
    )
    return Finding(
        key=f"shift:{left.shift_id}",
        organisation_id=together[0].organisation_id,
        day=window.day(together[-1].at),
        members=tuple(sorted({row.member_id for row in together if row.member_id})),
        users=(together[0].operator,),
        facts={
            "together": len(together),
            "outs": len(left.outs),
            "seconds": int((together[-1].at - together[0].at).total_seconds()),
            "own_phones": themselves,
        },
        evidence=(*(f"scan:{row.id}" for row in together), *(f"record:{number}" for number in numbers)),
        points=points,
    )


RULE = Rule(
    code="F-13",
    version=4,
    name=N_("Everybody is checked out at once by staff"),
    says=N_(
        "%(together)s of %(outs)s check-outs within %(seconds)s seconds by one organiser, at the planned end; %(own_phones)s of these people had come with a phone of their own."
    ),
    honest=N_(
        "A bus leaves on time and the organiser scans at its door, or the screen was dark in the evening."
    ),
    blind=N_(
        "Check-outs spread over ten minutes for people who left hours before, and people who have only cards."
    ),
    prevented_by=N_("People check themselves out with a code of its own."),
    weight=40,
    thresholds=(
        Threshold("outs", N_("check-outs together"), 6, 3, 500),
        Threshold("seconds", N_("within seconds"), 60, 5, 600),
        Threshold("percent", N_("share of all check-outs of the shift, in percent"), 80, 10, 99),
        Threshold("own_phones", N_("of them with a phone that they had used on coming"), 2, 0, 100),
        Threshold("slow_seconds", N_("or within so many seconds, at more than one shift"), 360, 60, 1800),
        Threshold("slow_own_phones", N_("and then so many of them with a phone"), 3, 1, 100),
        Threshold("again", N_("or the same organiser at so many shifts in 30 days"), 2, 1, 30),
    ),
    find=_find,
)
