"""The counter page: identify, basket, agree, done. Every step is a plain form; the script only makes it faster."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.errors import BarcodeUnknown
from store.catalogue.models import Shop
from store.catalogue.offers import is_own_staff
from store.catalogue.rules import plain, price
from store.counter import pickup_views, queries, rules, service, shifts
from store.counter.errors import CounterLocked, SignatureUnreadable
from store.counter.frame import SCRIPT_HEADER, Heard, allowed, answered, basket_of_form, county_time, page
from store.counter.proof_requests import proved
from store.counter.service import Hand, Scanned
from store.orders import rules as order_rules
from store.orders.errors import OrderAbsent, TotalChanged
from store.orders.queries import balance_after
from store.orders.queries import order as order_in_scope
from store.pages import asked_number, fresh_key, shop_for
from store.permissions import COUNTER_SELL
from store.stock.voucher_use import looks_like_voucher
from timebank.access import scope
from timebank.books.queries import points_balance
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members.models import Member
from timebank.members.pin_requests import prove_pin
from timebank.web.requests import actor, audited, reading, transaction
from timebank.web.scanning import scans_codes

blueprint = Blueprint("counter", __name__)


@blueprint.get("/counter")
def choose() -> ResponseReturnValue:
    """Which counter; straight there when there is only one."""
    scope.require_somewhere(actor(), COUNTER_SELL)
    with reading() as db:
        shops = [one for one in catalogue.shops(db, actor(), COUNTER_SELL) if is_own_staff(actor(), one)]
        if len(shops) == 1:
            return redirect(url_for(".show", shop_id=shops[0].id))
        return render_template("counter/choose.html", shops=shops)


@blueprint.get("/shops/<int:shop_id>/counter")
@scans_codes
def show(shop_id: int) -> str:
    """The counter with the basket that is open in this browser, or with an empty one."""
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        last = asked_number("last")
        heard = Heard(last=catalogue.shop_product(db, shop, last) if last is not None else None)
        return page(db, shop, request.args.get("basket", ""), heard)


@blueprint.post("/shops/<int:shop_id>/counter/scan")
def scan(shop_id: int) -> ResponseReturnValue:
    """One thing that was scanned or typed: goods, the member's code or card, or words to look for."""
    written = request.form.get("written", "").strip()[:100]
    kind = rules.kind_of(written)
    if kind == "member":
        return _identified(shop_id, written, "")
    if kind == "pickup":
        return pickup_views.shown(shop_id, written)
    if kind == "words":
        allowed(shop_id)
        if looks_like_voucher(written):
            return redirect(url_for("vouchers.check", shop_id=shop_id, code=written), 303)
        key = request.form.get("key", "")
        return redirect(
            url_for(".show", shop_id=shop_id, basket=key, q=written or None, _anchor="goods"), 303
        )
    return _goods_scanned(shop_id, written)


def _goods_scanned(shop_id: int, written: str) -> ResponseReturnValue:
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            heard = Heard(last=service.scan(db, basket=basket_of_form(db, shop), shop=shop, written=written))
    except BarcodeUnknown as refusal:
        heard = Heard(refusal=refusal, unknown=written)
    except Refusal as refusal:
        allowed(shop_id)
        heard = Heard(refusal=refusal)
    return answered(shop_id, heard)


@blueprint.post("/shops/<int:shop_id>/counter/scans")
def scans(shop_id: int) -> ResponseReturnValue:
    """What the scanner gun has read since the last answer, in order; numbers that were taken are not taken again."""
    written = [code.strip()[:100] for code in request.form.getlist("written")]
    try:
        results = _scanned(shop_id, written)
    except CounterLocked as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    refused = [one for one in results if one.refusal is not None]
    products = [one.product for one in results if one.product is not None]
    unknown = next((one.written for one in refused if isinstance(one.refusal, BarcodeUnknown)), "")
    heard = Heard(
        last=products[-1] if products else None,
        refusal=refused[-1].refusal if refused else None,
        unknown=unknown,
        refused_count=len(refused),
    )
    return answered(shop_id, heard)


def _scanned(shop_id: int, written: list[str]) -> list[Scanned]:
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        basket = basket_of_form(db, shop)
        page_word, first = request.form.get("page", "")[:40], asked_number("first") or 1
        return service.scan_many(db, basket=basket, shop=shop, page=page_word, first=first, written=written)


@blueprint.post("/shops/<int:shop_id>/counter/line")
def line(shop_id: int) -> ResponseReturnValue:
    """One more, one fewer, or exactly so many of a product."""
    exactly, step = asked_number("quantity"), request.form.get("step", "")
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            product = catalogue.shop_product(db, shop, asked_number("product") or 0)
            basket = basket_of_form(db, shop)
            if step in ("1", "-1"):
                service.add(db, basket=basket, product=product, units=int(step))
            elif exactly is not None:
                service.put(db, basket=basket, product=product, quantity=exactly)
            heard = Heard(last=product)
    except Refusal as refusal:
        allowed(shop_id)
        heard = Heard(refusal=refusal)
    return answered(shop_id, heard)


