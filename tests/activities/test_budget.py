"""What an activity may issue, and whether the shops' goods cover it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from store.stock.worth import stock_value
from tests.cast import NOON, Cast
from tests.hours.stage import SHANGHAI, add_rule, draft, published
from tests.store.stage import give_points, set_the_stage
from timebank.activities import errors, service
from timebank.activities.budget import Budget, Stock, budget_of
from timebank.activities.models import Activity
from timebank.activities.rules import ShiftPlan
from timebank.db import Database
from timebank.policy import service as policy

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BEFORE = NOON - DAY


def _plan(hours: int = 2, capacity: int | None = 10) -> ShiftPlan:
    return ShiftPlan(NOON + DAY, NOON + DAY + hours * HOUR, capacity)


def _worth(points: int, shops: int = 1) -> Any:
    return lambda _session, _path: Stock(shops, Decimal(points))


def _budget(session: Any, activity: Activity, *values: Any) -> Budget:
    return budget_of(session, activity, stock_values=values, at=NOON, timezone=SHANGHAI)


def _bind(session: Any, cast: Cast, percent: int = 100) -> None:
    policy.change_settings(
        session,
        organisation_id=cast.county_id,
        written={"budget": "binding", "budget_percent": str(percent)},
        by_name="陈立",
        at=BEFORE,
    )


def test_the_coordinator_sees_what_it_may_issue_and_what_covers_it(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        give_points(session, cast.volunteer, 300, record_id=901)
        give_points(session, cast.stranger_volunteer, 5000, record_id=902)
        published(session, cast, _plan(1, 5), title="已发布")
        open_to_all = published(session, cast, _plan(1, None), title="不限人数")
        service.sign_up(
            session, shift=open_to_all, member_id=cast.volunteer.member_id, by=cast.volunteer.actor, at=BEFORE
        )
        found = _budget(session, draft(session, cast, _plan()), _worth(900))
        # Ten people, two hours, ten points an hour; five places and one person promised before.
        assert (found.may_issue, found.promised, found.outstanding) == (200, 60, 300)
        assert (found.liable, found.coverage_percent, found.is_covered) == (560, 160, True)
        without_limit = _budget(session, draft(session, cast, _plan(2, None)), _worth(900))
        assert (without_limit.may_issue, without_limit.is_covered) == (None, False)


def test_the_budget_is_that_of_the_nearest_organisation_with_a_shop(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        stage = set_the_stage(session, cast)
        activity = draft(session, cast, _plan())
        assert _budget(session, activity).organisation == "青禾县新时代文明实践中心"
        found = _budget(session, activity, stock_value)
        assert found.shops == 2
        assert found.stock > 0
        assert found.organisation == "东风社区实践站"
        assert stock_value(session, cast.paths[cast.other_county_id]) == Stock(1, Decimal(0))
        assert stage.shop_id


def test_a_binding_budget_refuses_with_a_clear_sentence(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        activity = draft(session, cast, _plan())

        def publish(*values: Any, chosen: Activity = activity) -> None:
            service.publish(session, activity=chosen, at=BEFORE, timezone=SHANGHAI, stock_values=values)

        _bind(session, cast)
        with pytest.raises(errors.OverBudget) as refused:
            publish(_worth(199))
        assert refused.value.facts["liable"] == "200"
        assert "199" in str(refused.value)
        # Whoever forgets to ask the shop publishes nothing.
        with pytest.raises(errors.OverBudget):
            publish()
        with pytest.raises(errors.PlacesUnlimited):
            publish(_worth(9999), chosen=draft(session, cast, _plan(2, None)))
        publish(_worth(200))
        assert activity.status == "published"


def test_the_share_that_must_be_covered_is_the_countys(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        _bind(session, cast, percent=50)
        service.publish(
            session,
            activity=draft(session, cast, _plan()),
            at=BEFORE,
            timezone=SHANGHAI,
            stock_values=(_worth(100),),
        )
        with pytest.raises(errors.OverBudget):
            service.publish(
                session,
                activity=draft(session, cast, _plan()),
                at=BEFORE,
                timezone=SHANGHAI,
                stock_values=(_worth(199),),
            )


def test_what_is_promised_is_rounded_as_what_is_credited(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        plan = ShiftPlan(NOON + DAY, NOON + DAY + timedelta(minutes=93), 1)
        activity = draft(session, cast, plan)
        # 93 minutes are credited as 90: 1.5 hours at ten points an hour.
        assert _budget(session, activity).may_issue == 15
