"""Each county has its own categories; words that all share stay as they are."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.cast import NOON, Cast
from timebank.access.actors import system_actor
from timebank.db import Database
from timebank.policy import queries, service
from timebank.policy.errors import CategoryAbsent, CategoryNameTaken

ClientAs = Callable[[str], FlaskClient]


def test_a_county_sees_and_uses_its_own_words_and_the_shared_ones(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        shared = service.create_category(session, name="应急", at=NOON)
        own = service.create_category(session, name="敬老", organisation_id=cast.county_id, at=NOON)
        # The same word in another county is another category.
        other = service.create_category(session, name="敬老", organisation_id=cast.other_county_id, at=NOON)
        for name in ("应急", "敬老"):
            with pytest.raises(CategoryNameTaken):
                service.create_category(session, name=name, organisation_id=cast.county_id, at=NOON)
        with pytest.raises(CategoryNameTaken):
            service.create_category(session, name="敬老", at=NOON)
        assert queries.categories(session, cast.volunteer.actor) == [shared, own]
        assert queries.categories(session, cast.stranger.actor) == [shared, other]
        assert queries.categories(session, system_actor())[0] is shared
        path = cast.paths[cast.team_id]
        assert queries.categories_at(session, path) == [shared, own]
        assert queries.category_at(session, own.id, path) is own
        with pytest.raises(CategoryAbsent):
            queries.category_at(session, other.id, path)
        with pytest.raises(CategoryAbsent):
            queries.category(session, cast.administrator.actor, other.id)


def test_another_countys_word_is_not_found_and_a_shared_one_is_not_changed(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    browser = client_as("administrator")
    assert browser.post("/categories", data={"name": "敬老爱老"}).status_code == 302
    with database.transaction() as session:
        own = queries.categories(session, cast.volunteer.actor)[0]
        assert own.organisation_id == cast.county_id
        shared = service.create_category(session, name="应急", at=NOON)
    stranger = client_as("stranger_administrator")
    assert "敬老爱老" not in stranger.get("/categories").text
    assert stranger.post(f"/categories/{own.id}", data={"name": "改"}).status_code == 404
    assert browser.post(f"/categories/{own.id}", data={"name": "敬老助老"}).status_code == 302
    # Two counties live here: neither changes the other's words.
    assert browser.post(f"/categories/{shared.id}", data={"name": "改"}).status_code == 409
