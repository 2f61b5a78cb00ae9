"""Pages of the charity warehouse: what was donated, who got it, fairs."""

import re
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from store.catalogue import queries as catalogue
from store.catalogue.models import Shop
from store.charity import queries, service
from store.charity.forms import FairForm, HandoutForm
from store.charity.service import Recipient
from store.pages import fresh_key, shop_for
from store.permissions import CHARITY_GIVE, CHARITY_READ
from store.stock.batches import held_units
from store.stock.rules import whole_number
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.members import queries as members
from timebank.web.fields import day_in, show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("charity", __name__, url_prefix="/charity")

_UNITS = re.compile(r"units-([0-9]{1,18})", re.ASCII)


@blueprint.get("")
def choose() -> str:
    """Whose warehouse."""
    scope.require_somewhere(actor(), CHARITY_READ)
    with reading() as db:
        return render_template(
            "charity/choose.html",
            shops=[one for one in catalogue.shops(db, actor(), CHARITY_READ) if one.keeps_stock],
        )


@blueprint.get("/<int:shop_id>")
def show(shop_id: int) -> str:
    """The gift list: donated goods that are there, with donors; handing out; what was handed out."""
    with reading() as db:
        form = HandoutForm(formdata=None)
        form.key.data = fresh_key()
        return _page(db, shop_for(db, shop_id, CHARITY_READ), form)


def _page(db: Session, shop: Shop, form: HandoutForm) -> str:
    return render_template(
        "charity/show.html",
        shop=shop,
        form=form,
        donated=(given := queries.donated(db, shop)),
        kept=held_units(db, shop.id, {one.product.id for one in given}),
        donations=queries.donations(db, shop),
        handouts=queries.handouts(db, shop),
        fairs=queries.fairs(db, shop),
        entered={name: request.form.get(name, "") for name in request.form if _UNITS.fullmatch(name)},
        at=now(),
        may_give=actor().may(CHARITY_GIVE, shop.organisation.path),
    )


@blueprint.post("/<int:shop_id>/handouts")
def hand_out(shop_id: int) -> str | Response:
    """Give donated goods to somebody by name."""
    form = HandoutForm()
    with reading() as db:
        shop_for(db, shop_id, CHARITY_GIVE)
    if form.validate_on_submit():
        try:
            handout_id = _handed_out(shop_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("Handed out. Print the slip for the signature."), "success")
            return redirect(url_for("charity.handout", shop_id=shop_id, handout_id=handout_id))
    with reading() as db:
        return _page(db, shop_for(db, shop_id, CHARITY_READ), form)


def _handed_out(shop_id: int, form: HandoutForm) -> int:
    number = (form.number.data or "").strip()
    with transaction() as db:
        shop = shop_for(db, shop_id, CHARITY_GIVE)
        member = members.member_by_number(db, actor(), number) if number else None
        handout = service.hand_out(
            db,
            shop=shop,
            recipient=Recipient(form.name.data or "", form.note.data or "", member),
            units=_chosen_units(),
            reason=form.reason.data or "",
            key=(form.key.data or fresh_key())[:64],
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "charity.handed_out",
            f"handout:{handout.id}",
            organisation_id=shop.organisation_id,
            number=handout.number,
        )
        return handout.id


def _chosen_units() -> list[tuple[int, int]]:
    chosen = []
    for name, written in request.form.items():
        found = _UNITS.fullmatch(name)
        if found and (count := whole_number(written)):
            chosen.append((int(found[1]), count))
    return chosen


@blueprint.get("/<int:shop_id>/handouts/<int:handout_id>")
def handout(shop_id: int, handout_id: int) -> str:
    """The slip that the recipient signs."""
    with reading() as db:
        shop = shop_for(db, shop_id, CHARITY_READ)
        return render_template(
            "charity/slip.html",
            shop=shop,
            handout=queries.handout(db, shop, handout_id),
            back=(url_for("charity.show", shop_id=shop_id), ""),
        )


@blueprint.get("/<int:shop_id>/donations/<int:donation_id>")
def donation(shop_id: int, donation_id: int) -> str:
    """What became of one donation, unit by unit."""
    with reading() as db:
        shop = shop_for(db, shop_id, CHARITY_READ)
        receipt = queries.donation(db, shop, donation_id)
        return render_template(
            "charity/donation.html",
            shop=shop,
            receipt=receipt,
            fates=[(line, queries.fate(db, line)) for line in receipt.lines],
        )


@blueprint.route("/<int:shop_id>/fairs/new", methods=["GET", "POST"])
def new_fair(shop_id: int) -> str | Response:
    """Plan a fair."""
    form = FairForm()
    with reading() as db:
        shop = shop_for(db, shop_id, CHARITY_GIVE)
    if request.method == "GET":
        form.first_day.data = form.last_day.data = local(now()).date()
    if form.validate_on_submit():
        try:
            fair_id = _planned(shop_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for("charity.fair", shop_id=shop_id, fair_id=fair_id))
    return render_template("charity/new_fair.html", form=form, shop=shop)


def _planned(shop_id: int, form: FairForm) -> int:
    with transaction() as db:
        shop = shop_for(db, shop_id, CHARITY_GIVE)
        fair = service.plan_fair(
            db,
            shop=shop,
            name=form.name.data or "",
            place=form.place.data or "",
            first_day=day_in(form.first_day),
            last_day=day_in(form.last_day),
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "charity.fair_planned",
            f"fair:{fair.id}",
            organisation_id=shop.organisation_id,
            name=fair.name,
        )
        return fair.id


@blueprint.get("/<int:shop_id>/fairs/<int:fair_id>")
def fair(shop_id: int, fair_id: int) -> str:
    """What a fair sold, by product and donor."""
    with reading() as db:
        shop = shop_for(db, shop_id, CHARITY_READ)
        found = queries.fair(db, shop, fair_id)
        sold = queries.sold_at(db, found, ZoneInfo(house().settings.timezone))
        return render_template("charity/fair.html", shop=shop, fair=found, sold=sold)
