"""Sheets for the public: looked at, hung out, taken down; and the sheet itself, for everybody."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from store.permissions import SHEETS_PUBLISH
from store.settlement import sheets
from store.settlement.forms import SheetForm
from timebank.access import scope
from timebank.clock import now
from timebank.errors import Refusal
from timebank.orgs import queries as places
from timebank.orgs.forms import organisation_choices
from timebank.web.codes import link_qr
from timebank.web.fields import day_in, show_refusal
from timebank.web.filters import local
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("sheets", __name__, url_prefix="/sheets")


@blueprint.get("")
def index() -> str:
    """What hangs out and what was taken down."""
    scope.require_somewhere(actor(), SHEETS_PUBLISH)
    with reading() as db:
        return render_template("sheets/index.html", sheets=sheets.sheets(db, actor()))


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> str | Response:
    """Choose, look, and only then hang out."""
    scope.require_somewhere(actor(), SHEETS_PUBLISH)
    form = SheetForm()
    today, rows = local(now()).date(), None
    with reading() as db:
        form.organisation_id.choices = organisation_choices(places.organisations(db, actor(), SHEETS_PUBLISH))
    if request.method == "GET":
        form.first_day.data, form.last_day.data = today.replace(day=1), today
    elif form.validate_on_submit():
        try:
            if request.form.get("publish"):
                return redirect(url_for("sheets.show", token=_published(form)))
            rows = _looked_at(form)
        except Refusal as refusal:
            show_refusal(form, refusal)
    return render_template("sheets/new.html", form=form, rows=rows)


def _looked_at(form: SheetForm) -> list[sheets.Row]:
    sheets.ensure_publishable(
        title=form.title.data or "",
        first_day=day_in(form.first_day),
        last_day=day_in(form.last_day),
        today=local(now()).date(),
    )
    with reading() as db:
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), SHEETS_PUBLISH, place.path)
        return sheets.gathered(
            db,
            kind=form.kind.data,
            organisation=place,
            first_day=day_in(form.first_day),
            last_day=day_in(form.last_day),
            timezone=ZoneInfo(house().settings.timezone),
        )


def _published(form: SheetForm) -> str:
    at = now()
    with transaction() as db:
        place = places.organisation(db, actor(), form.organisation_id.data)
        scope.require(actor(), SHEETS_PUBLISH, place.path)
        sheet = sheets.publish(
            db,
            kind=form.kind.data,
            organisation=place,
            title=form.title.data or "",
            first_day=day_in(form.first_day),
            last_day=day_in(form.last_day),
            today=local(at).date(),
            timezone=ZoneInfo(house().settings.timezone),
            by=actor(),
            at=at,
        )
        audited(db, "sheet.published", f"sheet:{sheet.id}", organisation_id=place.id, title=sheet.title)
        flash(_("It hangs out now. Everybody with this address sees it."), "success")
        return sheet.token


@blueprint.post("/<int:sheet_id>/withdraw")
def withdraw(sheet_id: int) -> Response:
    """Take a sheet down."""
    with transaction() as db:
        sheet = sheets.sheet(db, actor(), sheet_id)
        scope.require(actor(), SHEETS_PUBLISH, sheet.organisation.path)
        sheets.withdraw(db, sheet=sheet, by=actor(), at=now())
        audited(
            db,
            "sheet.withdrawn",
            f"sheet:{sheet.id}",
            organisation_id=sheet.organisation_id,
            title=sheet.title,
        )
    flash(_("The sheet is taken down."), "success")
    return redirect(url_for("sheets.index"))


@blueprint.get("/public/<token>")
@public
def show(token: str) -> str:
    """The sheet, for everybody."""
    with reading() as db:
        return render_template("sheets/show.html", sheet=sheets.public_sheet(db, token))


@blueprint.get("/public/<token>/paper")
@public
def paper(token: str) -> str:
    """The sheet to be printed and hung at the door, with a code that leads to its page."""
    with reading() as db:
        address = house().settings.public_url + url_for("sheets.show", token=token)
        return render_template(
            "sheets/paper.html",
            sheet=sheets.public_sheet(db, token),
            address=address,
            qr=link_qr(address, level="M"),
            back=(url_for("sheets.show", token=token), ""),
        )
