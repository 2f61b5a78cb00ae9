"""Reading appointments: a shop's, an order's, and the one behind the provider's word."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.appointments.errors import AppointmentAbsent
from store.appointments.models import Appointment
from store.orders.models import OrderLine


def state_of(appointment: Appointment) -> str:
    """``asked``, ``planned``, ``confirmed`` or ``missed``."""
    return appointment.events[-1].kind if appointment.events else "asked"


def in_shop(session: Session, shop_id: int, *, limit: int = 200) -> Sequence[Appointment]:
    """Appointments of the shop, the newest first."""
    query = _whole().where(Appointment.shop_id == shop_id).order_by(Appointment.id.desc()).limit(limit)
    return session.scalars(query).all()


def one_in_shop(session: Session, shop_id: int, appointment_id: int) -> Appointment:
    """One of the shop's; raises ``AppointmentAbsent``."""
    found = session.scalar(_whole().where(Appointment.id == appointment_id, Appointment.shop_id == shop_id))
    if found is None:
        raise AppointmentAbsent
    return found


def of_order(session: Session, order_id: int) -> Sequence[Appointment]:
    """Appointments of one order."""
    query = _whole().join(Appointment.order_line).where(OrderLine.order_id == order_id)
    return session.scalars(query.order_by(Appointment.id)).all()


def by_word(session: Session, word: str) -> Appointment:
    """The appointment behind the provider's word; raises ``AppointmentAbsent``."""
    found = session.scalar(_whole().where(Appointment.provider_word == word))
    if found is None:
        raise AppointmentAbsent
    return found


def _whole() -> Select[Appointment]:
    return select(Appointment).options(
        joinedload(Appointment.order_line).joinedload(OrderLine.order),
        joinedload(Appointment.member),
        joinedload(Appointment.shop),
        selectinload(Appointment.events),
    )
