"""Pages of statements: drawn, confirmed by both sides, paid. Merchants' staff see what is between them and the house."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from store.catalogue import offers
from store.orders.exports import WRITERS
from store.pages import county_time
from store.permissions import SETTLEMENTS_CONFIRM, SETTLEMENTS_READ, SETTLEMENTS_WRITE
from store.settlement import exports, items, queries, rules, service, standing
from store.settlement.forms import PaymentForm, PeriodForm, WithdrawForm
from store.settlement.models import Settlement, SettlementContract
from timebank.access import scope
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.notices import service as notices
from timebank.web.fields import day_in, show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("settlement", __name__, url_prefix="/settlements")

_DRAWN = N_("Statement %(number)s with %(party)s over %(yuan)s yuan waits for you to confirm it.")
_AGREED = N_("Statement %(number)s with %(party)s is confirmed by both sides.")
_PAID = N_("Statement %(number)s with %(party)s over %(yuan)s yuan was paid.")

blueprint.add_app_template_filter(rules.yuan, "yuan")


@blueprint.get("")
def index() -> str:
    """Statements, contracts and merchants, with what is still owed."""
    scope.require_somewhere(actor(), SETTLEMENTS_READ)
    with reading() as db:
        contracts, merchants = queries.contracts(db, actor()), queries.merchants(db, actor())
        return render_template(
            "settlement/index.html",
            settlements=queries.settlements(db, actor()),
            contracts=contracts,
            merchants=merchants,
            without_contract=standing.without_contract(db, merchants, at=now(), timezone=county_time()),
            balances={one.id: queries.balance(db, one, county_time()) for one in contracts},
            today=local(now()).date(),
            may_write=actor().may_somewhere(SETTLEMENTS_WRITE),
        )


@blueprint.get("/contracts/<int:contract_id>")
def contract(contract_id: int) -> str:
    """One contract with its statements, and drawing the next."""
    return _contract_page(contract_id, PeriodForm(formdata=None))


def _contract_page(contract_id: int, form: PeriodForm) -> str:
    with reading() as db:
        found = queries.contract(db, actor(), contract_id)
        scope.require_somewhere(actor(), SETTLEMENTS_READ)
        merchant = queries.merchant_of_contract(db, found)
        if not form.is_submitted():
            form.first_day.data, form.last_day.data = _next_period(db, found)
        return render_template(
            "settlement/contract.html",
            contract=found,
            settlements=queries.settlements(db, actor(), contract_id=contract_id),
            balance=queries.balance(db, found, county_time()),
            today=local(now()).date(),
            merchant=merchant,
            offered=offers.offered(db, merchant.shop) if merchant else (),
            form=form,
            may_write=actor().may(SETTLEMENTS_WRITE, found.house.path),
        )


def _next_period(db: Session, contract: SettlementContract) -> tuple[date, date]:
    """From the day after the last statement until yesterday, or until the contract's end while that suffices."""
    yesterday = local(now()).date() - timedelta(days=1)
    settled = queries.last_settled_day(db, contract)
    first = settled + timedelta(days=1) if settled else contract.first_day
    last = yesterday if settled and settled >= contract.last_day else min(yesterday, contract.last_day)
    return (first, last) if first <= last else (contract.first_day, max(last, contract.first_day))


