"""Pages that begin things: a merchant with its counter, a contract with a merchant or a funder."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from store.catalogue import offers
from store.pages import asked_number, row_number
from store.permissions import SETTLEMENTS_WRITE
from store.settlement import queries, service
from store.settlement.errors import RateInvalid
from store.settlement.forms import ContractForm, MerchantForm, written_rate
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.fields import day_in, show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("merchants", __name__, url_prefix="/merchants")


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """A merchant and its counter."""
    scope.require_somewhere(actor(), SETTLEMENTS_WRITE)
    form = MerchantForm()
    with reading() as db:
        form.house_id.choices = organisation_choices(places.organisations(db, actor(), SETTLEMENTS_WRITE))
    if form.validate_on_submit():
        try:
            merchant_id = _opened(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(
                _(
                    "The merchant has a counter now. Choose what it hands out, sign a contract, and give its staff the role of attendant there."
                ),
                "success",
            )
            return redirect(url_for("merchants.products", merchant_id=merchant_id))
    return render_template("settlement/new_merchant.html", form=form)


def _opened(form: MerchantForm) -> int:
    with transaction() as db:
        house = places.organisation(db, actor(), form.house_id.data)
        scope.require(actor(), SETTLEMENTS_WRITE, house.path)
        merchant = service.open_merchant(
            db,
            house=house,
            name=form.name.data or "",
            address=form.address.data or "",
            opening_hours=form.opening_hours.data or "",
            contact=form.contact.data or "",
            keeps_stock=bool(form.keeps_stock.data),
            at=now(),
        )
        audited(
            db,
            "merchant.opened",
            f"merchant:{merchant.id}",
            organisation_id=house.id,
            shop=merchant.shop_id,
        )
        return merchant.id


@blueprint.route("/<int:merchant_id>/products", methods=["GET", "POST"])
def products(merchant_id: int) -> str | Response:
    """What the merchant's counter hands out: ticked on the house's list, and nothing else."""
    with reading() as db:
        merchant = queries.merchant(db, actor(), merchant_id)
        scope.require(actor(), SETTLEMENTS_WRITE, merchant.house.path)
        if request.method == "GET":
            return render_template(
                "settlement/merchant_products.html",
                merchant=merchant,
                products=offers.possible(db, merchant.shop),
                chosen={one.id for one in offers.offered(db, merchant.shop)},
            )
    _chosen(merchant_id)
    flash(_("Saved."), "success")
    return redirect(url_for("settlement.index"))


def _chosen(merchant_id: int) -> None:
    ticked = {number for one in request.form.getlist("product") if (number := row_number(one)) is not None}
    with transaction() as db:
        merchant = queries.merchant(db, actor(), merchant_id)
        scope.require(actor(), SETTLEMENTS_WRITE, merchant.house.path)
        names = offers.choose(db, shop=merchant.shop, product_ids=ticked, by=actor(), at=now())
        audited(
            db,
            "merchant.products_chosen",
            f"merchant:{merchant_id}",
            organisation_id=merchant.house_organisation_id,
            products="、".join(names)[:500],
        )


@blueprint.route("/contracts/new", methods=["GET", "POST"])
def new_contract() -> str | Response:
    """A contract, with the merchant in the address or with a funder chosen on the page."""
    scope.require_somewhere(actor(), SETTLEMENTS_WRITE)
    form = ContractForm()
    merchant_id = asked_number("merchant")
    with reading() as db:
        options = places.organisations(db, actor(), SETTLEMENTS_WRITE)
        merchant = queries.merchant(db, actor(), merchant_id) if merchant_id is not None else None
        form.house_id.choices = form.party_id.choices = organisation_choices(options)
        if merchant is not None:
            form.house_id.data, form.party_id.data = merchant.house_organisation_id, merchant.organisation_id
        elif request.method == "GET" and options:
            form.house_id.data = options[0].id
        if request.method == "GET":
            form.first_day.data = local(now()).date().replace(day=1)
        if form.validate_on_submit():
            try:
                contract_id = _signed(form, "merchant" if merchant else "funder")
            except Refusal as refusal:
                show_refusal(form, refusal)
            else:
                return redirect(url_for("settlement.contract", contract_id=contract_id))
        return render_template("settlement/new_contract.html", form=form, merchant=merchant)


def _signed(form: ContractForm, kind: str) -> int:
    rate = written_rate(form.rate.data or "")
    if rate is None:
        raise RateInvalid(field="rate")
    with transaction() as db:
        house = places.organisation(db, actor(), form.house_id.data)
        party = places.organisation(db, actor(), form.party_id.data)
        scope.require(actor(), SETTLEMENTS_WRITE, house.path)
        contract = service.sign_contract(
            db,
            kind=kind,
            party=party,
            house=house,
            number=form.number.data or "",
            rate_fen=rate,
            first_day=day_in(form.first_day),
            last_day=day_in(form.last_day),
            note=form.note.data or "",
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "contract.signed",
            f"contract:{contract.id}",
            organisation_id=house.id,
            number=contract.number,
            party=party.name,
        )
        return contract.id


@blueprint.post("/contracts/<int:contract_id>/end")
def end_contract(contract_id: int) -> Response:
    """Today is the last day of the contract."""
    with transaction() as db:
        contract = queries.contract(db, actor(), contract_id)
        scope.require(actor(), SETTLEMENTS_WRITE, contract.house.path)
        service.end_contract(db, contract=contract, last_day=local(now()).date(), by=actor())
        audited(
            db,
            "contract.ended",
            f"contract:{contract_id}",
            organisation_id=contract.house_organisation_id,
            number=contract.number,
        )
    flash(_("The contract ends today. What was redeemed until then can still be settled."), "success")
    return redirect(url_for("settlement.contract", contract_id=contract_id))
