"""F-13: everybody is checked out at once by staff, each exactly at the planned end."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_by_shift_and_member, scans

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
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
    rows = scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.outcome == "ok",
        Scan.kind == "out",
        Scan.shift_id.in_(by_staff),
        order=(Scan.shift_id, Scan.at, Scan.id),
    )
    by_operator: dict[int, list[tuple[int, list[Line], list[Line]]]] = defaultdict(list)
    for shift_id, outs in grouped(rows, lambda row: row.shift_id):
        together = _largest_burst(outs, limits["seconds"])
        if len(together) < limits["outs"] or 100 * len(together) <= limits["percent"] * len(outs):
            continue
        by_operator[together[0].operator].append((shift_id, outs, together))
    own_phone = _came_by_own_phone(
        session, [shift for some in by_operator.values() for shift, _o, _t in some]
    )
    for some in by_operator.values():
        for shift_id, outs, together in some:
            # Whoever scans on coming scans on leaving; else it is a bus, and a bus goes once in a while.
            themselves = sum((shift_id, row.member_id) in own_phone for row in together)
            if themselves >= limits["own_phones"] or len(some) >= limits["again"]:
                yield _finding(session, window, shift_id, outs, together)


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


def _largest_burst(outs: list[Line], seconds: int) -> list[Line]:
    """The most check-outs by one operator within ``seconds``, all within two minutes of the planned end."""
    best: list[Line] = []
    near = [
        row for row in outs if row.operator is not None and abs(row.at - row.ends_at) <= timedelta(minutes=2)
    ]
    for index, first in enumerate(near):
        run = [
            row
            for row in near[index:]
            if row.operator == first.operator and (row.at - first.at).total_seconds() <= seconds
        ]
        best = max(best, run, key=len)
    return best


def _finding(
    session: Session, window: Window, shift_id: int, outs: list[Line], together: list[Line]
) -> Finding:
    points, numbers = points_by_shift_and_member(session, ((shift_id, row.member_id) for row in together))
    return Finding(
        key=f"shift:{shift_id}",
        organisation_id=together[0].organisation_id,
        day=window.day(together[-1].at),
        members=tuple(sorted({row.member_id for row in together if row.member_id})),
        users=(together[0].operator,),
        facts={"together": len(together), "outs": len(outs)},
        evidence=(*(f"scan:{row.id}" for row in together), *(f"record:{number}" for number in numbers)),
        points=points,
    )


RULE = Rule(
    code="F-13",
    version=3,
    name=N_("Everybody is checked out at once by staff"),
    says=N_("%(together)s of %(outs)s check-outs within a minute by one organiser, all at the planned end."),
    honest=N_("A bus leaves on time and the organiser scans at its door: then the cards are seconds apart."),
    blind=N_("Check-outs spread over ten minutes for people who left hours before."),
    prevented_by=N_("People check themselves out with a code of its own."),
    weight=40,
    thresholds=(
        Threshold("outs", N_("check-outs together"), 6, 3, 500),
        Threshold("seconds", N_("within seconds"), 60, 5, 600),
        Threshold("percent", N_("share of all check-outs of the shift, in percent"), 80, 10, 99),
        Threshold("own_phones", N_("of them with a phone that they had used on coming"), 2, 0, 100),
        Threshold("again", N_("or the same organiser at so many shifts in 30 days"), 2, 1, 30),
    ),
    find=_find,
)
