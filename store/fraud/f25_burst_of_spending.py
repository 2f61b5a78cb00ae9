"""F-25: points are spent in a hurry."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from store.fraud.reading import orders
from store.orders.models import Order
from timebank.books.queries import points_balances
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of

_MONTH = 30
_DAY = timedelta(hours=24)
# What was left is known of now: an older burst would be measured by what was earned since.
_FRESH = timedelta(hours=48)


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    bought_often = aliased(Order)
    often = (
        select(bought_often.member_id)
        .where(bought_often.completed_at >= window.since(_MONTH), bought_often.completed_at < window.until)
        .group_by(bought_often.member_id)
        .having(func.count() >= min(limits["redemptions"], limits["pieces"]))
    )
    rows = orders(
        session,
        window.since(_MONTH),
        window.until,
        Order.member_id.in_(often),
        order=(Order.member_id, Order.completed_at, Order.id),
    )
    for member_id, bought in grouped(rows, lambda row: row.member_id):
        run = _busiest_day(bought)
        spent = sum((row.total_points for row in run), points_of(()))
        is_fresh = window.until - run[-1].completed_at <= _FRESH
        in_pieces = len(run) >= limits["pieces"] and is_fresh
        if len(run) >= limits["redemptions"] or (
            in_pieces and _is_nearly_all(session, member_id, spent, limits)
        ):
            yield Finding(
                key=f"member:{member_id}:{run[0].id}",
                organisation_id=run[-1].organisation_id,
                day=window.day(run[-1].completed_at),
                members=(member_id,),
                facts={"redemptions": len(run), "points": str(spent)},
                evidence=tuple(f"order:{row.id}" for row in run),
                points=spent,
            )


def _is_nearly_all(session: Session, member_id: int, spent: Decimal, limits: Mapping[str, int]) -> bool:
    """Whether so little is left that most of what there was has gone."""
    left = points_balances(session, [member_id])[member_id]
    return 100 * spent >= limits["percent"] * (spent + left)


def _busiest_day(bought: list[Line]) -> list[Line]:
    """The most redemptions within 24 hours."""
    runs = [
        [row for row in bought[index:] if row.completed_at - first.completed_at <= _DAY]
        for index, first in enumerate(bought)
    ]
    return max(runs, key=len)


RULE = Rule(
    code="F-25",
    version=2,
    name=N_("Points are spent in a hurry"),
    says=N_("%(redemptions)s redemptions for %(points)s points within 24 hours."),
    honest=N_("Shopping for the holidays; somebody who forgot something and came back twice."),
    blind=N_("One large redemption of everything: honest people do that as well."),
    prevented_by=N_("Limits per person and day."),
    weight=30,
    thresholds=(
        Threshold("redemptions", N_("redemptions within 24 hours"), 5, 2, 100),
        Threshold("pieces", N_("or so many that together take nearly all there was"), 4, 2, 100),
        Threshold("percent", N_("share of what there was, in percent"), 60, 10, 100),
    ),
    find=_find,
)
