"""Reading categories, rules and settings."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, cast, func, literal_column, or_, select
from sqlalchemy.orm import Session

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.db import kept
from timebank.orm import Base
from timebank.policy.errors import CategoryAbsent, RuleAbsent
from timebank.policy.models import Category, PointsRule, PolicySetting
from timebank.policy.rules import Policy, RuleValues, choose_rule, ids_of_path, merged
from timebank.prepared import Prepared

# Asked by every sale.
_SETTINGS = Prepared(
    select(PolicySetting.organisation_id, PolicySetting.name, PolicySetting.value, PolicySetting.changed_at)
    .where(PolicySetting.organisation_id.in_(bindparam("places", expanding=True)))
    .order_by(PolicySetting.changed_at, PolicySetting.id)
)


def policy_for(session: Session, organisation_path: str, at: datetime | None = None) -> Policy:
    """Every setting at ``organisation_path``: the nearest ancestor's, else the default.

    Args:
        at: what held at that moment; None for what holds now.
    """
    rows = _SETTINGS.rows(session, places=ids_of_path(organisation_path))
    return merged(((row[0], row[1], row[2]) for row in rows if at is None or row[3] <= at), organisation_path)


def settings_stamp() -> ColumnElement[str]:
    """A word that changes with every setting that is added, for a statement that asks something else besides.

    Rows are never changed or removed, so that equal words mean equal settings.
    """
    rows = cast(func.count(PolicySetting.id), String)
    newest = cast(func.coalesce(func.max(PolicySetting.id), 0), String)
    moment = func.coalesce(cast(func.max(PolicySetting.changed_at), String), "")
    space: ColumnElement[str] = literal_column("' '", String)
    return select(rows + space + newest + space + moment).scalar_subquery()


def policy_kept(session: Session, organisation_path: str, at: datetime, stamp: str) -> Policy:
    """As :func:`policy_for` at ``at``, from memory while ``stamp`` (of :func:`settings_stamp`) stands."""
    known = kept(session, "policy", stamp, lambda: _Settings(session))
    return known.policy(organisation_path, at)


class _Settings:
    """Every setting that was ever made, oldest first, and the policies that were asked of them."""

    def __init__(self, session: Session) -> None:
        columns = PolicySetting.changed_at, PolicySetting.organisation_id, PolicySetting.name
        rows = session.execute(
            select(*columns, PolicySetting.value).order_by(PolicySetting.changed_at, PolicySetting.id)
        ).all()
        self._moments = [row[0] for row in rows]
        self._rows: list[tuple[int, str, Any]] = [(row[1], row[2], row[3]) for row in rows]
        self._asked: dict[tuple[str, int], Policy] = {}

    def policy(self, organisation_path: str, at: datetime) -> Policy:
        """What held there at ``at``."""
        made = bisect_right(self._moments, at)
        asked = (organisation_path, made)
        if asked not in self._asked:
            self._asked[asked] = merged(self._rows[:made], organisation_path)
        return self._asked[asked]


def own_settings(session: Session, organisation_id: int) -> dict[str, PolicySetting]:
    """What is set on this organisation itself, by name: of each the newest row that sets a value."""
    newest = {row.name: row for row in setting_history(session, organisation_id)}
    return {name: row for name, row in newest.items() if row.value is not None}


def setting_history(session: Session, organisation_id: int) -> Sequence[PolicySetting]:
    """Every value that was ever set on this organisation, oldest first."""
    return session.scalars(
        select(PolicySetting)
        .where(PolicySetting.organisation_id == organisation_id)
        .order_by(PolicySetting.changed_at, PolicySetting.id)
    ).all()


def rules_along(session: Session, organisation_path: str) -> Sequence[PointsRule]:
    """Every version on ``organisation_path``, from which ``policy.rules.choose_rule`` picks."""
    return session.scalars(
        select(PointsRule).where(PointsRule.organisation_id.in_(ids_of_path(organisation_path)))
    ).all()


def rule_for(
    session: Session, organisation_path: str, category_id: int | None, day: date
) -> PointsRule | None:
    """The rule that pays services of ``category_id`` on ``day`` (the county's own day); None when there is none.

    ``category_id`` None asks for the general rule, which is also the one that converts hours.
    """
    return choose_rule(rules_along(session, organisation_path), organisation_path, category_id, day)


def values_of(rule: PointsRule) -> RuleValues:
    """The rule as the plain values that the arithmetic works on."""
    return RuleValues(
        number=rule.number,
        points_per_hour=rule.points_per_hour,
        rounding=rule.rounding,
        rounding_step=rule.rounding_step,
        cap_points_per_day=rule.cap_points_per_day,
        cap_points_per_month=rule.cap_points_per_month,
    )


def sibling_rule_ids(session: Session, rule: PointsRule) -> Sequence[int]:
    """All versions for the same organisation and category: they share their caps."""
    return session.scalars(
        select(PointsRule.id).where(
            PointsRule.organisation_id == rule.organisation_id, _same_category(rule.category_id)
        )
    ).all()


def _same_category(category_id: int | None) -> ColumnElement[bool]:
    if category_id is None:
        return PointsRule.category_id.is_(None)
    return PointsRule.category_id == category_id


def rule(session: Session, actor: Actor, rule_id: int) -> PointsRule:
    """One rule of the actor's county; raises ``RuleAbsent``."""
    organisations = Base.metadata.tables["organisations"]
    found = session.scalar(
        select(PointsRule)
        .join(organisations, organisations.c.id == PointsRule.organisation_id)
        .where(PointsRule.id == rule_id, scope.within_county(actor, organisations.c.path))
    )
    if found is None:
        raise RuleAbsent
    return found


def rules(session: Session, actor: Actor) -> Sequence[PointsRule]:
    """All rules of the actor's county, newest dates first."""
    organisations = Base.metadata.tables["organisations"]
    return session.scalars(
        select(PointsRule)
        .join(organisations, organisations.c.id == PointsRule.organisation_id)
        .where(scope.within_county(actor, organisations.c.path))
        .order_by(PointsRule.valid_from.desc(), PointsRule.number.desc())
    ).all()


def categories(session: Session, actor: Actor) -> Sequence[Category]:
    """The actor's counties' categories and those that all counties share, in the order in which they were made."""
    return session.scalars(select(Category).where(_words_of(actor)).order_by(Category.id)).all()


def _words_of(actor: Actor) -> ColumnElement[bool]:
    organisations = Base.metadata.tables["organisations"]
    own = select(organisations.c.id).where(scope.within_county(actor, organisations.c.path))
    return or_(Category.organisation_id.is_(None), Category.organisation_id.in_(own))


def category(session: Session, actor: Actor, category_id: int) -> Category:
    """One category of the actor's counties, or a shared one; raises ``CategoryAbsent``."""
    found = session.scalar(select(Category).where(Category.id == category_id, _words_of(actor)))
    if found is None:
        raise CategoryAbsent
    return found


def category_at(session: Session, category_id: int, organisation_path: str) -> Category:
    """One category that the organisation's county may use; raises ``CategoryAbsent`` for another county's."""
    found = session.get(Category, category_id)
    if found is None or found.organisation_id not in (None, county_of(organisation_path)):
        raise CategoryAbsent
    return found


def categories_at(session: Session, organisation_path: str) -> Sequence[Category]:
    """Every category that the organisation's county may use."""
    usable = or_(Category.organisation_id.is_(None), Category.organisation_id == county_of(organisation_path))
    return session.scalars(select(Category).where(usable).order_by(Category.id)).all()


def county_of(organisation_path: str) -> int:
    """The id of the root of the organisation's tree."""
    return ids_of_path(organisation_path)[0]


def category_named(session: Session, name: str, county_id: int | None = None) -> Category | None:
    """The category called ``name`` that the county may use; without a county, whosoever it is."""
    query = select(Category).where(Category.name == name)
    if county_id is not None:
        query = query.where(or_(Category.organisation_id.is_(None), Category.organisation_id == county_id))
    return session.scalars(query.order_by(Category.id).limit(1)).one_or_none()


def category_names(session: Session, ids: Iterable[int]) -> dict[int, Category]:
    """Categories by id."""
    return {row.id: row for row in session.scalars(select(Category).where(Category.id.in_(set(ids))))}
