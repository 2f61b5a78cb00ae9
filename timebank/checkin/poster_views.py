"""The poster of an activity: paper on a wall that leads to the activity's page and signs people up, never in."""

from flask import Blueprint, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.activities import queries as activities
from timebank.activities import service
from timebank.activities.errors import ActivityCancelled
from timebank.activities.models import Activity
from timebank.checkin.views import timezone
from timebank.web.codes import link_qr
from timebank.web.filters import points
from timebank.web.requests import actor, house, reading
from timebank.web.words import points_unit

blueprint = Blueprint("posters", __name__)

# So many dates stand on the paper; the page behind the code has all of them.
MOST_DATES = 6


@blueprint.get("/activities/<int:activity_id>/poster")
def poster(activity_id: int) -> str:
    """An A4 poster with the activity's own address as a QR code."""
    with reading() as db:
        activity = activities.activity(db, actor(), activity_id)
        if activity.status == "cancelled":
            # Nobody hangs up what does not take place.
            raise ActivityCancelled
        path = url_for("activities.activity", activity_id=activity.id)
        return render_template(
            "checkin/poster.html",
            activity=activity,
            shifts=activity.held_shifts[:MOST_DATES],
            more=max(0, len(activity.held_shifts) - MOST_DATES),
            qr=link_qr(house().settings.public_url + path, level="Q"),
            points_line=_points_line(db, activity),
            back=(path, ""),
        )


def _points_line(db: Session, activity: Activity) -> str:
    """What an hour earns by the rule of the first shift; empty where there is none yet."""
    rule = service.paying_rule(
        db,
        organisation_path=activity.organisation.path,
        category_id=activity.category_id,
        starts_at=activity.held_shifts[0].starts_at,
        timezone=timezone(),
    )
    if rule is None:
        return ""
    return str(_("%(points)s %(unit)s an hour", points=points(rule.points_per_hour), unit=points_unit()))
