"""The shelf of a shop: what is there, what runs low or expires, goods in, write-offs, and every movement."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.models import Product, Shop
from store.orders.queries import names_of_users
from store.pages import (
    asked_number,
    county_time,
    fresh_key,
    key_of,
    options,
    shop_for,
    today,
    typed,
    typed_day,
)
from store.permissions import CATALOGUE_WRITE, STOCK_MOVE, STOCK_READ
from store.stock import papers, queries, receipts, write_offs
from store.stock.errors import BestBeforeUnclear, QuantityInvalid, UnitCostInvalid, VoucherNeedsCodes
from store.stock.forms import BatchForm, GoodsInForm, ProductForm, WriteOffForm
from store.stock.models import StockMovement, StockReceipt
from store.stock.paper_models import WriteOff
from store.stock.receipts import Incoming, Paper
from store.stock.rules import MOST_UNITS, unit_cost, whole_number
from timebank.access import scope
from timebank.books.queries import shelf_quantity
from timebank.clock import now
from timebank.errors import Refusal
from timebank.policy.queries import policy_for
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("stock", __name__)

ROWS_A_PAGE = 50
KINDS = (
    "receipt",
    "donation",
    "sale",
    "return",
    "write_off",
    "count",
    "transfer_out",
    "transfer_in",
    "handout",
)


@blueprint.get("/stock")
def choose() -> ResponseReturnValue:
    """Which shop's shelf; straight there when there is only one."""
    scope.require_somewhere(actor(), STOCK_READ)
    with reading() as db:
        shops = catalogue.shops(db, actor(), STOCK_READ)
        if len(shops) == 1:
            return redirect(url_for(".index", shop_id=shops[0].id))
        return render_template("stock/choose.html", shops=shops)


@blueprint.get("/shops/<int:shop_id>/stock")
def index(shop_id: int) -> str:
    """Every product of the shop with its units; with ``low`` only what runs low."""
    words, category = request.args.get("q", ""), request.args.get("category", "")
    only_low = request.args.get("low") == "1"
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        path = shop.organisation.path
        shelves = queries.shelves(db, shop, words=words, category=category)
        low = [shelf for shelf in shelves if shelf.is_low]
        return render_template(
            "stock/index.html",
            shop=shop,
            shelves=low if only_low else shelves,
            all_count=len(shelves),
            low_count=len(low),
            only_low=only_low,
            expiring_count=len(queries.expiring(db, shop, before=queries.soon(now()))),
            waiting_count=len(write_offs.papers(db, shop, waiting=True)),
            on_the_way=papers.on_the_way_to(db, shop),
            worth=queries.worth(db, shop, today()),
            categories=catalogue.shop_categories(db, shop),
            words=words,
            category=category,
            may_move=actor().may(STOCK_MOVE, path),
            may_write=actor().may(CATALOGUE_WRITE, path),
        )


@blueprint.get("/shops/<int:shop_id>/stock/batches")
def batches(shop_id: int) -> str:
    """What is left of each batch, what expires first at the top; with ``all`` also what does not expire soon."""
    everything = request.args.get("all") == "1"
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        product_id = asked_number("product")
        product = catalogue.shop_product(db, shop, product_id) if product_id is not None else None
        found = queries.expiring(
            db, shop, product_id=product_id, before=None if everything or product else queries.soon(now())
        )
        return render_template(
            "stock/batches.html",
            shop=shop,
            product=product,
            batches=found,
            everything=everything,
            at=now(),
            today=today(),
            may_move=actor().may(STOCK_MOVE, shop.organisation.path),
        )


@blueprint.get("/shops/<int:shop_id>/stock/movements")
def movements(shop_id: int) -> str:
    """Everything that ever came onto or left the shelf, newest first."""
    kind = request.args.get("kind", "")
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        product_id = asked_number("product")
        product = catalogue.shop_product(db, shop, product_id) if product_id is not None else None
        found = list(
            queries.movements(
                db,
                shop,
                product_id=product_id,
                kind=kind if kind in KINDS else "",
                before=asked_number("before"),
                limit=ROWS_A_PAGE + 1,
            )
        )
        return render_template(
            "stock/movements.html",
            shop=shop,
            product=product,
            movements=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None,
            is_later=asked_number("before") is not None,
            names=_names(db, found),
            kinds=KINDS,
            kind=kind,
        )


def _names(db: Session, found: list[StockMovement]) -> dict[str, str]:
    """Who moved, by actor label."""
    ids = {int(label[5:]) for label in {moved.moved_by for moved in found} if label.startswith("user:")}
    return {f"user:{user_id}": name for user_id, name in names_of_users(db, sorted(ids)).items()}


@blueprint.route("/shops/<int:shop_id>/stock/in", methods=["GET", "POST"])
def goods_in(shop_id: int) -> ResponseReturnValue:
    """Goods come in: the first line begins a paper, the next ones are scanned onto it."""
    with reading() as db:
        # Whether there is such a shop, and whether she may, comes before what was typed.
        shop = shop_for(db, shop_id, STOCK_MOVE)
        number = asked_number("receipt")
        receipt = papers.receipt(db, actor(), number) if number is not None else None
        form = BatchForm() if receipt else GoodsInForm()
        if request.method == "GET":
            _prefill(db, shop, form)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                booked = _receive(db, shop_for(db, shop_id, STOCK_MOVE), form, number)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for(".goods_in", shop_id=shop_id, receipt=booked))
    with reading() as db:
        return render_template(
            "stock/goods_in.html",
            shop=shop,
            form=form,
            receipt=papers.receipt(db, actor(), number) if number is not None else None,
            sources=papers.source_names(db, shop),
            may_write=actor().may_somewhere(CATALOGUE_WRITE),
        )


