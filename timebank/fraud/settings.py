"""How rules are used from a day on: mode, weight, thresholds. Dated rows, so that old alerts can be understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.fraud.errors import ReasonNeeded, SettingInvalid, SettingOfThePast
from timebank.fraud.models import MODES, RuleSetting
from timebank.fraud.rules import Rule

# A new rule only watches: its alerts are judged before anybody is troubled by them.
FIRST_MODE = "shadow"
MOST_WEIGHT = 100


@dataclass(frozen=True)
class Force:
    """What holds for one rule on one day."""

    mode: str
    weight: int
    thresholds: Mapping[str, int]


def in_force(session: Session, rule: Rule, day: date, county_id: int | None = None) -> Force:
    """The rule's settings on ``day``: of the county, else of the installation, else the reference's defaults.

    Of either, the newest row counts that begins then or earlier.
    """
    forces = in_force_everywhere(session, [rule], day)[rule.code]
    return forces.get(county_id, forces[None])


def in_force_everywhere(
    session: Session, rules: Sequence[Rule], day: date
) -> dict[str, dict[int | None, Force]]:
    """Every rule's settings on ``day``, by county where one has its own; None is the whole installation."""
    found: dict[str, dict[int | None, Force]] = {
        rule.code: {None: Force(FIRST_MODE, rule.weight, rule.defaults)} for rule in rules
    }
    by_code = {rule.code: rule for rule in rules}
    rows = session.scalars(
        select(RuleSetting)
        .where(RuleSetting.rule.in_(by_code), RuleSetting.valid_from <= day)
        .order_by(RuleSetting.valid_from, RuleSetting.id)
    )
    for row in rows:
        thresholds = {**by_code[row.rule].defaults, **row.thresholds}
        found[row.rule][row.organisation_id] = Force(row.mode, row.weight, thresholds)
    return found


def history(session: Session, rule: Rule, counties: Sequence[int]) -> list[RuleSetting]:
    """Every setting that there was of the whole installation and of these counties, the newest first."""
    query = (
        select(RuleSetting)
        .where(
            RuleSetting.rule == rule.code,
            RuleSetting.organisation_id.is_(None) | RuleSetting.organisation_id.in_(counties),
        )
        .order_by(RuleSetting.valid_from.desc(), RuleSetting.id.desc())
    )
    return list(session.scalars(query))


def change(
    session: Session,
    *,
    rule: Rule,
    mode: str,
    weight: int,
    thresholds: Mapping[str, int],
    valid_from: date,
    today: date,
    reason: str,
    by: Actor,
    at: datetime,
    county_id: int | None = None,
) -> RuleSetting:
    """Use the rule in another way from a day on, in one county or in the whole installation.

    Raises:
        SettingInvalid: a number lies outside its limits, or the mode is unknown.
        SettingOfThePast: ``valid_from`` lies before today.
        ReasonNeeded: no reason is given.
    """
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    if valid_from < today:
        raise SettingOfThePast(field="valid_from")
    if mode not in MODES:
        raise SettingInvalid(field="mode", least=0, most=len(MODES) - 1)
    if not 0 <= weight <= MOST_WEIGHT:
        raise SettingInvalid(field="weight", least=0, most=MOST_WEIGHT)
    for threshold in rule.thresholds:
        value = thresholds.get(threshold.name, threshold.default)
        if not threshold.least <= value <= threshold.most:
            raise SettingInvalid(field=threshold.name, least=threshold.least, most=threshold.most)
    row = RuleSetting(
        rule=rule.code,
        organisation_id=county_id,
        valid_from=valid_from,
        mode=mode,
        weight=weight,
        thresholds={one.name: thresholds.get(one.name, one.default) for one in rule.thresholds},
        reason=reason.strip(),
        set_by=by.label,
        set_at=at,
    )
    session.add(row)
    session.flush()
    return row
