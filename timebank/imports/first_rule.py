"""A county that brings in its old services before anybody has made a points rule."""

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.audit import service as audit
from timebank.imports.importers import ImportContext
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids
from timebank.policy import queries as policy_queries
from timebank.policy import service as policy

# What most of the places that we know give for an hour. An administrator replaces it by a rule of their own.
FIRST_RATE = Decimal(10)
FIRST_ROUNDING = "half_up"
FIRST_STEP = Decimal("0.1")


def counties_without_rule(session: Session, organisation_ids: Collection[int]) -> list[Organisation]:
    """The roots above these organisations from which no points rule reaches them at all."""
    paths = session.scalars(select(Organisation.path).where(Organisation.id.in_(organisation_ids))).all()
    bare = {ancestor_ids(path)[0] for path in paths if not policy_queries.rules_along(session, path)}
    return list(
        session.scalars(select(Organisation).where(Organisation.id.in_(bare)).order_by(Organisation.id))
    )


def ensure_first_rules(
    session: Session, *, organisation_ids: Collection[int], since: date, context: ImportContext
) -> None:
    """Give counties that have no points rule yet the usual one, from the first of January of the year of ``since``.

    A county that has any rule keeps its own, even where old services then earn nothing: that was decided.
    """
    for county in counties_without_rule(session, organisation_ids):
        rule = policy.add_rule(
            session,
            organisation_id=county.id,
            organisation_path=county.path,
            category_id=None,
            points_per_hour=FIRST_RATE,
            rounding=FIRST_ROUNDING,
            rounding_step=FIRST_STEP,
            cap_points_per_day=None,
            cap_points_per_month=None,
            valid_from=since.replace(month=1, day=1),
            valid_until=None,
            today=context.today,
            by=context.actor.label,
            at=context.at,
        )
        audit.record(
            session,
            at=context.at,
            actor=context.actor.label,
            actor_name=context.actor.name,
            action="import.first_rule",
            subject=f"rule:{rule.id}",
            organisation_id=county.id,
            points_per_hour=str(FIRST_RATE),
            valid_from=rule.valid_from.isoformat(),
        )
