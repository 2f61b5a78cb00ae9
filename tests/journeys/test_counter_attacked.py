"""The counter against clever and clumsy hands: a wrong secret, forged keys, two clicks at once, another shop's order."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.cast import PASSWORD, Cast, row
from tests.journeys.test_shop_counter import PIN, Counter, _code
from tests.store.stage import SOAP, Stage, give_points, set_the_stage
from timebank.db import Database
from timebank.members import service as members


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop; the volunteer has 100 points and a PIN."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        members.set_pin(session, member=row(session, cast.volunteer), pin=PIN)
    return found


@pytest.fixture
def counter(client_as: Callable[[str], FlaskClient], stage: Stage) -> Counter:
    """The attendant at the first shop's counter."""
    return Counter(client_as("attendant"), stage.shop_id)


def test_a_wrong_secret_shows_no_basket_although_the_server_has_not_locked_yet(
    counter: Counter, database: Database, cast: Cast
) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))

    def unlock(secret: str) -> str:
        # The page locks by its own clock; for the server nobody has been idle yet.
        form = {"key": counter.key, "secret": secret}
        answer = counter.browser.post(f"{counter.url}/unlock", data=form, headers={"X-Counter": "1"})
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    refused = unlock("not the password")
    assert "data-live-root" not in refused
    assert cast.volunteer.name not in refused
    alert = re.search(r'role="alert">(.*?)</div>', refused, re.S)
    assert alert is not None
    assert "PIN" in alert.group(1)
    let_in = unlock(PASSWORD)
    assert "data-live-root" in let_in
    assert cast.volunteer.name in let_in
