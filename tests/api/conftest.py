"""Programs with keys, and a little of everything to read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.cast import Cast
from timebank.access import service as access
from timebank.access.actors import Role
from timebank.clock import now
from timebank.policy.models import Category


@dataclass
class Program:
    """A client that sends one key with every request."""

    client: FlaskClient
    secret: str

    def ask(self, method: str, path: str, **options: Any) -> TestResponse:
        """The answer to a request under ``/api/v1``."""
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        """The answer to a GET."""
        return self.ask("GET", path, **options)

    def post(self, path: str, content: Any, **options: Any) -> TestResponse:
        """The answer to a POST of JSON."""
        return self.ask("POST", path, json=content, **options)


@pytest.fixture
def program(app: Flask, cast: Cast) -> Callable[..., Program]:
    """``program(Role.COORDINATOR)``: a program with a key of that role, by default on the county."""

    def make(role: Role, organisation_id: int | None = None) -> Program:
        with app.extensions["timebank"].database.transaction() as session:
            _key, secret = access.create_api_key(
                session,
                label="网站",
                role=role,
                organisation_id=organisation_id or cast.county_id,
                by=cast.administrator.actor,
                at=now(),
            )
        return Program(app.test_client(), secret)

    return make


@pytest.fixture
def category_id(app: Flask, cast: Cast) -> int:
    """A category with a general points rule on the county."""
    from timebank.policy.models import PointsRule

    with app.extensions["timebank"].database.transaction() as session:
        category = Category(name="敬老爱老", english_name="Care for the old", created_at=now())
        session.add(category)
        session.flush()
        day = (now() - timedelta(days=30)).date()
        session.add(a_rule(PointsRule, cast.county_id, day))
        return category.id


def a_rule(model: Any, organisation_id: int, day: Any) -> Any:
    """Ten points per hour for everything."""
    from decimal import Decimal

    return model(
        organisation_id=organisation_id,
        number=1,
        category_id=None,
        points_per_hour=Decimal(10),
        rounding="down",
        rounding_step=Decimal(1),
        valid_from=day,
        created_by="command",
        created_at=now(),
    )
