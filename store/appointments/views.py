"""Appointments: the shop plans, the provider confirms through the word on the slip."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from store.appointments import queries, service
from store.appointments.errors import PlanIncomplete
from store.appointments.models import Appointment
from store.pages import shop_for
from store.permissions import COUNTER_SELL
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.codes import link_qr
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("appointments", __name__)


@blueprint.get("/shops/<int:shop_id>/appointments")
def index(shop_id: int) -> str:
    """Services that were redeemed here, and what became of them."""
    return _page(shop_id)


def _page(shop_id: int, refusal: Refusal | None = None, wrong_id: int | None = None) -> str:
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        return render_template(
            "appointments/index.html",
            shop=shop,
            appointments=queries.in_shop(db, shop.id),
            state_of=queries.state_of,
            refusal=refusal,
            wrong_id=wrong_id,
            said=said,
        )


_DONE = {"plan": "planned", "miss": "missed", "confirm": "confirmed"}


@blueprint.post("/shops/<int:shop_id>/appointments/<int:appointment_id>/<any(plan, miss, confirm):act>")
def change(shop_id: int, appointment_id: int, act: str) -> ResponseReturnValue:
    """Agree on a day and a provider, or write down that it was given, as the provider says, or that it was not."""
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            found = queries.one_in_shop(db, shop.id, appointment_id)
            _change(db, found, act)
            audited(
                db,
                f"appointment.{_DONE[act]}",
                f"order:{found.order_line.order_id}",
                organisation_id=shop.organisation_id,
                service=found.order_line.product_name,
            )
    except Refusal as refusal:
        with reading() as db:
            queries.one_in_shop(db, shop_for(db, shop_id, COUNTER_SELL).id, appointment_id)
        return _page(shop_id, refusal, appointment_id), status_of(refusal)
    return redirect(url_for(".index", shop_id=shop_id), 303)


def _change(db: Session, found: Appointment, act: str) -> None:
    if act == "plan":
        service.plan(
            db,
            appointment=found,
            planned_for=_moment(request.form.get("planned_for", "")),
            provider=request.form.get("provider", ""),
            told_by=actor().label,
            at=now(),
        )
    elif act == "confirm":
        service.confirm_by_number(
            db,
            appointment=found,
            written=request.form.get("number", ""),
            told_by=actor().label,
            at=now(),
        )
    else:
        note = request.form.get("note", "")
        service.miss(db, appointment=found, note=note, told_by=actor().label, at=now())


def _moment(written: str) -> datetime | None:
    """The county's own time that was entered as ``2026-03-02T14:30``."""
    if not written.strip():
        return None
    try:
        return datetime.fromisoformat(written.strip()).replace(tzinfo=ZoneInfo(house().settings.timezone))
    except ValueError as error:
        raise PlanIncomplete(field="planned_for") from error


@blueprint.get("/shops/<int:shop_id>/appointments/<int:appointment_id>/slip")
def slip(shop_id: int, appointment_id: int) -> str:
    """The slip for the provider, with the code under which he confirms."""
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        found = queries.one_in_shop(db, shop.id, appointment_id)
        address = house().settings.public_url + url_for(".provider", word=found.provider_word)
        return render_template(
            "appointments/slip.html",
            shop=shop,
            appointment=found,
            qr=link_qr(address),
            number=service.slip_number(found),
        )


@blueprint.route("/service/<word>", methods=["GET", "POST"])
@public
def provider(word: str) -> ResponseReturnValue:
    """For whoever provides the service: the word on the slip is the right to say that it was given."""
    refusal = None
    if request.method == "POST":
        try:
            with transaction() as db:
                found = queries.by_word(db, word)
                note = request.form.get("note", "")
                service.confirm(db, appointment=found, note=note, told_by="provider", at=now())
            return redirect(url_for(".provider", word=word), 303)
        except Refusal as error:
            refusal = error
    with reading() as db:
        found = queries.by_word(db, word)
        page = render_template(
            "appointments/provider.html",
            appointment=found,
            state=queries.state_of(found),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)
