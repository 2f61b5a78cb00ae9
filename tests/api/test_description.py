"""The description tells the truth: requests made up from it never break the house or the promised shapes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi import checks as described

from tests.api.conftest import Program
from tests.cast import Cast
from timebank.access.actors import Role
from timebank.clock import now

# PostgreSQL refuses what SQLite lets pass (NUL, types), so it is asked too, if less.
EXAMPLES = {"sqlite": 12, "postgresql": 4}
CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_headers_conformance,
    described.response_schema_conformance,
    described.negative_data_rejection,
]


@pytest.fixture
def furnished(program: Callable[..., Program], cast: Cast, category_id: int) -> Program:
    """A program with every read and write, in a county with an activity to find."""
    asked = program(Role.COORDINATOR)
    begins = now() + timedelta(days=2)
    shift = {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(hours=2)).isoformat()}
    plan = {
        "organisation_id": cast.team_id,
        "category_id": category_id,
        "title": "义诊",
        "place": "广场",
        "shifts": [shift],
    }
    made = asked.post("/activities", plan).json
    assert made is not None
    asked.post(f"/activities/{made['id']}/publish", None)
    asked.post(f"/shifts/{made['shifts'][0]['id']}/sign-ups", {"member_id": cast.volunteer.member_id})
    return asked


@pytest.mark.slow
def test_requests_made_up_from_the_description_get_what_it_promises(
    app: Flask, furnished: Program, engine_kind: str
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 24
    keys = (furnished.secret, _reader(furnished))
    for operation in operations:

        @settings(
            max_examples=EXAMPLES[engine_kind],
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            for key in keys:
                case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        ask()


def _reader(furnished: Program) -> str:
    """A key that reads what the coordinator's may not, such as orders."""
    from timebank.access import service as access
    from timebank.access.actors import system_actor

    database = furnished.client.application.extensions["timebank"].database
    with database.transaction() as session:
        _key, secret = access.create_api_key(
            session, label="读", role=Role.AUDITOR, organisation_id=1, by=system_actor(), at=now()
        )
        return secret


def test_the_description_names_every_address_and_how_to_ask(app: Flask) -> None:
    described_here = app.test_client().get("/api/v1/openapi.json").json
    assert described_here is not None
    assert described_here["components"]["securitySchemes"] == {"key": {"type": "http", "scheme": "bearer"}}
    paths = {
        rule.rule.replace("<int:", "{").replace(">", "}")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith("openapi.json")
    }
    assert set(described_here["paths"]) == paths
