"""Every address is asked by a visitor, by strangers, by colleagues without the permission and by those who hold it.

What is expected stands in ``tests/house/addresses.py``; an address that is not there fails the first test below.
"""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from tests.cast import Cast
from tests.house.addresses import (
    ADDRESSES,
    BY_SECRET_WORD,
    PUBLIC,
    SHARED_ROWS,
)
from tests.house.parts import NOTHING_THERE, PARTS, REFUSED_IN_PERSON, May
from tests.house.scene import Scene, furnish
from timebank.audit.models import AuditEntry
from timebank.db import Database

ClientAs = Callable[[str], FlaskClient]
Asked = tuple[str, str, str, bool]

STRANGERS = ("stranger", "stranger_volunteer", "stranger_administrator", "stranger_attendant")
REGISTER = (
    "姓 名,手机号,身份证号,所属服务队,特长\n王芳,139 0000 1001,11010519491231002X,夕阳红志愿服务队,书法\n"
)


@pytest.fixture
def scene(app: Flask, cast: Cast, client_as: ClientAs) -> Scene:
    """One row of everything; the two kinds of run are made through their pages."""
    with app.extensions["timebank"].database.transaction() as session:
        found = furnish(session, cast)
    upload = {"file": (io.BytesIO(REGISTER.encode()), "志愿者.csv")}
    brought = client_as("administrator").post(
        "/imports/new/members", data=upload, content_type="multipart/form-data"
    )
    ran = client_as("auditor").post("/reconciliation")
    found.runs.update(imports=_last_number(brought), reconciliation=_last_number(ran))
    return found


def _last_number(answer: TestResponse) -> int:
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return int(answer.headers["Location"].rpartition("/")[2])


def _addresses(app: Flask, scene: Scene) -> Iterator[Asked]:
    """Endpoint, method, filled address, and whether the address names a row."""
    with app.test_request_context():
        for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
            if not rule.endpoint.endswith("static"):
                values = scene.filled(rule.endpoint, set(rule.arguments))
                url = app.url_for(rule.endpoint, **values)
                for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                    yield rule.endpoint, method, url, bool(rule.arguments)


def _ask(client: FlaskClient, scene: Scene, asked: Asked, key: str = "") -> TestResponse:
    """The answer; under ``/api/`` with the key, where there is one, and with content that can be understood."""
    endpoint, method, url, _row = asked
    if not url.startswith("/api/"):
        return client.open(url, method=method)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    content = scene.contents.get(endpoint, {}) if method != "GET" else None
    return client.open(url, method=method, headers=headers, json=content)


def _may(endpoint: str, method: str) -> May | None:
    return ADDRESSES[endpoint][0 if method == "GET" else 1]


def _allowed(may: May | None, cast: Cast) -> set[str]:
    """The parts of the cast who may: the letters, or whoever holds the permission on the station."""
    if may is None or isinstance(may, str):
        return {PARTS[letter] for letter in may or ""}
    path = cast.paths[cast.station_id]
    return {part for part in PARTS.values() if cast.people[part].actor.may(may, path)}


