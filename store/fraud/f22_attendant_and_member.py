"""F-22: an attendant and a member work together."""

from collections import Counter
from collections.abc import Iterator, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import counts, orders
from store.orders.models import Order
from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.chance import MILLION, at_least
from timebank.fraud.rules.reading import Line, grouped, points_of


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    since = window.since(HALF_YEAR_DAYS)
    counted = counts(session, since, window.until)
    # Counts, not orders: a county's half year of redemptions does not come into memory.
    handled = (
        select(
            Order.shop_id,
            Order.member_id,
            Order.sold_by_user_id.label("attendant"),
            func.count().label("times"),
        )
        .where(Order.completed_at >= since, Order.completed_at < window.until)
        .group_by(Order.shop_id, Order.member_id, Order.sold_by_user_id)
        .order_by(Order.shop_id, Order.member_id)
    )
    for shop_id, sold in grouped(session.execute(handled), lambda row: row.shop_id):
        for member_id, attendant, tries, usual in _pairs(sold, limits):
            about = (
                Order.shop_id == shop_id,
                Order.member_id == member_id,
                Order.sold_by_user_id == attendant,
            )
            mine = list(orders(session, since, window.until, *about, order=(Order.id,)))
            shifts = [row.shift_id for row in mine]
            short = counted.short(shifts)
            # Some shift is short everywhere in half a year; that those are short in which the two met is not chance.
            if len(short) >= limits["short"] and counted.chance(shifts) * MILLION <= limits["chance"]:
                yield _finding(window, attendant, mine, (tries, usual, len(short)))


def _pairs(sold: list[Line], limits: Mapping[str, int]) -> Iterator[tuple[int, int, int, float]]:
    """Member, attendant, the member's redemptions and the attendant's usual share, where chance does not explain it."""
    by_attendant: Counter[int] = Counter()
    for row in sold:
        by_attendant[row.attendant] += row.times
    for member_id, own in grouped(sold, lambda row: row.member_id):
        tries, most = sum(row.times for row in own), max(own, key=lambda row: row.times)
        if most.times < limits["redemptions"] or 100 * most.times < limits["percent"] * tries:
            continue
        others = by_attendant.total() - tries
        usual = (by_attendant[most.attendant] - most.times) / others if others else 1.0
        if at_least(most.times, tries, usual) * MILLION <= limits["chance"]:
            yield member_id, most.attendant, tries, usual


def _finding(window: Window, attendant: int, mine: list[Line], found: tuple[int, float, int]) -> Finding:
    tries, usual, short = found
    return Finding(
        key=f"pair:{attendant}:{mine[0].member_id}:{mine[0].id}",
        organisation_id=mine[-1].organisation_id,
        day=window.day(mine[-1].completed_at),
        members=(mine[0].member_id,),
        users=(attendant,),
        facts={"times": len(mine), "redemptions": tries, "usual": f"{100 * usual:.0f}", "short": short},
        evidence=tuple(f"order:{row.id}" for row in mine),
        points=sum((row.total_points for row in mine), points_of(())),
    )


RULE = Rule(
    code="F-22",
    version=2,
    name=N_("An attendant and a member work together"),
    says=N_(
        "One attendant handled %(times)s of this member's %(redemptions)s redemptions, but only %(usual)s %% of everybody else's, and goods are missing after their shifts."
    ),
    honest=N_(
        "A member who always comes on the same weekday meets the same attendant; then no goods are missing."
    ),
    blind=N_("A pair that uses the weekday of the attendant and a clean count."),
    prevented_by=N_("Attendants change, counts are blind."),
    weight=60,
    thresholds=(
        Threshold("redemptions", N_("redemptions by one attendant"), 5, 3, 100),
        Threshold("percent", N_("share of the member's redemptions, in percent"), 60, 50, 100),
        Threshold("chance", N_("chance by the roster alone, in millionths"), 1000, 1, 100_000),
        Threshold("short", N_("shifts in which the two met and goods were missing"), 3, 1, 100),
    ),
    find=_find,
)
