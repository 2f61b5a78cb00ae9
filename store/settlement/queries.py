"""Reading merchants, contracts, statements, and what the books say that no statement has said yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry, Transaction
from store.catalogue.calendar import midnight
from store.orders.models import Order, Return
from store.permissions import SETTLEMENTS_READ
from store.settlement.errors import ContractAbsent, MerchantAbsent, SettlementAbsent
from store.settlement.models import (
    Merchant,
    Settlement,
    SettlementContract,
    SettlementItem,
    SettlementLine,
)
from store.settlement.rules import owed_points
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.books.settling import KIND, party_account
from timebank.orgs.models import Organisation

PAGE_SETTLEMENTS = 100


@dataclass(frozen=True)
class Unsettled:
    """One transaction's effect on the party's account; ``points`` as they are booked, with their sign."""

    transaction_id: int
    posted_at: datetime
    points: Decimal


def unsettled(
    session: Session, contract: SettlementContract, *, until: datetime, timezone: ZoneInfo
) -> list[Unsettled]:
    """What was booked under the contract up to, not including, ``until``, and stands on no statement.

    What comes back belongs to the contract under which it was sold, however late it comes.
    """
    rows = session.execute(
        _unsettled(contract, timezone, Entry.transaction_id, Transaction.effective_at, func.sum(Entry.amount))
        .where(Transaction.effective_at < until)
        .group_by(Entry.transaction_id, Transaction.effective_at)
        .order_by(Transaction.effective_at, Entry.transaction_id)
    )
    return [
        Unsettled(int(transaction_id), at, from_scaled(int(amount), POINTS))
        for transaction_id, at, amount in rows
    ]


def _unsettled(contract: SettlementContract, timezone: ZoneInfo, *columns: Any) -> Select[Any]:
    code = party_account(contract.kind, contract.party_organisation_id).code
    since = midnight(contract.first_day, timezone)
    end = midnight(contract.last_day + timedelta(days=1), timezone)
    on_a_statement = (
        select(SettlementLine.id)
        .where(SettlementLine.account_code == code, SettlementLine.transaction_id == Entry.transaction_id)
        .exists()
    )
    return (
        select(*columns)
        .select_from(Entry)
        .join(Account, Account.id == Entry.account_id)
        .join(Transaction, Transaction.id == Entry.transaction_id)
        .outerjoin(Return, Return.transaction_id == Transaction.id)
        .outerjoin(Order, Order.id == Return.order_id)
        .where(Account.code == code, Transaction.kind != KIND, ~on_a_statement)
        .where(
            or_(
                and_(Order.id.is_(None), Transaction.effective_at >= since, Transaction.effective_at < end),
                and_(Order.completed_at >= since, Order.completed_at < end),
            )
        )
    )


@dataclass(frozen=True)
class Balance:
    """What is between the two sides of a contract, above zero what is owed.

    Attributes:
        waiting: postings that stand on no statement, and ``waiting_points`` what they come to.
        unpaid_points: what statements come to that are drawn and not paid.
    """

    waiting: int
    waiting_points: Decimal
    unpaid_points: Decimal

    @property
    def points(self) -> Decimal:
        """All of it."""
        return self.waiting_points + self.unpaid_points


def balance(session: Session, contract: SettlementContract, timezone: ZoneInfo) -> Balance:
    """What is open under the contract at this moment."""
    count, amount = session.execute(
        _unsettled(
            contract,
            timezone,
            func.count(Entry.transaction_id.distinct()),
            func.coalesce(func.sum(Entry.amount), 0),
        )
    ).one()
    drawn = session.scalars(
        select(Settlement.points).where(
            Settlement.contract_id == contract.id, Settlement.status.in_(("drawn", "agreed"))
        )
    )
    waiting = owed_points(contract.kind, from_scaled(int(amount), POINTS))
    return Balance(int(count), waiting, sum(drawn, Decimal(0)))


def last_settled_day(session: Session, contract: SettlementContract) -> date | None:
    """The last day that a statement of the contract speaks of."""
    return session.scalar(
        select(func.max(Settlement.last_day)).where(
            Settlement.contract_id == contract.id, Settlement.status != "withdrawn"
        )
    )


def _seen(actor: Actor, house_path: object, party_path: object) -> ColumnElement[bool]:
    """Both sides see what is between them."""
    return or_(
        scope.within(actor, house_path, SETTLEMENTS_READ), scope.within(actor, party_path, SETTLEMENTS_READ)
    )


def merchants(session: Session, actor: Actor) -> Sequence[Merchant]:
    """Every merchant that the actor may see, by name."""
    house, own = aliased(Organisation), aliased(Organisation)
    return session.scalars(
        select(Merchant)
        .join(house, house.id == Merchant.house_organisation_id)
        .join(own, own.id == Merchant.organisation_id)
        .options(
            contains_eager(Merchant.house.of_type(house)),
            contains_eager(Merchant.organisation.of_type(own)),
            joinedload(Merchant.shop),
        )
        .where(_seen(actor, house.path, own.path))
        .order_by(own.name, Merchant.id)
    ).all()


def merchant(session: Session, actor: Actor, merchant_id: int) -> Merchant:
    """One merchant; raises ``MerchantAbsent``."""
    house, own = aliased(Organisation), aliased(Organisation)
    found = session.scalar(
        select(Merchant)
        .join(house, house.id == Merchant.house_organisation_id)
        .join(own, own.id == Merchant.organisation_id)
        .options(joinedload(Merchant.shop), joinedload(Merchant.house), joinedload(Merchant.organisation))
        .where(Merchant.id == merchant_id, _seen(actor, house.path, own.path))
    )
    if found is None:
        raise MerchantAbsent
    return found


def merchant_of_shop(session: Session, shop_id: int) -> Merchant | None:
    """The merchant whose counter the shop is, if it is one's."""
    return session.scalar(select(Merchant).where(Merchant.shop_id == shop_id))


