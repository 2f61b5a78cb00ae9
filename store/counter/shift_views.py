"""The shift: open, lock and unlock, interim figures, blind count, day sheet, and the forced end of a forgotten one."""

from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.counter import late_counts, queries, reports, rules, shifts
from store.counter.errors import CounterLocked, ShiftNotOpen
from store.counter.frame import SCRIPT_HEADER, Heard, allowed, answered
from store.counter.late_count_views import counted_units
from store.counter.models import CounterShift, ZReport
from store.orders.queries import names_of_users
from store.pages import asked_number, fresh_key, shop_for
from store.permissions import COUNTER_SELL, ORDERS_READ, SHIFTS_FORCE
from store.proof_requests import prove_self, second_person
from store.reservations.withdrawals import unfillable
from timebank.access import scope
from timebank.clock import now
from timebank.errors import N_, Refusal
from timebank.notices import service as notices
from timebank.web.errors import said, status_of
from timebank.web.requests import actor, audited, reading, transaction

blueprint = Blueprint("shifts", __name__)

SHEETS_A_PAGE = 50
PAPERS = {"58": "receipt-58", "80": "receipt-80", "a4": "a4"}


@blueprint.post("/shops/<int:shop_id>/counter/open")
def open_shift(shop_id: int) -> ResponseReturnValue:
    """Begin a shift here."""
    try:
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            before = queries.open_shift_of(db, actor())
            key = request.form.get("key", "")
            shift = shifts.open_shift(db, shop=shop, key=key, by=actor(), at=now())
            if before is None:
                audited(db, "shift.opened", f"shop:{shop.id}", organisation_id=shop.organisation_id)
    except Refusal as refusal:
        return answered(shop_id, Heard(refusal=refusal))
    return redirect(url_for("counter.show", shop_id=shift.shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/lock")
def lock(shop_id: int) -> ResponseReturnValue:
    """Lock the counter now, before going away."""
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shifts.lock(db, shift=_mine(db, shop), at=now())
    return redirect(url_for("counter.show", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/unlock")
def unlock(shop_id: int) -> ResponseReturnValue:
    """Go on after the attendant has proved to be there."""
    allowed(shop_id)
    try:
        with reading() as db:
            _mine(db, shop_for(db, shop_id, COUNTER_SELL))
        prove_self(actor(), request.form.get("secret", ""))
        with transaction() as db:
            shop = shop_for(db, shop_id, COUNTER_SELL)
            shifts.unlock(db, shift=_mine(db, shop), at=now())
    except Refusal as refusal:
        return answered(shop_id, Heard(refusal=refusal, stays_locked=True))
    if SCRIPT_HEADER in request.headers:
        return answered(shop_id, Heard())
    if any(request.form.getlist("written")):
        # What was scanned at the locked counter is taken now, by the same form.
        return redirect(url_for("counter.scans", shop_id=shop_id), 307)
    return redirect(url_for("counter.show", shop_id=shop_id), 303)


@blueprint.post("/shops/<int:shop_id>/counter/stay")
def stay(shop_id: int) -> ResponseReturnValue:
    """A hand is at the counter although nothing is scanned: a signature, a PIN. It does not lock meanwhile."""
    try:
        with transaction() as db:
            shifts.step(db, shop=shop_for(db, shop_id, COUNTER_SELL), by=actor(), at=now())
    except CounterLocked:
        return Response(status=HTTPStatus.LOCKED)
    seconds = int(rules.IDLE_FOR.total_seconds())
    return Response(status=HTTPStatus.NO_CONTENT, headers={"X-Idle-Left": str(seconds)})


def _mine(db: Session, shop: Shop) -> CounterShift:
    """The attendant's open shift here; raises ``ShiftNotOpen``."""
    shift = queries.open_shift_of(db, actor())
    if shift is None or shift.shop_id != shop.id:
        raise ShiftNotOpen
    return shift


def _mine_unlocked(db: Session, shop: Shop) -> CounterShift:
    shift = _mine(db, shop)
    if rules.is_idle(shift.active_at, now()):
        raise CounterLocked
    return shift


@blueprint.get("/shops/<int:shop_id>/shift")
def interim(shop_id: int) -> ResponseReturnValue:
    """The X report: what this shift has done so far. It closes nothing."""
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shift = queries.open_shift_of(db, actor())
        if shift is None or shift.shop_id != shop.id or rules.is_idle(shift.active_at, now()):
            return redirect(url_for("counter.show", shop_id=shop_id))
        return render_template(
            "counter/interim.html",
            shop=shop,
            shift=shift,
            figures=reports.figures(db, shift),
            held=queries.held_baskets(db, shop),
            at=now(),
        )


@blueprint.route("/shops/<int:shop_id>/shift/count", methods=["GET", "POST"])
def count(shop_id: int) -> ResponseReturnValue:
    """The blind count: what is counted is written down before anybody is shown what the book says."""
    refusal = None
    if request.method == "POST":
        try:
            return _count(shop_id)
        except Refusal as error:
            allowed(shop_id)
            refusal = error
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shift = queries.open_shift_of(db, actor())
        if shift is None or shift.shop_id != shop.id or rules.is_idle(shift.active_at, now()):
            return redirect(url_for("counter.show", shop_id=shop_id))
        page = render_template(
            "counter/count.html",
            shop=shop,
            shift=shift,
            products=reports.products_to_count(db, shift),
            held=queries.held_baskets(db, shop),
            key=request.form.get("key") or fresh_key(),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _count(shop_id: int) -> ResponseReturnValue:
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shifts.step(db, shop=shop, by=actor(), at=now())
        shift = _mine(db, shop)
        key, counted = request.form.get("key", ""), counted_units()
        found = shifts.count_blind(db, shift=shift, key=key, counted=counted, by=actor(), at=now())
        audited(
            db,
            "shift.counted",
            f"shop:{shop.id}",
            organisation_id=shop.organisation_id,
            differs="yes" if found.differs else "no",
        )
        if found.differs:
            return redirect(url_for(".close", shop_id=shop_id), 303)
        report = shifts.close(db, shift=shift, by=actor(), at=now())
        _closed(db, shop, report.id, report.number)
        return redirect(url_for(".report", report_id=report.id), 303)


def _closed(db: Session, shop: Shop, report_id: int, number: int) -> None:
    audited(db, "shift.closed", f"report:{report_id}", organisation_id=shop.organisation_id, number=number)


@blueprint.route("/shops/<int:shop_id>/shift/close", methods=["GET", "POST"])
def close(shop_id: int) -> ResponseReturnValue:
    """The count differs: why, and who signs for it besides the attendant."""
    refusal = None
    if request.method == "POST":
        try:
            return _close(shop_id)
        except Refusal as error:
            allowed(shop_id)
            refusal = error
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shift = queries.open_shift_of(db, actor())
        if shift is None or shift.shop_id != shop.id or rules.is_idle(shift.active_at, now()):
            return redirect(url_for("counter.show", shop_id=shop_id))
        found = shifts.newest_count(db, shift)
        if found is None:
            return redirect(url_for(".count", shop_id=shop_id))
        page = render_template(
            "counter/close.html",
            shop=shop,
            count=found,
            back_href=url_for(".count", shop_id=shop_id),
            withdrawn=unfillable(db, shop.id, shifts.missing_of(db, shift, found), now()),
            refusal=refusal,
            said=said,
            is_late=False,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _close(shop_id: int) -> ResponseReturnValue:
    with reading() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        _mine_unlocked(db, shop)
        path = shop.organisation.path
    signer = second_person(
        request.form.get("login_name", ""),
        request.form.get("secret", ""),
        permission=COUNTER_SELL,
        path=path,
    )
    with transaction() as db:
        shop = shop_for(db, shop_id, COUNTER_SELL)
        shifts.step(db, shop=shop, by=actor(), at=now())
        report = shifts.close(
            db,
            shift=_mine(db, shop),
            explanation=request.form.get("explanation", ""),
            signed_by=signer,
            by=actor(),
            at=now(),
        )
        _closed(db, shop, report.id, report.number)
        return redirect(url_for(".report", report_id=report.id), 303)


@blueprint.get("/shops/<int:shop_id>/day-sheets")
def index(shop_id: int) -> str:
    """The day sheets of a shop, and the shifts that are open now."""
    with reading() as db:
        shop = shop_for(db, shop_id, ORDERS_READ)
        found = queries.z_reports(db, shop, before=asked_number("before"), limit=SHEETS_A_PAGE + 1)
        open_shifts = queries.open_shifts(db, shop)
        return render_template(
            "counter/day_sheets.html",
            shop=shop,
            reports=found[:SHEETS_A_PAGE],
            before=found[SHEETS_A_PAGE - 1].number if len(found) > SHEETS_A_PAGE else None,
            open_shifts=open_shifts,
            forgotten={shift.id for shift in open_shifts if rules.is_forgotten(shift.active_at, now())},
            may_force=actor().may(SHIFTS_FORCE, shop.organisation.path),
            owed=late_counts.owed(db, shop),
            may_count=actor().may(COUNTER_SELL, shop.organisation.path),
        )


@blueprint.get("/day-sheets/<int:report_id>")
def report(report_id: int) -> str:
    """One day sheet to read and to print, on A4 or on the receipt's paper."""
    with reading() as db:
        found = queries.z_report(db, actor(), report_id)
        scope.require(actor(), ORDERS_READ, found.shop.organisation.path)
        who = [found.closed_by_user_id, found.signed_by_user_id, found.shift.opened_by_user_id]
        late = late_counts.of_report(db, found)
        who += [late.count.counted_by_user_id, late.signed_by_user_id] if late else []
        paper = request.args.get("paper", "a4")
        return render_template(
            "counter/day_sheet.html",
            report=found,
            figures=found.figures,
            late=late,
            may_count=actor().may(COUNTER_SELL, found.shop.organisation.path),
            names=names_of_users(db, [one for one in who if one is not None]),
            paper_size=PAPERS.get(paper, "a4"),
            papers=[name for name in PAPERS if name != (paper if paper in PAPERS else "a4")],
        )


@blueprint.route("/shops/<int:shop_id>/shifts/<int:counter_shift_id>/force", methods=["GET", "POST"])
def force(shop_id: int, counter_shift_id: int) -> ResponseReturnValue:
    """Somebody else ends a shift that was forgotten, with a reason; its attendant is told, and a count is owed."""
    refusal = None
    if request.method == "POST":
        try:
            return redirect(url_for(".report", report_id=_force(shop_id, counter_shift_id)), 303)
        except Refusal as error:
            _may_force(shop_id, counter_shift_id)
            refusal = error
    with reading() as db:
        shop = shop_for(db, shop_id, SHIFTS_FORCE)
        shift = queries.shift_in_shop(db, shop, counter_shift_id)
        page = render_template(
            "counter/force.html",
            shop=shop,
            shift=shift,
            figures=reports.figures(db, shift),
            count=shifts.newest_count(db, shift),
            refusal=refusal,
            said=said,
        )
    return page, 200 if refusal is None else status_of(refusal)


def _may_force(shop_id: int, shift_id: int) -> None:
    with reading() as db:
        queries.shift_in_shop(db, shop_for(db, shop_id, SHIFTS_FORCE), shift_id)


def _force(shop_id: int, shift_id: int) -> int:
    with transaction() as db:
        shop = shop_for(db, shop_id, SHIFTS_FORCE)
        shift = queries.shift_in_shop(db, shop, shift_id)
        was_open = shift.closed_at is None
        report = shifts.force_close(
            db, shift=shift, reason=request.form.get("explanation", ""), by=actor(), at=now()
        )
        if was_open:
            audited(
                db,
                "shift.force_closed",
                f"report:{report.id}",
                organisation_id=shop.organisation_id,
                number=report.number,
                reason=report.explanation,
            )
            _tell_owner(db, shop, shift, report)
            _ask_for_count(db, shop, shift, report)
        return report.id


def _tell_owner(db: Session, shop: Shop, shift: CounterShift, report: ZReport) -> None:
    notices.tell_user(
        db,
        user_id=shift.opened_by_user_id,
        kind="shift.force_closed",
        sentence=N_("%(name)s has closed your forgotten shift at %(shop)s, day sheet no. %(number)s."),
        facts={"name": actor().name, "shop": shop.name, "number": report.number},
        href=f"/day-sheets/{report.id}",
        at=now(),
    )


def _ask_for_count(db: Session, shop: Shop, shift: CounterShift, report: ZReport) -> None:
    notices.tell_holders(
        db,
        permission=COUNTER_SELL,
        organisation_path=shop.organisation.path,
        kind="shift.count_owed",
        sentence=N_(
            "%(shop)s: the shift of %(name)s was closed without her. Somebody else counts the goods."
        ),
        facts={"shop": shop.name, "name": shift.opened_by.name},
        href=f"/day-sheets/{report.id}/count",
        at=now(),
        key=f"shift.count_owed:{report.id}",
        besides_user_id=shift.opened_by_user_id,
    )
