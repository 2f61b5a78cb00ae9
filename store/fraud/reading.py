"""Orders, returns and counts as the shop's rules read them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter.models import ShiftCount
from store.orders.models import Order, Return
from timebank.fraud.rules.chance import at_least, usual_share
from timebank.fraud.rules.reading import Line

# One count in twenty is a unit short by nobody's fault, whatever a small shop's books say.
USUALLY_SHORT = 0.05


def orders(
    session: Session, since: datetime, until: datetime, *criteria: ColumnElement[bool], order: Iterable[Any]
) -> Iterator[Line]:
    """Completed redemptions with their shop's organisation."""
    query = (
        select(
            Order.id,
            Order.shop_id,
            Order.member_id,
            Order.total_points,
            Order.identified_by,
            Order.agreed_by,
            Order.sold_by_user_id.label("attendant"),
            Order.completed_at,
            Order.shift_id,
            Shop.organisation_id,
        )
        .join(Shop, Shop.id == Order.shop_id)
        .where(Order.completed_at >= since, Order.completed_at < until, *criteria)
        .order_by(*order)
        .execution_options(yield_per=2000)
    )
    yield from session.execute(query)


def returns(session: Session, since: datetime, until: datetime) -> Iterator[Line]:
    """Returns and undone sales with the order that they take back."""
    query = (
        select(
            Return.id,
            Return.order_id,
            Return.kind,
            Return.total_points,
            Return.taken_by_user_id.label("attendant"),
            Return.approved_by_user_id.label("approver"),
            Return.returned_at,
            Return.transaction_id,
            Return.shift_id,
            Order.member_id,
            Order.completed_at,
            Shop.organisation_id,
        )
        .join(Order, Order.id == Return.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Return.returned_at >= since, Return.returned_at < until)
        .order_by(Return.taken_by_user_id, Return.id)
    )
    yield from session.execute(query)


@dataclass(frozen=True)
class Counts:
    """Every shift that was counted blind within a time.

    Attributes:
        counted: shift → units that were missing; nought where the count agreed, or found more.
    """

    counted: Mapping[int, int]

    def short(self, shifts: Iterable[int | None]) -> list[int]:
        """Of these shifts, those after which goods were missing."""
        return sorted({one for one in shifts if one is not None and self.counted.get(one, 0) > 0})

    def chance(self, shifts: Iterable[int | None]) -> float:
        """How likely so many of these shifts, or more, are short if they are like all the others."""
        own = {one for one in shifts if one is not None and one in self.counted}
        others = [missing for shift, missing in self.counted.items() if shift not in own]
        usual = usual_share(sum(missing > 0 for missing in others), len(others), least=USUALLY_SHORT)
        return at_least(len(self.short(own)), len(own), usual)


def counts(session: Session, since: datetime, until: datetime) -> Counts:
    """The blind counts at the end of shifts, of which the last one of a shift counts."""
    query = (
        select(ShiftCount.shift_id, ShiftCount.rows)
        .where(ShiftCount.counted_at >= since, ShiftCount.counted_at < until)
        .order_by(ShiftCount.id)
    )
    return Counts(
        {
            shift: sum(max(one["book"] - one["counted"], 0) for one in rows)
            for shift, rows in session.execute(query)
        }
    )
