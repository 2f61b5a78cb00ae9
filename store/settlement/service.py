"""Settling: contracts, statements drawn from the books, two sides that confirm, one payment.

Locks: the words ``settlement:<account>`` and ``settlement-number:<house>``, in this order; then the statement's row.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store.catalogue import service as catalogue
from store.catalogue.calendar import local_day, midnight
from store.permissions import SETTLEMENTS_CONFIRM
from store.settlement import queries, rules
from store.settlement.errors import (
    CarriedOver,
    ContractNumberTaken,
    ContractOverlaps,
    FunderElsewhere,
    NothingToSettle,
    PaymentInvalid,
    PeriodInvalid,
    RateInvalid,
    SettlementNotAgreed,
    SettlementNotOpen,
    SettlementNotYours,
)
from store.settlement.items import items_of
from store.settlement.models import (
    Merchant,
    Settlement,
    SettlementContract,
    SettlementItem,
    SettlementLine,
    SettlementPayment,
)
from store.settlement.queries import Unsettled
from timebank.access.actors import Actor
from timebank.books import settling
from timebank.db import queue_for
from timebank.orgs import service as orgs
from timebank.orgs.models import Organisation


def open_merchant(
    session: Session,
    *,
    house: Organisation,
    name: str,
    address: str = "",
    opening_hours: str = "",
    contact: str = "",
    keeps_stock: bool = True,
    at: datetime,
) -> Merchant:
    """A merchant with an organisation and a counter of its own below ``house``.

    Its staff are attendants of that organisation and of no other, so they see its counter alone. What it
    hands out is chosen next (``offers.choose``): before that its list is empty.

    Raises:
        OrganisationNameInvalid, OrganisationNameTaken: the name.
    """
    own = orgs.create(session, name=name, kind="other", parent=house, at=at)
    shop = catalogue.create_shop(
        session, organisation=own, name=own.name, address=address, opening_hours=opening_hours, at=at
    )
    shop.keeps_stock, shop.is_merchants = keeps_stock, True
    merchant = Merchant(
        organisation_id=own.id,
        shop_id=shop.id,
        house_organisation_id=house.id,
        contact=contact.strip(),
        created_at=at,
    )
    session.add(merchant)
    session.flush()
    return merchant


def sign_contract(
    session: Session,
    *,
    kind: str,
    party: Organisation,
    house: Organisation,
    number: str,
    rate_fen: Decimal,
    first_day: date,
    last_day: date,
    note: str = "",
    by: Actor,
    at: datetime,
) -> SettlementContract:
    """What a point is worth between the two, from ``first_day`` to ``last_day``.

    Raises:
        RateInvalid, PeriodInvalid, FunderElsewhere: what was entered.
        ContractOverlaps, ContractNumberTaken: what stands already.
    """
    if not rules.rate_is_acceptable(rate_fen):
        raise RateInvalid(field="rate")
    if last_day < first_day:
        raise PeriodInvalid(field="last_day", first=first_day.isoformat(), last=last_day.isoformat())
    if party.path.split("/")[1] != house.path.split("/")[1]:
        raise FunderElsewhere(field="party_id")
    queue_for(session, f"settlement-contract:{kind}:{party.id}")
    standing = queries.contract_between(
        session, kind=kind, party_id=party.id, house_id=house.id, first_day=first_day, last_day=last_day
    )
    if standing is not None:
        raise ContractOverlaps(field="first_day", number=standing.number)
    contract = SettlementContract(
        kind=kind,
        party_organisation_id=party.id,
        house_organisation_id=house.id,
        number=number.strip(),
        rate_fen=rate_fen,
        first_day=first_day,
        last_day=last_day,
        note=note.strip(),
        entered_by=by.label,
        entered_at=at,
    )
    try:
        with session.begin_nested():
            session.add(contract)
            session.flush()
    except IntegrityError as error:
        raise ContractNumberTaken(field="number", number=number.strip()) from error
    return contract


def end_contract(session: Session, *, contract: SettlementContract, last_day: date, by: Actor) -> None:
    """Let the contract end earlier; what was booked until then can still be settled.

    Raises:
        PeriodInvalid: not a day of the contract, or one that a statement lies beyond.
    """
    settled = queries.last_settled_day(session, contract)
    earliest = max(contract.first_day, settled) if settled else contract.first_day
    if not earliest <= last_day <= contract.last_day:
        raise PeriodInvalid(field="last_day", first=earliest.isoformat(), last=contract.last_day.isoformat())
    contract.last_day, contract.ended_by = last_day, by.label
    session.flush()


def draw(
    session: Session,
    *,
    contract: SettlementContract,
    first_day: date,
    last_day: date,
    timezone: ZoneInfo,
    by: Actor,
    at: datetime,
) -> Settlement:
    """A statement of everything booked under the contract up to ``last_day`` that stands on no statement yet.

    What came late into an earlier period is on it too: nothing is lost between two statements. After the end
    of the contract it closes the account, and may come to nothing, or to points that the other side pays back.

    Raises:
        PeriodInvalid: days that are not over, or that lie outside a contract that goes on.
        NothingToSettle: no posting.
        CarriedOver: more came back than went out, which the next statement of the contract sets off.
    """
    today = local_day(at, timezone)
    is_closing = contract.last_day < today and last_day >= contract.last_day
    within = contract.first_day <= first_day <= last_day and (is_closing or last_day <= contract.last_day)
    if not within or last_day >= today:
        raise PeriodInvalid(
            field="last_day", first=contract.first_day.isoformat(), last=contract.last_day.isoformat()
        )
    code = settling.party_account(contract.kind, contract.party_organisation_id).code
    queue_for(session, f"settlement:{code}")
    until = midnight(last_day + timedelta(days=1), timezone)
    found = queries.unsettled(session, contract, until=until, timezone=timezone)
    points = rules.owed_points(contract.kind, sum((one.points for one in found), Decimal(0)))
    if not found:
        raise NothingToSettle
    if points <= 0 and not is_closing:
        raise CarriedOver(points=points)
    return _written_down(
        session,
        contract=contract,
        period=(first_day, last_day),
        code=code,
        found=found,
        items=items_of(session, contract, found, timezone=timezone),
        points=points,
        by=by,
        at=at,
    )


def _written_down(
    session: Session,
    *,
    contract: SettlementContract,
    period: tuple[date, date],
    code: str,
    found: Sequence[Unsettled],
    items: Mapping[int, list[SettlementItem]],
    points: Decimal,
    by: Actor,
    at: datetime,
) -> Settlement:
    queue_for(session, f"settlement-number:{contract.house_organisation_id}")
    last = session.scalar(
        select(func.max(Settlement.number)).where(
            Settlement.house_organisation_id == contract.house_organisation_id
        )
    )
    settlement = Settlement(
        number=(last or 0) + 1,
        contract_id=contract.id,
        kind=contract.kind,
        party_organisation_id=contract.party_organisation_id,
        house_organisation_id=contract.house_organisation_id,
        first_day=period[0],
        last_day=period[1],
        postings=len(found),
        points=points,
        rate_fen=contract.rate_fen,
        amount_fen=rules.amount_fen(points, contract.rate_fen),
        lines_digest=rules.lines_digest((one.transaction_id, one.points) for one in found),
        status="drawn",
        drawn_by_user_id=by.user_id,
        drawn_at=at,
        lines=[
            SettlementLine(
                account_code=code,
                transaction_id=one.transaction_id,
                posted_at=one.posted_at,
                points=one.points,
                items=items[one.transaction_id],
            )
            for one in found
        ],
    )
    session.add(settlement)
    session.flush()
    return settlement


def may_confirm_for_party(settlement: Settlement, by: Actor) -> bool:
    """Whether ``by`` holds an office in the party itself: one held above it speaks for the house."""
    return any(path.startswith(settlement.party.path) for path in by.paths(SETTLEMENTS_CONFIRM))


def confirm(session: Session, *, settlement: Settlement, side: str, by: Actor, at: datetime) -> None:
    """One side says yes (``house`` or ``party``); with the second yes the statement is agreed.

    Raises:
        SettlementNotOpen: it is agreed, paid or withdrawn.
        SettlementNotYours: ``by`` does not belong to the side, or has confirmed the other.
    """
    if settlement.status != "drawn":
        raise SettlementNotOpen
    name = settlement.party.name if side == "party" else settlement.house.name
    other = (
        settlement.party_confirmed_by_user_id if side == "house" else settlement.house_confirmed_by_user_id
    )
    if by.user_id is None or by.user_id == other:
        raise SettlementNotYours(party=name)
    if side == "party":
        if not may_confirm_for_party(settlement, by):
            raise SettlementNotYours(party=name)
        settlement.party_confirmed_by_user_id, settlement.party_confirmed_at = by.user_id, at
    else:
        settlement.house_confirmed_by_user_id, settlement.house_confirmed_at = by.user_id, at
    if other is not None:
        settlement.status = "agreed"
    session.flush()


def withdraw(session: Session, *, settlement: Settlement, reason: str) -> None:
    """Take back a statement that not both have confirmed; its postings can stand on another.

    Raises:
        SettlementNotOpen: both have confirmed it, or it was withdrawn before.
    """
    if settlement.status != "drawn":
        raise SettlementNotOpen
    settlement.status, settlement.withdrawn_reason = "withdrawn", reason.strip()[:200]
    settlement.lines.clear()
    session.flush()


def pay(
    session: Session,
    *,
    settlement: Settlement,
    reference: str,
    paid_on: date,
    today: date,
    by: Actor,
    at: datetime,
) -> SettlementPayment:
    """The money has gone over: written down once, and the points leave the party's account.

    Raises:
        PaymentInvalid: no number of the transfer, or a day in the future.
        SettlementNotAgreed: not both have confirmed it, it is paid, or it comes to nothing.
    """
    if not reference.strip() or len(reference) > 100 or paid_on > today:
        raise PaymentInvalid(field="reference")
    # Whoever comes second finds no statement that is agreed: the database decides, and the payment is unique.
    changed = session.execute(
        update(Settlement)
        .where(Settlement.id == settlement.id, Settlement.status == "agreed", Settlement.points != Decimal(0))
        .values(status="paid")
        .returning(Settlement.id)
    ).scalar()
    if changed is None:
        raise SettlementNotAgreed
    posting = settling.settle(
        session,
        settlement_id=settlement.id,
        kind=settlement.kind,
        party_organisation_id=settlement.party_organisation_id,
        house_organisation_id=settlement.house_organisation_id,
        points=settlement.points,
        at=at,
        actor=by.label,
    )
    payment = SettlementPayment(
        settlement_id=settlement.id,
        amount_fen=settlement.amount_fen,
        reference=reference.strip(),
        paid_on=paid_on,
        recorded_by_user_id=by.user_id,
        recorded_at=at,
        transaction_id=posting.id,
    )
    session.add(payment)
    session.flush()
    return payment
