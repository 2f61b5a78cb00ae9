"""What the postings of a statement were for: receipts and returns with their products, and whose concession it was.

Read when the statement is drawn and written down with it, so that both sides, paper and file say the same.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.calendar import local_day
from store.catalogue.models import ConcessionPrice
from store.giving.models import Gift
from store.orders.models import Order, OrderLine, Return, ReturnLine
from store.settlement import rules
from store.settlement.models import SettlementContract, SettlementItem
from store.settlement.queries import Unsettled
from timebank.members.groups import groups_of
from timebank.members.models import MemberGroup

ROWS_AT_ONCE = 500


@dataclass(frozen=True)
class _Piece:
    """A product of one receipt or return; ``sign`` is −1 where it came back."""

    transaction_id: int
    kind: str
    order: Order
    line: OrderLine
    units: int
    sign: int


def items_of(
    session: Session, contract: SettlementContract, found: Sequence[Unsettled], *, timezone: ZoneInfo
) -> dict[int, list[SettlementItem]]:
    """What each of the postings was for, by transaction id; the points of each add up to its own."""
    by_id: dict[int, list[SettlementItem]] = {one.transaction_id: [] for one in found}
    groups = _Groups(session, contract, timezone)
    ids = sorted(by_id)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        for piece in _pieces(session, some):
            item = _item(contract, piece, groups)
            if item is not None:
                by_id[piece.transaction_id].append(item)
        for transaction_id, points in _gifts(session, some):
            by_id[transaction_id].append(_plain("gift", rules.owed_points(contract.kind, points)))
    for one in found:
        known = sum((item.points for item in by_id[one.transaction_id]), Decimal(0))
        rest = rules.owed_points(contract.kind, one.points) - known
        if rest:
            by_id[one.transaction_id].append(_plain("other", rest))
    return by_id


def _plain(kind: str, points: Decimal) -> SettlementItem:
    return SettlementItem(kind=kind, product_name="", group_name="", units=0, points=points)


def _pieces(session: Session, transaction_ids: Sequence[int]) -> Iterator[_Piece]:
    sold = session.execute(
        select(Order, OrderLine)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.transaction_id.in_(transaction_ids))
        .order_by(OrderLine.id)
    )
    for order, line in sold:
        yield _Piece(order.transaction_id, "sale", order, line, line.quantity, 1)
    back = session.execute(
        select(Return.transaction_id, Return.kind, Order, OrderLine, ReturnLine.quantity)
        .join(ReturnLine, ReturnLine.return_id == Return.id)
        .join(OrderLine, OrderLine.id == ReturnLine.order_line_id)
        .join(Order, Order.id == Return.order_id)
        .where(Return.transaction_id.in_(transaction_ids))
        .order_by(ReturnLine.id)
    )
    for transaction_id, kind, order, line, units in back:
        yield _Piece(transaction_id, kind, order, line, units, -1)


def _gifts(session: Session, transaction_ids: Sequence[int]) -> list[tuple[int, Decimal]]:
    rows = session.execute(
        select(Gift.transaction_id, Gift.points).where(Gift.transaction_id.in_(transaction_ids))
    )
    return [(int(transaction_id), points) for transaction_id, points in rows]


def _item(contract: SettlementContract, piece: _Piece, groups: "_Groups") -> SettlementItem | None:
    """The piece as this side of it stands on the statement; None where a funder pays nothing of it."""
    line, is_funders = piece.line, contract.kind == "funder"
    if is_funders and line.funder_organisation_id != contract.party_organisation_id:
        return None
    each = line.subsidy_points if is_funders else line.price_points + line.subsidy_points
    return SettlementItem(
        kind=piece.kind,
        shop_id=piece.order.shop_id,
        number=piece.order.number,
        product_id=line.product_id,
        product_name=line.product_name,
        group_name=groups.name(piece.order, line) if is_funders else "",
        units=piece.sign * piece.units,
        points=piece.sign * piece.units * each,
    )


class _Groups:
    """Whose concession a line was sold at: read once for each product and price."""

    def __init__(self, session: Session, contract: SettlementContract, timezone: ZoneInfo) -> None:
        self._session, self._timezone = session, timezone
        rows = session.execute(
            select(ConcessionPrice, MemberGroup.name)
            .join(MemberGroup, MemberGroup.id == ConcessionPrice.group_id)
            .where(ConcessionPrice.funder_organisation_id == contract.party_organisation_id)
            .order_by(ConcessionPrice.id)
        )
        self._offered: dict[tuple[int, Decimal], list[tuple[ConcessionPrice, str]]] = {}
        for concession, name in rows:
            key = (concession.product_id, concession.price_points)
            self._offered.setdefault(key, []).append((concession, name))

    def name(self, order: Order, line: OrderLine) -> str:
        """The group, or nothing where no concession at this price is known any more."""
        offered = self._offered.get((line.product_id, line.price_points), [])
        if len({name for _one, name in offered}) > 1:
            day = local_day(order.completed_at, self._timezone)
            hers = groups_of(self._session, order.member_id, day)
            offered = [pair for pair in offered if pair[0].group_id in hers] or offered
        return offered[0][1] if offered else ""


@dataclass(frozen=True)
class Sum:
    """What one product came to, for one group where a funder pays."""

    group_name: str
    product_name: str
    units: int
    points: Decimal


def sums(items: Iterable[SettlementItem]) -> list[Sum]:
    """Units and points by group and product, in the order of their names; what was no product last."""
    added: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for item in items:
        key = (item.group_name, item.product_name)
        units, points = added.get(key, (0, Decimal(0)))
        added[key] = (units + item.units, points + item.points)
    ordered = sorted(added.items(), key=lambda pair: (not pair[0][1], *pair[0]))
    return [Sum(group, product, units, points) for (group, product), (units, points) in ordered]


def by_group(sums_of: Iterable[Sum]) -> Mapping[str, Decimal]:
    """Points by group, in the order of the sums."""
    added: dict[str, Decimal] = {}
    for one in sums_of:
        added[one.group_name] = added.get(one.group_name, Decimal(0)) + one.points
    return added
