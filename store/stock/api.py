"""Batches, goods in, transfers and counts over the API. What a second person signs is done by people, so it is only read."""

from typing import Any

from sqlalchemy.orm import Session

from store.catalogue import queries as catalogue
from store.catalogue.errors import ProductAbsent
from store.catalogue.models import Shop
from store.pages import county_time, fresh_key
from store.permissions import STOCK_MOVE, STOCK_READ
from store.stock import lists, papers, receipts, stocktakes, transfers
from store.stock.errors import VoucherNeedsCodes
from store.stock.models import StockReceipt
from store.stock.receipts import Incoming, Paper
from store.stock.schemas import (
    BatchQuerySchema,
    BatchSchema,
    GoodsReceiptQuerySchema,
    GoodsReceiptSchema,
    NewGoodsReceiptSchema,
    StocktakeSchema,
    TransferSchema,
)
from timebank.access import scope
from timebank.access.actors import Permission
from timebank.api.schemas import ListQuerySchema, RetryHeadersSchema, list_of
from timebank.api.v1 import ApiBlueprint, once
from timebank.clock import now
from timebank.web.requests import actor, audited, reading, transaction

blueprint = ApiBlueprint("stock", __name__, "Batches, goods in, transfers and counts")


def _shop(db: Session, shop_id: int, permission: Permission = STOCK_READ) -> Shop:
    found = catalogue.shop(db, actor(), shop_id)
    scope.require(actor(), permission, found.organisation.path)
    return found


@blueprint.get("/shops/<int:shop_id>/batches")
@blueprint.arguments(BatchQuerySchema, location="query")
@blueprint.response(200, list_of(BatchSchema))
def batches(query: dict[str, Any], shop_id: int) -> dict[str, Any]:
    """Batches of a shop of which something is left, oldest first."""
    with reading() as db:
        page = lists.batches_page(db, _shop(db, shop_id), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.get("/shops/<int:shop_id>/goods-receipts")
@blueprint.arguments(GoodsReceiptQuerySchema, location="query")
@blueprint.response(200, list_of(GoodsReceiptSchema))
def goods_receipts(query: dict[str, Any], shop_id: int) -> dict[str, Any]:
    """Papers of goods that came into a shop, newest first."""
    with reading() as db:
        page = lists.receipts_page(db, _shop(db, shop_id), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.get("/goods-receipts/<int:receipt_id>")
@blueprint.response(200, GoodsReceiptSchema)
def goods_receipt(receipt_id: int) -> StockReceipt:
    """One paper with its lines."""
    with reading() as db:
        return _paper(db, receipt_id)


def _paper(db: Session, receipt_id: int) -> StockReceipt:
    found = papers.receipt(db, actor(), receipt_id)
    scope.require(actor(), STOCK_READ, found.shop.organisation.path)
    return found


@blueprint.post("/shops/<int:shop_id>/goods-receipts")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewGoodsReceiptSchema, location="json")
@blueprint.response(201, GoodsReceiptSchema)
def receive(headers: dict[str, Any], content: dict[str, Any], shop_id: int) -> StockReceipt:
    """Book goods in, all lines or none, each line as a batch of its own."""
    with transaction() as db:
        shop = _shop(db, shop_id, STOCK_MOVE)
        return _paper(db, once(db, headers, content, lambda: _received(db, shop, content)))


def _received(db: Session, shop: Shop, content: dict[str, Any]) -> int:
    listed = catalogue.listed_products(db, shop, [line["product_id"] for line in content["lines"]])
    for line in content["lines"]:
        product = listed.get(line["product_id"])
        if product is None:
            raise ProductAbsent(field="product_id")
        if product.kind == "voucher":
            raise VoucherNeedsCodes
    paper = Paper(
        content["kind"], source=content["source"], restriction=content["restriction"], note=content["note"]
    )
    received = receipts.receive(
        db,
        shop=shop,
        paper=paper,
        lines=[Incoming(**line) for line in content["lines"]],
        # What makes a repeated request harmless is its Idempotency-Key.
        key=f"api:{fresh_key()}",
        timezone=county_time(),
        by=actor(),
        at=now(),
    )
    audited(
        db,
        "stock.received",
        f"receipt:{received.id}",
        organisation_id=shop.organisation_id,
        shop=shop.name,
        number=received.number,
    )
    return received.id


@blueprint.get("/shops/<int:shop_id>/transfers")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, list_of(TransferSchema))
def transfers_of(query: dict[str, Any], shop_id: int) -> dict[str, Any]:
    """What was sent from or to a shop, newest first."""
    with reading() as db:
        page = lists.transfers_page(db, _shop(db, shop_id), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.get("/transfers/<int:transfer_id>")
@blueprint.response(200, TransferSchema)
def transfer(transfer_id: int) -> Any:
    """One transfer with what arrived of it."""
    with reading() as db:
        found = transfers.transfer(db, actor(), transfer_id)
        if not actor().may(STOCK_READ, found.to_shop.organisation.path):
            scope.require(actor(), STOCK_READ, found.from_shop.organisation.path)
        return found


@blueprint.get("/shops/<int:shop_id>/stocktakes")
@blueprint.arguments(ListQuerySchema, location="query")
@blueprint.response(200, list_of(StocktakeSchema))
def stocktakes_of(query: dict[str, Any], shop_id: int) -> dict[str, Any]:
    """Counts of a shop's shelves, newest first."""
    with reading() as db:
        page = lists.stocktakes_page(db, _shop(db, shop_id), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.get("/stocktakes/<int:stocktake_id>")
@blueprint.response(200, StocktakeSchema)
def stocktake(stocktake_id: int) -> Any:
    """One count with its lines."""
    with reading() as db:
        found = stocktakes.stocktake(db, actor(), stocktake_id)
        scope.require(actor(), STOCK_READ, found.shop.organisation.path)
        return found
