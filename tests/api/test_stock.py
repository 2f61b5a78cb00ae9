"""Batches, goods in, transfers, counts and limits: read by programs, and written where one person's word is enough."""

from collections.abc import Callable

import pytest

from store.catalogue.models import Product
from tests.api.conftest import Program
from tests.cast import Cast
from tests.house.stock_scene import furnish_stock
from tests.store.stage import Stage, set_the_stage
from timebank.access.actors import Role
from timebank.db import Database

Programs = Callable[..., Program]


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        furnish_stock(session, cast, stage)
        return stage


def test_a_program_books_goods_in_once_and_reads_their_batches(program: Programs, stage: Stage) -> None:
    till = program(Role.ATTENDANT)
    path = f"/shops/{stage.shop_id}/goods-receipts"
    content = {
        "kind": "donation",
        "source": "惠民超市",
        "lines": [
            {"product_id": stage.towel_id, "quantity": 12, "batch_code": "L9", "best_before": "2999-01-01"},
            {"product_id": stage.soap_id, "quantity": 2, "unit_cost": "3.50"},
        ],
    }
    far = till.post(path, content)
    assert (far.status_code, far.get_json()["code"]) == (422, "best_before_far")
    content["lines"][0]["best_before"] = "2040-01-01"  # type: ignore[index]  # A list of lines.
    key = {"Idempotency-Key": "delivery-7"}
    first = till.post(path, content, headers=key).get_json()
    assert till.post(path, content, headers=key).get_json() == first
    assert (first["kind"], first["source"], [line["quantity"] for line in first["lines"]]) == (
        "donation",
        "惠民超市",
        [12, 2],
    )
    assert till.get(f"/goods-receipts/{first['id']}").get_json() == first
    assert till.get(f"{path}?kind=donation").get_json()["items"] == [first]
    batches = till.get(f"/shops/{stage.shop_id}/batches?product_id={stage.towel_id}").get_json()["items"]
    assert [(one["code"], one["best_before"], one["left"]) for one in batches] == [
        ("", None, 5),
        ("L9", "2040-01-01", 12),
    ]
    assert till.post(path, {**content, "kind": "gift"}, headers=key).status_code == 422
    elsewhere = {"kind": "receipt", "lines": [{"product_id": 999_999, "quantity": 1}]}
    assert till.post(path, elsewhere).status_code == 404


def test_vouchers_do_not_come_in_without_their_codes(
    program: Programs, database: Database, stage: Stage
) -> None:
    with database.transaction() as session:
        session.get_one(Product, stage.towel_id).kind = "voucher"
    lines = [{"product_id": stage.towel_id, "quantity": 1}]
    answer = program(Role.ATTENDANT).post(
        f"/shops/{stage.shop_id}/goods-receipts", {"kind": "receipt", "lines": lines}
    )
    assert answer.get_json()["code"] == "voucher_needs_codes"


def test_transfers_and_counts_are_read_with_their_lines(program: Programs, stage: Stage) -> None:
    office = program(Role.AUDITOR)
    (sent,) = office.get(f"/shops/{stage.second_shop_id}/transfers").get_json()["items"]
    assert (sent["from_shop_id"], sent["arrival"]) == (stage.shop_id, None)
    assert [(line["product_id"], line["quantity"]) for line in sent["lines"]] == [(stage.soap_id, 1)]
    assert office.get(f"/transfers/{sent['id']}").get_json() == sent
    (count,) = office.get(f"/shops/{stage.shop_id}/stocktakes").get_json()["items"]
    assert count["status"] == "open"
    assert {line["product_id"]: line["snapshot_units"] for line in count["lines"]}[stage.towel_id] == 5
    assert office.get(f"/stocktakes/{count['id']}").get_json() == count


def test_a_program_of_an_administrator_sets_limits(program: Programs, cast: Cast, stage: Stage) -> None:
    office = program(Role.ADMINISTRATOR)
    wanted = {
        "organisation_id": cast.county_id,
        "category": "日化",
        "counted_for": "household",
        "period": "month",
        "units": 6,
    }
    key = {"Idempotency-Key": "limit-1"}
    set_now = office.post("/limits", wanted, headers=key).get_json()
    assert office.post("/limits", wanted, headers=key).get_json() == set_now
    assert (set_now["category"], set_now["product_id"], set_now["units"]) == ("日化", None, 6)
    assert (
        next(one["id"] for one in office.get("/limits?status=holding").get_json()["items"]) == set_now["id"]
    )
    both = office.post("/limits", {**wanted, "product_id": stage.soap_id})
    assert (both.status_code, both.get_json()["code"]) == (422, "invalid_limit")
    assert program(Role.ATTENDANT).post("/limits", wanted).status_code == 403
