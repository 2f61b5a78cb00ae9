"""Putting a basket aside and taking it up again; asking the member on her phone."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from store.counter import limits, queries, service, shifts
from store.counter.frame import Heard, allowed, answered, basket_of_form, county_time, device_digest
from store.pages import asked_number, shop_for
from store.permissions import COUNTER_SELL
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.requests import actor, transaction

blueprint = Blueprint("holding", __name__)


@blueprint.post("/shops/<int:shop_id>/counter/hold")
def hold(shop_id: int) -> ResponseReturnValue:
    """Put the basket aside, so that the next customer can be served."""
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            service.hold(db, basket=basket_of_form(db, shop), words=request.form.get("words", ""), at=now())
    except Refusal as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    return redirect(url_for("counter.show", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/recall")
def recall(shop_id: int) -> ResponseReturnValue:
    """Take up a basket that was put aside; the one that is open here, if there is something in it, is put aside."""
    try:
        key = _recall(shop_id)
    except Refusal as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    return redirect(url_for("counter.show", shop_id=shop_id, basket=key), 303)


def _recall(shop_id: int) -> str:
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shift_id = shifts.step(db, shop=shop, by=actor(), at=now())
        current = queries.open_basket(
            db,
            shop=shop,
            by=actor(),
            device_digest=device_digest(),
            key=request.form.get("key", ""),
            at=now(),
        )
        found = service.recall(
            db,
            shop=shop,
            basket_id=asked_number("basket") or 0,
            device_digest=device_digest(),
            shift_id=shift_id,
            by=actor(),
            at=now(),
        )
        if current is not None and current.id != found.id and current.lines:
            service.hold(db, basket=current, words="", at=now())
        return found.key


@blueprint.post("/shops/<int:shop_id>/counter/held/give-up")
def give_up(shop_id: int) -> ResponseReturnValue:
    """Put the goods of a held basket back on the shelf."""
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            shifts.step(db, shop=shop, by=actor(), at=now())
            service.give_up_held(db, shop=shop, basket_id=asked_number("basket") or 0)
    except Refusal as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    return redirect(url_for("counter.show", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/ask")
def ask(shop_id: int) -> ResponseReturnValue:
    """Put the question on the member's own phone; the counter shows her answer as soon as it is there."""
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            basket = basket_of_form(db, shop)
            total = queries.contents(db, shop, basket, at=now(), timezone=county_time()).total
            asked = limits.ask(db, basket=basket, total_points=total, by=actor(), at=now())
            limits.tell_asked(db, asked, shop)
    except Refusal as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    return answered(shop_id, Heard())
