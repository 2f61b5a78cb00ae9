"""Version 1: one description, one error shape, the blueprints of the rooms. The shop adds its own by :func:`add`."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request
from flask_smorest import Api, Blueprint
from marshmallow import RAISE
from marshmallow.fields import Field
from sqlalchemy.orm import Session
from webargs.flaskparser import FlaskParser

from timebank.api import service
from timebank.api.fields import Amount, Day, Id, Minutes, Moment
from timebank.api.schemas import ProblemSchema
from timebank.clock import now
from timebank.web.frame import csrf
from timebank.web.requests import actor, public

PREFIX = "/api/v1"
PROBLEM_TYPE = "application/problem+json"


_FIELDS: tuple[tuple[type[Field[Any]], str, str], ...] = (
    (Amount, "string", "decimal"),
    (Moment, "string", "date-time"),
    (Day, "string", "date"),
    (Id, "integer", "int64"),
    (Minutes, "integer", "int64"),
)


class StrictParser(FlaskParser):
    """A misspelt filter is an error: ignored, it would answer with everything."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "json": RAISE, "query": RAISE}  # noqa: RUF012 - webargs' documented spelling.


class ApiBlueprint(Blueprint):
    """A room's endpoints under ``/api/v1``."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, import_name: str, description: str) -> None:
        super().__init__(f"api_{name}", import_name, url_prefix=PREFIX, description=description)


class HouseApi(Api):
    """flask-smorest with the house's own errors and a description without credentials."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        # timebank.web.errors answers for the whole house; flask-smorest's handler would answer JSON to pages too.
        return

    def _register_responses(self) -> None:
        # For the length of this call, which registers the errors only.
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE

    @public
    def _openapi_json(self) -> Response:
        return jsonify(self.spec.to_dict())


def init_app(app: Flask, blueprints: tuple[Blueprint, ...]) -> None:
    """Open version 1 with the time bank's own ``blueprints``."""
    app.config.update(
        API_TITLE="Time bank and love supermarket",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
    )
    options = {
        "info": {"description": "Keys are made under Users and roles; they hold one role on one subtree."},
        "security": [{"key": []}],
        "servers": [{"url": "/"}],
    }
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # Of the default provider; Chinese stays legible.
    api = HouseApi(app, spec_kwargs=options)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    for field, kind, form in _FIELDS:
        api.register_field(field, kind, form)
    app.extensions["timebank_api"] = api
    for blueprint in blueprints:
        add(app, blueprint)


def add(app: Flask, blueprint: Blueprint) -> None:
    """Open one more room's endpoints."""
    # Nothing under /api/ changes by a session's cookie (timebank.web.frame), so there is nothing to forge.
    csrf.exempt(blueprint)
    app.extensions["timebank_api"].register_blueprint(blueprint)


def once(session: Session, headers: dict[str, Any], content: Any, make: Callable[[], int]) -> int:
    """Do the running request's write once per Idempotency-Key; see ``api.service.once``."""
    words = json.dumps(
        [request.method, request.path, content], ensure_ascii=False, sort_keys=True, default=str
    )
    return service.once(
        session,
        by=actor(),
        key=headers["idempotency_key"],
        content_digest=hashlib.sha256(words.encode()).hexdigest(),
        make=make,
        at=now(),
    )
