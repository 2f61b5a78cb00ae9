"""Counting for a shift that somebody forgot and somebody else closed: blind, then with reason and signature."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from store.counter import late_counts, queries, reports, shifts
from store.counter.errors import CountNotOwed
from store.counter.models import ZReport
from store.pages import fresh_key
from store.permissions import COUNTER_SELL
from store.proof_requests import second_person
from store.reservations.withdrawals import unfillable
from store.stock.rules import whole_number
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("late_counts", __name__)


def _report(db: Session, report_id: int) -> ZReport:
    found = queries.z_report(db, actor(), report_id)
    scope.require(actor(), COUNTER_SELL, found.shop.organisation.path)
    return found


@blueprint.route("/day-sheets/<int:report_id>/count", methods=["GET", "POST"])
def count(report_id: int) -> ResponseReturnValue:
    """Write down what is on the shelf before anybody is shown what the book says."""
    refusal = None
    if request.method == "POST":
        try:
            return _count(report_id)
        except Refusal as error:
            refusal = error
    with reading() as db:
        report = _report(db, report_id)
        page = render_template(
            "counter/late_count.html",
            report=report,
            products=reports.products_to_count(db, report.shift),
            key=request.form.get("key") or fresh_key(),
            is_owed=report.kind == "forced" and late_counts.of_report(db, report) is None,
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _count(report_id: int) -> ResponseReturnValue:
    with transaction() as db:
        report = _report(db, report_id)
        key, counted = request.form.get("key", ""), counted_units()
        found = late_counts.count(db, report=report, key=key, counted=counted, by=actor(), at=now())
        _audit(db, report, differs=found.differs)
        is_settled = not found.differs
    if is_settled:
        return redirect(url_for("shifts.report", report_id=report_id), 303)
    return redirect(url_for(".settle", report_id=report_id), 303)


def counted_units() -> dict[int, int | None]:
    """What the form says was counted: units by product id, None for what is no number."""
    return {
        int(name.removeprefix("count-")): whole_number(written)
        for name, written in request.form.items()
        if name.startswith("count-") and name.removeprefix("count-").isdecimal() and len(name) < 25
    }


def _audit(db: Session, report: ZReport, *, differs: bool) -> None:
    audited(
        db,
        "shift.counted_late",
        f"report:{report.id}",
        organisation_id=report.shop.organisation_id,
        number=report.number,
        differs="yes" if differs else "no",
    )


@blueprint.route("/day-sheets/<int:report_id>/count/settle", methods=["GET", "POST"])
def settle(report_id: int) -> ResponseReturnValue:
    """The late count differs: why, and who signs for it besides whoever counted."""
    refusal = None
    if request.method == "POST":
        try:
            _settle(report_id)
            return redirect(url_for("shifts.report", report_id=report_id), 303)
        except Refusal as error:
            refusal = error
    with reading() as db:
        report = _report(db, report_id)
        found = late_counts.newest(db, report)
        if found is None or late_counts.of_report(db, report) is not None:
            return redirect(url_for(".count", report_id=report_id))
        page = render_template(
            "counter/close.html",
            shop=report.shop,
            count=found,
            back_href=url_for(".count", report_id=report_id),
            withdrawn=unfillable(db, report.shop_id, shifts.missing_of(db, report.shift, found), now()),
            refusal=refusal,
            said=said,
            is_late=True,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _settle(report_id: int) -> None:
    with reading() as db:
        report = _report(db, report_id)
        if report.kind != "forced":
            raise CountNotOwed
        path = report.shop.organisation.path
    login_name, secret = request.form.get("login_name", ""), request.form.get("secret", "")
    signer = second_person(login_name, secret, permission=COUNTER_SELL, path=path)
    with transaction() as db:
        report = _report(db, report_id)
        explanation = request.form.get("explanation", "")
        late_counts.settle(db, report=report, explanation=explanation, signed_by=signer, by=actor(), at=now())
        _audit(db, report, differs=True)
