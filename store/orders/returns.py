"""Taking back: goods of an order return to the shelf and their points to the member.

Locks, in this order: the order, then the key and the balances (by the ledger).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import KeyReused
from store.appointments import service as appointments
from store.orders import queries, rules
from store.orders.errors import (
    ApprovalNeeded,
    BasketKeyInvalid,
    OwnRedemption,
    ReturnEmpty,
    ReturnKeyReused,
    ReturnTooMany,
    ServiceGiven,
    UndoAfterReturn,
    UndoTooLate,
)
from store.orders.models import Order, OrderLine, Return, ReturnLine
from store.stock import service as stock
from store.stock.errors import ReasonMissing
from store.stock.service import Handed
from timebank.access.actors import Actor
from timebank.books import postings
from timebank.errors import N_
from timebank.notices import service as notices


@dataclass(frozen=True)
class Taken:
    """A return. ``replayed`` says that it stood already."""

    document: Return
    replayed: bool


def take_back(
    session: Session,
    *,
    order: Order,
    return_key: str,
    quantities: Mapping[int, int],
    reason: str,
    shift_id: int | None = None,
    approval_from_points: int = 0,
    approved_by: Actor | None = None,
    is_decided: bool = False,
    by: Actor,
    at: datetime,
) -> Taken:
    """Goods of ``order`` come back and their points go back, once per ``return_key``.

    Args:
        quantities: units by order line id; lines with 0 are left out.
        approval_from_points: from here on a second person has to agree; 0 never asks.
        approved_by: the second person, whose right to do so the caller has tested.
        is_decided: somebody who did not hand it out has decided so about a report; nobody else signs.

    Raises:
        ReturnEmpty, ReasonMissing, ReturnTooMany: what does not fit the order.
        ReturnKeyReused: the key stands for another return.
        OwnRedemption: it is the attendant's own order.
        ApprovalNeeded: so many points take a second person, who is neither of the two.
        ServiceGiven: the provider says that the service was given; a second person has to agree.
    """
    wanted = {line_id: quantity for line_id, quantity in quantities.items() if quantity != 0}
    # Two returns of one order wait for each other here, so that both see what is still out.
    session.execute(select(Order.id).where(Order.id == order.id).with_for_update(key_share=True))
    standing = session.scalar(select(Return).where(Return.return_key == return_key))
    if standing is not None:
        return Taken(_same_return(standing, order, wanted), replayed=True)
    if not rules.key_is_acceptable(return_key):
        raise BasketKeyInvalid
    if by.member_id == order.member_id:
        raise OwnRedemption
    if not reason.strip():
        raise ReasonMissing(field="reason")
    taken = _returnable(session, order, wanted)
    total = rules.total((line.price_points, quantity) for line, quantity in taken)
    needs_second = not is_decided and _needs_second(
        session, order, taken, total, approval_from_points, approved_by=approved_by, by=by
    )
    document = Return(
        order_id=order.id,
        return_key=return_key,
        kind="return",
        total_points=total,
        reason=reason.strip(),
        taken_by_user_id=by.user_id,
        approved_by_user_id=approved_by.user_id if needs_second and approved_by else None,
        shift_id=shift_id,
        returned_at=at,
        lines=[ReturnLine(order_line_id=line.id, quantity=quantity) for line, quantity in taken],
    )
    _refund(session, order, document, taken, by)
    return Taken(document, replayed=False)


def undo(
    session: Session, *, order: Order, return_key: str, shift_id: int | None = None, by: Actor, at: datetime
) -> Taken:
    """The whole sale was a mistake: within ten minutes its points go back to their lots and its goods to the shelf.

    Once, whoever presses: the same key, or a second press with another one, finds the first.

    Raises:
        UndoTooLate: more than ten minutes ago.
        UndoAfterReturn: a part of it came back already; the rest does so by a return.
        ServiceGiven: a service of it was given already.
        ReturnKeyReused: the key stands for something else.
        OwnRedemption: it is the attendant's own order.
    """
    session.execute(select(Order.id).where(Order.id == order.id).with_for_update(key_share=True))
    standing = session.scalars(select(Return).where(Return.order_id == order.id)).all()
    undone = next((one for one in standing if one.kind == "undo"), None)
    if undone is not None:
        return Taken(undone, replayed=True)
    if not rules.key_is_acceptable(return_key):
        raise BasketKeyInvalid
    if by.member_id == order.member_id:
        raise OwnRedemption
    if standing:
        raise UndoAfterReturn
    if not rules.may_undo(order.completed_at, at):
        raise UndoTooLate(minutes=int(rules.UNDO_FOR.total_seconds() // 60))
    if session.scalar(select(Return.id).where(Return.return_key == return_key)) is not None:
        raise ReturnKeyReused
    given = appointments.given(session, [line.id for line in order.lines])
    if given is not None:
        raise ServiceGiven(field="login_name", service=given)
    taken = [(line, line.quantity) for line in sorted(order.lines, key=lambda one: one.id)]
    document = Return(
        order_id=order.id,
        return_key=return_key,
        kind="undo",
        undone_order_id=order.id,
        total_points=order.total_points,
        reason="",
        taken_by_user_id=by.user_id,
        shift_id=shift_id,
        returned_at=at,
        lines=[ReturnLine(order_line_id=line.id, quantity=quantity) for line, quantity in taken],
    )
    _refund(session, order, document, taken, by)
    appointments.call_off(session, order, told_by=by.label, at=at)
    return Taken(document, replayed=False)


def _needs_second(
    session: Session,
    order: Order,
    taken: Sequence[tuple[OrderLine, int]],
    total: Decimal,
    from_points: int,
    *,
    approved_by: Actor | None,
    by: Actor,
) -> bool:
    """Whether a second person had to agree; raises ``ServiceGiven`` or ``ApprovalNeeded`` when nobody has."""
    given = appointments.given(session, [line.id for line, _units in taken])
    is_dear = bool(from_points) and total >= from_points
    has_agreed = approved_by is not None and _is_third(approved_by, order, by)
    if given is not None and not has_agreed:
        raise ServiceGiven(field="login_name", service=given)
    if is_dear and not has_agreed:
        raise ApprovalNeeded(field="login_name", least=from_points)
    return is_dear or given is not None


def _is_third(approver: Actor, order: Order, by: Actor) -> bool:
    """Whether the approver is neither the one who takes back nor the member herself."""
    return approver.user_id not in (None, by.user_id) and approver.member_id != order.member_id


def _same_return(standing: Return, order: Order, wanted: Mapping[int, int]) -> Return:
    stands = {line.order_line_id: line.quantity for line in standing.lines}
    if standing.order_id != order.id or stands != wanted:
        raise ReturnKeyReused
    return standing


def _returnable(session: Session, order: Order, wanted: Mapping[int, int]) -> list[tuple[OrderLine, int]]:
    """The lines that come back with their units, each of which is still out."""
    lines = {line.id: line for line in order.lines}
    if not wanted or not wanted.keys() <= lines.keys():
        raise ReturnEmpty
    out = queries.still_out(session, order)
    for line_id, quantity in wanted.items():
        if not 0 < quantity <= out[line_id]:
            raise ReturnTooMany(product=lines[line_id].product_name, left=out[line_id])
    return [(lines[line_id], wanted[line_id]) for line_id in sorted(wanted)]


def _owed_no_more(taken: Sequence[tuple[OrderLine, int]]) -> list[tuple[int, Decimal]]:
    """What the funders of concessions need not pay any more, by organisation id."""
    owed: dict[int, Decimal] = {}
    for line, quantity in taken:
        if line.funder_organisation_id is not None:
            before = owed.get(line.funder_organisation_id, Decimal(0))
            owed[line.funder_organisation_id] = before + line.subsidy_points * quantity
    return sorted(owed.items())


def _refund(
    session: Session,
    order: Order,
    document: Return,
    taken: Sequence[tuple[OrderLine, int]],
    by: Actor,
) -> None:
    """Post the refund, write the return down and put its units back among the movements."""
    try:
        posting = postings.refund(
            session,
            return_key=document.return_key,
            spend_transaction_id=order.transaction_id,
            member_id=order.member_id,
            shop_id=order.shop_id,
            organisation_id=order.shop.organisation_id,
            points=document.total_points,
            goods=sorted((line.product_id, quantity) for line, quantity in taken),
            subsidies=_owed_no_more(taken),
            at=document.returned_at,
            actor=by.label,
        )
    except KeyReused as error:
        raise ReturnKeyReused from error
    if posting.replayed:
        # A refund without its return cannot be: both are written in one transaction.
        raise ReturnKeyReused
    document.transaction_id = posting.id
    session.add(document)
    session.flush()
    _tell(session, order, document)
    handed = [
        Handed(row.id, line.product_id, quantity)
        for row, (line, quantity) in zip(document.lines, taken, strict=True)
    ]
    stock.record_return(
        session,
        shop_id=order.shop_id,
        handed=handed,
        transaction_id=posting.id,
        by=by,
        at=document.returned_at,
    )


def _tell(session: Session, order: Order, document: Return) -> None:
    notices.tell(
        session,
        member_id=order.member_id,
        kind="order.returned",
        sentence=N_("%(points)s points of receipt no. %(number)s (%(shop)s) were given back to you."),
        facts={"points": document.total_points, "number": order.number, "shop": order.shop.name},
        href=f"/orders/{order.id}",
        at=document.returned_at,
    )
