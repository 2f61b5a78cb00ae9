"""New categories, new versions of points rules, changed settings."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.orm import Base
from timebank.policy import queries
from timebank.policy.errors import CategoryNameTaken, RuleDatesInvalid, RuleRewritesPast, RuleUnusable
from timebank.policy.models import Category, PointsRule, PolicySetting
from timebank.policy.rules import MOST_POINTS_PER_HOUR, ROUNDING_STEPS, ROUNDINGS, rewrites_past
from timebank.policy.settings import read_value, setting_named

LARGEST_CAP = Decimal(1_000_000)


def create_category(
    session: Session,
    *,
    name: str,
    english_name: str = "",
    organisation_id: int | None = None,
    at: datetime,
) -> Category:
    """A new category of the county (its root's id), or one that all counties share; raises ``CategoryNameTaken``."""
    name = name.strip()
    if queries.category_named(session, name, organisation_id) is not None:
        raise CategoryNameTaken(field="name", name=name)
    category = Category(
        organisation_id=organisation_id, name=name, english_name=english_name.strip(), created_at=at
    )
    session.add(category)
    session.flush()
    return category


def rename_category(session: Session, *, category: Category, name: str, english_name: str) -> None:
    """Correct a category's words; its rules and activities stay. Raises ``CategoryNameTaken``."""
    standing = queries.category_named(session, name.strip(), category.organisation_id)
    if standing is not None and standing.id != category.id:
        raise CategoryNameTaken(field="name", name=name.strip())
    category.name, category.english_name = name.strip(), english_name.strip()
    session.flush()


def add_rule(
    session: Session,
    *,
    organisation_id: int,
    organisation_path: str,
    category_id: int | None,
    points_per_hour: Decimal,
    rounding: str,
    rounding_step: Decimal,
    cap_points_per_day: Decimal | None,
    cap_points_per_month: Decimal | None,
    valid_from: date,
    valid_until: date | None,
    today: date,
    by: str,
    at: datetime,
) -> PointsRule:
    """A new version with the organisation's next number; earlier ones stay as they are.

    Args:
        category_id: None for a general rule.
        today: the county's own day.
        by: label of who makes it.

    Raises:
        RuleUnusable: a number outside its limits.
        RuleDatesInvalid: it ends before it begins.
        RuleRewritesPast: it would replace a rule on days gone by.
    """
    _check_numbers(points_per_hour, rounding, rounding_step, cap_points_per_day, cap_points_per_month)
    if valid_until is not None and valid_until < valid_from:
        raise RuleDatesInvalid(field="valid_until")
    _lock_organisation(session, organisation_id)
    standing = queries.rules_along(session, organisation_path)
    if rewrites_past(standing, organisation_path, category_id, valid_from, today):
        raise RuleRewritesPast(field="valid_from")
    rule = PointsRule(
        organisation_id=organisation_id,
        number=_next_number(session, organisation_id),
        category_id=category_id,
        points_per_hour=points_per_hour,
        rounding=rounding,
        rounding_step=rounding_step,
        cap_points_per_day=cap_points_per_day,
        cap_points_per_month=cap_points_per_month,
        valid_from=valid_from,
        valid_until=valid_until,
        created_by=by,
        created_at=at,
    )
    session.add(rule)
    session.flush()
    return rule


def _check_numbers(
    rate: Decimal, rounding: str, step: Decimal, day_cap: Decimal | None, month_cap: Decimal | None
) -> None:
    if not _is_amount(rate, Decimal(0), MOST_POINTS_PER_HOUR):
        raise RuleUnusable(field="points_per_hour", least=0, most=MOST_POINTS_PER_HOUR)
    if step not in ROUNDING_STEPS or rounding not in ROUNDINGS:
        raise RuleUnusable(field="rounding_step", least=ROUNDING_STEPS[-1], most=ROUNDING_STEPS[0])
    for name, cap in (("cap_points_per_day", day_cap), ("cap_points_per_month", month_cap)):
        if cap is not None and not _is_amount(cap, Decimal(1), LARGEST_CAP):
            raise RuleUnusable(field=name, least=1, most=LARGEST_CAP)


def _is_amount(value: Decimal, least: Decimal, most: Decimal) -> bool:
    return value.is_finite() and least <= value <= most and value * 100 == int(value * 100)


def _lock_organisation(session: Session, organisation_id: int) -> None:
    # Two administrators at once would both take the same next number.
    organisations = Base.metadata.tables["organisations"]
    session.execute(
        select(organisations.c.id)
        .where(organisations.c.id == organisation_id)
        .with_for_update(key_share=True)
    )


def _next_number(session: Session, organisation_id: int) -> int:
    newest = session.scalar(
        select(func.max(PointsRule.number)).where(PointsRule.organisation_id == organisation_id)
    )
    return (newest or 0) + 1


def change_settings(
    session: Session, *, organisation_id: int, written: dict[str, str], by_name: str, at: datetime
) -> dict[str, Any]:
    """Set what is written (name → words as typed) on the organisation from ``at`` on; returns what changed.

    Nothing written where the organisation has a value of its own lets it follow the one above again (None).

    A setting that equals what already holds there by inheritance or default is not stored. Earlier values
    stay, so that records are judged by what held when they were made.

    Raises:
        SettingUnusable: a value outside its limits; its ``field`` is the setting's name.
    """
    organisations = Base.metadata.tables["organisations"]
    path = session.scalar(select(organisations.c.path).where(organisations.c.id == organisation_id))
    standing = queries.policy_for(session, str(path))
    # All values are read before any is stored: a form with one mistake changes nothing.
    own = queries.own_settings(session, organisation_id)
    values = {
        name: None if name in own and not words.strip() else read_value(setting, words)
        for name, words in written.items()
        if (setting := setting_named(name)) is not None
    }
    changed = {
        name: value for name, value in values.items() if value is None or value != getattr(standing, name)
    }
    for name, value in changed.items():
        session.add(
            PolicySetting(
                organisation_id=organisation_id, name=name, value=value, changed_by=by_name, changed_at=at
            )
        )
    session.flush()
    return changed