def test_every_address_is_known_here_with_who_may_ask_it(app: Flask) -> None:
    served: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.endswith("static"):
            served.setdefault(rule.endpoint, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    public = {name for name in served if getattr(app.view_functions[name], "is_public", False)}
    assert public == set(PUBLIC), "a public address needs its reason"
    assert set(served) - public == set(ADDRESSES), "say in addresses.py who may ask it"
    for endpoint, (read, change) in ADDRESSES.items():
        methods = {method for method, may in (("GET", read), ("POST", change)) if may is not None}
        assert served[endpoint] == methods, endpoint


def test_a_visitor_is_asked_to_log_in_everywhere(app: Flask, client: FlaskClient, scene: Scene) -> None:
    for asked in _addresses(app, scene):
        endpoint, method, url, _row = asked
        answer = _ask(client, scene, asked)
        if endpoint in PUBLIC:
            assert answer.status_code < 500, (endpoint, method)
        elif url.startswith("/api/"):
            assert answer.status_code == 401, (endpoint, method)
        else:
            assert answer.status_code == 302, (endpoint, method)
            assert answer.headers["Location"].startswith("/login"), (endpoint, method)


@pytest.mark.parametrize("part", STRANGERS)
def test_a_row_of_another_county_does_not_exist_and_lists_show_nothing_of_it(
    app: Flask, client_as: ClientAs, cast: Cast, scene: Scene, part: str
) -> None:
    browser, key = client_as(part), _key_like(app, cast, part)
    wrong: list[object] = []
    for asked in _addresses(app, scene):
        endpoint, method, _url, names_a_row = asked
        if endpoint in PUBLIC:
            continue
        answer = _ask(browser, scene, asked, key)
        found = answer.status_code
        if found >= 500:
            wrong.append((endpoint, method, found))
        if names_a_row and endpoint not in SHARED_ROWS and endpoint not in BY_SECRET_WORD and found != 404:
            wrong.append((endpoint, method, found))
        text = _readable(answer)
        leaks = [word for word in _private_words(cast) if word in text]
        if leaks:
            wrong.append((endpoint, method, leaks))
    assert not wrong


def _readable(answer: TestResponse) -> str:
    """What somebody who unpacks the answer can read."""
    if answer.mimetype != "application/zip":
        return answer.get_data().decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as packed:
        return "".join(packed.read(name).decode(errors="replace") for name in packed.namelist())


def _private_words(cast: Cast) -> list[str]:
    people = [person for part, person in cast.people.items() if not part.startswith("stranger")]
    return [
        *(person.name for person in people),
        *(person.phone for person in people),
        *(person.number for person in people),
        "青禾县",
        "东风社区实践站",
        "东风爱心超市",
        "敬老院打扫",
        "夕阳红志愿服务队",
    ]


def _key_like(app: Flask, cast: Cast, part: str) -> str:
    """A program's key with the role of ``part``; none for a volunteer, whose session may read all the same."""
    from timebank.access import service as access
    from timebank.access.actors import system_actor
    from timebank.clock import now

    grants = cast.people[part].actor.grants
    if not grants:
        return ""
    with app.extensions["timebank"].database.transaction() as session:
        _row, secret = access.create_api_key(
            session,
            label="网站",
            role=grants[0].role,
            organisation_id=grants[0].organisation_id,
            by=system_actor(),
            at=now(),
        )
        return secret


@pytest.mark.parametrize("part", PARTS.values())
def test_a_colleague_without_the_permission_may_not_and_changes_nothing(
    app: Flask, client_as: ClientAs, cast: Cast, scene: Scene, part: str
) -> None:
    browser, key = client_as(part), _key_like(app, cast, part)
    before = _acts(app)
    wrong = []
    for asked in _addresses(app, scene):
        endpoint, method, url, _row = asked
        if endpoint not in PUBLIC and part not in _allowed(_may(endpoint, method), cast):
            answer = _ask(browser, scene, asked, key)
            # A volunteer has no key, and a session writes nothing under /api/.
            refusals = (401, 403, 404) if url.startswith("/api/") and not key else (403, 404)
            if answer.status_code not in refusals:
                wrong.append((endpoint, method, answer.status_code))
    assert not wrong
    assert _acts(app) == before


def _acts(app: Flask) -> int:
    with app.extensions["timebank"].database.reading() as session:
        return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _keep(app: Flask, tests_own: Database, kept: Path) -> Callable[[], None]:
    """Keeps the SQLite file as it is; what is returned puts it back."""
    database, file = app.extensions["timebank"].database, str(tests_own.engine.url.database)
    tests_own.dispose()
    database.dispose()
    assert not Path(f"{file}-wal").exists(), "the last connection writes everything into the file"
    shutil.copy(file, kept)

    def restore() -> None:
        database.dispose()
        shutil.copy(kept, file)

    return restore


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("part", PARTS.values())
def test_whoever_holds_the_permission_is_let_in(  # noqa: PLR0917 - fixtures come by name.
    app: Flask,
    client_as: ClientAs,
    cast: Cast,
    scene: Scene,
    database: Database,
    tmp_path: Path,
    part: str,
) -> None:
    key = _key_like(app, cast, part)
    put_back = _keep(app, database, tmp_path / "kept.sqlite3")
    wrong = []
    for asked in _addresses(app, scene):
        endpoint, method, url, _row = asked
        if endpoint in PUBLIC or part not in _allowed(_may(endpoint, method), cast):
            continue
        if url.startswith("/api/") and method != "GET" and not key:
            continue
        answer = _ask(client_as(part), scene, asked, key)
        found = answer.status_code
        refused = found in (401, 403, 404) and endpoint not in BY_SECRET_WORD
        expected = endpoint in NOTHING_THERE or (endpoint, part) in REFUSED_IN_PERSON
        if found >= 500 or (refused and not expected) or _leads_to_log_in(answer):
            wrong.append((endpoint, method, found))
        if method != "GET":
            put_back()
    assert not wrong


def _leads_to_log_in(answer: TestResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/login")
