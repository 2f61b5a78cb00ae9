"""Papers about stock: goods in with the thank-you, write-offs that wait for a second person, transfers between shops."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.models import Shop
from store.orders.queries import names_of_users
from store.pages import asked_number, fresh_key, key_of, options, row_number, shop_for, typed
from store.permissions import STOCK_APPROVE, STOCK_MOVE, STOCK_READ
from store.stock import papers, transfers, write_offs
from store.stock.errors import CountInvalid, QuantityInvalid, TransferSameShop
from store.stock.forms import TransferForm
from store.stock.models import StockReceipt
from store.stock.paper_models import StockTransfer
from store.stock.rules import MOST_UNITS, whole_number
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("papers", __name__)

ROWS_A_PAGE = 50


@blueprint.get("/shops/<int:shop_id>/receipts")
def receipts(shop_id: int) -> str:
    """Goods-in papers of the shop, newest first, bought or donated or both."""
    kind = request.args.get("kind", "")
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        found = papers.receipts_of(
            db,
            shop,
            kind=kind if kind in ("receipt", "donation") else "",
            before=asked_number("before"),
            limit=ROWS_A_PAGE + 1,
        )
        return render_template(
            "stock/receipts.html",
            shop=shop,
            receipts=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None,
            kind=kind,
            may_move=actor().may(STOCK_MOVE, shop.organisation.path),
        )


@blueprint.get("/receipts/<int:receipt_id>")
def receipt(receipt_id: int) -> str:
    """One goods-in paper."""
    with reading() as db:
        found = _receipt(db, receipt_id)
        return render_template(
            "stock/receipt.html",
            receipt=found,
            names=_names(db, found.received_by),
            may_move=actor().may(STOCK_MOVE, found.shop.organisation.path),
        )


@blueprint.get("/receipts/<int:receipt_id>/print")
def print_receipt(receipt_id: int) -> str:
    """The paper for the folder, or for a donation the sheet of thanks."""
    with reading() as db:
        found = _receipt(db, receipt_id)
        return render_template("stock/print_receipt.html", receipt=found, names=_names(db, found.received_by))


def _receipt(db: Session, receipt_id: int) -> StockReceipt:
    found = papers.receipt(db, actor(), receipt_id)
    scope.require(actor(), STOCK_READ, found.shop.organisation.path)
    return found


def _names(db: Session, label: str) -> str:
    number = label.removeprefix("user:")
    return names_of_users(db, [int(number)]).get(int(number), "") if number.isdecimal() else ""


@blueprint.get("/shops/<int:shop_id>/write-offs")
def list_write_offs(shop_id: int) -> str:
    """What was written off or waits for a second person, newest first."""
    waiting = request.args.get("waiting") == "1"
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        found = write_offs.papers(
            db, shop, waiting=waiting, before=asked_number("before"), limit=ROWS_A_PAGE + 1
        )
        people = {one for paper in found for one in (paper.asked_by_user_id, paper.decided_by_user_id) if one}
        return render_template(
            "stock/write_offs.html",
            shop=shop,
            papers=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None,
            waiting=waiting,
            names=names_of_users(db, sorted(people)),
            may_decide=actor().may(STOCK_APPROVE, shop.organisation.path),
            may_move=actor().may(STOCK_MOVE, shop.organisation.path),
        )


@blueprint.post("/write-offs/<int:write_off_id>/approve")
def approve_write_off(write_off_id: int) -> ResponseReturnValue:
    """Agree to what somebody else asked for."""
    return _decided(write_off_id, "write_off.approved")


@blueprint.post("/write-offs/<int:write_off_id>/refuse")
def refuse_write_off(write_off_id: int) -> ResponseReturnValue:
    """Say no to what somebody else asked for."""
    return _decided(write_off_id, "write_off.refused")


def _decided(write_off_id: int, action: str) -> ResponseReturnValue:
    with transaction() as db:
        paper = write_offs.write_off(db, actor(), write_off_id)
        scope.require(actor(), STOCK_APPROVE, paper.shop.organisation.path)
        decide = write_offs.approve if action == "write_off.approved" else write_offs.refuse
        decide(db, paper=paper, by=actor(), at=now())
        audited(
            db,
            action,
            f"write_off:{paper.id}",
            organisation_id=paper.shop.organisation_id,
            product=paper.product.name,
            quantity=paper.quantity,
        )
        shop_id = paper.shop_id
    flash(_("It is decided."), "success")
    return redirect(url_for(".list_write_offs", shop_id=shop_id))


@blueprint.get("/shops/<int:shop_id>/transfers")
def list_transfers(shop_id: int) -> str:
    """What was sent from or to the shop, newest first."""
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        found = transfers.transfers_of(
            db, actor(), shop, before=asked_number("before"), limit=ROWS_A_PAGE + 1
        )
        return render_template(
            "stock/transfers.html",
            shop=shop,
            transfers=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].id if len(found) > ROWS_A_PAGE else None,
            may_move=actor().may(STOCK_MOVE, shop.organisation.path),
        )


@blueprint.route("/shops/<int:shop_id>/transfers/new", methods=["GET", "POST"])
def send(shop_id: int) -> ResponseReturnValue:
    """Send goods to another shop of the county."""
    form = TransferForm()
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_MOVE)
        others = _receivers(db, shop)
        form.to_shop.choices = options((one.id, one.name) for one in others)
        if request.method == "GET":
            form.key.data = fresh_key()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                sent = _send(db, shop_for(db, shop_id, STOCK_MOVE), form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for(".transfer", transfer_id=sent))
    return render_template("stock/send.html", shop=shop, form=form, has_others=bool(others))


def _receivers(db: Session, shop: Shop) -> list[Shop]:
    """Shops that goods can be sent to: the other ones of the house, and no merchant's, who sells what is its own."""
    return [one for one in catalogue.shops(db, actor()) if one.id != shop.id and not one.is_merchants]