def merchant_of_contract(session: Session, contract: SettlementContract) -> Merchant | None:
    """The merchant whom the contract is with; None for a funder's."""
    if contract.kind != "merchant":
        return None
    return session.scalar(
        select(Merchant)
        .options(joinedload(Merchant.shop))
        .where(Merchant.organisation_id == contract.party_organisation_id)
    )


def contracts(session: Session, actor: Actor) -> Sequence[SettlementContract]:
    """Every contract that the actor may see, those that hold longest first."""
    house, party = aliased(Organisation), aliased(Organisation)
    return session.scalars(
        select(SettlementContract)
        .join(house, house.id == SettlementContract.house_organisation_id)
        .join(party, party.id == SettlementContract.party_organisation_id)
        .options(joinedload(SettlementContract.party), joinedload(SettlementContract.house))
        .where(_seen(actor, house.path, party.path))
        .order_by(SettlementContract.last_day.desc(), SettlementContract.id.desc())
    ).all()


def contract(session: Session, actor: Actor, contract_id: int) -> SettlementContract:
    """One contract; raises ``ContractAbsent``."""
    house, party = aliased(Organisation), aliased(Organisation)
    found = session.scalar(
        select(SettlementContract)
        .join(house, house.id == SettlementContract.house_organisation_id)
        .join(party, party.id == SettlementContract.party_organisation_id)
        .options(joinedload(SettlementContract.party), joinedload(SettlementContract.house))
        .where(SettlementContract.id == contract_id, _seen(actor, house.path, party.path))
    )
    if found is None:
        raise ContractAbsent
    return found


def contract_between(
    session: Session, *, kind: str, party_id: int, house_id: int, first_day: date, last_day: date
) -> SettlementContract | None:
    """A contract of the two that holds on some of these days."""
    return session.scalar(
        select(SettlementContract)
        .where(
            SettlementContract.kind == kind,
            SettlementContract.party_organisation_id == party_id,
            SettlementContract.house_organisation_id == house_id,
            SettlementContract.first_day <= last_day,
            SettlementContract.last_day >= first_day,
        )
        .limit(1)
    )


def settlements(session: Session, actor: Actor, *, contract_id: int | None = None) -> Sequence[Settlement]:
    """Statements that the actor may see, newest first."""
    house, party = aliased(Organisation), aliased(Organisation)
    query = (
        select(Settlement)
        .join(house, house.id == Settlement.house_organisation_id)
        .join(party, party.id == Settlement.party_organisation_id)
        .options(joinedload(Settlement.party), joinedload(Settlement.house))
        .where(_seen(actor, house.path, party.path))
    )
    if contract_id is not None:
        query = query.where(Settlement.contract_id == contract_id)
    return session.scalars(query.order_by(Settlement.id.desc()).limit(PAGE_SETTLEMENTS)).all()


def settlement(session: Session, actor: Actor, settlement_id: int, *, lock: bool = False) -> Settlement:
    """One statement, with ``lock`` kept from others until the transaction ends; raises ``SettlementAbsent``."""
    house, party = aliased(Organisation), aliased(Organisation)
    query = (
        select(Settlement)
        .join(house, house.id == Settlement.house_organisation_id)
        .join(party, party.id == Settlement.party_organisation_id)
        .where(Settlement.id == settlement_id, _seen(actor, house.path, party.path))
    )
    if lock:
        query = query.with_for_update(of=Settlement).execution_options(populate_existing=True)
    else:
        items = selectinload(Settlement.lines).selectinload(SettlementLine.items)
        query = query.options(items.joinedload(SettlementItem.shop))
    found = session.scalar(query)
    if found is None:
        raise SettlementAbsent
    return found


def names_of_users(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """Who signed, by user id."""
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return {int(user_id): str(name) for user_id, name in rows}