@blueprint.post("/shops/<int:shop_id>/counter/member")
def identify(shop_id: int) -> ResponseReturnValue:
    """Who stands at the counter: phone code, paper card, or volunteer number with PIN."""
    written = request.form.get("written", "").strip()[:100]
    kind = rules.kind_of_for_member(written)
    if kind == "pickup":
        return pickup_views.shown(shop_id, written)
    if kind == "barcode":
        return _goods_scanned(shop_id, written)
    return _identified(shop_id, written, request.form.get("pin", ""))


def _identified(shop_id: int, written: str, pin: str) -> ResponseReturnValue:
    try:
        _identify(shop_id, written, pin)
        heard = Heard()
    except Refusal as refusal:
        allowed(shop_id)
        heard = Heard(refusal=refusal)
    return answered(shop_id, heard)


def _identify(shop_id: int, written: str, pin: str) -> None:
    """Find out who it is and make the basket theirs. A phone code stays consumed although they are refused."""
    with transaction() as db:
        # A counter that is locked takes no code: the member would have to wait for her next one.
        shifts.step(db, shop=shop_for(db, shop_id, COUNTER_SELL), by=actor(), at=now())
    member_id, how = proved(shop_id, written, pin)
    with transaction() as db:
        _attach(db, shop_for(db, shop_id, COUNTER_SELL), member_id, how)


def _attach(db: Session, shop: Shop, member_id: int, how: str) -> None:
    member = db.get_one(Member, member_id)
    basket = basket_of_form(db, shop)
    service.attach(db, basket=basket, shop=shop, member=member, how=how, by=actor(), at=now())
    audited(
        db,
        "counter.member_identified",
        f"member:{member_id}",
        organisation_id=shop.organisation_id,
        name=member.name,
        shop=shop.name,
        how=how,
    )


@blueprint.post("/shops/<int:shop_id>/counter/member/forget")
def forget_member(shop_id: int) -> ResponseReturnValue:
    """It is somebody else's basket; the goods stay in it."""
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        service.forget_member(db, basket=basket_of_form(db, shop))
    return answered(shop_id, Heard())


@blueprint.post("/shops/<int:shop_id>/counter/abandon")
def abandon(shop_id: int) -> ResponseReturnValue:
    """Put everything back and begin anew."""
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        service.abandon(db, basket=basket_of_form(db, shop))
    return redirect(url_for(".show", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/complete")
def complete(shop_id: int) -> ResponseReturnValue:
    """The member has agreed: points, stock and order change in one transaction, once per basket."""
    try:
        order_id = _complete(shop_id)
    except Refusal as refusal:
        allowed(shop_id)
        return answered(shop_id, Heard(refusal=refusal))
    target = url_for(".done", shop_id=shop_id, order_id=order_id)
    if SCRIPT_HEADER in request.headers:
        return Response(status=204, headers={"X-Go": target})
    return redirect(target, 303)


def _complete(shop_id: int) -> int:
    agreed, pin = price(request.form.get("agreed", "")), request.form.get("pin", "")
    hand = Hand(pin_of=_prove_basket_pin(shop_id, pin) if pin else None, strokes=_signature())
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        basket = basket_of_form(db, shop)
        if agreed is None:
            contents = queries.contents(db, shop, basket, at=now(), timezone=county_time())
            raise TotalChanged(total=plain(contents.total), agreed="—")
        done = service.hand_over(
            db,
            basket=basket,
            shop=shop,
            agreed_points=agreed,
            by=actor(),
            at=now(),
            timezone=county_time(),
            hand=hand,
        )
        order = done.order
        if not done.replayed:
            audited(
                db,
                "order.completed",
                f"order:{order.id}",
                organisation_id=shop.organisation_id,
                number=order.number,
                points=str(order.total_points),
                shop=shop.name,
            )
        return order.id


def _signature() -> list[list[int]] | None:
    """The strokes that were drawn, an empty list for a hand on paper, None for neither.

    Raises:
        SignatureUnreadable: something was drawn that is no signature.
    """
    written = request.form.get("signature", "").strip()
    if not written:
        return [] if request.form.get("signed_on_paper") else None
    found = rules.strokes(written)
    if found is None:
        raise SignatureUnreadable(field="signature")
    return found


def _prove_basket_pin(shop_id: int, pin: str) -> int | None:
    """The member of the basket, whose PIN was entered; with it a paper card is good for any total."""
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        basket = basket_of_form(db, shop)
        member_id = basket.member_id if basket.status == "open" else None
    if member_id is None:
        return None
    prove_pin(member_id, pin)
    with transaction() as db:
        basket = basket_of_form(db, shop)
        if basket.member_id == member_id and basket.identified_by == "card" and basket.status == "open":
            basket.identified_by = "card_pin"
    return member_id


@blueprint.get("/shops/<int:shop_id>/counter/done/<int:order_id>")
def done(shop_id: int, order_id: int) -> str:
    """Loud success: the amount, whose it was, and the next customer."""
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        order = order_in_scope(db, actor(), order_id)
        if order.shop_id != shop.id:
            raise OrderAbsent
        after = balance_after(db, order)
        return render_template(
            "counter/done.html",
            shop=shop,
            order=order,
            balance=points_balance(db, order.member_id) if after is None else after,
            key=fresh_key(),
            may_undo=order_rules.may_undo(order.completed_at, now()) and not order.returns,
            undo_key=fresh_key(),
        )
