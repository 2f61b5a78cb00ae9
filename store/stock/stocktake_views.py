"""Counting a shop: begin, scan, submit, and the second person's page with the differences."""

import re
import unicodedata

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.models import Shop
from store.catalogue.prices import list_prices
from store.orders.queries import names_of_users
from store.pages import asked_number, fresh_key, key_of, options, shop_for, today, typed
from store.permissions import STOCK_APPROVE, STOCK_MOVE, STOCK_READ
from store.reservations.models import Reservation
from store.reservations.withdrawals import unfillable
from store.stock import stocktakes
from store.stock.errors import CountInvalid
from store.stock.forms import ScanForm, StocktakeForm
from store.stock.paper_models import Stocktake, StocktakeLine
from store.stock.rules import MOST_UNITS, differs
from timebank.access import scope
from timebank.books.queries import shelf_quantities
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("stocktakes", __name__)

ROWS_A_PAGE = 50
_SIGNED = re.compile(r"-?[0-9]{1,6}", re.ASCII)


@blueprint.route("/shops/<int:shop_id>/stocktakes", methods=["GET", "POST"])
def index(shop_id: int) -> ResponseReturnValue:
    """The shop's stocktakes, and the form that begins one."""
    form = StocktakeForm()
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_MOVE if request.method == "POST" else STOCK_READ)
        names = [(name, name) for name, _count in catalogue.shop_categories(db, shop)]
        form.category.choices = options([("", _("Everything")), *names])
    if form.validate_on_submit():
        try:
            with transaction() as db:
                begun = _begin(db, shop_for(db, shop_id, STOCK_MOVE), form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for(".show", stocktake_id=begun))
    with reading() as db:
        found = stocktakes.stocktakes_of(db, shop, before=asked_number("before"), limit=ROWS_A_PAGE + 1)
        people = {one.opened_by_user_id for one in found} | {one.decided_by_user_id or 0 for one in found}
        return render_template(
            "stock/stocktakes.html",
            shop=shop,
            form=form,
            stocktakes=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None,
            running=stocktakes.running(db, shop),
            names=names_of_users(db, sorted(people)),
            may_move=actor().may(STOCK_MOVE, shop.organisation.path),
        )


def _begin(db: Session, shop: Shop, form: StocktakeForm) -> int:
    begun = stocktakes.begin(
        db, shop=shop, category=form.category.data or "", note=typed(form.note), by=actor(), at=now()
    )
    _audit(db, begun, "stocktake.begun")
    return begun.id


def _audit(db: Session, stocktake: Stocktake, action: str) -> None:
    audited(
        db,
        action,
        f"stocktake:{stocktake.id}",
        organisation_id=db.get_one(Shop, stocktake.shop_id).organisation_id,
        number=stocktake.number,
    )


@blueprint.get("/stocktakes/<int:stocktake_id>")
def show(stocktake_id: int) -> str:
    """Scanning while it is open; the differences once it is submitted."""
    return _page(stocktake_id, ScanForm(key=fresh_key()))


def _page(stocktake_id: int, form: ScanForm) -> str:
    with reading() as db:
        found = _found(db, stocktake_id)
        path = found.shop.organisation.path
        lines = sorted(found.lines, key=lambda line: line.product.sort_name)
        counted = [line for line in lines if line.counted_units is not None]
        different = [line for line in counted if differs(line.counted_units, line.expected_units)]
        people = [found.opened_by_user_id, found.submitted_by_user_id or 0, found.decided_by_user_id or 0]
        return render_template(
            "stock/stocktake.html",
            stocktake=found,
            form=form,
            counted=counted,
            uncounted=[line for line in lines if line.counted_units is None],
            different=different,
            withdrawn=_unfillable(db, found, different),
            prices=list_prices(db, [line.product for line in different], today()),
            names=names_of_users(db, people),
            last=asked_number("last"),
            may_move=actor().may(STOCK_MOVE, path),
            may_decide=actor().may(STOCK_APPROVE, path) and actor().user_id not in people[:2],
        )


def _unfillable(db: Session, found: Stocktake, different: list[StocktakeLine]) -> list[Reservation]:
    if found.status != "submitted":
        return []
    missing = stocktakes.missing_of(different, shelf_quantities(db, found.shop_id))
    return unfillable(db, found.shop_id, missing, now())


def _found(db: Session, stocktake_id: int) -> Stocktake:
    found = stocktakes.stocktake(db, actor(), stocktake_id)
    scope.require(actor(), STOCK_READ, found.shop.organisation.path)
    return found


