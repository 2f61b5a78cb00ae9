"""F-23: three go over the counter, one is scanned."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter.models import CounterShift, ShiftCount
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    query = (
        select(
            ShiftCount.id,
            ShiftCount.rows,
            ShiftCount.counted_at,
            CounterShift.opened_by_user_id.label("attendant"),
            Shop.organisation_id,
        )
        .join(CounterShift, CounterShift.id == ShiftCount.shift_id)
        .join(Shop, Shop.id == CounterShift.shop_id)
        .where(ShiftCount.counted_at >= window.since(_MONTH), ShiftCount.counted_at < window.until)
        .order_by(CounterShift.opened_by_user_id, ShiftCount.id)
    )
    for attendant, counts in grouped(session.execute(query), lambda row: row.attendant):
        short = [row for row in counts if _is_short(row.rows, limits)]
        if len(short) >= limits["shifts"]:
            yield _finding(window, attendant, short)


def _missing(rows: list[dict[str, Any]]) -> int:
    return sum(max(one["book"] - one["counted"], 0) for one in rows)


def _is_short(rows: list[dict[str, Any]], limits: Mapping[str, int]) -> bool:
    book, missing = sum(one["book"] for one in rows), _missing(rows)
    # One unit is a slip of the counting hand, however little stood on the shelf.
    return missing >= limits["units"] or (missing > 1 and 1000 * missing > limits["permille"] * book)


def _finding(window: Window, attendant: int, short: list[Line]) -> Finding:
    return Finding(
        key=f"attendant:{attendant}:{short[0].id}",
        organisation_id=short[-1].organisation_id,
        day=window.day(short[-1].counted_at),
        users=(attendant,),
        facts={"shifts": len(short), "units": sum(_missing(row.rows) for row in short)},
        evidence=tuple(f"shift_count:{row.id}" for row in short),
    )


RULE = Rule(
    code="F-23",
    version=2,
    name=N_("Three go over the counter, one is scanned"),
    says=N_("%(units)s units were missing after %(shifts)s shifts of one attendant within 30 days."),
    honest=N_(
        "A delivery that was put on the shelf and not yet booked, a box that broke and was not written off."
    ),
    blind=N_("What is missing in a shop that is not counted."),
    prevented_by=N_("A blind count at the handover, signed by a second person where it differs."),
    weight=60,
    thresholds=(
        Threshold("shifts", N_("shifts with goods missing in 30 days"), 2, 1, 30),
        Threshold("units", N_("units missing after one shift"), 3, 1, 1000),
        Threshold("permille", N_("share of the goods counted, of a thousand"), 20, 1, 1000),
    ),
    find=_find,
)
