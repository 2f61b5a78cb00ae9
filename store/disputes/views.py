"""“This was not me”, and the page on which it is decided."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from store.disputes import cases, queries, remedies, service
from store.disputes.errors import DecidedMeanwhile
from store.disputes.models import Dispute
from store.disputes.remedies import Remedy
from store.orders import queries as orders
from store.orders.errors import OrderAbsent
from store.orders.models import Order
from store.pages import asked_number, fresh_key
from store.permissions import DISPUTES_DECIDE
from timebank.access import scope
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.notices import service as notices
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("disputes", __name__)


@blueprint.route("/orders/<int:order_id>/not-me", methods=["GET", "POST"])
def report(order_id: int) -> ResponseReturnValue:
    """The member says that she did not redeem this; from this moment her points are frozen."""
    if request.method == "POST":
        _report(order_id)
        flash(
            _("Your points are frozen: nobody can spend them now. You will hear what came of it."), "success"
        )
        return redirect(url_for("orders.show", order_id=order_id), 303)
    with reading() as db:
        order = orders.order(db, actor(), order_id)
        _ensure_own(order)
        return render_template(
            "disputes/report.html",
            order=order,
            dispute=queries.dispute_of_order(db, order.id),
            key=fresh_key(),
        )


def _ensure_own(order: Order) -> None:
    if order.member_id != actor().member_id:
        raise OrderAbsent


def _report(order_id: int) -> None:
    with transaction() as db:
        order = orders.order(db, actor(), order_id)
        _ensure_own(order)
        found, is_new = service.report(
            db,
            order_id=order.id,
            member_id=order.member_id,
            organisation_id=order.shop.organisation_id,
            says=request.form.get("says", ""),
            key=request.form.get("key", "") or fresh_key(),
            by=actor(),
            at=now(),
        )
        if is_new:
            organisation_id = order.shop.organisation_id
            audited(db, "dispute.reported", f"dispute:{found.id}", organisation_id=organisation_id)
            cases.open_about(db, dispute=found, order=order, by=actor(), at=now())
            notices.tell_holders(
                db,
                permission=DISPUTES_DECIDE,
                organisation_path=order.shop.organisation.path,
                kind="dispute.reported",
                sentence=N_(
                    "%(name)s says that receipt no. %(number)s (%(shop)s) was not hers. Her points are frozen."
                ),
                facts={"name": order.member.name, "number": order.number, "shop": order.shop.name},
                href=f"/disputes/{found.id}",
                at=now(),
                key=f"dispute.reported:{found.id}",
            )


@blueprint.get("/disputes")
def index() -> str:
    """Every report of one's subtree, the undecided ones first."""
    scope.require_somewhere(actor(), DISPUTES_DECIDE)
    with reading() as db:
        found = queries.disputes(db, actor(), DISPUTES_DECIDE)
        found.sort(key=lambda one: bool(one.decisions))
        return render_template("disputes/index.html", disputes=found)


@blueprint.route("/disputes/<int:dispute_id>", methods=["GET", "POST"])
def show(dispute_id: int) -> ResponseReturnValue:
    """One report with the order it is about and what was decided; lifted or upheld here."""
    refusal = None
    if request.method == "POST":
        try:
            _decide(dispute_id)
            return redirect(url_for(".show", dispute_id=dispute_id), 303)
        except Refusal as error:
            refusal = error
    with reading() as db:
        found = queries.dispute(db, actor(), dispute_id)
        scope.require(actor(), DISPUTES_DECIDE, found.organisation.path)
        order = orders.order(db, actor(), found.order_id)
        who = [order.sold_by_user_id, *(one.decided_by_user_id for one in found.decisions)]
        page = render_template(
            "disputes/show.html",
            dispute=found,
            order=order,
            names=orders.names_of_users(db, who),
            signature=orders.signature(db, order),
            is_frozen=queries.is_frozen(db, found.member_id),
            case=cases.case_of(db, found),
            is_out=any(orders.still_out(db, order).values()),
            is_own=service.is_part_of(found, order.sold_by_user_id, actor()),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _decide(dispute_id: int) -> None:
    decision = request.form.get("decision", "")
    with transaction() as db:
        found = queries.dispute(db, actor(), dispute_id)
        scope.require(actor(), DISPUTES_DECIDE, found.organisation.path)
        if decision not in ("upheld", "lifted"):
            raise DecidedMeanwhile
        order = orders.order(db, actor(), found.order_id)
        is_upheld = decision == "upheld"
        remedy = _remedy() if is_upheld and any(orders.still_out(db, order).values()) else None
        decided = service.decide(
            db,
            dispute=found,
            decision=decision,
            reason=request.form.get("reason", ""),
            seen=asked_number("seen") or 0,
            sold_by_user_id=order.sold_by_user_id,
            by=actor(),
            at=now(),
        )
        document = None
        if remedy is not None:
            reason = decided.reason
            document = remedies.apply(
                db, dispute=found, order=order, remedy=remedy, reason=reason, by=actor(), at=now()
            )
        points = str(document.total_points) if document else None
        goods = cases.GOODS_BACK if remedy and remedy.goods == "back" else cases.GOODS_GONE
        cases.tell(db, dispute=found, decision=decided, points=points, goods=goods, by=actor(), at=now())
        audited(db, f"dispute.{decision}", f"dispute:{found.id}", organisation_id=found.organisation_id)
        _tell_member(db, found, order.number, decision)


def _remedy() -> Remedy:
    return remedies.read(request.form.get("points", ""), request.form.get("goods", ""))


def _tell_member(db: Session, found: Dispute, number: int, decision: str) -> None:
    notices.tell(
        db,
        member_id=found.member_id,
        kind=f"dispute.{decision}",
        sentence=N_(
            "Your report about receipt no. %(number)s was looked into: your points may be spent again."
        )
        if decision == "lifted"
        else N_(
            "Your report about receipt no. %(number)s was upheld. Your points stay frozen until it is settled."
        ),
        facts={"number": number},
        href=f"/orders/{found.order_id}",
        at=now(),
    )
