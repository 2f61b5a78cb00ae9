"""What a product costs whom from which day, how many one may take, and its barcodes: one page a product, and one of limits."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from store.catalogue import barcodes, limits, prices, queries, rules
from store.catalogue.errors import (
    ConcessionDaysWrong,
    LimitInvalid,
    PriceDayPast,
    PriceInvalid,
)
from store.catalogue.models import Product
from store.catalogue.price_forms import BarcodeForm, CategoryLimitForm, ConcessionForm, LimitForm, PriceForm
from store.pages import options, product_for, today, typed, typed_day
from store.permissions import CATALOGUE_READ, CATALOGUE_WRITE
from store.stock.rules import whole_number
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import groups
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("prices", __name__)

Deed = Callable[[Session, Product], None]
_KINDS: tuple[type[FlaskForm], ...] = (PriceForm, ConcessionForm, LimitForm, BarcodeForm)


@blueprint.get("/products/<int:product_id>/prices")
def show(product_id: int) -> str:
    """The product's price list, concessions, limits and barcodes."""
    return _page(product_id, None)


def _page(product_id: int, wrong: FlaskForm | None) -> str:
    """The page with the form that was refused in its place."""
    with reading() as db:
        product = product_for(db, product_id, CATALOGUE_READ)
        forms: dict[type[FlaskForm], Any] = {
            kind: wrong if type(wrong) is kind else kind(formdata=None) for kind in _KINDS
        }
        if wrong is None:
            forms[PriceForm]["valid_from"].data = forms[ConcessionForm]["valid_from"].data = (
                today().isoformat()
            )
        _offer_choices(db, forms[ConcessionForm])
        return render_template(
            "catalogue/prices.html",
            product=product,
            price_form=forms[PriceForm],
            concession_form=forms[ConcessionForm],
            limit_form=forms[LimitForm],
            barcode_form=forms[BarcodeForm],
            form=wrong,
            today=today(),
            now_price=prices.list_prices(db, [product], today())[product.id],
            price_list=prices.price_list(db, product),
            concessions=prices.concessions(db, product),
            limits=limits.of_product(db, product),
            barcodes=barcodes.of(db, product),
            may_write=actor().may(CATALOGUE_WRITE, product.organisation.path),
        )


def _offer_choices(db: Session, form: FlaskForm) -> None:
    form["group"].choices = options((one.id, one.name) for one in groups.groups(db, actor()))
    form["funder"].choices = organisation_choices(prices.possible_funders(db, actor()))


def _changed(product_id: int, form: FlaskForm, deed: Deed) -> ResponseReturnValue:
    with reading() as db:
        product_for(db, product_id, CATALOGUE_WRITE)
        if isinstance(form, ConcessionForm):
            _offer_choices(db, form)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                deed(db, product_for(db, product_id, CATALOGUE_WRITE))
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".show", product_id=product_id))
    return _page(product_id, form)


@blueprint.post("/products/<int:product_id>/prices")
def set_price(product_id: int) -> ResponseReturnValue:
    """A new line of the price list."""
    form = PriceForm()

    def deed(db: Session, product: Product) -> None:
        day, price = typed_day(typed(form.valid_from)), rules.price(typed(form.price))
        if price is None:
            raise PriceInvalid(field="price")
        if day is None:
            raise PriceDayPast(field="valid_from")
        prices.set_price(
            db, product=product, price_points=price, valid_from=day, today=today(), by=actor(), at=now()
        )
        _audit(db, product, "product.priced", price=str(price), valid_from=day.isoformat())

    return _changed(product_id, form, deed)


def _audit(db: Session, product: Product, action: str, **facts: str | int) -> None:
    audited(
        db,
        action,
        f"product:{product.id}",
        organisation_id=product.organisation_id,
        name=product.name,
        **facts,
    )


@blueprint.post("/products/<int:product_id>/concessions")
def grant_concession(product_id: int) -> ResponseReturnValue:
    """A lower price for a group."""
    form = ConcessionForm()

    def deed(db: Session, product: Product) -> None:
        day, price = typed_day(typed(form.valid_from)), _concession_price(typed(form.price))
        if day is None:
            raise ConcessionDaysWrong(field="valid_from")
        group = groups.group(db, actor(), form.group.data)
        funder = next(one for one in prices.possible_funders(db, actor()) if one.id == form.funder.data)
        prices.grant_concession(
            db,
            product=product,
            group=group,
            price_points=price,
            funder=funder,
            valid_from=day,
            valid_until=_last_day(typed(form.valid_until)),
            today=today(),
            by=actor(),
            at=now(),
        )
        _audit(db, product, "concession.granted", group=group.name, price=str(price), funder=funder.name)

    return _changed(product_id, form, deed)


