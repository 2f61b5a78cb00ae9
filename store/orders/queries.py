"""Finding orders: a person's own, a shop's within the actor's scope, and the one behind a receipt's word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry
from store.catalogue.models import Shop
from store.orders import rules
from store.orders.errors import OrderAbsent, ReceiptAbsent
from store.orders.models import Order, OrderLine, OrderSignature, Return, ReturnLine
from store.permissions import ORDERS_READ
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.books import chart
from timebank.members.models import Member
from timebank.orgs.models import Organisation


@dataclass(frozen=True)
class Sought:
    """What a list of orders is narrowed to.

    Attributes:
        words: the member's name, pinyin, number or phone, or a receipt number.
        since, until: moments of completion, from and up to but not including.
        returned: None for all, True for those of which something came back.
        before: id of the last order of the page before.
    """

    shop_id: int | None = None
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None
    returned: bool | None = None
    before: int | None = None


@dataclass(frozen=True)
class Listed:
    """One order in a list, with who handed it out and what came back."""

    order: Order
    sold_by: str
    back_points: Decimal

    @property
    def state(self) -> str:
        """``completed``, ``partly_returned`` or ``returned``."""
        if self.back_points == 0:
            return "completed"
        return "returned" if self.back_points >= self.order.total_points else "partly_returned"


def order(session: Session, actor: Actor, order_id: int) -> Order:
    """One order of a shop in the actor's subtrees, or the actor's own; raises ``OrderAbsent``."""
    found = session.scalar(
        _with_shop()
        .options(joinedload(Order.member), selectinload(Order.lines))
        .options(selectinload(Order.returns).selectinload(Return.lines))
        .where(Order.id == order_id, scope.within_or_own(actor, Organisation.path, Order.member_id))
    )
    if found is None:
        raise OrderAbsent
    return found


def orders(session: Session, actor: Actor, sought: Sought, *, limit: int = 50) -> list[Listed]:
    """Orders that the actor may read, newest first."""
    query = _listed().where(scope.within(actor, Organisation.path, ORDERS_READ), *_conditions(sought))
    rows = session.execute(query.order_by(Order.id.desc()).limit(limit)).unique()
    return [Listed(found, sold_by, _points(back)) for found, sold_by, back in rows]


def member_orders(
    session: Session, member_id: int, *, before: int | None = None, limit: int = 20
) -> list[Listed]:
    """A member's own orders, newest first."""
    query = _listed().options(selectinload(Order.lines)).where(Order.member_id == member_id)
    if before is not None:
        query = query.where(Order.id < before)
    rows = session.execute(query.order_by(Order.id.desc()).limit(limit)).unique()
    return [Listed(found, sold_by, _points(back)) for found, sold_by, back in rows]


def order_lines(
    session: Session, actor: Actor, sought: Sought
) -> Iterator[tuple[OrderLine, Order, str, int]]:
    """Every line of the orders sought with its order, who handed it out, and the units that came back."""
    back = (
        select(func.coalesce(func.sum(ReturnLine.quantity), 0))
        .where(ReturnLine.order_line_id == OrderLine.id)
        .scalar_subquery()
    )
    query = (
        select(OrderLine, Order, User.name, back)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .join(Organisation, Organisation.id == Shop.organisation_id)
        .join(Member, Member.id == Order.member_id)
        .join(User, User.id == Order.sold_by_user_id)
        .options(
            contains_eager(OrderLine.order).options(contains_eager(Order.shop), contains_eager(Order.member))
        )
        .where(scope.within(actor, Organisation.path, ORDERS_READ), *_conditions(sought))
        .order_by(Order.id.desc(), OrderLine.id)
        .execution_options(yield_per=500)
    )
    for order_line, found, sold_by, units in session.execute(query):
        yield order_line, found, sold_by, int(units)


def receipt(session: Session, word: str) -> Listed:
    """The order behind the word in a receipt's QR; raises ``ReceiptAbsent``."""
    row = session.execute(_listed().where(Order.receipt_token == word)).unique().one_or_none()
    if row is None:
        raise ReceiptAbsent
    return Listed(row[0], row[1], _points(row[2]))


def still_out(session: Session, found: Order) -> dict[int, int]:
    """Units by line of the order that have not been brought back, as the database knows it now."""
    rows = session.execute(
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == found.id)
        .group_by(ReturnLine.order_line_id)
    )
    back = {line_id: int(units) for line_id, units in rows}
    return rules.still_out({line.id: line.quantity for line in found.lines}, back)


def balance_after(session: Session, found: Order) -> Decimal | None:
    """The member's points right after the order, as the ledger wrote them down with the entry."""
    after = session.scalar(
        select(Entry.balance_after)
        .join(Account, Account.id == Entry.account_id)
        .where(
            Entry.transaction_id == found.transaction_id,
            Account.code == chart.member_points(found.member_id).code,
        )
    )
    return None if after is None else from_scaled(after, POINTS)


def signature(session: Session, found: Order) -> OrderSignature | None:
    """The member's hand under the order, where one was asked for."""
    return session.scalar(select(OrderSignature).where(OrderSignature.order_id == found.id))


def last_redeemed_at(session: Session, member_id: int) -> datetime | None:
    """When the member redeemed last, whatever became of it; None for somebody who never did."""
    return session.scalar(
        select(Order.completed_at)
        .where(Order.member_id == member_id)
        .order_by(Order.completed_at.desc())
        .limit(1)
    )


def names_of_users(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """Names by user id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {user_id: name for user_id, name in rows}  # noqa: C416 - a Result is no mapping.


def _with_shop() -> Select[Order]:
    return (
        select(Order)
        .join(Order.shop)
        .join(Shop.organisation)
        .options(contains_eager(Order.shop).contains_eager(Shop.organisation))
    )


def _listed() -> Select[Order, str, Decimal]:
    back = select(func.sum(Return.total_points)).where(Return.order_id == Order.id).scalar_subquery()
    return (
        select(Order, User.name, back)
        .join(Order.shop)
        .join(Shop.organisation)
        .join(Order.member)
        .join(User, User.id == Order.sold_by_user_id)
        .options(contains_eager(Order.shop).contains_eager(Shop.organisation), contains_eager(Order.member))
    )


def _points(value: Decimal | None) -> Decimal:
    return Decimal(0) if value is None else Decimal(value)


def _conditions(sought: Sought) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_has_word(word) for word in sought.words.lower().split()[:8]]
    if sought.shop_id is not None:
        conditions.append(Order.shop_id == sought.shop_id)
    if sought.since is not None:
        conditions.append(Order.completed_at >= sought.since)
    if sought.until is not None:
        conditions.append(Order.completed_at < sought.until)
    if sought.returned is not None:
        came_back = select(Return.id).where(Return.order_id == Order.id).exists()
        conditions.append(came_back if sought.returned else ~came_back)
    if sought.before is not None:
        conditions.append(Order.id < sought.before)
    return conditions


def _has_word(word: str) -> ColumnElement[bool]:
    fits = or_(
        Member.name.contains(word, autoescape=True),
        func.replace(Member.sort_name, " ", "").contains(word, autoescape=True),
        Member.number == word,
        Member.phone == word,
    )
    return (
        or_(fits, Order.number == int(word))
        if word.isascii() and word.isdecimal() and len(word) < 9
        else fits
    )
