"""Handing out what was reserved: the pick-up code, whose it is, who stands there, done.

A wrong code is counted for the attendant who typed it, a delegate's wrong digits for the reservation; after five of
them one has to wait.
"""

from typing import NoReturn

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter import shifts
from store.counter.frame import Heard, allowed, answered, county_time
from store.counter.proof_requests import proved
from store.pages import shop_for
from store.permissions import COUNTER_SELL
from store.reservations import queries, rules, service, withdrawals
from store.reservations.errors import CollectorUnproved, PickupCodeWrong
from store.reservations.models import Reservation
from timebank.access import lockouts
from timebank.clock import now
from timebank.errors import Conflict, Invalid, Refusal
from timebank.members.codes import only_digits
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("pickups", __name__)


@blueprint.get("/shops/<int:shop_id>/reservations")
def index(shop_id: int) -> str:
    """What waits to be collected here, without the codes: only the member knows hers."""
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        return render_template(
            "counter/reservations.html",
            shop=shop,
            reservations=queries.open_in_shop(db, shop.id, at=now()),
        )


@blueprint.post("/shops/<int:shop_id>/reservations/code")
def look_up(shop_id: int) -> ResponseReturnValue:
    """A pick-up code that was typed or scanned: what is kept, for whom, and who may collect it."""
    return shown(shop_id, request.form.get("code", ""))


def shown(shop_id: int, code: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    """The page of the reservation behind ``code``, or the counter with the reason why not."""
    allowed(shop_id)
    try:
        reservation_id = _found(shop_id, code)
    except Refusal as wrong:
        return answered(shop_id, Heard(refusal=wrong))
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        found = queries.in_shop(db, shop.id, reservation_id)
        page = render_template(
            "counter/pickup.html",
            shop=shop,
            reservation=found,
            state=queries.state_of(found, now()),
            code=only_digits(code),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _found(shop_id: int, code: str) -> int:
    """The reservation's id. A wrong code is counted although it is refused.

    Raises:
        PickupCodeWrong, LockedOut, ShiftNotOpen, CounterLocked
    """
    subject, digits = f"pickup:{actor().user_id}", only_digits(code[:100])
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shifts.step(db, shop=shop, by=actor(), at=now())
        lockouts.ensure_open(db, subject, at=now())
        found = _behind(db, shop, digits)
        if found is None:
            lockouts.failed(db, subject, at=now())
        else:
            lockouts.succeeded(db, subject)
    if found is None:
        _refuse()
    return found.id


def _refuse() -> NoReturn:
    raise PickupCodeWrong


def _behind(db: Session, shop: Shop, digits: str) -> Reservation | None:
    digest = rules.code_digest(house().keyring, digits)
    return queries.by_code_digest(db, shop.id, digest)


@blueprint.post("/shops/<int:shop_id>/reservations/hand-out")
def hand_out(shop_id: int) -> ResponseReturnValue:
    """The code once more, and who collects: the holds become the sale, once."""
    code = request.form.get("code", "")
    allowed(shop_id)
    try:
        reservation_id = _found(shop_id, code)
        shown_id = _shown_by_delegate(shop_id, reservation_id)
        _count_tail(shop_id, reservation_id)
        order_id = _hand_out(shop_id, reservation_id, shown_id)
    except PickupCodeWrong as wrong:
        return answered(shop_id, Heard(refusal=wrong))
    except Refusal as refusal:
        return shown(shop_id, code, refusal)
    return redirect(url_for("counter.done", shop_id=shop_id, order_id=order_id), 303)


def _shown_by_delegate(shop_id: int, reservation_id: int) -> int | None:
    """The member who has shown her own code, card or PIN as the delegate; None where none is asked for."""
    if request.form.get("collector") != "delegate":
        return None
    with reading() as db:
        found = queries.in_shop(db, shop_id, reservation_id)
        if found.delegate_member_id is None or found.status != "reserved":
            return None
        name = found.delegate_name
    written = request.form.get("shown", "").strip()[:100]
    if not written:
        raise CollectorUnproved(field="shown", name=name)
    member_id, _how = proved(shop_id, written, request.form.get("pin", ""))
    return member_id


def _tail_subject(reservation_id: int) -> str:
    """Digits are counted for the reservation, whoever types them: a right code forgets none of them."""
    return f"pickup-tail:{reservation_id}"


def _count_tail(shop_id: int, reservation_id: int) -> None:
    """Count a delegate's four digits before they are looked at, so that many at once cannot slip by. Raises ``LockedOut``."""
    if request.form.get("collector") != "delegate":
        return
    with transaction() as db:
        found = queries.in_shop(db, shop_id, reservation_id)
        if found.delegate_phone_tail and found.status == "reserved":
            lockouts.ensure_open(db, _tail_subject(reservation_id), at=now())
            lockouts.failed(db, _tail_subject(reservation_id), at=now())


def _hand_out(shop_id: int, reservation_id: int, shown_member_id: int | None) -> int:
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shift_id = shifts.step(db, shop=shop, by=actor(), at=now())
        found = queries.in_shop(db, shop.id, reservation_id)
        order, is_new = service.hand_out(
            db,
            reservation=found,
            collector=request.form.get("collector", ""),
            collected_by="",
            shown_member_id=shown_member_id,
            phone_tail=only_digits(request.form.get("phone_tail", "")[:20]),
            shift_id=shift_id,
            by=actor(),
            at=now(),
            timezone=county_time(),
        )
        if is_new:
            audited(
                db,
                "reservation.collected",
                f"order:{order.id}",
                organisation_id=shop.organisation_id,
                number=order.number,
                points=str(order.total_points),
                by=order.collected_by or found.member.name,
            )
        lockouts.succeeded(db, _tail_subject(reservation_id))
        return order.id


@blueprint.route("/shops/<int:shop_id>/reservations/<int:reservation_id>/withdraw", methods=["GET", "POST"])
def withdraw(shop_id: int, reservation_id: int) -> ResponseReturnValue:
    """The shop ends a reservation with a reason: the member is told, points and goods are free at once."""
    refusal = None
    if request.method == "POST":
        try:
            _withdraw(shop_id, reservation_id)
            return redirect(url_for(".index", shop_id=shop_id), 303)
        except (Invalid, Conflict) as error:
            refusal = error
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        found = queries.in_shop(db, shop.id, reservation_id)
        page = render_template(
            "counter/withdraw.html",
            shop=shop,
            reservation=found,
            state=queries.state_of(found, now()),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _withdraw(shop_id: int, reservation_id: int) -> None:
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        found = queries.in_shop(db, shop.id, reservation_id)
        reason = request.form.get("reason", "")
        if withdrawals.withdraw(db, reservation=found, reason=reason, by=actor(), at=now()):
            audited(
                db,
                "reservation.withdrawn",
                f"member:{found.member_id}",
                organisation_id=shop.organisation_id,
                shop=shop.name,
                reason=found.reason,
            )
    flash(_("Cancelled. The member is told; points and goods are free again."), "success")
