"""The first steps of a new county, on the administrator's home page."""

from collections.abc import Callable
from html import unescape

from flask import Flask
from flask.testing import FlaskClient

from tests.cast import NOON, Cast
from timebank.desks import setup
from timebank.policy.models import Category


def test_the_home_page_shows_the_first_thing_that_the_county_lacks(
    client_as: Callable[[str], FlaskClient],
) -> None:
    page = unescape(client_as("administrator").get("/").get_data(as_text=True))
    assert "第 4 步，共 7 步" in page
    assert 'href="/categories"' in page


def test_a_coordinator_is_not_asked_to_set_the_county_up(client_as: Callable[[str], FlaskClient]) -> None:
    assert "开始使用" not in client_as("coordinator").get("/").get_data(as_text=True)


def test_what_is_done_comes_first_and_the_next_lack_is_due(app: Flask, cast: Cast) -> None:
    house = app.extensions["timebank"]
    with house.database.transaction() as session:
        session.add(Category(name="义诊", created_at=NOON))
        session.flush()
        found = setup.state(session, house.setup_steps, county=cast.paths[cast.county_id])
    assert found is not None
    assert found.due.endpoint == "policy.new_rule"
    assert found.titles[: found.done] == ("Organisations", "Categories", "Members", "Coordinators")


def test_another_countys_people_do_not_count(app: Flask, cast: Cast) -> None:
    house = app.extensions["timebank"]
    with house.database.reading() as session:
        found = setup.state(session, house.setup_steps, county=cast.paths[cast.other_county_id])
    assert found is not None
    assert "Points rule" in found.titles[found.done :]


def test_every_step_leads_to_a_page(app: Flask) -> None:
    for step in app.extensions["timebank"].setup_steps:
        assert step.endpoint in app.view_functions
        assert not step.by_hand or step.by_hand in app.view_functions
