"""What the counter says beside its button: the reason that holds, and where its other doors lead."""

from collections.abc import Callable

from flask.testing import FlaskClient

from store.catalogue.limits import set_limit
from store.catalogue.models import Product
from tests.cast import Cast
from tests.journeys.test_shop_counter import Counter
from tests.store.stage import SOAP, TOWEL, give_points, set_the_stage
from timebank.clock import now
from timebank.db import Database
from timebank.members import codes


def test_what_stands_in_the_way_is_named_for_what_it_is(
    client_as: Callable[[str], FlaskClient], database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        stage = set_the_stage(session, cast)
        give_points(session, cast.volunteer, 100)
        code = codes.issue(session, member_id=cast.volunteer.member_id, at=now())
    counter = Counter(client_as("attendant"), stage.shop_id)
    assert f'href="/shops/{stage.shop_id}/appointments"' in counter.text
    assert "班次" in counter.text
    assert "场次" not in counter.text
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        set_limit(
            session, organisation=soap.organisation, product=soap, category="", counted_for="person",
            period="day", units=1, by=cast.administrator.actor, at=now(),
        )  # fmt: skip
    counter.scan(SOAP).scan(SOAP).identify(code)
    assert "超出了该志愿者的限购数量" in counter.text
    with database.transaction() as session:
        session.get_one(Product, stage.soap_id).withdrawn_at = now()
    counter.scan(TOWEL)
    assert "已停止兑换的商品" in counter.text
    assert "货架上没有这么多" not in counter.text
