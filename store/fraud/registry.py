"""The shop's rules, all of them, in the order of their codes; what their evidence points at; the shop's part of a case's timeline."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter.models import ShiftCount
from store.fraud.f19_dormant_account import RULE as F19
from store.fraud.f20_stolen_code import RULE as F20
from store.fraud.f21_absent_members import RULE as F21
from store.fraud.f22_attendant_and_member import RULE as F22
from store.fraud.f23_gives_three_scans_one import RULE as F23
from store.fraud.f24_voids_after_handover import RULE as F24
from store.fraud.f25_burst_of_spending import RULE as F25
from store.orders.models import Order, Return
from timebank.errors import N_
from timebank.fraud.rules import Rule
from timebank.fraud.timeline import SHOWN, Moment
from timebank.orm import Base

RULES: tuple[Rule, ...] = (F19, F20, F21, F22, F23, F24, F25)
EVIDENCE: dict[str, type[Base]] = {"order": Order, "return": Return, "shift_count": ShiftCount}
REDEEMED = N_("Redeemed %(points)s points at %(shop)s (%(how)s)")


def redemptions(session: Session, members: Sequence[int], since: datetime) -> Iterator[Moment]:
    """What the members redeemed."""
    query = (
        select(Order, Shop.name)
        .join(Shop, Shop.id == Order.shop_id)
        .where(Order.member_id.in_(members), Order.completed_at >= since)
        .order_by(Order.completed_at.desc())
        .limit(SHOWN)
    )
    for order, shop in session.execute(query):
        facts = {"points": str(order.total_points), "shop": shop, "how": order.identified_by}
        yield Moment(order.completed_at, order.member_id, "order", f"order:{order.id}", REDEEMED, facts)