def _send(db: Session, shop: Shop, form: TransferForm) -> int:
    to_shop = next((one for one in _receivers(db, shop) if one.id == form.to_shop.data), None)
    if to_shop is None:
        raise TransferSameShop(field="to_shop")
    sent = transfers.send(
        db,
        shop=shop,
        to_shop=to_shop,
        goods=_goods(db, shop, typed(form.goods)),
        note=typed(form.note),
        key=key_of(typed(form.key)),
        by=actor(),
        at=now(),
    )
    audited(
        db,
        "transfer.sent",
        f"transfer:{sent.id}",
        organisation_id=shop.organisation_id,
        shop=shop.name,
        to=to_shop.name,
        units=sum(line.quantity for line in sent.lines),
    )
    flash(_("Sent. The goods are on the way until the other shop has counted them in."), "success")
    return sent.id


def _goods(db: Session, shop: Shop, written: str) -> dict[int, int]:
    """Units by product id; a line is a barcode or a name, and at its end how many."""
    goods: dict[int, int] = {}
    for line in filter(None, (one.strip() for one in written.splitlines())):
        words, _blank, last = line.rpartition(" ")
        # A barcode stands alone on its line when the scanner wrote it; a short number at the end is how many.
        count = whole_number(last) if words else None
        product, units = catalogue.written_units(db, shop, words if count is not None else line)
        wanted = (count if count is not None else 1) * units
        if wanted < 1:
            raise QuantityInvalid(field="goods", most=MOST_UNITS)
        goods[product.id] = goods.get(product.id, 0) + wanted
    return goods


@blueprint.get("/transfers/<int:transfer_id>")
def transfer(transfer_id: int) -> str:
    """One transfer; while it is on the way, the form on which the other shop counts it in."""
    with reading() as db:
        found = _transfer(db, transfer_id)
        return render_template(
            "stock/transfer.html",
            may_receive=not found.arrival and actor().may(STOCK_MOVE, found.to_shop.organisation.path),
            **_told(db, found),
        )


def _told(db: Session, found: StockTransfer) -> dict[str, Any]:
    """What page and paper say of a transfer: who sent and received it, and what arrived of every line."""
    arrival = found.arrival
    people = [found.sent_by_user_id, *([arrival.received_by_user_id] if arrival else [])]
    return {
        "transfer": found,
        "arrived": {line.transfer_line_id: line.quantity for line in arrival.lines} if arrival else {},
        "names": names_of_users(db, people),
    }


def _transfer(db: Session, transfer_id: int) -> StockTransfer:
    found = transfers.transfer(db, actor(), transfer_id)
    if not actor().may(STOCK_READ, found.to_shop.organisation.path):
        scope.require(actor(), STOCK_READ, found.from_shop.organisation.path)
    return found


@blueprint.post("/transfers/<int:transfer_id>/receive")
def arrive(transfer_id: int) -> ResponseReturnValue:
    """Count a transfer in."""
    written = {
        number: value
        for name, value in request.form.items()
        if name.startswith("line") and (number := row_number(name[4:])) is not None
    }
    with transaction() as db:
        found = transfers.transfer(db, actor(), transfer_id)
        scope.require(actor(), STOCK_MOVE, found.to_shop.organisation.path)
        arrived = {line_id: whole_number(value) for line_id, value in written.items()}
        if any(units is None for units in arrived.values()):
            raise CountInvalid(field="line", most=MOST_UNITS)
        transfers.receive(
            db,
            transfer=found,
            arrived={line_id: units for line_id, units in arrived.items() if units is not None},
            note=request.form.get("note", "")[:200],
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "transfer.received",
            f"transfer:{found.id}",
            organisation_id=found.to_shop.organisation_id,
            shop=found.to_shop.name,
            units=sum(units or 0 for units in arrived.values()),
        )
    flash(_("Received. What was counted is on the shelf."), "success")
    return redirect(url_for(".transfer", transfer_id=transfer_id))


@blueprint.get("/transfers/<int:transfer_id>/print")
def print_transfer(transfer_id: int) -> str:
    """The sheet that travels with the goods; after they came, with what was counted."""
    with reading() as db:
        found = _transfer(db, transfer_id)
        return render_template("stock/print_transfer.html", **_told(db, found))
