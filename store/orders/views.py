"""Orders: a shop's and one's own, receipts, returns, the list as a file, and the check that anybody can make."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.appointments import service as appointments
from store.appointments.queries import of_order
from store.catalogue import queries as catalogue
from store.counter import shifts
from store.disputes.queries import dispute_of_order
from store.orders import exports, prints, queries, returns, rules
from store.orders.errors import OrderAbsent, PeriodInvalid
from store.orders.forms import ReturnForm
from store.orders.models import Order
from store.orders.queries import Sought
from store.pages import asked_number, fresh_key, typed
from store.permissions import ORDERS_READ, ORDERS_RETURN
from store.proof_requests import second_person
from store.stock.rules import whole_number
from store.stock.vouchers import codes_of_order
from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.books import proofs
from timebank.books.views import proof_qr
from timebank.clock import now
from timebank.errors import Refusal
from timebank.policy.queries import policy_for
from timebank.web.codes import link_qr
from timebank.web.fields import show_refusal
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("orders", __name__)

ROWS_A_PAGE = 50
# A receipt printed later than this, or by somebody else, says that it is a copy.
ORIGINAL_FOR = timedelta(minutes=10)
PAPERS = {"58": "receipt-58", "80": "receipt-80"}


@blueprint.get("/orders")
def index() -> str:
    """The orders that the reader may see, filtered, newest first."""
    scope.require_somewhere(actor(), ORDERS_READ)
    sought = _sought()
    with reading() as db:
        found = queries.orders(db, actor(), sought, limit=ROWS_A_PAGE + 1)
        return render_template(
            "orders/index.html",
            orders=found[:ROWS_A_PAGE],
            before=found[ROWS_A_PAGE - 1].order.id if len(found) > ROWS_A_PAGE else None,
            sought=sought,
            shops=catalogue.shops(db, actor(), ORDERS_READ, closed=True),
            since=request.args.get("since", ""),
            until=request.args.get("until", ""),
        )


@blueprint.post("/orders/export")
def export() -> Response:
    """The list as it is filtered, one row for each line, as XLSX or CSV; the trail knows who took it."""
    scope.require_somewhere(actor(), ORDERS_READ)
    kind = request.form.get("kind", "")
    if kind not in exports.WRITERS:
        raise OrderAbsent
    write, media_type = exports.WRITERS[kind]
    timezone = ZoneInfo(house().settings.timezone)
    with transaction() as db:
        lines = queries.order_lines(db, actor(), _sought())
        rows = (exports.row(*line, timezone) for line in lines)
        content = write(_("Orders"), [_(word) for word in exports.COLUMNS], rows)
        audited(db, "orders.exported", "orders", form=kind)
    answer = Response(content, content_type=media_type)
    name = f"orders-{now().astimezone(timezone):%Y%m%d-%H%M}.{kind}"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _sought() -> Sought:
    """What the address asks for."""
    state = request.values.get("state", "")
    return Sought(
        shop_id=asked_number("shop"),
        words=request.values.get("q", "").strip(),
        since=_midnight("since", 0),
        until=_midnight("until", 1),
        returned={"returned": True, "kept": False}.get(state),
        before=asked_number("before"),
    )


def _midnight(name: str, days_later: int) -> datetime | None:
    """The beginning of the county's own day that the address names."""
    written = request.values.get(name, "")
    if not written:
        return None
    try:
        day = date.fromisoformat(written) + timedelta(days=days_later)
    except (ValueError, OverflowError) as error:
        raise PeriodInvalid(field=name) from error
    return datetime.combine(day, time(), ZoneInfo(house().settings.timezone))


def _order(db: Session, order_id: int, permission: Permission = ORDERS_READ) -> Order:
    """The order, seen within scope first; one's own needs no permission to be read."""
    found = queries.order(db, actor(), order_id)
    if permission is not ORDERS_READ or found.member_id != actor().member_id:
        scope.require(actor(), permission, found.shop.organisation.path)
    return found


@blueprint.get("/orders/<int:order_id>")
def show(order_id: int) -> str:
    """One order with what came back of it."""
    with reading() as db:
        order = _order(db, order_id)
        names = queries.names_of_users(
            db, [order.sold_by_user_id, *(document.taken_by_user_id for document in order.returns)]
        )
        out = queries.still_out(db, order)
        may_return = actor().may(ORDERS_RETURN, order.shop.organisation.path)
        return render_template(
            "orders/show.html",
            order=order,
            state=queries.receipt(db, order.receipt_token).state,
            names=names,
            brought_back={line.id: line.quantity - out[line.id] for line in order.lines},
            is_own=order.member_id == actor().member_id,
            may_return=may_return and any(out.values()) and order.member_id != actor().member_id,
            may_undo=may_return
            and not order.returns
            and order.member_id != actor().member_id
            and rules.may_undo(order.completed_at, now()),
            key=fresh_key(),
            print_count=prints.print_count(db, order),
            signature=queries.signature(db, order),
            appointments=of_order(db, order.id),
            dispute=dispute_of_order(db, order.id),
            proof_word=(word := proofs.proof_word(db, order.transaction_id)),
            proof_qr=proof_qr(word),
        )