def _prefill(db: Session, shop: Shop, form: ProductForm) -> None:
    form.key.data = fresh_key()
    product_id = asked_number("product")
    if product_id is not None:
        product = catalogue.shop_product(db, shop, product_id)
        form.written.data = product.barcode or product.name


def _receive(db: Session, shop: Shop, form: BatchForm, number: int | None) -> int:
    """Book one line, tell the trail, say what the shelf holds now; the paper's id."""
    product, units = catalogue.written_units(db, shop, typed(form.written))
    if product.kind == "voucher":
        raise VoucherNeedsCodes(field="written")
    begun = papers.receipt(db, actor(), number) if number is not None else None
    incoming = Incoming(
        product.id,
        _units(form) * units,
        typed(form.batch_code),
        _day(form),
        _cost(form),
    )
    receipt = receipts.receive(
        db,
        shop=shop,
        paper=_paper(form) if begun is None else Paper(begun.kind),
        lines=[incoming],
        key=key_of(typed(form.key)),
        receipt=begun,
        timezone=county_time(),
        by=actor(),
        at=now(),
    )
    _tell_received(db, shop, receipt, product, incoming.quantity)
    return receipt.id


def _tell_received(db: Session, shop: Shop, receipt: StockReceipt, product: Product, units: int) -> None:
    audited(
        db,
        "stock.received",
        f"receipt:{receipt.id}",
        organisation_id=shop.organisation_id,
        product=product.name,
        quantity=units,
        shop=shop.name,
    )
    flash(
        _(
            "%(product)s: %(quantity)s booked, %(units)s on the shelf now.",
            product=product.name,
            quantity=f"+{units}",
            units=shelf_quantity(db, shop.id, product.id),
        ),
        "success",
    )


def _paper(form: BatchForm) -> Paper:
    return Paper(
        form["kind"].data,
        source=typed(form["source"]),
        contact=typed(form["contact"]),
        restriction=typed(form["restriction"]),
        note=typed(form["note"]),
    )


def _units(form: ProductForm) -> int:
    units = whole_number(typed(form.quantity))
    if units is None:
        raise QuantityInvalid(field="quantity", most=MOST_UNITS)
    return units


def _day(form: BatchForm) -> date | None:
    written = typed(form.best_before)
    day = typed_day(written)
    if written and day is None:
        raise BestBeforeUnclear(field="best_before")
    return day


def _cost(form: BatchForm) -> Decimal | None:
    written = typed(form.unit_cost)
    cost = unit_cost(written) if written else None
    if written and cost is None:
        raise UnitCostInvalid(field="unit_cost")
    return cost


@blueprint.route("/shops/<int:shop_id>/stock/off", methods=["GET", "POST"])
def write_off(shop_id: int) -> ResponseReturnValue:
    """Goods leave the shelf without points, with a reason; above the county's limit a second person agrees first."""
    form = WriteOffForm()
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_MOVE)
        form.batch.choices = _batch_choices(db, shop)
        if request.method == "GET":
            _prefill(db, shop, form)
            form.batch.data = request.args.get("batch", "")
    if form.validate_on_submit():
        try:
            with transaction() as db:
                _write_off(db, shop_for(db, shop_id, STOCK_MOVE), form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("papers.list_write_offs", shop_id=shop_id))
    with reading() as db:
        return render_template(
            "stock/write_off.html", shop=shop, form=form, recent=queries.movements(db, shop, limit=5)
        )


def _batch_choices(db: Session, shop: Shop) -> list[Any]:
    """The batches of the product that was asked for; without one there is nothing to choose."""
    product_id = asked_number("product")
    found = queries.expiring(db, shop, product_id=product_id) if product_id is not None else []
    words = [
        (str(one.id), f"{one.best_before or _('no date')} · {one.code or '—'} · {one.left}") for one in found
    ]
    return options([("", _("Whatever expires first")), *words])


def _write_off(db: Session, shop: Shop, form: WriteOffForm) -> WriteOff:
    product, units = catalogue.written_units(db, shop, typed(form.written))
    alone = policy_for(db, shop.organisation.path).write_off_alone_points
    batch = form.batch.data or ""
    paper = write_offs.ask(
        db,
        shop=shop,
        product=product,
        quantity=_units(form) * units,
        reason=typed(form.note),
        batch_id=int(batch) if batch.isascii() and batch.isdecimal() and len(batch) < 19 else None,
        key=key_of(typed(form.key)),
        alone_points=Decimal(alone),
        today=today(),
        by=actor(),
        at=now(),
    )
    audited(
        db,
        "stock.written_off" if paper.status == "booked" else "write_off.asked",
        f"write_off:{paper.id}",
        organisation_id=shop.organisation_id,
        product=product.name,
        quantity=paper.quantity,
        shop=shop.name,
    )
    if paper.status == "booked":
        flash(
            _("%(product)s: %(quantity)s written off.", product=product.name, quantity=paper.quantity),
            "success",
        )
    else:
        flash(
            _("Nothing was taken off the shelf yet: a second person has to agree, because of the value."),
            "warning",
        )
    return paper
