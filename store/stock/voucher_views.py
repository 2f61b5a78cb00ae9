"""Codes of vouchers come in: pasted from a list, or made here."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.errors import ProductAbsent
from store.catalogue.models import Product, Shop
from store.pages import county_time, fresh_key, key_of, shop_for, typed, typed_day
from store.permissions import STOCK_MOVE
from store.stock import vouchers
from store.stock.errors import BestBeforeUnclear, QuantityInvalid
from store.stock.forms import VoucherForm
from store.stock.receipts import Paper
from store.stock.rules import whole_number
from timebank.clock import now
from timebank.errors import Refusal
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
