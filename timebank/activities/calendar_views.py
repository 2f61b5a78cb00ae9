"""Calendars: a member's own feed under a secret address, which can be renewed, and one activity as a file."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from timebank.activities import calendars, queries
from timebank.clock import now
from timebank.errors import Forbidden
from timebank.web.requests import actor, audited, house, public, reading, transaction

blueprint = Blueprint("calendars", __name__)

MEDIA_TYPE = "text/calendar; charset=utf-8"


def _words() -> dict[str, str]:
    return {"offered": _("place offered"), "contact": _("Whom to ask:")}


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=MEDIA_TYPE)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
    answer.cache_control.private, answer.cache_control.no_cache = True, True
    return answer


@blueprint.get("/activities/<int:activity_id>/calendar.ics")
def activity(activity_id: int) -> Response:
    """Every shift of one activity as a calendar file."""
    with reading() as db:
        found = queries.activity(db, actor(), activity_id)
        content = calendars.calendar(
            [calendars.Entry(shift) for shift in found.shifts],
            name=found.title,
            keyring=house().keyring,
            address=request.host_url.rstrip("/"),
            words=_words(),
        )
    return _file(content, f"activity-{activity_id}")


@blueprint.get("/calendar/<number>/<secret>.ics")
@public
def feed(number: str, secret: str) -> Response:
    """The member's calendar, for programs that cannot log in: the secret in the address is the right to read it."""
    with reading() as db:
        member = calendars.member_behind(db, house().keyring, number, secret)
        content = calendars.calendar(
            calendars.entries_of(db, member.id, at=now()),
            name=_("My volunteering"),
            keyring=house().keyring,
            address=request.host_url.rstrip("/"),
            words=_words(),
        )
    return _file(content, "activities")


@blueprint.get("/my/calendar")
def mine() -> str:
    """The member's secret address, and what to do with it."""
    member_id = _own_member_id()
    with reading() as db:
        found = calendars.address_of(db, member_id)
        address = None
        if found is not None and found.is_on:
            number = queries.number_of(db, member_id)
            secret = calendars.secret_of(house().keyring, found)
            address = url_for("calendars.feed", number=number, secret=secret, _external=True)
        return render_template(
            "activities/calendar.html", address=address, renewed_at=found and found.renewed_at
        )


@blueprint.post("/my/calendar")
def renew() -> AnyResponse:
    """A new address, the first or in place of one that somebody else may know; or none at all."""
    member_id = _own_member_id()
    with transaction() as db:
        if "close" in request.form:
            calendars.close_address(db, member_id=member_id)
            audited(db, "activities.close_calendar", f"member:{member_id}")
            flash(_("The address no longer works."), "success")
        else:
            calendars.open_address(db, member_id=member_id, at=now())
            audited(db, "activities.renew_calendar", f"member:{member_id}")
            flash(_("Here is your address. An older one no longer works."), "success")
    return redirect(url_for("calendars.mine"))


def _own_member_id() -> int:
    member_id = actor().member_id
    if member_id is None:
        raise Forbidden
    return member_id
