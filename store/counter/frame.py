"""What every page of the counter shares: the shift that it belongs to, the basket of the form, the answer to a step.

The script sends the same forms with the header ``X-Counter`` and is given the middle of the page;
without it every step answers with a redirect, or with the page and the reason why not.
"""

import hashlib
from http import HTTPStatus
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.models import Product, Shop
from store.catalogue.queries import Wanted
from store.counter import late_counts, queries, rules, service, shifts
from store.counter.errors import CounterLocked
from store.counter.models import Basket
from store.pages import fresh_key, shop_for
from store.permissions import CATALOGUE_WRITE, COUNTER_SELL
from store.settlement.standing import lacks_contract
from store.stock.queries import sellable
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.errors import said, status_of
from timebank.web.frame import device_word
from timebank.web.requests import actor, house, reading

TILES = 24
SCRIPT_HEADER = "X-Counter"


class Heard(NamedTuple):
    """What the last step has to say: the product that was scanned last, and what was refused.

    ``stays_locked``: the page locks by its own clock, a little before the server may: what refused to unlock it
    must not show the basket, whoever of the two was first.
    """

    last: Product | None = None
    refusal: Refusal | None = None
    unknown: str = ""
    refused_count: int = 0
    stays_locked: bool = False


def page(db: Session, shop: Shop, key: str, heard: Heard) -> str:
    """The counter, or what stands before it: the shift that is not open, or the lock."""
    shift = queries.open_shift_of(db, actor())
    if shift is None or shift.shop_id != shop.id:
        return render_template(
            "counter/open_shift.html",
            shop=shop,
            elsewhere=shift,
            key=fresh_key(),
            heard=heard,
            said=said,
            owed=late_counts.owed(db, shop),
        )
    if heard.stays_locked or rules.is_idle(shift.active_at, now()):
        kept_key = request.values.get("key", "") or key or fresh_key()
        return render_template(
            "counter/locked.html",
            shop=shop,
            shift=shift,
            heard=heard,
            said=said,
            key=kept_key,
            locked_page=fresh_key()[:20],
        )
    template = "counter/_live.html" if request.headers.get(SCRIPT_HEADER) else "counter/show.html"
    device = device_digest()
    basket = queries.open_basket(db, shop=shop, by=actor(), device_digest=device, key=key, at=now())
    words, category = request.values.get("q", "").strip(), request.values.get("category", "")
    wanted = Wanted(words=words, category=category)
    whole = not request.headers.get(SCRIPT_HEADER)
    return render_template(
        template,
        shop=shop,
        key=basket.key if basket else fresh_key(),
        contents=queries.contents(db, shop, basket, at=now(), timezone=county_time()),
        heard=heard,
        idle_left=rules.idle_left(shift.active_at, now()),
        # The script changes the middle of the page only: it needs no list of goods.
        tiles=catalogue.shop_products(db, shop, wanted, limit=TILES) if whole else (),
        units=sellable(db, shop.id, now()) if whole else {},
        categories=catalogue.shop_categories(db, shop) if whole else (),
        held=queries.held_baskets(db, shop),
        owed=late_counts.owed(db, shop) if whole else (),
        lacks_contract=lacks_contract(db, shop, at=now(), timezone=county_time()),
        words=words,
        category=category,
        may_write=actor().may_somewhere(CATALOGUE_WRITE),
        said=said,
    )


def county_time() -> ZoneInfo:
    """The county's own time zone."""
    return ZoneInfo(house().settings.timezone)


def device_digest() -> str:
    """What this browser is known by, so that two counters of one attendant do not share a basket."""
    return hashlib.sha256(device_word().encode()).hexdigest()


def basket_of_form(db: Session, shop: Shop) -> Basket:
    """The basket that the form belongs to, locked, in the attendant's open shift, whose row is locked before it.

    Raises:
        ShiftNotOpen, CounterLocked, BasketKeyInvalid, BasketKeyReused
    """
    shift_id = shifts.step(db, shop=shop, by=actor(), at=now())
    return service.basket_with_key(
        db,
        shop=shop,
        key=request.form.get("key", ""),
        device_digest=device_digest(),
        shift_id=shift_id,
        by=actor(),
        at=now(),
    )


def answered(shop_id: int, heard: Heard) -> ResponseReturnValue:
    """After a step: the middle of the page for the script, a redirect when all is well, else the page and why not."""
    key = request.form.get("key", "")
    by_script = SCRIPT_HEADER in request.headers
    if by_script and isinstance(heard.refusal, CounterLocked):
        # The page locks itself and keeps what was scanned until somebody has unlocked it.
        return Response(status=HTTPStatus.LOCKED)
    if heard.refusal is None and not by_script:
        last = heard.last.id if heard.last else None
        return redirect(url_for("counter.show", shop_id=shop_id, basket=key, last=last), 303)
    with reading() as db:
        answer = make_response(page(db, shop_for(db, shop_id, COUNTER_SELL), key, heard))
    # The script reads the reason from the page; a status of its own would only look like a failure.
    if heard.refusal is not None and not by_script:
        answer.status_code = status_of(heard.refusal)
    return answer


def allowed(shop_id: int) -> None:
    """404 and 403 come before anything that was typed."""
    with reading() as db:
        shop_for(db, shop_id, COUNTER_SELL)
