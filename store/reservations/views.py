"""The member's own basket and reservations."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.calendar import local_day
from store.catalogue.limits import claims, tightest
from store.catalogue.models import Shop
from store.catalogue.prices import prices_for
from store.catalogue.rules import price
from store.orders import rules as order_rules
from store.pages import asked_number, fresh_key, row_number
from store.reservations import delegates, queries, rules, service, withdrawals
from store.reservations.delegates import Delegate
from store.settlement.standing import lacks_contract
from store.stock.queries import sellable
from timebank.access.actors import Actor
from timebank.books.queries import points_available
from timebank.clock import now
from timebank.errors import Forbidden, Invalid, Refusal
from timebank.members.models import Member
from timebank.members.pin_requests import pin_first
from timebank.web.codes import code128, digits_qr
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("reservations", __name__)


def _member_id(who: Actor) -> int:
    if who.member_id is None:
        raise Forbidden
    return who.member_id


def _county_time() -> ZoneInfo:
    return ZoneInfo(house().settings.timezone)


@blueprint.get("/shops/<int:shop_id>/my-basket")
def basket(shop_id: int) -> str:
    """One's own basket at this shop: what it comes to, what is missing, what the limits leave."""
    return _basket_page(shop_id)


def _basket_page(shop_id: int, refusal: Refusal | None = None) -> str:
    member_id = _member_id(actor())
    with reading() as db:
        shop = catalogue.shop(db, actor(), shop_id)
        lines = queries.wishes(db, member_id, shop.id)
        products = [line.product for line in lines]
        member = db.get_one(Member, member_id)
        prices = prices_for(db, products, member, local_day(now(), _county_time()))
        goods = [(line.product, line.quantity) for line in lines]
        claimed = claims(db, member_id, goods, now(), timezone=_county_time())
        total = order_rules.total((prices[line.product_id].member_price, line.quantity) for line in lines)
        return render_template(
            "reservations/basket.html",
            shop=shop,
            lines=lines,
            prices=prices,
            units=sellable(db, shop.id, now(), of=[product.id for product in products]),
            left=tightest(claimed),
            claims=claimed,
            total=total,
            available=points_available(db, member_id, at=now()),
            lacks_contract=lacks_contract(db, shop, at=now(), timezone=_county_time()),
            key=fresh_key(),
            refusal=refusal,
            said=said,
        )


