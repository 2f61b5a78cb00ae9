"""The counter against clever and clumsy hands: a wrong secret, forged keys, two clicks at once, another shop's order."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from store.orders.models import Order
from tests.cast import PASSWORD, Cast, row
from tests.journeys.test_shop_counter import PIN, Counter, _code
from tests.store.stage import SOAP, Stage, give_points, sell, set_the_stage
from timebank.books.queries import points_balance
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
    assert "支付密码" in alert.group(1)
    let_in = unlock(PASSWORD)
    assert "data-live-root" in let_in
    assert cast.volunteer.name in let_in


def test_a_key_that_nobody_made_or_that_is_of_another_shop_sells_nothing(
    counter: Counter, database: Database, cast: Cast, stage: Stage
) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    mine = counter.key
    for forged in ("", "x", "k" * 5000, "' OR 1=1 --", "钥匙" * 12, "\x00" * 24):
        answer = counter.browser.post(f"{counter.url}/complete", data={"key": forged, "agreed": "20.00"})
        assert answer.status_code in (400, 403, 409, 422), forged[:20]
    # The attendant serves at the second shop too, and carries the first one's basket there.
    counter.browser.post(f"{counter.url}/lock")
    elsewhere = counter.url.replace(f"/{stage.shop_id}/", f"/{stage.second_shop_id}/")
    assert counter.browser.post(f"{elsewhere}/complete", data={"key": mine, "agreed": "20.00"}).status_code in (403, 409)  # fmt: skip
    with database.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 0
        assert points_balance(session, cast.volunteer.member_id) == 100


def test_the_screen_of_success_of_another_shops_order_is_not_there(
    counter: Counter, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        by = cast.attendant.actor
        order = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 1}, key="an-order-here-001", by=by
        ).order
        order_id = order.id
    browser = counter.browser
    assert browser.get(f"{counter.url}/done/{order_id}").status_code == 200
    elsewhere = counter.url.replace(f"/{stage.shop_id}/", f"/{stage.second_shop_id}/")
    assert browser.get(f"{elsewhere}/done/{order_id}").status_code == 404
    assert browser.get(f"{counter.url}/done/{order_id + 1}").status_code == 404


def test_nobody_puts_more_than_a_line_holds_or_an_odd_number_into_a_basket(
    counter: Counter, stage: Stage
) -> None:
    for odd in ("1000", "99999999999999999999", "-1", "1.5", "１２", "1e3", "=1+1"):
        answer = counter.press("line", product=stage.soap_id, quantity=odd)
        assert answer.status < 500, odd
        assert counter.agreed == "0.00", odd
    counter.press("line", product=stage.soap_id, quantity="999")
    assert counter.press("line", product=stage.soap_id, step="1").status == 409
    # More than the shelf holds may lie in the basket; it is said, and nothing is handed over.
    assert "disabled" in counter.text
    assert counter.press("line", product="9" * 30, quantity="1").status == 404


def test_thousands_of_digits_where_a_row_is_named_break_no_page(
    client_as: Callable[[str], FlaskClient], stage: Stage
) -> None:
    attendant, boss, volunteer = client_as("attendant"), client_as("administrator"), client_as("volunteer")
    shop, many = f"/shops/{stage.shop_id}", "9" * 5000
    for where in ("labels/print?product=", "stock?before=", "stock/movements?before=", "transfers?before="):
        assert attendant.get(f"{shop}/{where}{many}").status_code < 500, where
    sent = [
        (attendant, "/transfers/1/receive", {f"line{many}": "1"}),
        (attendant, f"/charity/{stage.shop_id}/handouts", {f"units-{many}": "1"}),
        (attendant, f"{shop}/shift/count", {f"count-{many}": "1"}),
        (attendant, f"{shop}/counter/line", {"product": many, "quantity": many}),
        (attendant, f"{shop}/stock/in", {"product": many, "quantity": many}),
        (attendant, f"{shop}/stock/off", {"product": many, "quantity": many, "batch": many}),
        (boss, f"/merchants/{stage.shop_id}/products", {"product": many}),
        (volunteer, f"{shop}/my-basket/line", {"product": many, "quantity": many}),
        (volunteer, f"{shop}/my-basket/reserve", {"key": "a-basket-of-digits-01", f"wish-{many}": many}),
        (volunteer, "/my/points/give", {"to": f"member:{many}", "points": many, "key": "k" * 20}),
    ]
    for browser, where, form in sent:
        assert browser.post(where, data=form).status_code < 500, where
