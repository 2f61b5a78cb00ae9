"""A service that was redeemed is an appointment until its provider says that it was given; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from store.appointments import queries, service
from store.appointments.errors import (
    AppointmentAbsent,
    AppointmentEnded,
    NotPlannedYet,
    PlanIncomplete,
    PlannedInThePast,
    SlipNumberWrong,
    StillAhead,
)
from store.appointments.models import Appointment
from store.orders import returns
from store.orders.errors import ServiceGiven
from store.orders.queries import order as order_in_scope
from tests.cast import NOON, Cast
from tests.store.counter.till import fresh
from tests.store.stage import Stage, sell
from timebank.db import Database
from timebank.notices.models import Notice

TOMORROW = NOON + timedelta(days=1)


def _sold(session: Session, cast: Cast, stage: Stage) -> Appointment:
    goods = {stage.haircut_id: 1, stage.soap_id: 1}
    order = sell(session, stage.shop_id, cast.volunteer, goods, key=fresh(), by=cast.attendant.actor).order
    (found,) = queries.of_order(session, order.id)
    return found


def test_a_service_is_planned_by_the_shop_and_confirmed_by_its_provider(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        found = _sold(session, cast, stage)
        assert found.order_line.product_id == stage.haircut_id
        with pytest.raises(NotPlannedYet):
            service.confirm(session, appointment=found, note="", told_by="provider", at=NOON)
        with pytest.raises(PlanIncomplete):
            service.plan(session, appointment=found, planned_for=TOMORROW, provider=" ", told_by="x", at=NOON)
        past = NOON - timedelta(minutes=1)
        with pytest.raises(PlannedInThePast):
            service.plan(
                session, appointment=found, planned_for=past, provider="刘师傅", told_by="x", at=NOON
            )
        service.plan(
            session, appointment=found, planned_for=TOMORROW, provider="刘师傅", told_by="x", at=NOON
        )
        with pytest.raises(StillAhead):
            service.confirm(session, appointment=found, note="", told_by="provider", at=NOON)
        session.expire_all()
        by_word = queries.by_word(session, found.provider_word)
        service.confirm(session, appointment=by_word, note="", told_by="provider", at=TOMORROW)
        with pytest.raises(AppointmentEnded):
            service.miss(session, appointment=by_word, note="", told_by="x", at=TOMORROW)
        session.expire_all()
        assert queries.state_of(queries.by_word(session, found.provider_word)) == "confirmed"
        told = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
        assert told == ["order.completed", "appointment.planned", "appointment.confirmed"]


def test_a_provider_without_a_phone_that_scans_reads_the_slips_number_aloud(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        found = _sold(session, cast, stage)
        number = service.slip_number(found)
        assert len(number.replace(" ", "")) == service.SLIP_DIGITS
        service.plan(session, appointment=found, planned_for=NOON, provider="刘师傅", told_by="x", at=NOON)
        for wrong in ("", "0000 0000", number[:-1], number[::-1].strip() + "1"):
            with pytest.raises(SlipNumberWrong):
                service.confirm_by_number(session, appointment=found, written=wrong, told_by="u", at=NOON)
        read_aloud = number.replace(" ", "－")
        event = service.confirm_by_number(
            session, appointment=found, written=read_aloud, told_by="user:7", at=NOON
        )
        assert (event.kind, event.told_by) == ("confirmed", "user:7")


def test_a_made_up_word_and_another_shop_lead_nowhere(database: Database, cast: Cast, stage: Stage) -> None:
    with database.transaction() as session:
        found = _sold(session, cast, stage)
        with pytest.raises(AppointmentAbsent):
            queries.by_word(session, "no-such-word")
        with pytest.raises(AppointmentAbsent):
            queries.one_in_shop(session, stage.second_shop_id, found.id)


def test_an_undone_order_calls_its_appointment_off(database: Database, cast: Cast, stage: Stage) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        found = _sold(session, cast, stage)
        service.plan(
            session, appointment=found, planned_for=TOMORROW, provider="刘师傅", told_by="x", at=NOON
        )
        order = found.order_line.order
        for _twice in range(2):
            returns.undo(session, order=order, return_key=fresh(), by=by, at=NOON)
        session.expire_all()
        assert queries.state_of(queries.by_word(session, found.provider_word)) == "missed"
        assert queries.by_word(session, found.provider_word).events[-1].note == service.UNDONE
        with pytest.raises(AppointmentEnded):
            service.confirm(session, appointment=found, note="", told_by="provider", at=TOMORROW)


def test_a_service_that_was_given_comes_back_only_with_a_second_person_and_is_never_undone(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, second = cast.attendant.actor, cast.second_attendant.actor
    with database.transaction() as session:
        found = _sold(session, cast, stage)
        service.plan(session, appointment=found, planned_for=NOON, provider="刘师傅", told_by="x", at=NOON)
        service.confirm(session, appointment=found, note="", told_by="provider", at=NOON)
        order_id = found.order_line.order_id
    with database.transaction() as session:
        order = order_in_scope(session, by, order_id)
        lines = {line.product_id: line.id for line in order.lines}
        with pytest.raises(ServiceGiven):
            returns.undo(session, order=order, return_key=fresh(), by=by, at=NOON)
        for approver in (None, by):
            with pytest.raises(ServiceGiven):
                returns.take_back(
                    session, order=order, return_key=fresh(), quantities={lines[stage.haircut_id]: 1},
                    reason="没来", approved_by=approver, by=by, at=NOON,
                )  # fmt: skip
        # The soap of the same order comes back as ever.
        returns.take_back(
            session, order=order, return_key=fresh(), quantities={lines[stage.soap_id]: 1}, reason="破了", by=by, at=NOON
        )  # fmt: skip
        document = returns.take_back(
            session, order=order, return_key=fresh(), quantities={lines[stage.haircut_id]: 1}, reason="其实没来",
            approved_by=second, by=by, at=NOON,
        ).document  # fmt: skip
        assert document.approved_by_user_id == cast.second_attendant.user_id
