"""The shelf of a shop: what is there, what runs low, goods in, write-offs, counts, and every movement."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.calendar import local_day
from store.catalogue.models import Product, Shop
from store.orders.queries import names_of_users
from store.pages import asked_number, fresh_key, shop_for, typed
from store.permissions import CATALOGUE_WRITE, STOCK_MOVE, STOCK_READ
from store.stock import queries, service, write_offs
from store.stock.errors import CountInvalid, QuantityInvalid
from store.stock.forms import CountForm, GoodsInForm, MovementForm, WriteOffForm
from store.stock.models import StockMovement
from store.stock.rules import MOST_UNITS, whole_number
from timebank.access import scope
from timebank.books.queries import shelf_quantity
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("stock", __name__)

ROWS_A_PAGE = 50
KINDS = ("receipt", "donation", "sale", "return", "write_off", "count")


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
        shelves = queries.shelves(db, shop, words=words, category=category)
        low = [shelf for shelf in shelves if shelf.is_low]
        return render_template(
            "stock/index.html",
            shop=shop,
            shelves=low if only_low else shelves,
            all_count=len(shelves),
            low_count=len(low),
            only_low=only_low,
            categories=catalogue.shop_categories(db, shop),
            words=words,
            category=category,
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


@dataclass(frozen=True)
class Deed:
    """One way of moving goods by hand: its form, its page, and what is done with what was sent."""

    endpoint: str
    form: type[MovementForm]
    action: str
    book: Callable[[Session, Shop, Product, MovementForm], StockMovement | None]


@blueprint.route("/shops/<int:shop_id>/stock/in", methods=["GET", "POST"])
def goods_in(shop_id: int) -> ResponseReturnValue:
    """Goods come in: scan, quantity, Enter."""
    return _moved(shop_id, Deed("goods_in", GoodsInForm, "stock.received", _receive))


@blueprint.route("/shops/<int:shop_id>/stock/off", methods=["GET", "POST"])
def write_off(shop_id: int) -> ResponseReturnValue:
    """Goods leave the shelf without points, with a reason."""
    return _moved(shop_id, Deed("write_off", WriteOffForm, "stock.written_off", _write_off))


@blueprint.route("/shops/<int:shop_id>/stock/count", methods=["GET", "POST"])
def count(shop_id: int) -> ResponseReturnValue:
    """Count a product on the shelf; the difference is booked."""
    return _moved(shop_id, Deed("count", CountForm, "stock.counted", _count))


def _moved(shop_id: int, deed: Deed) -> ResponseReturnValue:
    form = deed.form()
    with reading() as db:
        # Whether there is such a shop, and whether she may, comes before what was typed.
        shop = shop_for(db, shop_id, STOCK_MOVE)
        if request.method == "GET":
            _prefill(db, shop, form)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                _book(db, shop_for(db, shop_id, STOCK_MOVE), form, deed)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            # What was said once is most likely true of the next product too.
            kind, note = form.data.get("kind"), typed(form.note)
            return redirect(url_for(f".{deed.endpoint}", shop_id=shop_id, kind=kind, note=note or None))
    with reading() as db:
        return render_template(
            f"stock/{deed.endpoint}.html",
            shop=shop,
            form=form,
            recent=queries.movements(db, shop, limit=5),
            may_write=actor().may_somewhere(CATALOGUE_WRITE),
        )


def _prefill(db: Session, shop: Shop, form: MovementForm) -> None:
    form.key.data = fresh_key()
    product_id = asked_number("product")
    if product_id is not None:
        product = catalogue.shop_product(db, shop, product_id)
        form.written.data = product.barcode or product.name
    for name in ("kind", "note"):
        if name in form and request.args.get(name):
            form[name].data = request.args[name][:200]


def _book(db: Session, shop: Shop, form: MovementForm, deed: Deed) -> None:
    """Book it, tell the trail, and say what the shelf holds now."""
    product = catalogue.written_product(db, shop, typed(form.written))
    moved = deed.book(db, shop, product, form)
    if moved is None:
        flash(_("%(product)s: the count agrees with the book.", product=product.name), "success")
        return
    audited(
        db,
        deed.action,
        f"movement:{moved.id}",
        organisation_id=shop.organisation_id,
        product=product.name,
        quantity=moved.quantity,
        shop=shop.name,
    )
    flash(
        _(
            "%(product)s: %(quantity)s booked, %(units)s on the shelf now.",
            product=product.name,
            quantity=f"{moved.quantity:+d}".replace("-", "−"),
            units=shelf_quantity(db, shop.id, product.id),
        ),
        "success",
    )


def _receive(db: Session, shop: Shop, product: Product, form: MovementForm) -> StockMovement:
    return service.receive(
        db,
        shop=shop,
        product=product,
        quantity=_units(form),
        kind=form["kind"].data,
        key=_key(form),
        note=typed(form.note),
        by=actor(),
        at=now(),
    )


def _write_off(db: Session, shop: Shop, product: Product, form: MovementForm) -> StockMovement | None:
    today = local_day(now(), ZoneInfo(house().settings.timezone))
    paper = write_offs.ask(
        db,
        shop=shop,
        product=product,
        quantity=_units(form),
        reason=typed(form.note),
        key=_key(form),
        alone_points=Decimal(200),
        today=today,
        by=actor(),
        at=now(),
    )
    return db.get_one(StockMovement, paper.movement_id) if paper.movement_id else None


def _count(db: Session, shop: Shop, product: Product, form: MovementForm) -> StockMovement | None:
    counted = whole_number(typed(form.quantity))
    if counted is None:
        raise CountInvalid(field="quantity", most=MOST_UNITS)
    return service.count(
        db,
        shop=shop,
        product=product,
        counted=counted,
        note=typed(form.note),
        key=_key(form),
        by=actor(),
        at=now(),
    )


def _units(form: MovementForm) -> int:
    units = whole_number(typed(form.quantity))
    if units is None:
        raise QuantityInvalid(field="quantity", most=MOST_UNITS)
    return units


def _key(form: MovementForm) -> str:
    # Keys of two people never meet, whatever their browsers send.
    return f"{actor().label}:{typed(form.key)[:64] or fresh_key()}"
