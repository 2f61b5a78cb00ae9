"""F-21: an attendant redeems for members who are not there."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of

_MONTH = 30
# What the attendant can bring about without the member: a card lying in a drawer, nobody's yes.
_UNCONFIRMED = "shown"


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    rows = orders(
        session,
        window.since(_MONTH),
        window.until,
        Order.identified_by == "card",
        Order.agreed_by == _UNCONFIRMED,
        order=(Order.sold_by_user_id, Order.member_id, Order.completed_at),
    )
    for attendant, sold in grouped(rows, lambda row: row.attendant):
        outside = [row for row in sold if _is_outside_hours(window, row, limits)]
        if len(outside) >= limits["outside"]:
            yield _finding(window, f"attendant:{attendant}:{outside[0].id}", outside, len(outside))
        for member_id, own in grouped(sold, lambda row: row.member_id):
            if len(own) >= limits["redemptions"]:
                yield _finding(window, f"pair:{attendant}:{member_id}:{own[0].id}", own, 0)


def _is_outside_hours(window: Window, row: Line, limits: Mapping[str, int]) -> bool:
    hour: int = row.completed_at.astimezone(window.timezone).hour
    return not limits["opens"] <= hour < limits["closes"]


def _finding(window: Window, key: str, rows: list[Line], outside: int) -> Finding:
    facts: dict[str, Any] = {
        "redemptions": len(rows),
        "volunteers": len({row.member_id for row in rows}),
        "outside": outside,
    }
    return Finding(
        key=key,
        organisation_id=rows[-1].organisation_id,
        day=window.day(max(row.completed_at for row in rows)),
        members=tuple(sorted({row.member_id for row in rows})),
        users=(rows[0].attendant,),
        facts=facts,
        evidence=tuple(f"order:{row.id}" for row in rows),
        points=sum((row.total_points for row in rows), points_of(())),
    )


RULE = Rule(
    code="F-21",
    version=1,
    name=N_("An attendant redeems for members who are not there"),
    says=N_(
        "%(redemptions)s redemptions by card for %(volunteers)s members without anybody's yes, %(outside)s of them outside the usual hours."
    ),
    honest=N_("An old neighbour who comes twice a week with her card and no phone: then she knows of it."),
    blind=N_("Redemptions with a PIN that the attendant has been told."),
    prevented_by=N_("A PIN or a second person with cards, a limit by card, a message to the member."),
    weight=60,
    thresholds=(
        Threshold("redemptions", N_("redemptions of one member with one attendant in 30 days"), 3, 2, 100),
        Threshold("outside", N_("redemptions outside the usual hours"), 2, 1, 100),
        Threshold("opens", N_("usual opening hour"), 7, 0, 12),
        Threshold("closes", N_("usual closing hour"), 21, 12, 24),
    ),
    find=_find,
)
