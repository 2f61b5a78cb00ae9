"""The counter through HTTP, as plain forms without any script: identify, basket, agree, done."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from store.counter.models import Basket
from store.orders.models import Order
from tests.cast import Cast, row
from tests.store.stage import SOAP, TOWEL, Stage, give_points, set_the_stage
from timebank.audit.models import AuditEntry
from timebank.books.queries import points_balance, shelf_quantity
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes
from timebank.members import service as members
from timebank.members.cards import card_code
from timebank.members.models import PersonalCode

PIN = "246810"


@pytest.fixture
def stage(database: Database, cast: Cast) -> Stage:
    """The shop; the volunteer has 100 points and a PIN, the neighbour 50 and none."""
    with database.transaction() as session:
        found = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100, record_id=1)
        give_points(session, cast.neighbour, 50, record_id=2)
        members.set_pin(session, member=row(session, cast.volunteer), pin=PIN)
    return found


class Counter:
    """An attendant's browser at the counter, with a finger for every form on the page."""

    def __init__(self, browser: FlaskClient, shop_id: int) -> None:
        self.browser, self.url = browser, f"/shops/{shop_id}/counter"
        self.browser.post(f"{self.url}/open", data={"key": uuid4().hex})
        self.text = self.browser.get(self.url).get_data(as_text=True)
        self.status = 200

    @property
    def key(self) -> str:
        found = re.search(r'name="key" value="([^"]+)"', self.text)
        assert found
        return found.group(1)

    @property
    def agreed(self) -> str:
        found = re.search(r'name="agreed" value="([^"]+)"', self.text)
        assert found
        return found.group(1)

    def press(self, where: str, **fields: object) -> "Counter":
        fields.setdefault("key", self.key)
        answer = self.browser.post(f"{self.url}/{where}", data=fields, follow_redirects=True)
        self.status, self.text, self.at = (
            answer.status_code,
            answer.get_data(as_text=True),
            answer.request.path,
        )
        return self

    def scan(self, written: str) -> "Counter":
        return self.press("scan", written=written)

    def identify(self, written: str, pin: str = "") -> "Counter":
        return self.press("member", written=written, pin=pin)

    def complete(self, **fields: object) -> "Counter":
        if "agreed" not in fields:
            fields["agreed"] = self.agreed
        return self.press("complete", **fields)


@pytest.fixture
def counter(client_as: Callable[[str], FlaskClient], stage: Stage) -> Counter:
    """The attendant at the first shop's counter."""
    return Counter(client_as("attendant"), stage.shop_id)


def _code(database: Database, member_id: int) -> str:
    with database.transaction() as session:
        return codes.issue(session, member_id=member_id, at=now())


def _orders(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Order.id))) or 0


def test_a_whole_sale_with_the_code_on_the_phone(
    counter: Counter, database: Database, cast: Cast, stage: Stage
) -> None:
    counter.scan(SOAP).scan(SOAP).scan(TOWEL)
    counter.scan(_code(database, cast.volunteer.member_id))
    assert cast.volunteer.name in counter.text
    assert counter.agreed == "47.50"
    counter.complete()
    assert counter.at.startswith(f"{counter.url}/done/")
    assert "47.50" in counter.text
    assert cast.volunteer.name in counter.text
    with database.reading() as session:
        assert points_balance(session, cast.volunteer.member_id) == 100 - 47.5
        assert shelf_quantity(session, stage.shop_id, stage.soap_id) == 8
        done = session.scalars(select(AuditEntry.action)).all()
    assert {"counter.member_identified", "order.completed"} <= set(done)


def test_goods_may_be_scanned_before_or_after_the_member(
    counter: Counter, database: Database, cast: Cast
) -> None:
    counter.identify(_code(database, cast.volunteer.member_id)).scan(SOAP).complete()
    assert _orders(database) == 1


def test_a_second_scan_of_the_same_product_is_one_more_of_it(counter: Counter) -> None:
    counter.scan(SOAP).scan(SOAP)
    assert counter.agreed == "40.00"
    assert counter.text.count('class="counter-quantity') == 1


def test_a_line_goes_up_down_and_away(counter: Counter, stage: Stage) -> None:
    counter.scan(SOAP).press("line", product=stage.soap_id, step="1").press(
        "line", product=stage.towel_id, step="1"
    )
    assert counter.agreed == "47.50"
    counter.press("line", product=stage.soap_id, step="-1")
    assert counter.agreed == "27.50"
    counter.press("line", product=stage.soap_id, quantity="0")
    assert counter.agreed == "7.50"


def test_a_product_can_be_chosen_by_name_where_there_is_no_barcode(counter: Counter, stage: Stage) -> None:
    counter.scan("lfyc")
    assert counter.status == 200
    assert f'name="product" value="{stage.haircut_id}"' in counter.text
    assert f'name="product" value="{stage.soap_id}"' not in counter.text


