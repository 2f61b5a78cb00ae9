"""Plans kept under a name, from which new activities begin."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import ACTIVITIES_PUBLISH
from timebank.activities.errors import TemplateAbsent, TemplateNameTaken
from timebank.activities.models import Activity, ActivityTemplate
from timebank.activities.plans import kept_plan, terms_from, values_of_terms
from timebank.orgs.models import Organisation


def template(session: Session, actor: Actor, template_id: int) -> ActivityTemplate:
    """One template of the actor's organisations; raises ``TemplateAbsent``."""
    found = session.scalar(
        select(ActivityTemplate)
        .join(ActivityTemplate.organisation)
        .options(contains_eager(ActivityTemplate.organisation))
        .where(ActivityTemplate.id == template_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise TemplateAbsent
    return found


def templates(session: Session, actor: Actor) -> Sequence[ActivityTemplate]:
    """Every template that the actor may plan from, by name."""
    return session.scalars(
        select(ActivityTemplate)
        .join(ActivityTemplate.organisation)
        .options(contains_eager(ActivityTemplate.organisation))
        .where(scope.within(actor, Organisation.path, ACTIVITIES_PUBLISH))
        .order_by(ActivityTemplate.name, ActivityTemplate.id)
    ).all()


def keep(
    session: Session, *, activity: Activity, name: str, by: Actor, at: datetime, timezone: ZoneInfo
) -> ActivityTemplate:
    """Keep the activity's plan under a name; its photo and its dates are not part of it.

    Raises:
        TemplateNameTaken: the organisation has one of that name.
    """
    row = ActivityTemplate(
        organisation_id=activity.organisation_id,
        name=name.strip(),
        plan=kept_plan(activity, timezone),
        created_by=by.label,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as fault:
        raise TemplateNameTaken(field="name", name=name.strip()) from fault
    return row


def remove(session: Session, *, template: ActivityTemplate) -> None:
    """Forget the template; activities made from it stay."""
    session.delete(template)
    session.flush()


def values_of(template: ActivityTemplate, *, at: datetime, timezone: ZoneInfo) -> dict[str, object]:
    """The template as the form's values, from tomorrow on."""
    tomorrow = at.astimezone(timezone).date() + timedelta(days=1)
    plan = template.plan
    return {
        "title": plan["title"],
        "category_id": plan["category_id"],
        "organisation_id": template.organisation_id,
        "place": plan["place"],
        "description": plan["description"],
        "shifts": [
            {
                "day": tomorrow + timedelta(days=row["after_days"]),
                "starts": time.fromisoformat(row["starts"]),
                "ends": time.fromisoformat(row["ends"]),
                "capacity": row["capacity"],
            }
            for row in plan["shifts"]
        ],
        **values_of_terms(terms_from(plan["terms"])),
    }
