"""The papers about stock on the scene of every address: one of each, of the cast's first shop."""

from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import barcodes, limits, prices
from store.catalogue.models import Product, Shop
from store.lists import service as lists
from store.lists.service import Wish
from store.stock import stocktakes, transfers, write_offs
from store.stock.models import StockReceipt
from tests.cast import NOON, Cast
from tests.store.stage import Stage
from timebank.members import groups
from timebank.orgs.models import Organisation

DAY = NOON.astimezone(ZoneInfo("Asia/Shanghai")).date()


def furnish_stock(session: Session, cast: Cast, stage: Stage) -> dict[str, int | str]:
    """A concession, a limit, a carton; a paper of goods in, a write-off that waits, a transfer on the way, a stocktake."""
    by, boss = cast.attendant.actor, cast.administrator.actor
    shop, soap = session.get_one(Shop, stage.shop_id), session.get_one(Product, stage.soap_id)
    county = session.get_one(Organisation, cast.county_id)
    group = groups.name_group(
        session, organisation=county, name="低收入户", description="", from_age=None, at=NOON
    )
    concession = prices.grant_concession(
        session,
        product=soap,
        group=group,
        price_points=Decimal(5),
        funder=county,
        valid_from=DAY,
        valid_until=None,
        today=date(DAY.year, DAY.month, DAY.day),
        by=boss,
        at=NOON,
    )
    limit = limits.set_limit(
        session,
        organisation=county,
        product=soap,
        category="",
        counted_for="person",
        period="year",
        units=500,
        by=boss,
        at=NOON,
    )
    carton = barcodes.add(session, product=soap, written="16901234567899", units=12)
    paper = write_offs.ask(
        session,
        shop=shop,
        product=soap,
        quantity=1,
        reason="受潮",
        key="on-the-scene",
        alone_points=Decimal(0),
        today=DAY,
        by=by,
        at=NOON,
    )
    sent = transfers.send(
        session,
        shop=shop,
        to_shop=session.get_one(Shop, stage.second_shop_id),
        goods={soap.id: 1},
        key="on-the-scene",
        by=by,
        at=NOON,
    )
    count = stocktakes.begin(session, shop=shop, by=by, at=NOON)
    file = lists.ask(
        session,
        shop=shop,
        wish=Wish("stock", "csv", {}, "zh"),
        rows_total=3,
        key="on-the-scene",
        by=by,
        at=NOON,
    )
    receipt = session.scalars(select(StockReceipt.id).order_by(StockReceipt.id)).first()
    assert receipt is not None
    return {
        "concession_id": concession.id,
        "limit_id": limit.id,
        "barcode_id": carton.id,
        "write_off_id": paper.id,
        "transfer_id": sent.id,
        "stocktake_id": count.id,
        "file_id": file.id,
        "receipt_id": receipt,
        "kind": "stock",
    }
