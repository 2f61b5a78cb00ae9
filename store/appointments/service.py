"""Services as appointments: asked for by a sale, planned by the shop, confirmed by the provider."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from store.appointments.errors import (
    AppointmentEnded,
    NotPlannedYet,
    PlanIncomplete,
    PlannedInThePast,
    SlipNumberWrong,
    StillAhead,
)
from store.appointments.models import Appointment, AppointmentEvent
from store.catalogue.models import Product
from store.orders.models import Order
from timebank.db import queue_for
from timebank.errors import N_
from timebank.members.codes import only_digits
from timebank.notices import service as notices

PROVIDER_WORD_BYTES = 16
SLIP_DIGITS = 8
UNDONE = N_("The order was undone.")
_ENDED = ("confirmed", "missed")


def ask(session: Session, order: Order, products: Sequence[Product]) -> None:
    """One appointment for each line of the order that is a service."""
    services = {product.id for product in products if product.kind == "service"}
    if not services:
        return
    for line in order.lines:
        if line.product_id in services:
            session.add(
                Appointment(
                    order_line_id=line.id,
                    shop_id=order.shop_id,
                    member_id=order.member_id,
                    provider_word=secrets.token_urlsafe(PROVIDER_WORD_BYTES),
                    made_at=order.completed_at,
                )
            )
    session.flush()


def plan(
    session: Session,
    *,
    appointment: Appointment,
    planned_for: datetime | None,
    provider: str,
    told_by: str,
    at: datetime,
) -> AppointmentEvent:
    """Agree on a day and a provider; a later plan replaces an earlier one. The member is told.

    Raises:
        AppointmentEnded, PlanIncomplete, PlannedInThePast
    """
    if planned_for is None or not provider.strip():
        raise PlanIncomplete(field="provider" if planned_for else "planned_for")
    if planned_for < at:
        raise PlannedInThePast(field="planned_for")
    event = _happened(
        session,
        appointment,
        "planned",
        planned_for=planned_for,
        provider=provider.strip()[:100],
        told_by=told_by,
        at=at,
    )
    notices.tell(
        session,
        member_id=appointment.member_id,
        kind="appointment.planned",
        sentence=N_("%(service)s: %(provider)s comes at %(when)s."),
        facts={
            "service": appointment.order_line.product_name,
            "provider": event.provider,
            "when": planned_for,
        },
        href=f"/orders/{appointment.order_line.order_id}",
        at=at,
    )
    return event


def confirm(
    session: Session, *, appointment: Appointment, note: str, told_by: str, at: datetime
) -> AppointmentEvent:
    """The provider says that the service was given.

    Raises:
        AppointmentEnded, NotPlannedYet, StillAhead
    """
    planned = current(session, appointment)
    if planned is None:
        raise NotPlannedYet
    if planned.kind == "planned" and planned.planned_for is not None and at < planned.planned_for:
        raise StillAhead
    event = _happened(session, appointment, "confirmed", note=note, told_by=told_by, at=at)
    notices.tell(
        session,
        member_id=appointment.member_id,
        kind="appointment.confirmed",
        sentence=N_("%(service)s: the provider says that it was given. If not, tell the shop."),
        facts={"service": appointment.order_line.product_name},
        href=f"/orders/{appointment.order_line.order_id}",
        at=at,
    )
    return event


def slip_number(appointment: Appointment) -> str:
    """The eight digits on the slip, for a provider who reads them aloud on the telephone; in two groups."""
    word = hashlib.sha256(f"slip|{appointment.provider_word}".encode()).hexdigest()
    digits = f"{int(word, 16) % 10**SLIP_DIGITS:0{SLIP_DIGITS}d}"
    return f"{digits[:4]} {digits[4:]}"


def confirm_by_number(
    session: Session, *, appointment: Appointment, written: str, told_by: str, at: datetime
) -> AppointmentEvent:
    """The provider has read the slip's number to the shop; raises ``SlipNumberWrong`` and those of :func:`confirm`."""
    if only_digits(written[:40]) != only_digits(slip_number(appointment)):
        raise SlipNumberWrong(field="number")
    return confirm(session, appointment=appointment, note="", told_by=told_by, at=at)


def miss(
    session: Session, *, appointment: Appointment, note: str, told_by: str, at: datetime
) -> AppointmentEvent:
    """It was not given and will not be; the shop takes the line back by a return. Raises ``AppointmentEnded``."""
    return _happened(session, appointment, "missed", note=note, told_by=told_by, at=at)


def given(session: Session, order_line_ids: Sequence[int]) -> str | None:
    """The name of a service among these lines of an order that its provider has confirmed; None where there is none."""
    found = session.scalars(
        select(Appointment)
        .join(AppointmentEvent, AppointmentEvent.appointment_id == Appointment.id)
        .options(joinedload(Appointment.order_line))
        .where(Appointment.order_line_id.in_(order_line_ids), AppointmentEvent.kind == "confirmed")
        .order_by(Appointment.id)
        .limit(1)
    ).first()
    return found.order_line.product_name if found is not None else None


def call_off(session: Session, order: Order, *, told_by: str, at: datetime) -> None:
    """The order was undone: nobody comes for its services. What is settled already stays as it is."""
    lines = [line.id for line in order.lines]
    found = session.scalars(
        select(Appointment).where(Appointment.order_line_id.in_(lines)).order_by(Appointment.id)
    ).all()
    for appointment in found:
        try:
            miss(session, appointment=appointment, note=UNDONE, told_by=told_by, at=at)
        except AppointmentEnded:
            continue


def current(session: Session, appointment: Appointment) -> AppointmentEvent | None:
    """What happened last."""
    return session.scalars(
        select(AppointmentEvent)
        .where(AppointmentEvent.appointment_id == appointment.id)
        .order_by(AppointmentEvent.number.desc())
        .limit(1)
    ).first()


def _happened(
    session: Session,
    appointment: Appointment,
    kind: str,
    *,
    planned_for: datetime | None = None,
    provider: str = "",
    note: str = "",
    told_by: str,
    at: datetime,
) -> AppointmentEvent:
    queue_for(session, f"appointment:{appointment.id}")
    last = current(session, appointment)
    if last is not None and last.kind in _ENDED:
        raise AppointmentEnded
    event = AppointmentEvent(
        appointment_id=appointment.id,
        number=last.number + 1 if last else 1,
        kind=kind,
        planned_for=planned_for,
        provider=provider,
        note=note.strip()[:500],
        told_by=told_by,
        happened_at=at,
    )
    session.add(event)
    session.flush()
    return event