def test_an_unknown_barcode_is_named_and_changes_nothing(counter: Counter) -> None:
    counter.scan(SOAP).scan("6900000000007")
    assert counter.status == 404
    assert "6900000000007" in counter.text
    assert counter.agreed == "20.00"


def test_a_closed_tab_loses_nothing(counter: Counter, stage: Stage) -> None:
    counter.scan(SOAP).scan(TOWEL)
    again = Counter(counter.browser, stage.shop_id)
    assert (again.key, again.agreed) == (counter.key, "27.50")


def test_another_browser_of_the_same_attendant_has_a_basket_of_its_own(
    counter: Counter, client_as: Callable[[str], FlaskClient], stage: Stage
) -> None:
    counter.scan(SOAP)
    other = Counter(client_as("attendant"), stage.shop_id)
    assert other.agreed == "0.00"
    assert other.key != counter.key


def test_a_double_tap_on_hand_over_gives_the_first_order(
    counter: Counter, database: Database, cast: Cast
) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    key, agreed = counter.key, counter.agreed
    first = counter.complete().at
    second = counter.complete(key=key, agreed=agreed).at
    assert first == second
    assert _orders(database) == 1


def test_a_finished_basket_takes_nothing_more(counter: Counter, database: Database, cast: Cast) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    key = counter.key
    counter.complete()
    assert counter.press("scan", written=TOWEL, key=key).status == 409
    assert _orders(database) == 1


def test_a_basket_of_somebody_else_cannot_be_touched(
    counter: Counter, client_as: Callable[[str], FlaskClient], stage: Stage, database: Database
) -> None:
    counter.scan(SOAP)
    other = Counter(client_as("second_attendant"), stage.shop_id)
    assert other.press("scan", written=TOWEL, key=counter.key).status == 409
    with database.reading() as session:
        assert session.scalar(select(func.count(Basket.id))) == 1


def test_a_price_that_changes_while_the_member_thinks_is_shown_again(
    counter: Counter, client_as: Callable[[str], FlaskClient], database: Database, cast: Cast, stage: Stage
) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    agreed = counter.agreed
    form = {
        "name": "香皂",
        "category": "日化",
        "kind": "goods",
        "price": "25",
        "unit": "件",
        "barcode": SOAP,
        "low_stock": "5",
    }
    assert client_as("administrator").post(f"/products/{stage.soap_id}/edit", data=form).status_code == 302
    counter.complete(agreed=agreed)
    assert counter.status == 409
    assert "25" in counter.text
    assert _orders(database) == 0
    counter.complete()
    assert _orders(database) == 1


def test_short_points_are_shown_and_the_button_is_off(
    counter: Counter, database: Database, cast: Cast
) -> None:
    counter.scan(SOAP).scan(SOAP).scan(SOAP).identify(_code(database, cast.neighbour.member_id))
    assert "counter-short" in counter.text
    assert "disabled" in counter.text
    counter.complete()
    assert counter.status == 409
    assert _orders(database) == 0


def test_a_phone_code_works_once_whatever_comes_of_it(
    counter: Counter, database: Database, cast: Cast
) -> None:
    code = _code(database, cast.attendant.member_id)
    # The attendant's own code is refused, and spent all the same.
    assert counter.identify(code).status == 403
    with database.reading() as session:
        row_of_code = session.scalars(select(PersonalCode)).one()
        assert row_of_code.consumed_by is not None
    assert counter.identify(code).status == 409


