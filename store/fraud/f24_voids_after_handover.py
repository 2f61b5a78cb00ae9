"""F-24: a sale is taken back after the goods have gone."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.fraud.reading import attendants_with_missing_goods, returns
from store.orders.models import Order, Return
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_of

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    since = window.since(_MONTH)
    sold = dict(
        session.execute(
            select(Order.sold_by_user_id, func.count())
            .where(Order.completed_at >= since, Order.completed_at < window.until)
            .group_by(Order.sold_by_user_id)
        ).all()
    )
    moved = _moved(session, since, window.until)
    short = attendants_with_missing_goods(session, since, window.until)
    for attendant, taken in grouped(returns(session, since, window.until), lambda row: row.attendant):
        late = [
            row for row in taken if row.returned_at - row.completed_at > timedelta(minutes=limits["minutes"])
        ]
        empty = [row for row in late if row.transaction_id not in moved]
        if empty:
            yield _finding(
                window, f"attendant:{attendant}:{empty[0].id}", empty, len(empty), sold.get(attendant, 0)
            )
        alone = [row for row in late if row.approver is None]
        enough = limits["with_missing"] if attendant in short else limits["voids"]
        if len(alone) >= enough and 100 * len(alone) > limits["percent"] * sold.get(attendant, 0):
            yield _finding(window, f"rate:{attendant}:{alone[0].id}", alone, 0, sold.get(attendant, 0))


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
    version=2,
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
        Threshold("voids", N_("sales taken back alone in 30 days"), 5, 2, 100),
        Threshold(
            "with_missing", N_("the same, where goods are missing after the attendant's shifts"), 3, 2, 100
        ),
        Threshold("percent", N_("share of the attendant's sales, in percent"), 3, 1, 50),
    ),
    find=_find,
    opens_alone=True,
)