def _concession_price(written: str) -> Decimal:
    """A price, or 0 where the funder pays all."""
    if written.strip() in ("0", "０"):
        return Decimal(0)
    price = rules.price(written)
    if price is None:
        raise PriceInvalid(field="price")
    return price


def _last_day(written: str) -> date | None:
    if not written:
        return None
    day = typed_day(written)
    if day is None:
        raise ConcessionDaysWrong(field="valid_until")
    return day


@blueprint.post("/concessions/<int:concession_id>/end")
def end_concession(concession_id: int) -> ResponseReturnValue:
    """From tomorrow the list price holds."""
    with transaction() as db:
        found = prices.concession(db, actor(), concession_id)
        product = product_for(db, found.product_id, CATALOGUE_WRITE)
        prices.end_concession(db, concession=found, today=today(), by=actor())
        _audit(db, product, "concession.ended", group=found.group.name)
    return redirect(url_for(".show", product_id=product.id))


@blueprint.post("/products/<int:product_id>/limits")
def set_limit(product_id: int) -> ResponseReturnValue:
    """At most so many of this product."""
    form = LimitForm()

    def deed(db: Session, product: Product) -> None:
        limits.set_limit(
            db,
            organisation=product.organisation,
            product=product,
            category="",
            counted_for=form.counted_for.data,
            period=form.period.data,
            units=_limit_units(form),
            by=actor(),
            at=now(),
        )
        _audit(db, product, "limit.set", units=typed(form.units), period=form.period.data)

    return _changed(product_id, form, deed)


def _limit_units(form: LimitForm) -> int:
    units = whole_number(typed(form.units))
    if units is None:
        raise LimitInvalid(field="units", most=limits.MOST_LIMIT_UNITS)
    return units


@blueprint.post("/limits/<int:limit_id>/end")
def end_limit(limit_id: int) -> ResponseReturnValue:
    """It holds no longer."""
    with transaction() as db:
        found = limits.limit(db, actor(), limit_id)
        scope.require(actor(), CATALOGUE_WRITE, found.organisation.path)
        limits.end_limit(db, limit=found, by=actor(), at=now())
        audited(db, "limit.ended", f"limit:{found.id}", organisation_id=found.organisation_id)
        product_id = found.product_id
    if product_id is not None:
        return redirect(url_for(".show", product_id=product_id))
    return redirect(url_for(".category_limits"))


@blueprint.route("/limits", methods=["GET", "POST"])
def category_limits() -> ResponseReturnValue:
    """Every limit of the county, and the form for one on a whole category."""
    scope.require_somewhere(actor(), CATALOGUE_WRITE if request.method == "POST" else CATALOGUE_READ)
    form = CategoryLimitForm()
    with reading() as db:
        form.organisation.choices = organisation_choices(places.organisations(db, actor(), CATALOGUE_WRITE))
        names = [*rules.CATEGORIES, *(name for name, _count in queries.categories(db, actor()))]
        form.category.choices = options((name, name) for name in dict.fromkeys(names))
    if form.validate_on_submit():
        try:
            with transaction() as db:
                _limit_category(db, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Saved."), "success")
            return redirect(url_for(".category_limits"))
    with reading() as db:
        return render_template(
            "catalogue/limits.html",
            form=form,
            limits=limits.limits_of(db, actor()),
            may_write=actor().may_somewhere(CATALOGUE_WRITE),
        )


def _limit_category(db: Session, form: CategoryLimitForm) -> None:
    place = places.organisation(db, actor(), form.organisation.data)
    scope.require(actor(), CATALOGUE_WRITE, place.path)
    row = limits.set_limit(
        db,
        organisation=place,
        product=None,
        category=str(form.category.data or ""),
        counted_for=form.counted_for.data,
        period=form.period.data,
        units=_limit_units(form),
        by=actor(),
        at=now(),
    )
    audited(
        db, "limit.set", f"limit:{row.id}", organisation_id=place.id, category=row.category, units=row.units
    )


@blueprint.post("/products/<int:product_id>/barcodes")
def add_barcode(product_id: int) -> ResponseReturnValue:
    """One more barcode, such as a carton's."""
    form = BarcodeForm()

    def deed(db: Session, product: Product) -> None:
        row = barcodes.add(
            db, product=product, written=typed(form.barcode), units=whole_number(typed(form.units)) or 0
        )
        _audit(db, product, "product.barcode_added", barcode=row.barcode, units=row.units)

    return _changed(product_id, form, deed)


@blueprint.post("/products/<int:product_id>/barcodes/<int:barcode_id>/remove")
def remove_barcode(product_id: int, barcode_id: int) -> ResponseReturnValue:
    """A carton's barcode means nothing any more."""
    with transaction() as db:
        product = product_for(db, product_id, CATALOGUE_WRITE)
        barcodes.remove(db, product=product, barcode_id=barcode_id)
        _audit(db, product, "product.barcode_removed")
    return redirect(url_for(".show", product_id=product_id))
