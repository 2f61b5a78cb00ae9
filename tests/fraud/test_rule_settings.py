"""A county's own settings of a rule, attacked through the page: other counties, parts of one, odd values, stale forms."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.fraud.plant import SHANGHAI
from timebank.access import service as access
from timebank.access.actors import Actor, Role
from timebank.access.models import User
from timebank.clock import now
from timebank.db import Database
from timebank.fraud.models import RuleSetting
from timebank.fraud.rules.f03_one_phone_several_people import RULE as F03

ClientAs = Callable[[str], FlaskClient]
RULE = "/fraud-rules/F-03"


def _form(county_id: int | str, **other: str) -> dict[str, str]:
    today = now().astimezone(SHANGHAI).date().isoformat()
    form = {"mode": "live", "weight": "50", "valid_from": today, "reason": "本县自定"}
    numbers = {one.name: str(one.default) for one in F03.thresholds}
    return form | {"place": str(county_id)} | numbers | other


def _kept(database: Database) -> list[tuple[int | None, str]]:
    with database.reading() as session:
        rows = session.execute(
            select(RuleSetting.organisation_id, RuleSetting.reason).order_by(RuleSetting.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_nobody_sets_a_rule_for_another_county_or_for_everybody(
    client_as: ClientAs, cast: Cast, database: Database
) -> None:
    administrator = client_as("administrator")
    for place in (cast.other_county_id, cast.station_id, "", "0", "-1", "1 OR 1=1", "９", "9" * 30):
        assert administrator.post(RULE, data=_form(place)).status_code == 200, place
    form = _form(cast.county_id)
    del form["place"]
    assert administrator.post(RULE, data=form).status_code == 200
    assert _kept(database) == []
    assert administrator.post(RULE, data=_form(cast.county_id)).status_code == 302
    assert _kept(database) == [(cast.county_id, "本县自定")]
    # What one county has set, and why, is not another's to read.
    assert "本县自定" in client_as("auditor").get(RULE).text
    assert "本县自定" not in client_as("stranger_administrator").get(RULE).text


def test_whoever_administers_a_part_of_a_county_sets_nothing(
    client_as: ClientAs, cast: Cast, database: Database
) -> None:
    with database.transaction() as session:
        access.grant_role(
            session,
            user=session.get_one(User, cast.neighbour.user_id),
            role=Role.ADMINISTRATOR,
            organisation_id=cast.station_id,
            by=Actor(label="command", name="command"),
            at=now(),
        )
    neighbour = client_as("neighbour")
    page = neighbour.get(RULE)
    assert page.status_code == 200
    assert 'name="weight"' not in page.text
    for place in ("", cast.station_id, cast.county_id):
        assert neighbour.post(RULE, data=_form(place)).status_code == 403
    assert _kept(database) == []


def test_who_sets_nothing_reads_what_is_in_force_and_what_was(client_as: ClientAs) -> None:
    page = client_as("auditor").get("/fraud-rules/F-07").text
    assert "今日生效" in page
    assert "26 周内同一人为同一志愿者补录的次数" in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_odd_values_are_refused_beside_the_form_and_nothing_is_kept(
    client_as: ClientAs, cast: Cast, database: Database
) -> None:
    administrator = client_as("administrator")
    yesterday = (now().astimezone(SHANGHAI).date() - timedelta(days=1)).isoformat()
    odd = (
        {"mode": "loud"},
        {"mode": ""},
        {"weight": "101"},
        {"weight": "-1"},
        {"weight": "1e3"},
        {"weight": "9" * 40},
        {"members": "1"},
        {"members": "999"},
        {"members": ""},
        {"members": "３.5"},
        {"valid_from": yesterday},
        {"valid_from": "2026-02-30"},
        {"valid_from": ""},
        {"reason": "   "},
        {"reason": "长" * 2001},
    )
    for one in odd:
        answer = administrator.post(RULE, data=_form(cast.county_id, **one))
        assert answer.status_code in (200, 422), one
        assert 'class="summary"' in answer.text, one
    assert _kept(database) == []
    assert administrator.post("/fraud-rules/F-99", data=_form(cast.county_id)).status_code == 404


def test_a_form_that_another_persons_setting_has_made_stale_shows_that_first(
    client_as: ClientAs, cast: Cast, database: Database
) -> None:
    administrator = client_as("administrator")

    def seen() -> str:
        found = re.search(r'name="seen"[^>]*value="(\d+)"', administrator.get(RULE).text)
        assert found
        return found.group(1)

    stale = seen()
    assert administrator.post(RULE, data=_form(cast.county_id, reason="甲", seen=stale)).status_code == 302
    answer = administrator.post(RULE, data=_form(cast.county_id, reason="乙", seen=stale))
    assert answer.status_code == 200
    assert "其他人" in answer.text
    assert [reason for _place, reason in _kept(database)] == ["甲"]
    assert administrator.post(RULE, data=_form(cast.county_id, reason="乙", seen=seen())).status_code == 302
    assert [reason for _place, reason in _kept(database)] == ["甲", "乙"]