def test_an_old_or_invented_code_is_refused(counter: Counter, database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        old = codes.issue(session, member_id=cast.volunteer.member_id, at=now() - timedelta(seconds=61))
    assert counter.identify(old).status == 422
    assert counter.identify("880000000000000000").status == 422
    assert cast.volunteer.name not in counter.text


def test_a_paper_card_pays_small_totals_and_needs_the_pin_above_the_limit(
    counter: Counter, database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        give_points(session, cast.volunteer, 100, record_id=9)
        card = card_code(cast.keyring, row(session, cast.volunteer))
    counter.press("line", product=stage.haircut_id, step="1").press(
        "line", product=stage.haircut_id, step="1"
    )
    counter.scan(card)
    assert 'name="pin" autocomplete="off" maxlength="12" required' in counter.text
    assert counter.complete().status == 403
    assert counter.complete(pin="000000").status == 422
    assert _orders(database) == 0
    counter.complete(pin=PIN)
    with database.reading() as session:
        assert session.scalar(select(Order.identified_by)) == "card_pin"


def test_a_number_needs_its_pin_and_locks_after_five_wrong_ones(
    counter: Counter, database: Database, cast: Cast
) -> None:
    number = cast.volunteer.number
    assert counter.identify(number).status == 422
    for _ in range(5):
        assert counter.identify(number, "111111").status == 422
    assert counter.identify(number, PIN).status == 429
    assert cast.volunteer.name not in counter.text


def test_a_number_with_its_pin_is_enough(counter: Counter, database: Database, cast: Cast) -> None:
    counter.scan(SOAP).identify(cast.volunteer.number, "２４６８１０").complete()
    with database.reading() as session:
        assert session.scalar(select(Order.identified_by)) == "number_pin"


def test_a_member_without_a_pin_is_told_what_to_do(counter: Counter, cast: Cast) -> None:
    assert counter.identify(cast.neighbour.number, "111111").status == 403


def test_a_barcode_shot_into_the_members_field_still_lands_in_the_basket(counter: Counter) -> None:
    counter.identify(SOAP)
    assert counter.agreed == "20.00"


def test_the_member_is_never_taken_from_the_form(counter: Counter, database: Database, cast: Cast) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    counter.complete(member_id=cast.neighbour.member_id, member=cast.neighbour.number)
    with database.reading() as session:
        assert session.scalar(select(Order.member_id)) == cast.volunteer.member_id
        assert points_balance(session, cast.neighbour.member_id) == 50


def test_nothing_is_sold_to_nobody(counter: Counter, database: Database) -> None:
    assert counter.scan(SOAP).complete().status == 403
    assert _orders(database) == 0


def test_a_member_who_was_identified_long_ago_has_to_show_herself_again(
    counter: Counter, database: Database, cast: Cast
) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    with database.transaction() as session:
        basket = session.scalars(select(Basket)).one()
        basket.identified_at = now() - timedelta(minutes=16)
    assert counter.complete().status == 403
    assert _orders(database) == 0


def test_start_over_takes_nothing_from_anybody(counter: Counter, database: Database, cast: Cast) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id)).press("abandon")
    assert counter.agreed == "0.00"
    assert cast.volunteer.name not in counter.text
    assert _orders(database) == 0


def test_scans_of_the_gun_come_in_numbered_batches_and_none_counts_twice(counter: Counter) -> None:
    headers = {"X-Counter": "1"}

    def send(first: int, *written: str, page: str = "page-a") -> str:
        form = {"key": counter.key, "page": page, "first": first, "written": list(written)}
        answer = counter.browser.post(f"{counter.url}/scans", data=form, headers=headers)
        assert answer.status_code == 200
        counter.text = answer.get_data(as_text=True)
        assert "<html" not in counter.text
        return counter.agreed

    assert send(1, SOAP, SOAP, TOWEL) == "47.50"
    # The answer was lost on its way, so the page sends the same once more, with what came since.
    assert send(1, SOAP, SOAP, TOWEL, SOAP) == "67.50"
    assert send(5, "6900000000007", TOWEL) == "75.00"
    assert 'data-tone="stop"' in counter.text
    # Another tab of the same basket counts for itself.
    assert send(1, TOWEL, page="page-b") == "82.50"


def test_the_script_is_led_to_the_screen_of_success(counter: Counter, database: Database, cast: Cast) -> None:
    counter.scan(SOAP).identify(_code(database, cast.volunteer.member_id))
    form = {"key": counter.key, "agreed": counter.agreed}
    answer = counter.browser.post(f"{counter.url}/complete", data=form, headers={"X-Counter": "1"})
    assert answer.status_code == 204
    assert "/counter/done/" in answer.headers["X-Go"]


def test_two_attendants_counters_are_told_of_the_last_piece(
    counter: Counter, client_as: Callable[[str], FlaskClient], database: Database, cast: Cast, stage: Stage
) -> None:
    other = Counter(client_as("second_attendant"), stage.shop_id)
    for till, person in ((counter, cast.volunteer), (other, cast.neighbour)):
        till.press("line", product=stage.towel_id, quantity="5").identify(_code(database, person.member_id))
    assert counter.complete().status == 200
    assert other.complete().status == 409
    assert "counter-why" in other.text
    assert _orders(database) == 1


def test_forms_of_the_counter_need_their_token(
    app: Flask, client_as: Callable[[str], FlaskClient], stage: Stage
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client_as("attendant").post(
        f"/shops/{stage.shop_id}/counter/scan", data={"written": SOAP, "key": "k" * 20}
    )
    assert answer.status_code == 400


def test_a_suspended_attendant_sells_nothing(
    client_as: Callable[[str], FlaskClient], cast: Cast, database: Database, stage: Stage
) -> None:
    from timebank.access.models import User

    browser = client_as("attendant")
    with database.transaction() as session:
        session.get_one(User, cast.attendant.user_id).suspended_at = now()
    assert browser.get(f"/shops/{stage.shop_id}/counter").status_code == 302