@blueprint.post("/contracts/<int:contract_id>/draw")
def draw(contract_id: int) -> str | Response:
    """Draw a statement from the books."""
    form = PeriodForm()
    with reading() as db:
        scope.require(actor(), SETTLEMENTS_WRITE, queries.contract(db, actor(), contract_id).house.path)
    if form.validate_on_submit():
        try:
            settlement_id = _drawn(contract_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The statement is drawn. Both sides confirm it now."), "success")
            return redirect(url_for("settlement.show", settlement_id=settlement_id))
    return _contract_page(contract_id, form)


def _drawn(contract_id: int, form: PeriodForm) -> int:
    at = now()
    with transaction() as db:
        found = queries.contract(db, actor(), contract_id)
        settlement = service.draw(
            db,
            contract=found,
            first_day=day_in(form.first_day),
            last_day=day_in(form.last_day),
            timezone=ZoneInfo(house().settings.timezone),
            by=actor(),
            at=at,
        )
        _audit(db, "settlement.drawn", settlement, points=str(settlement.points))
        _tell_party(db, settlement, "settlement.drawn", _DRAWN)
        return settlement.id


def _tell_party(db: Session, settlement: Settlement, kind: str, sentence: str) -> None:
    notices.tell_holders(
        db,
        permission=SETTLEMENTS_CONFIRM,
        organisation_path=settlement.party.path,
        kind=kind,
        sentence=sentence,
        facts={
            "number": settlement.number,
            "party": settlement.party.name,
            "yuan": rules.yuan(settlement.amount_fen),
        },
        href=url_for("settlement.show", settlement_id=settlement.id),
        at=now(),
        key=f"{kind}:{settlement.id}",
        besides_user_id=actor().user_id,
    )


def _audit(db: Session, action: str, settlement: Settlement, **facts: object) -> None:
    audited(
        db,
        action,
        f"settlement:{settlement.id}",
        organisation_id=settlement.house_organisation_id,
        number=settlement.number,
        **facts,
    )


@blueprint.get("/<int:settlement_id>")
def show(settlement_id: int) -> str:
    """One statement with its postings."""
    with reading() as db:
        return _shown(db, queries.settlement(db, actor(), settlement_id), "settlement/show.html")


@blueprint.get("/<int:settlement_id>/sheet")
def sheet(settlement_id: int) -> str:
    """The statement on paper, with two places to sign."""
    with reading() as db:
        return _shown(db, queries.settlement(db, actor(), settlement_id), "settlement/sheet.html")


@blueprint.post("/<int:settlement_id>/file")
def file(settlement_id: int) -> Response:
    """The statement as XLSX or CSV, one row for each product of each receipt; the trail knows who took it."""
    asked = request.form.get("form", "")
    kind = asked if asked in WRITERS else "xlsx"
    write, media_type = WRITERS[kind]
    with transaction() as db:
        found = queries.settlement(db, actor(), settlement_id)
        scope.require_somewhere(actor(), SETTLEMENTS_READ)
        names = {code: _(word) for code, word in exports.KINDS.items()}
        title = _("Statement no. %(number)s", number=found.number)
        content = write(
            title, [_(word) for word in exports.COLUMNS], exports.rows(found, names, county_time())
        )
        _audit(db, "settlement.exported", found, form=kind)
        name = f"statement-{found.number}-{found.last_day:%Y%m%d}.{kind}"
    answer = Response(content, content_type=media_type)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _shown(db: Session, settlement: Settlement, template: str) -> str:
    scope.require_somewhere(actor(), SETTLEMENTS_READ)
    may_write = actor().may(SETTLEMENTS_WRITE, settlement.house.path)
    own_user = actor().user_id
    confirmed = (settlement.house_confirmed_by_user_id, settlement.party_confirmed_by_user_id)
    sums = items.sums(item for line in settlement.lines for item in line.items)
    return render_template(
        template,
        settlement=settlement,
        lines=settlement.lines,
        sums=sums,
        by_group=items.by_group(sums) if settlement.kind == "funder" else {},
        names=queries.names_of_users(db, [user_id for user_id in confirmed if user_id is not None]),
        may_write=may_write,
        may_confirm_house=may_write and confirmed[0] is None and own_user != confirmed[1],
        may_confirm_party=service.may_confirm_for_party(settlement, actor())
        and confirmed[1] is None
        and own_user != confirmed[0],
        withdraw_form=WithdrawForm(formdata=None),
        back=(url_for("settlement.show", settlement_id=settlement.id), ""),
    )


@blueprint.post("/<int:settlement_id>/confirm")
def confirm(settlement_id: int) -> Response:
    """One side says yes."""
    side = "party" if request.form.get("side") == "party" else "house"
    with transaction() as db:
        settlement = queries.settlement(db, actor(), settlement_id, lock=True)
        if side == "house":
            scope.require(actor(), SETTLEMENTS_WRITE, settlement.house.path)
        service.confirm(db, settlement=settlement, side=side, by=actor(), at=now())
        _audit(db, "settlement.confirmed", settlement, side=side)
        if settlement.status == "agreed":
            _tell_party(db, settlement, "settlement.agreed", _AGREED)
    flash(_("Confirmed."), "success")
    return redirect(url_for("settlement.show", settlement_id=settlement_id))


@blueprint.post("/<int:settlement_id>/withdraw")
def withdraw(settlement_id: int) -> Response:
    """Take a statement back that not both have confirmed."""
    form = WithdrawForm()
    with transaction() as db:
        settlement = queries.settlement(db, actor(), settlement_id, lock=True)
        scope.require(actor(), SETTLEMENTS_WRITE, settlement.house.path)
        if form.validate_on_submit():
            service.withdraw(db, settlement=settlement, reason=form.reason.data or "")
            _audit(db, "settlement.withdrawn", settlement, reason=form.reason.data)
            flash(_("The statement is withdrawn; its postings can stand on another."), "success")
        else:
            flash(_("Give the reason."), "danger")
    return redirect(url_for("settlement.show", settlement_id=settlement_id))


@blueprint.route("/<int:settlement_id>/pay", methods=["GET", "POST"])
def pay(settlement_id: int) -> str | Response:
    """Write down that the money has gone over."""
    form = PaymentForm()
    with reading() as db:
        settlement = queries.settlement(db, actor(), settlement_id)
        scope.require(actor(), SETTLEMENTS_WRITE, settlement.house.path)
        if request.method == "GET":
            form.paid_on.data = local(now()).date()
    if form.validate_on_submit():
        try:
            _paid(settlement_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            flash(_("The payment is written down."), "success")
            return redirect(url_for("settlement.show", settlement_id=settlement_id))
    with reading() as db:
        settlement = queries.settlement(db, actor(), settlement_id)
        return render_template("settlement/pay.html", form=form, settlement=settlement)


def _paid(settlement_id: int, form: PaymentForm) -> None:
    at = now()
    with transaction() as db:
        settlement = queries.settlement(db, actor(), settlement_id, lock=True)
        scope.require(actor(), SETTLEMENTS_WRITE, settlement.house.path)
        service.pay(
            db,
            settlement=settlement,
            reference=form.reference.data or "",
            paid_on=day_in(form.paid_on),
            today=local(at).date(),
            by=actor(),
            at=at,
        )
        _audit(db, "settlement.paid", settlement, amount_fen=settlement.amount_fen)
        _tell_party(db, settlement, "settlement.paid", _PAID)