@blueprint.post("/stocktakes/<int:stocktake_id>/scans")
def scan(stocktake_id: int) -> ResponseReturnValue:
    """Count one more, or as many as were typed."""
    form = ScanForm()
    with reading() as db:
        scope.require(actor(), STOCK_MOVE, _found(db, stocktake_id).shop.organisation.path)
    if form.validate_on_submit():
        try:
            with transaction() as db:
                found = stocktakes.stocktake(db, actor(), stocktake_id)
                scope.require(actor(), STOCK_MOVE, found.shop.organisation.path)
                product, units = catalogue.written_units(db, found.shop, typed(form.written))
                line = stocktakes.scan(
                    db,
                    stocktake=found,
                    product=product,
                    units=_signed(typed(form.quantity)) * units,
                    scan_key=key_of(typed(form.key)),
                    by=actor(),
                    at=now(),
                )
                counted = line.counted_units
                line_id = line.id
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("%(product)s: %(units)s counted.", product=product.name, units=counted), "success")
            return redirect(url_for(".show", stocktake_id=stocktake_id, last=line_id))
    return _page(stocktake_id, form)


def _signed(written: str) -> int:
    """The number that was typed; a minus takes away. Nothing typed is one scan."""
    text = unicodedata.normalize("NFKC", written).replace("−", "-").strip() or "1"
    if not _SIGNED.fullmatch(text):
        raise CountInvalid(field="quantity", most=MOST_UNITS)
    return int(text)


@blueprint.post("/stocktakes/<int:stocktake_id>/submit")
def submit(stocktake_id: int) -> ResponseReturnValue:
    """All is counted; somebody else looks at it."""
    with transaction() as db:
        found = stocktakes.stocktake(db, actor(), stocktake_id)
        scope.require(actor(), STOCK_MOVE, found.shop.organisation.path)
        stocktakes.submit(db, stocktake=found, by=actor(), at=now())
        _audit(db, found, "stocktake.submitted")
    flash(_("Submitted. Somebody else agrees to the differences; until then nothing is booked."), "success")
    return redirect(url_for(".show", stocktake_id=stocktake_id))


@blueprint.post("/stocktakes/<int:stocktake_id>/approve")
def approve(stocktake_id: int) -> ResponseReturnValue:
    """A second person signs; the differences are booked."""
    with transaction() as db:
        found = stocktakes.stocktake(db, actor(), stocktake_id)
        scope.require(actor(), STOCK_APPROVE, found.shop.organisation.path)
        booked = stocktakes.approve(db, stocktake=found, by=actor(), at=now())
        _audit(db, found, "stocktake.approved")
    words = ngettext(
        "Agreed. %(num)s difference was booked.", "Agreed. %(num)s differences were booked.", len(booked)
    )
    flash(words, "success")
    return redirect(url_for(".show", stocktake_id=stocktake_id))


@blueprint.post("/stocktakes/<int:stocktake_id>/send-back")
def send_back(stocktake_id: int) -> ResponseReturnValue:
    """The second person wants something counted again."""
    with transaction() as db:
        found = stocktakes.stocktake(db, actor(), stocktake_id)
        scope.require(actor(), STOCK_APPROVE, found.shop.organisation.path)
        stocktakes.send_back(db, stocktake=found, by=actor())
        _audit(db, found, "stocktake.sent_back")
    return redirect(url_for(".show", stocktake_id=stocktake_id))


@blueprint.post("/stocktakes/<int:stocktake_id>/give-up")
def give_up(stocktake_id: int) -> ResponseReturnValue:
    """Nothing of it is booked."""
    with transaction() as db:
        found = stocktakes.stocktake(db, actor(), stocktake_id)
        scope.require(actor(), STOCK_MOVE, found.shop.organisation.path)
        stocktakes.give_up(db, stocktake=found, by=actor(), at=now())
        _audit(db, found, "stocktake.given_up")
        shop_id = found.shop_id
    return redirect(url_for(".index", shop_id=shop_id))


@blueprint.get("/stocktakes/<int:stocktake_id>/print")
def print_sheet(stocktake_id: int) -> str:
    """The count with both signatures' lines, for the folder."""
    with reading() as db:
        found = _found(db, stocktake_id)
        people = [found.opened_by_user_id, found.submitted_by_user_id or 0, found.decided_by_user_id or 0]
        return render_template(
            "stock/print_stocktake.html", stocktake=found, names=names_of_users(db, people), differs=differs
        )
