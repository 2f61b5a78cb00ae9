"""A forgotten shift, a day sheet, a reservation, an appointment, a question on a phone, and a report."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.appointments.models import Appointment
from store.catalogue.models import Shop
from store.counter import limits, service, shifts
from store.counter.rules import FORGOTTEN_AFTER
from store.disputes import service as disputes
from store.reservations import service as reservations
from tests.cast import NOON, Cast, row
from tests.store.counter.till import fill, fresh, open_till
from tests.store.stage import COUNTY_TIME, Stage, give_points, sell
from timebank.clock import now


def furnish_counter(session: Session, cast: Cast, stage: Stage) -> dict[str, int | str]:
    """What the arguments of the addresses about the counter are filled with."""
    by = cast.second_attendant.actor
    give_points(session, cast.volunteer, 500, record_id=901)
    closed = open_till(session, stage, by)
    shifts.count_blind(session, shift=closed, key=fresh(), counted={}, by=by, at=NOON)
    shifts.close(session, shift=closed, by=by, at=NOON)
    left = open_till(session, stage, by)
    report = shifts.force_close(
        session, shift=left, reason="忘了", by=cast.administrator.actor, at=NOON + FORGOTTEN_AFTER
    )
    at = now()
    forgotten = open_till(session, stage, by, at=at)
    shop, member = session.get_one(Shop, stage.shop_id), row(session, cast.volunteer)
    basket = fill(session, stage, by, {stage.towel_id: 1}, at=at)
    service.attach(session, basket=basket, shop=shop, member=member, how="code", by=by, at=at)
    cost = basket.lines[0].product.price_points
    asked = limits.ask(session, basket=basket, total_points=cost, by=by, at=at)
    order = sell(
        session, stage.shop_id, cast.volunteer, {stage.haircut_id: 1}, key=fresh(), by=cast.attendant.actor
    ).order
    kept = reservations.reserve(
        session,
        keyring=cast.keyring,
        shop=shop,
        member=member,
        goods=[(stage.towel_id, 1)],
        key=fresh(),
        agreed_points=None,
        by=cast.volunteer.actor,
        at=NOON,
        timezone=COUNTY_TIME,
    )
    report_of_stranger, _is_new = disputes.report(
        session,
        order_id=order.id,
        member_id=member.id,
        organisation_id=cast.station_id,
        says="",
        key=fresh(),
        by=cast.volunteer.actor,
        at=NOON,
    )
    appointment = session.scalars(
        select(Appointment.id).where(Appointment.shop_id == stage.shop_id).order_by(Appointment.id)
    ).first()
    return {
        "act": "plan",
        "agreement_id": asked.id,
        "appointment_id": appointment or 0,
        "counter_shift_id": forgotten.id,
        "dispute_id": report_of_stranger.id,
        "report_id": report.id,
        "reservation_id": kept.id,
        "said": "yes",
        "step": "cancel",
    }
