"""What the second of two people hears who made the same thing at the same moment."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError

from tests.cast import Cast
from timebank.access.models import LoginName, User
from timebank.web.requests import transaction


def _also_write(app: Flask, row: Callable[[], object]) -> None:
    @app.post("/made-at-the-same-moment")
    def write() -> str:
        with transaction() as session:
            session.add(row())
        return "written"


def test_what_only_the_index_caught_is_a_conflict_and_no_fault_of_ours(
    app: Flask, cast: Cast, client_as: Callable[[str], FlaskClient]
) -> None:
    _also_write(app, lambda: LoginName(user_id=cast.volunteer.user_id, name=cast.volunteer.phone))
    answer = client_as("volunteer").post("/made-at-the-same-moment")
    assert answer.status_code == 409
    assert "请" in answer.text


def test_any_other_broken_constraint_is_a_fault_of_ours(
    app: Flask, cast: Cast, client_as: Callable[[str], FlaskClient]
) -> None:
    _also_write(app, lambda: LoginName(user_id=987_654_321, name="nobody's"))
    with pytest.raises(IntegrityError):
        client_as("volunteer").post("/made-at-the-same-moment")
    with app.extensions["timebank"].database.reading() as session:
        assert session.get(User, cast.volunteer.user_id) is not None
