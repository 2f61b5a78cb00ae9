"""F-20: a payment code is used by somebody else: in two shops at once, or late at a shop never visited."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped

_MONTH = 30
_AT_A_TIME = 500


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = orders(
        session,
        window.since(_MONTH),
        window.until,
        Order.identified_by == "code",
        order=(Order.member_id, Order.completed_at, Order.id),
    )
    late: list[Line] = []
    for _member, bought in grouped(rows, lambda row: row.member_id):
        for earlier, later in pairwise(bought):
            apart = (later.completed_at - earlier.completed_at).total_seconds() / 60
            if earlier.shop_id != later.shop_id and apart <= limits["minutes"]:
                yield _finding(window, (earlier, later), int(apart), late=False)
        late += [row for row in bought if _is_late(window, row, limits)]
    for row in _at_new_shops(session, late):
        yield _finding(window, (row,), 0, late=True)


def _is_late(window: Window, row: Line, limits: Mapping[str, int]) -> bool:
    hour: int = row.completed_at.astimezone(window.timezone).hour
    return hour >= limits["late_hour"] or hour < limits["early_hour"]


def _at_new_shops(session: Session, late: list[Line]) -> Iterator[Line]:
    """Of these redemptions, those that were their member's first ever at the shop."""
    first: dict[tuple[int, int], datetime] = {}
    for start in range(0, len(late), _AT_A_TIME):
        some = {row.member_id for row in late[start : start + _AT_A_TIME]}
        query = (
            select(Order.member_id, Order.shop_id, func.min(Order.completed_at))
            .where(Order.member_id.in_(some))
            .group_by(Order.member_id, Order.shop_id)
        )
        first |= {(member_id, shop_id): at for member_id, shop_id, at in session.execute(query)}
    for row in late:
        if first[row.member_id, row.shop_id] >= row.completed_at:
            yield row


def _finding(window: Window, rows: tuple[Line, ...], minutes: int, *, late: bool) -> Finding:
    last = rows[-1]
    return Finding(
        key="orders:" + ":".join(str(row.id) for row in rows),
        organisation_id=last.organisation_id,
        day=window.day(last.completed_at),
        members=(last.member_id,),
        users=tuple(sorted({row.attendant for row in rows})) if late else (),
        facts={
            "shops": len({row.shop_id for row in rows}),
            "minutes": minutes,
            "clock": last.completed_at.astimezone(window.timezone).strftime("%H:%M"),
        },
        evidence=tuple(f"order:{row.id}" for row in rows),
        points=last.total_points,
    )


RULE = Rule(
    code="F-20",
    version=1,
    name=N_("A payment code is used by somebody else"),
    says=N_("The code was used at %(shops)s shops %(minutes)s minutes apart, the last time at %(clock)s."),
    honest=N_("Two shops in one building; a holiday when the shop was open longer."),
    blind=N_("A thief who shops at the member's usual shop at the usual hour."),
    prevented_by=N_("60 seconds, one use, bound to the first shop that scans it."),
    weight=50,
    thresholds=(
        Threshold("minutes", N_("minutes between two shops"), 5, 1, 240),
        Threshold("late_hour", N_("from this hour it is late"), 21, 12, 24),
        Threshold("early_hour", N_("until this hour it is early"), 6, 0, 12),
    ),
    find=_find,
)
