"""F-22: an attendant and a member work together."""

from collections import Counter
from collections.abc import Iterator, Mapping
from math import comb

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import attendants_with_missing_goods, orders
from store.orders.models import Order
from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of

# How improbable a share must be before it counts, in millionths.
_MILLION = 1_000_000


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    since = window.since(HALF_YEAR_DAYS)
    missing = attendants_with_missing_goods(session, since, window.until)
    # Counts, not orders: a county's half year of redemptions does not come into memory.
    counts = (
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
    for shop_id, sold in grouped(session.execute(counts) if missing else (), lambda row: row.shop_id):
        for member_id, attendant, tries, usual in _pairs(sold, limits):
            if attendant in missing:
                about = (
                    Order.shop_id == shop_id,
                    Order.member_id == member_id,
                    Order.sold_by_user_id == attendant,
                )
                mine = list(orders(session, since, window.until, *about, order=(Order.id,)))
                yield _finding(window, attendant, mine, tries, usual)


def _pairs(sold: list[Line], limits: Mapping[str, int]) -> Iterator[tuple[int, int, int, float]]:
    """Member, attendant, the member's redemptions and the attendant's usual share, where chance does not explain it."""
    handled: Counter[int] = Counter()
    for row in sold:
        handled[row.attendant] += row.times
    for member_id, own in grouped(sold, lambda row: row.member_id):
        tries, most = sum(row.times for row in own), max(own, key=lambda row: row.times)
        if most.times < limits["redemptions"] or 100 * most.times < limits["percent"] * tries:
            continue
        others = handled.total() - tries
        usual = (handled[most.attendant] - most.times) / others if others else 1.0
        if at_least(most.times, tries, usual) * _MILLION <= limits["chance"]:
            yield member_id, most.attendant, tries, usual


def at_least(times: int, tries: int, share: float) -> float:
    """The chance that an attendant with this share of all sales handles ``times`` or more of ``tries`` by roster alone."""
    return sum(comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(times, tries + 1))


def _finding(window: Window, attendant: int, mine: list[Line], tries: int, usual: float) -> Finding:
    return Finding(
        key=f"pair:{attendant}:{mine[0].member_id}:{mine[0].id}",
        organisation_id=mine[-1].organisation_id,
        day=window.day(mine[-1].completed_at),
        members=(mine[0].member_id,),
        users=(attendant,),
        facts={"times": len(mine), "redemptions": tries, "usual": f"{100 * usual:.0f}"},
        evidence=tuple(f"order:{row.id}" for row in mine),
        points=sum((row.total_points for row in mine), points_of(())),
    )


RULE = Rule(
    code="F-22",
    version=1,
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
        Threshold("percent", N_("share of the member's redemptions, in percent"), 80, 50, 100),
        Threshold("chance", N_("chance by the roster alone, in millionths"), 1000, 1, 100_000),
    ),
    find=_find,
)