@blueprint.post("/shops/<int:shop_id>/my-basket/line")
def line(shop_id: int) -> ResponseReturnValue:
    """Exactly so many of a product in one's own basket; 0 takes it out."""
    member_id = _member_id(actor())
    try:
        with transaction() as db:
            shop = catalogue.shop(db, actor(), shop_id)
            product = catalogue.shop_product(db, shop, asked_number("product") or 0)
            quantity = asked_number("quantity")
            if request.form.get("add"):
                mine = {one.product_id: one.quantity for one in queries.wishes(db, member_id, shop.id)}
                quantity = mine.get(product.id, 0) + 1
            service.wish(
                db,
                member_id=member_id,
                shop=shop,
                product=product,
                quantity=-1 if quantity is None else quantity,
            )
    except Refusal as refusal:
        with reading() as db:
            catalogue.shop(db, actor(), shop_id)
        return _basket_page(shop_id, refusal), status_of(refusal)
    if request.form.get("add"):
        flash(_("%(product)s is in your basket.", product=product.name), "success")
    return redirect(url_for(".basket", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/my-basket/reserve")
def reserve(shop_id: int) -> ResponseReturnValue:
    """Keep the goods and the points: the pick-up code is on the next page."""
    if (asked := pin_first(url_for(".basket", shop_id=shop_id))) is not None:
        return asked
    try:
        reservation_id = _reserve(shop_id)
    except Refusal as refusal:
        with reading() as db:
            catalogue.shop(db, actor(), shop_id)
        return _basket_page(shop_id, refusal), status_of(refusal)
    return redirect(url_for(".show", reservation_id=reservation_id), 303)


def _reserve(shop_id: int) -> int:
    member_id = _member_id(actor())
    with transaction() as db:
        shop = catalogue.shop(db, actor(), shop_id)
        found = service.reserve(
            db,
            keyring=house().keyring,
            shop=shop,
            member=db.get_one(Member, member_id),
            goods=_wished(db, member_id, shop),
            key=request.form.get("key", ""),
            agreed_points=price(request.form.get("agreed", "")),
            delegate=_delegate(db),
            by=actor(),
            at=now(),
            timezone=_county_time(),
        )
        audited(
            db,
            "reservation.made",
            f"member:{member_id}",
            organisation_id=shop.organisation_id,
            points=str(found.total_points),
            shop=shop.name,
        )
        return found.id


def _delegate(db: Session) -> Delegate:
    return delegates.named(
        db, name=request.form.get("delegate", ""), proof=request.form.get("delegate_proof", "")
    )


def _wished(db: Session, member_id: int, shop: Shop) -> list[tuple[int, int]]:
    """What stood on the page; a repeated press, which finds the basket emptied, still says what it was."""
    written = {
        product: int(units)
        for name, units in request.form.items()
        if name.startswith("wish-")
        and (product := row_number(name.removeprefix("wish-"))) is not None
        and units.isascii()
        and units.isdecimal()
        and len(units) < 6
    }
    return sorted(written.items()) or [
        (line.product_id, line.quantity) for line in queries.wishes(db, member_id, shop.id)
    ]


@blueprint.get("/my/reservations")
def index() -> str:
    """One's own reservations, newest first."""
    member_id = actor().member_id
    with reading() as db:
        found = [] if member_id is None else queries.of_member(db, member_id)
        return render_template(
            "reservations/index.html", reservations=[(one, queries.state_of(one, now())) for one in found]
        )


@blueprint.get("/my/reservations/<int:reservation_id>")
def show(reservation_id: int) -> ResponseReturnValue:
    """One reservation: the pick-up code to show or to read aloud, until when, where, and who may collect it."""
    if (asked := pin_first(url_for(".show", reservation_id=reservation_id))) is not None:
        return asked
    return _page(reservation_id)


def _page(reservation_id: int, refusal: Refusal | None = None) -> str:
    with reading() as db:
        found = queries.own(db, actor().member_id, reservation_id)
        state = queries.state_of(found, now())
        code = rules.pickup_code(house().keyring, found.key, found.code_turn)
        return render_template(
            "reservations/show.html",
            reservation=found,
            state=state,
            code=code if state == "reserved" else None,
            grouped=rules.grouped(code),
            qr=digits_qr(code),
            barcode=code128(code),
            counted=withdrawals.COUNTED,
            refusal=refusal,
            said=said,
        )


@blueprint.post("/my/reservations/<int:reservation_id>/<any(cancel, delegate, renew):step>")
def change(reservation_id: int, step: str) -> ResponseReturnValue:
    """Cancel it (everything is back at once), name who may collect it, or get another code."""
    back = url_for(".show", reservation_id=reservation_id)
    if step != "cancel" and (asked := pin_first(back)) is not None:
        return asked
    try:
        is_new = _change(reservation_id, step)
    except Invalid as refusal:
        return _page(reservation_id, refusal), status_of(refusal)
    if step == "cancel" and is_new:
        flash(_("Cancelled: points and goods are back."), "success")
    return redirect(back, 303)


def _change(reservation_id: int, step: str) -> bool:
    """Whether this press did it: a second one on "cancel" changes nothing and is told nothing."""
    with transaction() as db:
        found = queries.own(db, actor().member_id, reservation_id)
        if step == "cancel":
            if not service.cancel(db, reservation=found, reason="", by=actor(), at=now()):
                return False
        elif step == "delegate":
            service.name_delegate(db, reservation=found, delegate=_delegate(db))
        else:
            service.renew_code(db, keyring=house().keyring, reservation=found)
        audited(
            db,
            f"reservation.{_DONE[step]}",
            f"member:{found.member_id}",
            organisation_id=found.shop.organisation_id,
            shop=found.shop.name,
        )
    return True


_DONE = {"cancel": "cancelled", "delegate": "delegated", "renew": "renewed"}
