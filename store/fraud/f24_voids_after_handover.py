"""F-24: a sale is taken back after the goods have gone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import Counts, counts, returns
from store.orders.models import Order, Return
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.chance import MILLION, at_least, usual_share
from timebank.fraud.rules.reading import Line, grouped, points_of

_QUARTER = 91
# One sale in a hundred is taken back late everywhere.
_USUALLY_BACK = 0.01


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    since = window.since(_QUARTER)
    sold = dict(
        session.execute(
            select(Order.sold_by_user_id, func.count())
            .where(Order.completed_at >= since, Order.completed_at < window.until)
            .group_by(Order.sold_by_user_id)
        ).all()
    )
    moved = _moved(session, since, window.until)
    counted = counts(session, since, window.until)
    late = {
        attendant: [
            row for row in taken if row.returned_at - row.completed_at > timedelta(minutes=limits["minutes"])
        ]
        for attendant, taken in grouped(returns(session, since, window.until), lambda row: row.attendant)
    }
    alone = {attendant: [row for row in rows if row.approver is None] for attendant, rows in late.items()}
    all_alone, all_sold = sum(map(len, alone.values())), sum(sold.values())
    for attendant, rows in late.items():
        empty = [row for row in rows if row.transaction_id not in moved]
        own, sales = alone[attendant], sold.get(attendant, 0)
        if empty:
            yield _finding(window, f"attendant:{attendant}:{empty[0].id}", empty, len(empty), sales)
        if _are_short(counted, own, limits):
            short = set(counted.short(row.shift_id for row in own))
            missing = [row for row in own if row.shift_id in short]
            yield _finding(window, f"short:{attendant}:{missing[0].id}", missing, 0, sales)
        # A slow month of a small shop is no rate: it has to be improbable as well.
        usual = usual_share(all_alone - len(own), all_sold - sales, least=_USUALLY_BACK)
        often = len(own) >= limits["voids"] and 100 * len(own) > limits["percent"] * sales
        if often and at_least(len(own), max(sales, len(own)), usual) * MILLION <= limits["rate_chance"]:
            yield _finding(window, f"rate:{attendant}:{own[0].id}", own, 0, sales)


def _are_short(counted: Counts, alone: list[Line], limits: Mapping[str, int]) -> bool:
    """Whether goods were missing after so many of the shifts in which somebody took sales back alone that it is no chance."""
    shifts = [row.shift_id for row in alone]
    short = counted.short(shifts)
    return len(short) >= limits["with_missing"] and counted.chance(shifts) * MILLION <= limits["chance"]


def _moved(session: Session, since: datetime, until: datetime) -> set[int]:
    """Transactions of returns by which goods came back to a shelf."""
    query = (
        select(Return.transaction_id)
        .join(StockMovement, StockMovement.transaction_id == Return.transaction_id)
        .where(Return.returned_at >= since, Return.returned_at < until)
        .distinct()
    )
    return set(session.scalars(query))


def _finding(window: Window, key: str, rows: list[Line], empty: int, sold: int) -> Finding:
    return Finding(
        key=key,
        organisation_id=rows[-1].organisation_id,
        day=window.day(rows[-1].returned_at),
        members=tuple(sorted({row.member_id for row in rows})),
        users=(rows[0].attendant,),
        facts={"voids": len(rows), "empty": empty, "sales": sold},
        evidence=tuple(f"return:{row.id}" for row in rows),
        points=sum((row.total_points for row in rows), points_of(())),
    )


RULE = Rule(
    code="F-24",
    version=3,
    name=N_("A sale is taken back after the goods have gone"),
    says=N_(
        "One attendant took back %(voids)s of %(sales)s sales alone and late; for %(empty)s of them no goods came back."
    ),
    honest=N_(
        "A faulty delivery that many bring back; then a second person has signed and the goods are on the shelf."
    ),
    blind=N_("Goods that are put back on the shelf and taken again in the evening."),
    prevented_by=N_("A second person above a limit; points and goods always go back together."),
    weight=100,
    thresholds=(
        Threshold("minutes", N_("minutes after which it counts as late"), 2, 0, 60),
        Threshold("voids", N_("sales taken back alone in 13 weeks"), 5, 2, 100),
        Threshold("with_missing", N_("shifts with such a sale after which goods are missing"), 3, 2, 100),
        Threshold(
            "chance", N_("chance that such shifts are short like all others, in millionths"), 1000, 1, 100_000
        ),
        Threshold(
            "rate_chance", N_("chance of so many by what the others take back, in millionths"), 10, 1, 100_000
        ),
        Threshold("percent", N_("share of the attendant's sales, in percent"), 3, 1, 50),
    ),
    find=_find,
    opens_alone=True,
)
