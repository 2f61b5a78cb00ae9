"""F-21: an attendant redeems for members who are not there."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.chance import MILLION, at_least, usual_share
from timebank.fraud.rules.reading import Line, grouped, points_of

_MONTH, _QUARTER = 30, 91
_BY_CARD = ("card", "card_pin")
# One redemption by card in eight goes without PIN and signature where everybody knows everybody.
_USUALLY_UNCONFIRMED = 0.12
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
    yield from _more_than_colleagues(session, window, limits)


def _more_than_colleagues(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    """Attendants who do without anybody's yes far more often than all the others with cards, whoever the members are."""
    since = window.since(_QUARTER)
    handled = (
        select(Order.sold_by_user_id, Order.agreed_by, func.count())
        .where(
            Order.completed_at >= since,
            Order.completed_at < window.until,
            Order.identified_by.in_(_BY_CARD),
        )
        .group_by(Order.sold_by_user_id, Order.agreed_by)
    )
    shown: Counter[int] = Counter()
    cards: Counter[int] = Counter()
    for attendant, agreed_by, times in session.execute(handled):
        cards[attendant] += times
        shown[attendant] += times if agreed_by == _UNCONFIRMED else 0
    for attendant, times in sorted(shown.items()):
        others = cards.total() - cards[attendant]
        usual = usual_share(shown.total() - times, others, least=_USUALLY_UNCONFIRMED)
        if (
            times < limits["unconfirmed"]
            or at_least(times, cards[attendant], usual) * MILLION > limits["chance"]
        ):
            continue
        mine = list(
            orders(
                session,
                since,
                window.until,
                Order.sold_by_user_id == attendant,
                Order.identified_by == "card",
                Order.agreed_by == _UNCONFIRMED,
                order=(Order.id,),
            )
        )
        if mine:
            outside = sum(_is_outside_hours(window, row, limits) for row in mine)
            yield _finding(window, f"share:{attendant}:{mine[0].id}", mine, outside)


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
    version=2,
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
        Threshold(
            "unconfirmed", N_("redemptions without anybody's yes with one attendant in 13 weeks"), 6, 2, 1000
        ),
        Threshold("chance", N_("chance of so many by the colleagues' share, in millionths"), 100, 1, 100_000),
        Threshold("opens", N_("usual opening hour"), 7, 0, 12),
        Threshold("closes", N_("usual closing hour"), 21, 12, 24),
    ),
    find=_find,
)
