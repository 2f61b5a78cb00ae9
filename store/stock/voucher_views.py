"""Vouchers: codes come in, pasted from a list or made here; the member sees hers; a used one is written down."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.errors import ProductAbsent
from store.catalogue.models import Product, Shop
from store.pages import asked_number, county_time, fresh_key, key_of, shop_for, typed, typed_day
from store.permissions import COUNTER_SELL, STOCK_MOVE
from store.stock import voucher_use, vouchers
from store.stock.errors import BestBeforeUnclear, QuantityInvalid, VoucherNotFound
from store.stock.forms import VoucherForm
from store.stock.paper_models import Voucher
from store.stock.receipts import Paper
from store.stock.rules import whole_number
from timebank.clock import now
from timebank.errors import Conflict, Refusal
from timebank.members.pin_requests import pin_first
from timebank.web.codes import link_qr
from timebank.web.errors import said, status_of
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("vouchers", __name__)


@blueprint.route("/shops/<int:shop_id>/vouchers/<int:product_id>", methods=["GET", "POST"])
def receive(shop_id: int, product_id: int) -> ResponseReturnValue:
    """Take codes in; each is one unit on the shelf and is handed out once."""
    form = VoucherForm()
    with reading() as db:
        shop, product = _place(db, shop_id, product_id)
        if request.method == "GET":
            form.key.data = fresh_key()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                receipt_id = _receive(db, *_place(db, shop_id, product_id), form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("papers.receipt", receipt_id=receipt_id))
    with reading() as db:
        free = vouchers.free_count(db, shop_id, product_id)
        return render_template("stock/vouchers.html", shop=shop, product=product, form=form, free=free)


def _place(db: Session, shop_id: int, product_id: int) -> tuple[Shop, Product]:
    shop = shop_for(db, shop_id, STOCK_MOVE)
    product = catalogue.shop_product(db, shop, product_id)
    if product.kind != "voucher":
        raise ProductAbsent
    return shop, product


def _receive(db: Session, shop: Shop, product: Product, form: VoucherForm) -> int:
    written, until = typed(form.codes), typed(form.best_before)
    day = typed_day(until)
    if until and day is None:
        raise BestBeforeUnclear(field="best_before")
    if written:
        codes = vouchers.read_codes(written)
    else:
        count = whole_number(typed(form.count))
        if not count or count > vouchers.MOST_CODES:
            raise QuantityInvalid(field="count", most=vouchers.MOST_CODES)
        codes = vouchers.generated(count)
    receipt = vouchers.receive(
        db,
        shop=shop,
        product=product,
        codes=codes,
        paper=Paper("donation" if form.donated.data else "receipt", source=typed(form.source)),
        key=key_of(typed(form.key)),
        best_before=day,
        timezone=county_time(),
        by=actor(),
        at=now(),
    )
    audited(
        db,
        "vouchers.received",
        f"receipt:{receipt.id}",
        organisation_id=shop.organisation_id,
        product=product.name,
        quantity=len(codes),
    )
    flash(_("%(count)s voucher codes came in.", count=len(codes)), "success")
    return receipt.id


@blueprint.get("/my/vouchers")
def mine() -> ResponseReturnValue:
    """One's own vouchers: code and QR, used or not, until when."""
    if (asked := pin_first(url_for(".mine"))) is not None:
        return asked
    member_id = actor().member_id
    with reading() as db:
        found = [] if member_id is None else voucher_use.of_member(db, member_id)
        shown = [(one, voucher_use.state_of(one, now(), county_time()), link_qr(one.code)) for one in found]
        # What can still be used comes first.
        shown.sort(key=lambda one: one[1] != "open")
        return render_template("stock/my_vouchers.html", vouchers=shown)


@blueprint.get("/shops/<int:shop_id>/vouchers")
def check(shop_id: int) -> ResponseReturnValue:
    """A voucher that somebody shows: whether it is good, and the button that writes it down as used."""
    return _checked(shop_id, request.args.get("code", ""))


def _checked(shop_id: int, code: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    found: Sequence[Voucher] = ()
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        if code and not refusal:
            try:
                found = voucher_use.with_code(db, actor(), code)
            except Refusal as error:
                refusal = error
        page = render_template(
            "stock/check_voucher.html",
            shop=shop,
            code=code[: voucher_use.LONGEST_CODE],
            vouchers=[(one, voucher_use.state_of(one, now(), county_time())) for one in found],
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


@blueprint.post("/shops/<int:shop_id>/vouchers/use")
def use(shop_id: int) -> ResponseReturnValue:
    """It was given what the voucher promises: from now on it is used."""
    code = request.form.get("code", "")
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            found = voucher_use.with_code(db, actor(), code)
            chosen = next((one for one in found if one.id == asked_number("voucher")), found[0])
            voucher_use.use(db, voucher=chosen, by=actor(), at=now(), timezone=county_time())
            product = chosen.order_line.product_name if chosen.order_line else ""
            audited(
                db, "vouchers.used", f"shop:{shop.id}", organisation_id=shop.organisation_id, product=product
            )
    except Conflict as refusal:
        return _checked(shop_id, code, refusal)
    except VoucherNotFound as refusal:
        return _checked(shop_id, code, refusal)
    flash(_("Used: %(product)s. Give what it promises.", product=product), "success")
    return redirect(url_for(".check", shop_id=shop_id), 303)
