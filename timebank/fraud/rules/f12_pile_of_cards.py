"""F-12: a pile of paper cards is scanned by somebody who is alone with it."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_by_shift_and_member, scans
from timebank.members.models import Member

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    seen = aliased(Scan)
    piles = (
        select(seen.shift_id)
        .where(
            seen.at >= window.since(_MONTH),
            seen.at < window.until,
            seen.outcome == "ok",
            seen.method == "member",
            seen.operator_user_id.is_not(None),
        )
        .group_by(seen.shift_id, seen.kind, seen.operator_user_id)
        .having(func.count() >= limits["cards"])
    )
    rows = scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.outcome == "ok",
        Scan.method == "member",
        Scan.operator_user_id.is_not(None),
        Scan.member_id.is_not(None),
        Scan.shift_id.in_(piles),
        order=(Scan.shift_id, Scan.kind, Scan.operator_user_id, Scan.at, Scan.id),
    )
    came: dict[tuple[int, int], list[int]] = {}
    for (shift_id, kind, operator), pile in grouped(rows, lambda row: (row.shift_id, row.kind, row.operator)):
        order = [row.member_id for row in pile]
        if kind == "in":
            came[shift_id, operator] = order
        if len(pile) >= limits["cards"]:
            again = kind == "out" and _is_same_pile(came.get((shift_id, operator), []), order, pile, limits)
            yield from _judge(session, window, limits, (shift_id, kind, operator), pile, again=again)


def _is_same_pile(came: list[int], left: list[int], pile: list[Line], limits: Mapping[str, int]) -> bool:
    """Whether the cards came by on leaving in the very order of arrival, or turned over, one soon after the other.

    Six people who leave as chance has it leave in one of these two orders once in 360 times.
    """
    if len(set(left)) < limits["same_order"] or len(left) != len(set(left)):
        return False
    before = [member_id for member_id in came if member_id in set(left)]
    soon = (pile[-1].at - pile[0].at).total_seconds() <= limits["seconds_apart"] * len(pile)
    return soon and len(before) == len(left) and left in (before, before[::-1])


def _judge(
    session: Session,
    window: Window,
    limits: Mapping[str, int],
    about: tuple[int, str, int],
    pile: list[Line],
    *,
    again: bool,
) -> Iterator[Finding]:
    gap = _shortest_median(pile, limits["cards"])
    in_order = len(pile) >= limits["in_order"] and _is_in_register_order(session, pile)
    if gap * 10 >= limits["tenths_of_a_second"] and not in_order and not again:
        return
    shift_id, kind, operator = about
    points, numbers = points_by_shift_and_member(session, ((shift_id, row.member_id) for row in pile))
    yield Finding(
        key=f"shift:{shift_id}:{operator}",
        organisation_id=pile[0].organisation_id,
        day=window.day(pile[-1].at),
        members=tuple(sorted({row.member_id for row in pile})),
        users=(operator,),
        facts={"cards": len(pile), "seconds": f"{gap:.1f}", "in_order": in_order or again, "kind": kind},
        evidence=(*(f"scan:{row.id}" for row in pile), *(f"record:{number}" for number in numbers)),
        points=points,
    )


def _shortest_median(pile: list[Line], cards: int) -> float:
    """The median gap in seconds of the quickest run of ``cards`` cards: a pile may lie between honest arrivals."""
    gaps: list[float] = [(later.at - earlier.at).total_seconds() for earlier, later in pairwise(pile)]
    run = cards - 1
    return min(float(median(gaps[start : start + run])) for start in range(len(gaps) - run + 1))


def _is_in_register_order(session: Session, pile: list[Line]) -> bool:
    """Whether the cards came in the order of the register: by name, or by number."""
    ids = [row.member_id for row in pile]
    if len(set(ids)) < len(ids):
        return False
    query = select(Member.id, Member.sort_name, Member.number).where(Member.id.in_(ids))
    known = {row.id: row for row in session.execute(query)}
    by_name = [(known[number].sort_name, number) for number in ids]
    by_number = [known[number].number for number in ids]
    return by_name == sorted(by_name) or by_number == sorted(by_number)


RULE = Rule(
    code="F-12",
    version=2,
    name=N_("A pile of cards is scanned by somebody alone"),
    says=N_(
        "%(cards)s cards within one run, %(seconds)s seconds apart at the median; in the register's order or in the same order twice: %(in_order)s."
    ),
    honest=N_("A practised organiser with a queue before her takes four seconds or more for each face."),
    blind=N_("A patient cheat who waits between the cards and shuffles them."),
    prevented_by=N_("Photo and name with a tap for every card; a lost card is made invalid by the next one."),
    weight=60,
    thresholds=(
        Threshold("cards", N_("cards in one run"), 5, 3, 100),
        Threshold("tenths_of_a_second", N_("median gap in tenths of a second"), 25, 5, 100),
        Threshold("in_order", N_("cards in the register's order"), 7, 5, 100),
        Threshold("same_order", N_("cards in the same order on coming and on leaving"), 6, 4, 100),
        Threshold("seconds_apart", N_("seconds between such cards on leaving, at most"), 20, 2, 120),
    ),
    find=_find,
)
