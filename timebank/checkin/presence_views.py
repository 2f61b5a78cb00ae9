"""How an activity wants presence proved: asking for the place, spot checks, codes printed on paper."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from timebank.access import scope
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities import queries as activities
from timebank.activities.models import Activity
from timebank.checkin import places, presence, printed
from timebank.checkin.forms import CHINESE_MAP, PresenceForm, PrintedCodeForm
from timebank.checkin.models import PresencePlan, PrintedCode
from timebank.checkin.places import MICRODEGREES, Position
from timebank.checkin.tokens import Kind
from timebank.clock import now
from timebank.policy.queries import policy_for
from timebank.web.codes import link_qr
from timebank.web.requests import actor, audited, house, reading, transaction

blueprint = Blueprint("presence", __name__, url_prefix="/activities/<int:activity_id>/presence")


def _activity(db: Session, activity_id: int) -> Activity:
    activity = activities.activity(db, actor(), activity_id)
    scope.require(actor(), ACTIVITIES_PUBLISH, activity.organisation.path)
    return activity


@blueprint.route("", methods=["GET", "POST"])
def show(activity_id: int) -> ResponseReturnValue:
    """What the activity asks for, and its printed codes."""
    with reading() as db:
        _activity(db, activity_id)
        plan = presence.plan_of(db, activity_id)
        form = PresenceForm(obj=_as_written(plan))
    if form.validate_on_submit() and form.has_place_where_asked():
        _save(activity_id, form)
        flash(_("Saved."), "success")
        return redirect(url_for("presence.show", activity_id=activity_id))
    return _page(activity_id, form, PrintedCodeForm(formdata=None))


def _page(activity_id: int, form: PresenceForm, code_form: PrintedCodeForm) -> str:
    with reading() as db:
        activity = _activity(db, activity_id)
        return render_template(
            "checkin/presence.html",
            activity=activity,
            form=form,
            code_form=code_form,
            codes=presence.printed_codes(db, activity_id),
            policy=policy_for(db, activity.organisation.path),
            page_has_errors=bool(form.errors or code_form.errors),
        )


class _Written:
    """A plan as the form writes it: degrees of WGS-84, because that is what is kept."""

    map_kind = "wgs84"

    def __init__(self, asks_place: bool, spot_checks: bool, where: str) -> None:
        self.asks_place, self.spot_checks, self.where = asks_place, spot_checks, where


def _as_written(plan: PresencePlan | None) -> _Written | None:
    if plan is None:
        return None
    where = ""
    if plan.latitude_e6 is not None and plan.longitude_e6 is not None:
        where = f"{plan.latitude_e6 / MICRODEGREES:.6f}, {plan.longitude_e6 / MICRODEGREES:.6f}"
    return _Written(plan.asks_place, plan.spot_checks, where)


def _save(activity_id: int, form: PresenceForm) -> None:
    centre = form.position()
    if centre is not None and form.map_kind.data == CHINESE_MAP:
        centre = places.wgs84_from_gcj02(centre.latitude, centre.longitude)
    with transaction() as db:
        activity = _activity(db, activity_id)
        presence.set_plan(
            db,
            activity=activity,
            asks_place=bool(form.asks_place.data),
            centre=Position(centre.latitude, centre.longitude) if centre else None,
            spot_checks=bool(form.spot_checks.data),
            by=actor(),
            at=now(),
        )
        audited(
            db,
            "checkin.presence_changed",
            f"activity:{activity_id}",
            organisation_id=activity.organisation_id,
            asks_place=bool(form.asks_place.data),
            spot_checks=bool(form.spot_checks.data),
        )


@blueprint.post("/codes")
def make_code(activity_id: int) -> ResponseReturnValue:
    """A new code to be printed and hung up at a post."""
    form = PrintedCodeForm()
    if not form.validate():
        with reading() as db:
            settings = PresenceForm(formdata=None, obj=_as_written(presence.plan_of(db, activity_id)))
        return _page(activity_id, settings, form)
    with transaction() as db:
        activity = _activity(db, activity_id)
        code = presence.make_printed_code(
            db, activity=activity, name=(form.name.data or "").strip(), by=actor(), at=now()
        )
        _audited(db, activity, "checkin.printed_code_made", code)
        printed_code_id = code.id
    return redirect(url_for("presence.paper", activity_id=activity_id, printed_code_id=printed_code_id))


@blueprint.get("/codes/<int:printed_code_id>")
def paper(activity_id: int, printed_code_id: int) -> str:
    """The sheet to hang up: one code for arriving, one for leaving."""
    with reading() as db:
        activity = _activity(db, activity_id)
        code = presence.printed_code(db, activity_id, printed_code_id)
        address = f"{house().settings.public_url}/s/"
        drawn = {
            kind.value: link_qr(
                address,
                tail=printed.mint(
                    house().keyring, kind=kind, printed_code_id=code.id, generation=code.generation
                ),
                level="Q",
            )
            for kind in (Kind.IN, Kind.OUT)
        }
        back = (url_for("presence.show", activity_id=activity_id), "")
        return render_template(
            "checkin/printed_code.html",
            activity=activity,
            code=code,
            drawn=drawn,
            asks_place=presence.centre_of(presence.plan_of(db, activity_id)) is not None,
            back=back,
        )


@blueprint.post("/codes/<int:printed_code_id>")
def change_code(activity_id: int, printed_code_id: int) -> Response:
    """Make lost paper worthless and print anew, or take the code out of use."""
    is_renewed = request.form.get("what") == "renew"
    with transaction() as db:
        activity = _activity(db, activity_id)
        code = presence.printed_code(db, activity_id, printed_code_id)
        if is_renewed:
            presence.renew_printed_code(db, code)
        else:
            presence.withdraw_printed_code(db, code, at=now())
        action = "checkin.printed_code_renewed" if is_renewed else "checkin.printed_code_withdrawn"
        _audited(db, activity, action, code)
    if is_renewed:
        return redirect(url_for("presence.paper", activity_id=activity_id, printed_code_id=printed_code_id))
    flash(_("The printed code is out of use. Take the paper down."), "success")
    return redirect(url_for("presence.show", activity_id=activity_id))


def _audited(db: Session, activity: Activity, action: str, code: PrintedCode) -> None:
    audited(
        db,
        action,
        f"activity:{activity.id}",
        organisation_id=activity.organisation_id,
        name=code.name,
        generation=code.generation,
    )
