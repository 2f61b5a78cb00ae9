"""Differences in suspense over the API."""

from collections.abc import Callable

from flask import Flask

from tests.api.conftest import Program
from tests.cast import Cast
from tests.house.reconcile_scene import furnish_differences
from timebank.access.actors import Role
from timebank.reconcile.models import SuspenseItem


def test_a_program_reads_the_differences_of_its_own_subtree_by_status_and_page(
    app: Flask, program: Callable[..., Program], cast: Cast
) -> None:
    with app.extensions["timebank"].database.transaction() as session:
        first = furnish_differences(session, cast)["item_id"]
        twin = {
            column.key: getattr(session.get_one(SuspenseItem, first), column.key)
            for column in SuspenseItem.__table__.columns
            if column.key != "id"
        }
        other = SuspenseItem(**twin | {"subject": "record:4712"})
        session.add(other)
        session.flush()
        second = other.id
    auditor = program(Role.AUDITOR)
    found = auditor.get("/differences").json
    assert [one["id"] for one in found["items"]] == [second, first]
    one = found["items"][1]
    assert one["check_code"] == "records_are_posted"
    assert one["subject"] == "record:4711"
    assert one["status"] == "open"
    assert one["closed_at"] is None
    page = auditor.get("/differences?limit=1").json
    assert [one["id"] for one in page["items"]] == [second]
    rest = auditor.get(f"/differences?limit=1&cursor={page['next']}").json
    assert [one["id"] for one in rest["items"]] == [first]
    assert auditor.get("/differences?status=explained").json["items"] == []
    elsewhere = program(Role.AUDITOR, cast.other_county_id)
    assert elsewhere.get("/differences").json["items"] == []
    assert program(Role.ATTENDANT).get("/differences").status_code == 403
    assert app.test_client().get("/api/v1/differences").status_code == 401
