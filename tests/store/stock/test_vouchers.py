"""Vouchers: each code comes in once and is handed out once; what was shown is never handed out again."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from store.catalogue import service as catalogue
from store.catalogue.service import Particulars
from store.orders import queries as orders
from store.orders import returns
from store.stock import voucher_use, vouchers
from store.stock.errors import (
    QuantityInvalid,
    StockShort,
    VoucherCodeInvalid,
    VoucherCodeKnown,
    VoucherNotFound,
    VoucherUsed,
    VoucherVoid,
    VoucherWasUsed,
)
from store.stock.receipts import Paper
from tests.cast import NOON, Cast
from tests.store.counter.till import fresh
from tests.store.stage import COUNTY_TIME, Stage, sell
from tests.store.stock.papers import agree, product, shop_of
from timebank.db import Database
from timebank.orgs.models import Organisation


def _voucher(session: Session, cast: Cast) -> int:
    county = session.get_one(Organisation, cast.county_id)
    particulars = Particulars("理发券", "服务", Decimal(10), unit="张", kind="voucher")
    return catalogue.create_product(session, organisation=county, particulars=particulars, at=NOON).id


def _bring(session: Session, stage: Stage, cast: Cast, product_id: int, codes: list[str]) -> None:
    vouchers.receive(
        session,
        shop=shop_of(session, stage),
        product=product(session, product_id),
        codes=codes,
        paper=Paper("donation", source="理发店"),
        key=codes[0],
        timezone=COUNTY_TIME,
        by=cast.attendant.actor,
        at=NOON,
    )


def test_codes_are_handed_out_once_and_a_returned_one_never_again(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by = cast.attendant.actor
    with database.transaction() as session:
        ticket = _voucher(session, cast)
        _bring(session, stage, cast, ticket, ["AAAA-1", "AAAA-2", "AAAA-3"])
        _bring(session, stage, cast, ticket, ["AAAA-1", "AAAA-2", "AAAA-3"])
        assert agree(session, stage.shop_id, ticket) == 3
        order = sell(
            session, stage.shop_id, cast.volunteer, {ticket: 2}, key="two-tickets-00001", by=by
        ).order
        assert vouchers.codes_of_order(session, order.id) == {order.lines[0].id: ["AAAA-1", "AAAA-2"]}
    with database.transaction() as session:
        found = orders.order(session, by, order.id)
        returns.take_back(
            session,
            order=found,
            return_key="one-ticket-back-1",
            quantities={found.lines[0].id: 1},
            reason="不用了",
            by=by,
            at=NOON,
        )
        # The unit came back and was written off at once: its code had been seen.
        assert agree(session, stage.shop_id, ticket) == 1
        assert vouchers.codes_of_order(session, order.id) == {order.lines[0].id: ["AAAA-1"]}
    with database.transaction() as session:
        last = sell(session, stage.shop_id, cast.volunteer, {ticket: 1}, key="last-ticket-00001", by=by).order
        assert vouchers.codes_of_order(session, last.id) == {last.lines[0].id: ["AAAA-3"]}
    with pytest.raises(StockShort), database.transaction() as session:
        sell(session, stage.shop_id, cast.volunteer, {ticket: 1}, key="one-too-many-0001", by=by)


def test_a_code_that_came_in_before_is_refused_with_everything_beside_it(
    database: Database, cast: Cast, stage: Stage
) -> None:
    with database.transaction() as session:
        ticket = _voucher(session, cast)
        _bring(session, stage, cast, ticket, ["AAAA-1"])
    with pytest.raises(VoucherCodeKnown), database.transaction() as session:
        _bring(session, stage, cast, ticket, ["AAAA-2", "AAAA-1"])
    with database.reading() as session:
        assert agree(session, stage.shop_id, ticket) == 1


def test_codes_are_read_from_lines_and_commas_and_generated_ones_are_hard_to_guess() -> None:
    assert vouchers.read_codes("abcd-1， ABCD-2\nＡＢＣＤ－３") == ["ABCD-1", "ABCD-2", "ABCD-3"]
    for wrong in ("abc", "=cmd|1", "ABCD-1 abcd-1", "一二三四"):
        with pytest.raises(VoucherCodeInvalid):
            vouchers.read_codes(wrong)
    with pytest.raises(QuantityInvalid):
        vouchers.read_codes("")
    made = vouchers.generated(200)
    assert len(set(made)) == 200
    assert vouchers.read_codes("\n".join(made)) == made
    with pytest.raises(QuantityInvalid):
        vouchers.generated(0)


def test_a_voucher_is_used_once_and_what_was_used_does_not_come_back(
    database: Database, cast: Cast, stage: Stage
) -> None:
    by, elsewhere = cast.attendant.actor, cast.stranger_attendant.actor
    with database.transaction() as session:
        ticket = _voucher(session, cast)
        _bring(session, stage, cast, ticket, ["AAAA-1", "AAAA-2"])
        with pytest.raises(VoucherNotFound):
            voucher_use.with_code(session, by, "AAAA-1")
        order = sell(session, stage.shop_id, cast.volunteer, {ticket: 2}, key=fresh(), by=by).order
        mine = voucher_use.of_member(session, cast.volunteer.member_id)
        assert [one.code for one in mine] == ["AAAA-1", "AAAA-2"]
        assert voucher_use.of_member(session, cast.neighbour.member_id) == []
    with database.transaction() as session:
        (found,) = voucher_use.with_code(session, by, " aaaa-1 ")
        with pytest.raises(VoucherNotFound):
            voucher_use.with_code(session, elsewhere, "AAAA-1")
        voucher_use.use(session, voucher=found, by=by, at=NOON, timezone=COUNTY_TIME)
        assert voucher_use.state_of(found, NOON, COUNTY_TIME) == "used"
    with database.transaction() as session:
        (found,) = voucher_use.with_code(session, by, "AAAA-1")
        with pytest.raises(VoucherUsed):
            voucher_use.use(session, voucher=found, by=by, at=NOON, timezone=COUNTY_TIME)
    for units, refused in ((2, VoucherWasUsed), (1, None)):
        with database.transaction() as session:
            sold = orders.order(session, by, order.id)
            wanted = {sold.lines[0].id: units}
            if refused:
                with pytest.raises(refused):
                    returns.take_back(
                        session,
                        order=sold,
                        return_key=fresh(),
                        quantities=wanted,
                        reason="不用了",
                        by=by,
                        at=NOON,
                    )
                session.rollback()
                continue
            returns.take_back(
                session, order=sold, return_key=fresh(), quantities=wanted, reason="不用了", by=by, at=NOON
            )
    with database.transaction() as session:
        (back,) = voucher_use.with_code(session, by, "AAAA-2")
        with pytest.raises(VoucherVoid):
            voucher_use.use(session, voucher=back, by=by, at=NOON, timezone=COUNTY_TIME)


def test_a_member_finds_her_vouchers_and_the_counter_writes_one_down_as_used(
    database: Database, cast: Cast, stage: Stage, client_as: Callable[[str], FlaskClient]
) -> None:
    with database.transaction() as session:
        ticket = _voucher(session, cast)
        (code,) = vouchers.generated(1)
        _bring(session, stage, cast, ticket, [code])
        sell(session, stage.shop_id, cast.volunteer, {ticket: 1}, key=fresh(), by=cast.attendant.actor)
    phone, counter = client_as("volunteer"), client_as("attendant")
    page = phone.get("/my/vouchers").text
    assert code in page
    assert "voucher-code" in page
    base = f"/shops/{stage.shop_id}"
    counter.post(f"{base}/counter/open", data={"key": fresh()})
    scanned = counter.post(f"{base}/counter/scan", data={"key": fresh(), "written": code.lower()})
    assert scanned.headers["Location"].endswith(f"{base}/vouchers?code={code.lower()}")
    assert "vouchers/use" in counter.get(scanned.headers["Location"]).text
    assert counter.post(f"{base}/vouchers/use", data={"code": code}).status_code == 303
    assert counter.post(f"{base}/vouchers/use", data={"code": code}).status_code == 409
    assert counter.get(f"{base}/vouchers?code=NOPE").status_code == 404
    assert "voucher-code" not in phone.get("/my/vouchers").text
