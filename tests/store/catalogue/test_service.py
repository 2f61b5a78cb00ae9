"""Shops and products on both databases."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from store.catalogue import queries, service
from store.catalogue.errors import (
    BarcodeInvalid,
    BarcodeTaken,
    BarcodeUnknown,
    PriceInvalid,
    ProductAbsent,
    ShopAbsent,
    ShopNameTaken,
)
from store.catalogue.models import Product, Shop
from store.catalogue.queries import Wanted
from store.catalogue.service import Particulars
from store.orders.models import OrderLine
from tests.cast import NOON, Cast
from tests.store.stage import SOAP, Stage, sell
from timebank.db import Database
from timebank.orgs.models import Organisation

BOWL = Particulars(name="碗4只", category="厨卫", price_points=Decimal(5), barcode="6900002086672")


def _list(session: Session, place_id: int, particulars: Particulars) -> Product:
    place = session.get_one(Organisation, place_id)
    return service.create_product(session, organisation=place, particulars=particulars, at=NOON)


def _names(found: object) -> list[str]:
    return [product.name for product in found]


def test_two_shops_of_one_organisation_have_different_names(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        place = session.get_one(Organisation, cast.station_id)
    with database.transaction() as session, pytest.raises(ShopNameTaken):
        service.create_shop(session, organisation=place, name="东风爱心超市", at=NOON)


def test_a_wrong_check_digit_is_sent_back_with_the_field(database: Database, cast: Cast) -> None:
    with database.transaction() as session, pytest.raises(BarcodeInvalid) as refused:
        _list(session, cast.county_id, replace(BOWL, barcode="6900002086673"))
    assert refused.value.field == "barcode"


def test_a_barcode_belongs_to_one_product_of_an_organisation(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session, pytest.raises(BarcodeTaken) as refused:
        _list(session, cast.county_id, replace(BOWL, barcode=SOAP))
    assert refused.value.facts["product"] == "香皂"


@pytest.mark.parametrize("points", ["0", "-5", "1.005"])
def test_a_price_that_is_none_is_refused(database: Database, cast: Cast, points: str) -> None:
    with database.transaction() as session, pytest.raises(PriceInvalid):
        _list(session, cast.county_id, replace(BOWL, price_points=Decimal(points)))


def test_products_are_found_by_name_pinyin_initials_and_barcode(
    database: Database, cast: Cast, stage: Stage
) -> None:
    who = cast.volunteer.actor
    with database.reading() as session:
        for words in ("香皂", "xiangzao", "xz", SOAP, "XZ 香"):
            assert _names(queries.products(session, who, Wanted(words=words))) == ["香皂"], words
        assert _names(queries.products(session, who, Wanted(category="服务"))) == ["理发一次"]
        assert queries.products(session, who, Wanted(words="100%_")) == []


def test_lists_go_on_after_the_last_row_without_repeating_one(
    database: Database, cast: Cast, stage: Stage
) -> None:
    who = cast.volunteer.actor
    with database.reading() as session:
        seen: list[str] = []
        after = None
        while page := queries.products(session, who, Wanted(after=after), limit=1):
            seen += _names(page)
            after = (page[-1].sort_name, page[-1].id)
    assert seen == ["理发一次", "毛巾", "香皂"]


def test_another_county_sees_neither_shop_nor_product(database: Database, cast: Cast, stage: Stage) -> None:
    with database.reading() as session:
        for who in (cast.stranger.actor, cast.stranger_volunteer.actor, cast.stranger_administrator.actor):
            with pytest.raises(ShopAbsent):
                queries.shop(session, who, stage.shop_id)
            with pytest.raises(ProductAbsent):
                queries.product(session, who, stage.soap_id)
            assert queries.products(session, who, Wanted()) == []
            assert [shop.id for shop in queries.shops(session, who)] == [stage.other_shop_id]


def test_a_shop_hands_out_what_its_own_and_higher_organisations_list(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        team = session.get_one(Organisation, cast.team_id)
        elsewhere = session.get_one(Organisation, cast.other_county_id)
        service.create_product(
            session, organisation=team, particulars=replace(BOWL, name="队里的碗"), at=NOON
        )
        service.create_product(
            session, organisation=elsewhere, particulars=replace(BOWL, name="远山的碗"), at=NOON
        )
        shop = session.get_one(Shop, stage.shop_id)
        assert _names(queries.shop_products(session, shop, Wanted())) == ["理发一次", "毛巾", "香皂"]
        with pytest.raises(BarcodeUnknown):
            queries.scanned_product(session, shop, "6900002086672")


def test_the_nearest_organisations_product_wins_at_the_scanner(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        station = session.get_one(Organisation, cast.station_id)
        service.create_product(
            session, organisation=station, particulars=replace(BOWL, name="本站的香皂", barcode=SOAP), at=NOON
        )
        shop = session.get_one(Shop, stage.shop_id)
        assert queries.scanned_product(session, shop, f" {SOAP} ").name == "本站的香皂"


def test_a_withdrawn_product_leaves_the_lists_and_can_come_back(
    database: Database, cast: Cast, stage: Stage
) -> None:
    who = cast.volunteer.actor
    with database.transaction() as session:
        soap = session.get_one(Product, stage.soap_id)
        service.withdraw(session, product=soap, at=NOON)
        assert "香皂" not in _names(queries.products(session, who, Wanted()))
        assert _names(queries.products(session, who, Wanted(withdrawn=True))) == ["香皂"]
        service.restore(session, product=soap)
        assert "香皂" in _names(queries.products(session, who, Wanted()))


def test_a_change_of_price_never_touches_a_finished_order(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        order = sell(
            session, stage.shop_id, cast.volunteer, {stage.soap_id: 2}, key="k" * 20, by=cast.attendant.actor
        ).order
        soap = session.get_one(Product, stage.soap_id)
        dearer = Particulars(name="高级香皂", category="日化", price_points=Decimal(99), barcode=SOAP)
        service.change_product(session, product=soap, particulars=dearer)
        session.expire_all()
        line = session.query(OrderLine).one()
        assert (line.product_name, line.price_points, order.total_points) == (
            "香皂",
            Decimal(20),
            Decimal(40),
        )
