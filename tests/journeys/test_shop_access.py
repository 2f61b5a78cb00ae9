"""Who may see which page of the shop: strangers 404, colleagues without the permission 403, visitors the log-in."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from store.orders.models import Order
from tests.cast import Cast
from tests.store.stage import SOAP, Stage, give_points, sell, set_the_stage
from timebank.clock import now
from timebank.db import Database

Browser = Callable[[str], FlaskClient]


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop, and people with points."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 50, record_id=2)
    return found


@pytest.fixture
def order(database: Database, cast: Cast, stage: Stage) -> Order:
    """Two soaps and a towel for the volunteer, a moment ago."""
    with database.transaction() as session:
        goods = {stage.soap_id: 2, stage.towel_id: 1}
        return sell(
            session, stage.shop_id, cast.volunteer, goods, key="k" * 20, by=cast.attendant.actor, at=now()
        ).order


# Address, then who may see it; all others of the county get 403, all of another county 404.
_ALL = {"volunteer", "neighbour", "coordinator", "attendant", "auditor", "administrator"}
_STAFF = {"attendant", "auditor", "administrator"}
PAGES: tuple[tuple[str, set[str]], ...] = (
    ("/shops/{shop}", _ALL),
    ("/shops/{shop}/edit", {"administrator"}),
    ("/products/{soap}", _ALL),
    ("/products/{soap}/edit", {"administrator"}),
    ("/shops/{shop}/stock", _STAFF),
    ("/shops/{shop}/stock/movements", _STAFF),
    ("/shops/{shop}/stock/in", {"attendant"}),
    ("/shops/{shop}/stock/off", {"attendant"}),
    ("/shops/{shop}/stocktakes", _STAFF),
    ("/shops/{shop}/counter", {"attendant"}),
    ("/shops/{shop}/counter/done/{order}", {"attendant"}),
)
ORDER_PAGES: tuple[tuple[str, set[str]], ...] = (
    ("/orders/{order}", _STAFF | {"volunteer"}),
    ("/orders/{order}/receipt", _STAFF | {"volunteer"}),
    ("/orders/{order}/return", {"attendant"}),
)
POSTS: tuple[tuple[str, set[str]], ...] = tuple(
    (f"/shops/{{shop}}/{path}", who)
    for path, who in (
        ("close", {"administrator"}),
        ("reopen", {"administrator"}),
        ("stock/in", {"attendant"}),
        ("stock/off", {"attendant"}),
        ("counter/scan", {"attendant"}),
        ("counter/scans", {"attendant"}),
        ("counter/line", {"attendant"}),
        ("counter/member", {"attendant"}),
        ("counter/member/forget", {"attendant"}),
        ("counter/abandon", {"attendant"}),
        ("counter/complete", {"attendant"}),
    )
)
STRANGERS = ("stranger", "stranger_volunteer", "stranger_administrator", "stranger_attendant")


def _filled(address: str, stage: Stage, order: Order) -> str:
    return address.format(shop=stage.shop_id, soap=stage.soap_id, order=order.id)


@pytest.mark.parametrize(("address", "allowed"), PAGES)
def test_pages_open_to_those_with_the_permission(
    client_as: Browser, stage: Stage, order: Order, address: str, allowed: set[str]
) -> None:
    for part in _ALL:
        status = client_as(part).get(_filled(address, stage, order)).status_code
        assert status == (200 if part in allowed else 403), part
    for part in STRANGERS:
        assert client_as(part).get(_filled(address, stage, order)).status_code == 404, part


@pytest.mark.parametrize(("address", "allowed"), ORDER_PAGES)
def test_an_order_is_seen_by_its_member_and_the_shops_staff(
    client_as: Browser, stage: Stage, order: Order, address: str, allowed: set[str]
) -> None:
    for part in _ALL - {"neighbour", "coordinator", "volunteer"}:
        assert client_as(part).get(_filled(address, stage, order)).status_code == (
            200 if part in allowed else 403
        )
    # A colleague of the station sees that it is there; a neighbour without any role does not.
    assert client_as("coordinator").get(_filled(address, stage, order)).status_code == 403
    assert client_as("volunteer").get(_filled(address, stage, order)).status_code == (
        200 if "volunteer" in allowed else 403
    )
    for part in ("neighbour", *STRANGERS):
        assert client_as(part).get(_filled(address, stage, order)).status_code == 404, part


@pytest.mark.parametrize(("address", "allowed"), POSTS)
def test_nobody_changes_anything_without_the_permission(
    client_as: Browser, stage: Stage, order: Order, address: str, allowed: set[str]
) -> None:
    form = {"key": "p" * 20, "written": SOAP, "product": stage.soap_id, "step": "1"}
    for part in _ALL - allowed:
        assert client_as(part).post(_filled(address, stage, order), data=form).status_code == 403, part
    for part in STRANGERS:
        assert client_as(part).post(_filled(address, stage, order), data=form).status_code == 404, part


@pytest.mark.parametrize(
    "address", ["/products", "/orders", "/stock", "/counter", "/shops/new", "/products/new"]
)
def test_lists_of_the_staff_are_closed_to_volunteers(client_as: Browser, stage: Stage, address: str) -> None:
    assert client_as("volunteer").get(address).status_code == 403


def test_visitors_are_asked_to_log_in_everywhere_but_at_the_receipt(
    client: FlaskClient, stage: Stage, order: Order
) -> None:
    for address, _allowed in (*PAGES, *ORDER_PAGES):
        assert client.get(_filled(address, stage, order)).status_code == 302
    for address in ("/catalogue", "/my/orders", "/shops", "/products", "/orders"):
        assert client.get(address).status_code == 302
    assert client.get(f"/r/{order.receipt_token}").status_code == 200


def test_lists_of_another_county_show_nothing_of_this_one(
    client_as: Browser, stage: Stage, order: Order
) -> None:
    for part in STRANGERS:
        browser = client_as(part)
        for address in ("/shops", "/products", "/catalogue", "/orders", "/my/orders"):
            assert "东风爱心超市" not in browser.get(address).get_data(as_text=True)
            assert "香皂" not in browser.get(address).get_data(as_text=True)
    assert client_as("stranger_volunteer").get(f"/catalogue?shop={stage.shop_id}").status_code == 404
