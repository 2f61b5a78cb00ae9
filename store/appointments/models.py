"""Appointments and what happened to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.catalogue.models import Shop
from store.orders.models import OrderLine
from timebank.members.models import Member
from timebank.orm import Base, BigId, append_only, line, primary_key, refers_to, text, word


class Appointment(Base):
    """One line of an order that is a service. What became of it is told by its newest event."""

    __tablename__ = "appointments"

    id: Mapped[primary_key]
    order_line_id: Mapped[int] = mapped_column(BigId, ForeignKey("order_lines.id"), unique=True)
    shop_id: Mapped[int] = refers_to("shops.id")
    member_id: Mapped[int] = refers_to("members.id")
    # Unguessable word of the provider's page, printed on the service slip.
    provider_word: Mapped[line] = mapped_column(unique=True)
    made_at: Mapped[datetime]

    order_line: Mapped[OrderLine] = relationship()
    shop: Mapped[Shop] = relationship()
    member: Mapped[Member] = relationship()
    events: Mapped[list["AppointmentEvent"]] = relationship(
        back_populates="appointment", order_by="AppointmentEvent.number"
    )


class AppointmentEvent(Base):
    """``planned`` (a day and a provider), ``confirmed`` (given, the provider says so) or ``missed``."""

    __tablename__ = "appointment_events"

    id: Mapped[primary_key]
    appointment_id: Mapped[int] = refers_to("appointments.id")
    number: Mapped[int]
    kind: Mapped[word]
    planned_for: Mapped[datetime | None]
    provider: Mapped[line] = mapped_column(default="")
    note: Mapped[text] = mapped_column(default="")
    told_by: Mapped[line]
    happened_at: Mapped[datetime]

    appointment: Mapped[Appointment] = relationship(back_populates="events")

    __table_args__ = (
        UniqueConstraint("appointment_id", "number"),
        CheckConstraint("kind IN ('planned', 'confirmed', 'missed')", name="kind_known"),
    )


for model in (Appointment, AppointmentEvent):
    append_only(model)