@blueprint.get("/orders/<int:order_id>/receipt")
def receipt(order_id: int) -> str:
    """The receipt to print. Only its first recorded printing is the original; everything else says that it is a copy."""
    paper = request.args.get("paper", "80")
    with reading() as db:
        order = _order(db, order_id)
        listed = queries.receipt(db, order.receipt_token)
        printing = prints.printed(db, order, asked_number("print") or 0)
        is_fresh = printing is not None and now() - printing.printed_at <= ORIGINAL_FOR
        is_original = (
            printing is not None
            and printing.number == 1
            and is_fresh
            and printing.printed_by_user_id == actor().user_id
        )
        return render_template(
            "orders/receipt.html",
            order=order,
            listed=listed,
            balance=queries.balance_after(db, order),
            is_copy=not is_original,
            copy_number=printing.number - 1 if printing is not None and printing.number > 1 else None,
            print_number=printing.number if printing is not None else None,
            paper_size=PAPERS.get(paper, PAPERS["80"]),
            papers=[name for name in PAPERS if PAPERS[name] != PAPERS.get(paper, PAPERS["80"])],
            verify_qr=link_qr(verify_url(order)),
            verify_url=verify_url(order),
            proof_word=proofs.proof_word(db, order.transaction_id),
            voucher_codes=codes_of_order(db, order.id),
        )


def verify_url(order: Order) -> str:
    """Where anybody checks the receipt of ``order``; this is what its QR says."""
    return house().settings.public_url + url_for("orders.verify", word=order.receipt_token)


@blueprint.post("/orders/<int:order_id>/reprint")
def reprint(order_id: int) -> ResponseReturnValue:
    """Print the receipt: the first time it is the original, then copies, each counted and in the trail."""
    with transaction() as db:
        order = _order(db, order_id)
        printing = prints.print_receipt(db, order=order, by=actor(), at=now())
        if printing.number > 1:
            audited(
                db,
                "order.receipt_reprinted",
                f"order:{order.id}",
                organisation_id=order.shop.organisation_id,
                number=order.number,
                copy=printing.number - 1,
            )
    paper = request.form.get("paper", "80")
    return redirect(url_for(".receipt", order_id=order_id, print=printing.number, paper=paper), 303)


@blueprint.post("/orders/<int:order_id>/undo")
def undo(order_id: int) -> ResponseReturnValue:
    """The whole sale was a mistake: everything goes back where it came from, within ten minutes, once."""
    with transaction() as db:
        order = _order(db, order_id, ORDERS_RETURN)
        # The shift's row comes before the order's, as in a sale.
        shift_id = shifts.step(db, shop=order.shop, by=actor(), at=now())
        undone = returns.undo(
            db,
            order=order,
            return_key=request.form.get("key", ""),
            shift_id=shift_id,
            by=actor(),
            at=now(),
        )
        if not undone.replayed:
            audited(
                db,
                "order.undone",
                f"order:{order.id}",
                organisation_id=order.shop.organisation_id,
                number=order.number,
                points=str(order.total_points),
            )
            # A second press finds it done and hears it from the page, not twice in green.
            flash(_("Undone: points and goods are back."), "success")
    return redirect(url_for(".show", order_id=order_id), 303)


@blueprint.route("/orders/<int:order_id>/return", methods=["GET", "POST"])
def take_back(order_id: int) -> ResponseReturnValue:
    """Goods come back, in part or whole; their points go back to the member."""
    form = ReturnForm()
    with reading() as db:
        _order(db, order_id, ORDERS_RETURN)
    if request.method == "GET":
        form.key.data = fresh_key()
    elif form.validate_on_submit():
        try:
            _take_back(order_id, form)
        except Refusal as refusal:
            show_refusal(form, refusal)
        else:
            return redirect(url_for(".show", order_id=order_id))
    with reading() as db:
        order = _order(db, order_id, ORDERS_RETURN)
        return render_template(
            "orders/take_back.html",
            order=order,
            form=form,
            out=queries.still_out(db, order),
            given=appointments.given(db, [line.id for line in order.lines]),
            approval_from=policy_for(db, order.shop.organisation.path).return_approval_from_points,
        )


def _second(order_id: int, form: ReturnForm) -> Actor | None:
    """Whoever signs the return besides the attendant; None when nobody was asked."""
    if not typed(form.login_name):
        return None
    with reading() as db:
        path = _order(db, order_id, ORDERS_RETURN).shop.organisation.path
    return second_person(typed(form.login_name), form.secret.data or "", permission=ORDERS_RETURN, path=path)


def _take_back(order_id: int, form: ReturnForm) -> None:
    second = _second(order_id, form)
    with transaction() as db:
        order = _order(db, order_id, ORDERS_RETURN)
        shift_id = shifts.step(db, shop=order.shop, by=actor(), at=now())
        # What is no number is too many, so that it is refused with the product's name.
        quantities = {
            line.id: _units(request.form.get(f"line-{line.id}", ""), line.quantity + 1)
            for line in order.lines
        }
        taken = returns.take_back(
            db,
            order=order,
            return_key=typed(form.key),
            quantities=quantities,
            reason=typed(form.reason),
            shift_id=shift_id,
            approval_from_points=policy_for(db, order.shop.organisation.path).return_approval_from_points,
            approved_by=second,
            by=actor(),
            at=now(),
        )
        if not taken.replayed:
            audited(
                db,
                "order.returned",
                f"order:{order.id}",
                organisation_id=order.shop.organisation_id,
                number=order.number,
                points=str(taken.document.total_points),
                reason=taken.document.reason,
            )


def _units(written: str, unreadable: int) -> int:
    if not written.strip():
        return 0
    found = whole_number(written)
    return unreadable if found is None else found


@blueprint.get("/r/<word>")
@public
def verify(word: str) -> str:
    """Whether a receipt is genuine: for anybody who scans it, with nothing that says who the member is."""
    with reading() as db:
        listed = queries.receipt(db, word)
        proof = proofs.examine(db, proofs.proof_word(db, listed.order.transaction_id))
        return render_template("orders/verify.html", listed=listed, proof=proof)
