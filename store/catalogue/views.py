"""Shops and the price list, for those who keep them. What volunteers see is in ``browse_views``."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries, rules, service
from store.catalogue.errors import LowStockInvalid, PriceInvalid
from store.catalogue.forms import NewProductForm, NewShopForm, ProductForm, ShopForm
from store.catalogue.models import Product
from store.catalogue.offers import is_own_staff
from store.catalogue.queries import Wanted
from store.catalogue.service import Particulars
from store.pages import options, product_for, shop_for, typed
from store.permissions import (
    CATALOGUE_READ,
    CATALOGUE_WRITE,
    COUNTER_SELL,
    ORDERS_READ,
    SHOPS_WRITE,
    STOCK_READ,
)
from store.stock.rules import MOST_UNITS, whole_number
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("catalogue", __name__)

ROWS_A_PAGE = 50


@blueprint.get("/shops")
def shops() -> str:
    """The shops of the county, with where they are and when they are open."""
    with reading() as db:
        who = actor()
        keeps = who.may_somewhere(SHOPS_WRITE)
        found = queries.shops(db, who, closed=keeps)
        return render_template("catalogue/shops.html", shops=found, may_add=keeps)


@blueprint.route("/shops/new", methods=["GET", "POST"])
def new_shop() -> ResponseReturnValue:
    """Open a shop."""
    scope.require_somewhere(actor(), SHOPS_WRITE)
    form = NewShopForm()
    with reading() as db:
        form.organisation.choices = organisation_choices(places.organisations(db, actor(), SHOPS_WRITE))
    if form.validate_on_submit():
        try:
            return redirect(url_for(".shop", shop_id=_create_shop(form)))
        except Refusal as refusal:
            show_refusal(form, refusal)
    return render_template("catalogue/shop_form.html", form=form, shop=None)


def _create_shop(form: NewShopForm) -> int:
    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation.data)
        scope.require(actor(), SHOPS_WRITE, place.path)
        created = service.create_shop(
            db,
            organisation=place,
            name=typed(form.name),
            address=typed(form.address),
            opening_hours=typed(form.opening_hours),
            open_days="".join(form.open_days.data or ()),
            at=now(),
        )
        audited(db, "shop.created", f"shop:{created.id}", organisation_id=place.id, name=created.name)
        return created.id


@blueprint.get("/shops/<int:shop_id>")
def shop(shop_id: int) -> str:
    """One shop: where it is, when it is open, and what the reader may do there."""
    with reading() as db:
        who, found = actor(), queries.shop(db, actor(), shop_id)
        path = found.organisation.path
        may = {
            "sell": who.may(COUNTER_SELL, path) and is_own_staff(who, found) and found.closed_at is None,
            "stock": who.may(STOCK_READ, path),
            "orders": who.may(ORDERS_READ, path),
            "write": who.may(SHOPS_WRITE, path),
        }
        return render_template("catalogue/shop.html", shop=found, may=may)


@blueprint.route("/shops/<int:shop_id>/edit", methods=["GET", "POST"])
def edit_shop(shop_id: int) -> ResponseReturnValue:
    """Change what people read about the shop."""
    with reading() as db:
        found = shop_for(db, shop_id, SHOPS_WRITE)
        form = ShopForm(obj=found)
    if form.validate_on_submit():
        try:
            _change_shop(shop_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".shop", shop_id=shop_id))
    return render_template("catalogue/shop_form.html", form=form, shop=found)


def _change_shop(shop_id: int, form: ShopForm) -> None:
    with transaction() as db:
        found = shop_for(db, shop_id, SHOPS_WRITE)
        service.change_shop(
            db,
            shop=found,
            name=typed(form.name),
            address=typed(form.address),
            opening_hours=typed(form.opening_hours),
            open_days="".join(form.open_days.data or ()),
        )
        audited(
            db, "shop.changed", f"shop:{found.id}", organisation_id=found.organisation_id, name=found.name
        )


@blueprint.post("/shops/<int:shop_id>/close")
def close_shop(shop_id: int) -> ResponseReturnValue:
    """Stop selling there."""
    with transaction() as db:
        found = shop_for(db, shop_id, SHOPS_WRITE)
        service.close_shop(db, shop=found, at=now())
        audited(db, "shop.closed", f"shop:{found.id}", organisation_id=found.organisation_id)
    return redirect(url_for(".shop", shop_id=shop_id))


@blueprint.post("/shops/<int:shop_id>/reopen")
def reopen_shop(shop_id: int) -> ResponseReturnValue:
    """Sell there again."""
    with transaction() as db:
        found = shop_for(db, shop_id, SHOPS_WRITE)
        service.reopen_shop(db, shop=found)
        audited(db, "shop.reopened", f"shop:{found.id}", organisation_id=found.organisation_id)
    return redirect(url_for(".shop", shop_id=shop_id))


@blueprint.get("/products")
def products() -> str:
    """The price list: search by name, pinyin or barcode."""
    scope.require_somewhere(actor(), CATALOGUE_READ)
    words, category = request.args.get("q", ""), request.args.get("category", "")
    withdrawn = request.args.get("withdrawn") == "1"
    with reading() as db:
        wanted = Wanted(words, category, withdrawn, read_cursor(request.args.get("after", "")))
        found = list(queries.products(db, actor(), wanted, limit=ROWS_A_PAGE + 1))
        return render_template(
            "catalogue/products.html",
            products=found[:ROWS_A_PAGE],
            after=written_cursor(found[ROWS_A_PAGE - 1]) if len(found) > ROWS_A_PAGE else None,
            is_later=wanted.after is not None,
            categories=queries.categories(db, actor()),
            words=words,
            category=category,
            withdrawn=withdrawn,
            may_write=actor().may_somewhere(CATALOGUE_WRITE),
        )


def written_cursor(product: Product) -> str:
    """Where the next page begins, as it stands in an address."""
    return f"{product.id}.{product.sort_name}"


def read_cursor(written: str) -> tuple[str, int] | None:
    """The place behind :func:`written_cursor`; None for anything else."""
    number, _dot, name = written.partition(".")
    return (name, int(number)) if number.isascii() and number.isdecimal() and len(number) < 19 else None


@blueprint.route("/products/new", methods=["GET", "POST"])
def new_product() -> ResponseReturnValue:
    """Put a product on the list."""
    scope.require_somewhere(actor(), CATALOGUE_WRITE)
    form = NewProductForm(barcode=request.args.get("barcode", ""))
    with reading() as db:
        form.organisation.choices = organisation_choices(places.organisations(db, actor(), CATALOGUE_WRITE))
        form.category.choices = _category_choices(db)
    if form.validate_on_submit():
        try:
            product_id = _create_product(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The product is on the list."), "success")
            return redirect(url_for("browse.product", product_id=product_id))
    return render_template("catalogue/product_form.html", form=form, product=None)


def _create_product(form: NewProductForm) -> int:
    particulars = _particulars(form)
    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation.data)
        scope.require(actor(), CATALOGUE_WRITE, place.path)
        created = service.create_product(db, organisation=place, particulars=particulars, at=now())
        _change_picture(db, created, form)
        audited(
            db,
            "product.created",
            f"product:{created.id}",
            organisation_id=place.id,
            name=created.name,
            price=str(created.price_points),
        )
        return created.id


@blueprint.route("/products/<int:product_id>/edit", methods=["GET", "POST"])
def edit_product(product_id: int) -> ResponseReturnValue:
    """Change a product; finished orders keep what they were sold as."""
    with reading() as db:
        found = product_for(db, product_id, CATALOGUE_WRITE)
        form = ProductForm(
            obj=found, price=rules.plain(found.price_points), low_stock=str(found.low_stock_units)
        )
        form.category.choices = _category_choices(db)
    if form.validate_on_submit():
        try:
            _change_product(product_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for("browse.product", product_id=product_id))
    return render_template("catalogue/product_form.html", form=form, product=found)


def _change_product(product_id: int, form: ProductForm) -> None:
    particulars = _particulars(form)
    with transaction() as db:
        found = product_for(db, product_id, CATALOGUE_WRITE)
        before = rules.plain(found.price_points)
        service.change_product(db, product=found, particulars=particulars)
        _change_picture(db, found, form)
        audited(
            db,
            "product.changed",
            f"product:{found.id}",
            organisation_id=found.organisation_id,
            name=found.name,
            price=f"{before} → {rules.plain(found.price_points)}",
        )


@blueprint.post("/products/<int:product_id>/withdraw")
def withdraw_product(product_id: int) -> ResponseReturnValue:
    """Take the product off the lists."""
    with transaction() as db:
        found = product_for(db, product_id, CATALOGUE_WRITE)
        service.withdraw(db, product=found, at=now())
        audited(
            db,
            "product.withdrawn",
            f"product:{found.id}",
            organisation_id=found.organisation_id,
            name=found.name,
        )
    return redirect(url_for("browse.product", product_id=product_id))


@blueprint.post("/products/<int:product_id>/restore")
def restore_product(product_id: int) -> ResponseReturnValue:
    """Put the product back on the lists."""
    with transaction() as db:
        found = product_for(db, product_id, CATALOGUE_WRITE)
        service.restore(db, product=found)
        audited(
            db,
            "product.restored",
            f"product:{found.id}",
            organisation_id=found.organisation_id,
            name=found.name,
        )
    return redirect(url_for("browse.product", product_id=product_id))


def _category_choices(db: Session) -> list[Any]:
    known = [category for category, _count in queries.categories(db, actor())]
    return options((word, word) for word in dict.fromkeys([*rules.CATEGORIES, *known]))


def _particulars(form: ProductForm) -> Particulars:
    """What the form says; raises ``PriceInvalid`` and ``LowStockInvalid`` beside their fields."""
    price, low = rules.price(typed(form.price)), whole_number(typed(form.low_stock))
    if price is None:
        raise PriceInvalid(field="price")
    if low is None or low > MOST_UNITS:
        raise LowStockInvalid(field="low_stock")
    return Particulars(
        name=typed(form.name),
        category=form.category.data,
        price_points=price,
        unit=typed(form.unit),
        kind=form.kind.data,
        barcode=form.barcode.data or None,
        description=typed(form.description),
        low_stock_units=low,
    )


def _change_picture(db: Session, product: Product, form: ProductForm) -> None:
    if form.picture.data:
        service.set_picture(db, product=product, content=form.picture.data.read())
    elif form.remove_picture.data:
        service.remove_picture(db, product=product)
