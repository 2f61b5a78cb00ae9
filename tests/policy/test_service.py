"""Versions of rules, categories and settings on both engines."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests.cast import NOON, Cast
from tests.hours.stage import add_rule, category
from timebank.db import Database
from timebank.policy import queries, service
from timebank.policy.errors import (
    CategoryNameTaken,
    RuleDatesInvalid,
    RuleRewritesPast,
    RuleUnusable,
    SettingUnusable,
)
from timebank.policy.rules import Policy
from timebank.policy.settings import SETTINGS, read_value, setting_named

TODAY = date(2026, 3, 2)


def test_versions_are_numbered_per_organisation_and_the_old_one_stays(database: Database, cast: Cast) -> None:
    path = cast.paths[cast.team_id]
    with database.transaction() as session:
        first = add_rule(session, cast)
        second = add_rule(session, cast, points_per_hour=Decimal(12), valid_from=TODAY, today=TODAY)
        team = add_rule(session, cast, organisation_id=cast.team_id, valid_from=TODAY, today=TODAY)
        assert (first.number, second.number, team.number) == (1, 2, 1)
    with database.reading() as session:
        yesterday, today = (
            queries.rule_for(session, path, None, day) for day in (TODAY - timedelta(1), TODAY)
        )
        assert yesterday is not None
        assert today is not None
        assert (yesterday.number, yesterday.points_per_hour) == (1, 10)
        assert today.id == team.id
        other = queries.rule_for(session, cast.paths[cast.other_county_id], None, TODAY)
        assert other is None


def test_days_gone_by_are_not_rewritten(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        with pytest.raises(RuleRewritesPast):
            add_rule(session, cast, valid_from=TODAY - timedelta(1), today=TODAY)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"points_per_hour": Decimal("-1")}, RuleUnusable),
        ({"points_per_hour": Decimal("NaN")}, RuleUnusable),
        ({"points_per_hour": Decimal("1.001")}, RuleUnusable),
        ({"points_per_hour": Decimal("1001")}, RuleUnusable),
        ({"rounding_step": Decimal("0.3")}, RuleUnusable),
        ({"rounding": "sideways"}, RuleUnusable),
        ({"cap_points_per_day": Decimal(0)}, RuleUnusable),
        ({"valid_until": date(2019, 12, 31)}, RuleDatesInvalid),
    ],
)
def test_values_outside_their_limits_are_refused(
    database: Database, cast: Cast, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with database.transaction() as session, pytest.raises(refusal):
        add_rule(session, cast, **changes)


def test_a_category_has_its_name_alone(database: Database) -> None:
    with database.transaction() as session:
        one = category(session, "敬老爱老")
        with pytest.raises(CategoryNameTaken):
            service.create_category(session, name=" 敬老爱老 ", at=NOON)
        other = category(session, "义诊")
        with pytest.raises(CategoryNameTaken):
            service.rename_category(session, category=other, name="敬老爱老", english_name="")
        service.rename_category(session, category=one, name="敬老爱老", english_name="Care for the old")
        assert one.english_name == "Care for the old"


def test_settings_are_inherited_and_a_mistake_changes_none(database: Database, cast: Cast) -> None:
    def change(organisation_id: int, **written: str) -> dict[str, object]:
        return service.change_settings(
            session, organisation_id=organisation_id, written=written, by_name="陈立", at=NOON
        )

    with database.transaction() as session:
        assert change(cast.county_id, manual_quota="5", code_step_seconds="15") == {"manual_quota": 5}
        assert change(cast.team_id, manual_quota="1") == {"manual_quota": 1}
        with pytest.raises(SettingUnusable) as refused:
            change(cast.county_id, manual_quota="2", manual_days="0")
        assert refused.value.field == "manual_days"
    with database.reading() as session:
        quotas = [
            queries.policy_for(session, cast.paths[place]).manual_quota
            for place in (cast.county_id, cast.station_id, cast.team_id, cast.other_county_id)
        ]
        assert quotas == [5, 5, 1, 3]


def test_every_setting_accepts_its_default_and_its_limits_and_nothing_beyond() -> None:
    for setting in SETTINGS:
        assert read_value(setting, str(setting.default)) == setting.default
        if setting.unit in ("choice", "word"):
            refused = ["", "nothing of the kind at all"]
        else:
            assert read_value(setting, f" {setting.least} ") == setting.least
            assert read_value(setting, str(setting.most)) == setting.most
            refused = [str(setting.most + 1), "-1", "1.5", "１", "", "1e1", str(setting.least - 1)]
        for words in refused:
            with pytest.raises(SettingUnusable):
                read_value(setting, words)


def test_settings_and_policy_name_the_same_fields() -> None:
    assert {setting.name for setting in SETTINGS} == set(Policy.__dataclass_fields__)
    assert setting_named("nothing") is None
