"""Shops, products, shelves and limits over the API."""

from typing import Any

from sqlalchemy.orm import Session

from store.catalogue import limits, lists, queries
from store.catalogue.models import PurchaseLimit
from store.catalogue.schemas import (
    LimitQuerySchema,
    LimitSchema,
    NewLimitSchema,
    ProductQuerySchema,
    ProductSchema,
    ShelfSchema,
    ShopQuerySchema,
    ShopSchema,
)
from store.permissions import CATALOGUE_READ, CATALOGUE_WRITE, STOCK_READ
from store.stock import queries as stock
from timebank.access import scope
from timebank.api.schemas import RetryHeadersSchema, list_of
from timebank.api.v1 import ApiBlueprint, once
from timebank.clock import now
from timebank.orgs import queries as places
from timebank.web.requests import actor, audited, reading, transaction

blueprint = ApiBlueprint("catalogue", __name__, "Shops, products and what is on the shelves")


@blueprint.get("/shops")
@blueprint.arguments(ShopQuerySchema, location="query")
@blueprint.response(200, list_of(ShopSchema))
def shops(query: dict[str, Any]) -> dict[str, Any]:
    """Shops of the county."""
    with reading() as db:
        page = lists.shops_page(db, actor(), words=query["q"], cursor=query["cursor"], limit=query["limit"])
        return {"items": page.rows, "next": page.after}


@blueprint.get("/shops/<int:shop_id>")
@blueprint.response(200, ShopSchema)
def shop(shop_id: int) -> Any:
    """One shop."""
    with reading() as db:
        return queries.shop(db, actor(), shop_id)


@blueprint.get("/shops/<int:shop_id>/stock")
@blueprint.response(200, list_of(ShelfSchema))
def shelves(shop_id: int) -> dict[str, Any]:
    """Units of every product on the shop's list, on one page."""
    with reading() as db:
        found = queries.shop(db, actor(), shop_id)
        scope.require(actor(), STOCK_READ, found.organisation.path)
        rows = [
            {"product_id": shelf.product.id, "name": shelf.product.name, "units": shelf.units}
            for shelf in stock.shelves(db, found)
        ]
        return {"items": rows, "next": None}


@blueprint.get("/products")
@blueprint.arguments(ProductQuerySchema, location="query")
@blueprint.response(200, list_of(ProductSchema))
def products(query: dict[str, Any]) -> dict[str, Any]:
    """Products of the county in pinyin order."""
    with reading() as db:
        place = query["organisation_id"]
        page = lists.products_page(
            db,
            actor(),
            words=query["q"],
            below=places.organisation(db, actor(), place).path if place else "",
            status=query["status"],
            cursor=query["cursor"],
            limit=query["limit"],
            category=query["category"],
            barcode=query["barcode"],
        )
        return {"items": page.rows, "next": page.after}


@blueprint.get("/products/<int:product_id>")
@blueprint.response(200, ProductSchema)
def product(product_id: int) -> Any:
    """One product."""
    with reading() as db:
        return queries.product(db, actor(), product_id)


@blueprint.get("/limits")
@blueprint.arguments(LimitQuerySchema, location="query")
@blueprint.response(200, list_of(LimitSchema))
def limits_of_county(query: dict[str, Any]) -> dict[str, Any]:
    """Limits of the county, newest first."""
    scope.require_somewhere(actor(), CATALOGUE_READ)
    with reading() as db:
        page = lists.limits_page(db, actor(), **query)
        return {"items": page.rows, "next": page.after}


@blueprint.post("/limits")
@blueprint.arguments(RetryHeadersSchema, location="headers")
@blueprint.arguments(NewLimitSchema)
@blueprint.response(201, LimitSchema)
def set_limit(headers: dict[str, Any], content: dict[str, Any]) -> PurchaseLimit:
    """Set a limit."""
    with transaction() as db:
        place = places.organisation(db, actor(), content["organisation_id"])
        scope.require(actor(), CATALOGUE_WRITE, place.path)
        return limits.limit(db, actor(), once(db, headers, content, lambda: _limit_set(db, content)))


def _limit_set(db: Session, content: dict[str, Any]) -> int:
    place = places.organisation(db, actor(), content["organisation_id"])
    product_id = content["product_id"]
    row = limits.set_limit(
        db,
        organisation=place,
        product=queries.product(db, actor(), product_id) if product_id is not None else None,
        category=content["category"],
        counted_for=content["counted_for"],
        period=content["period"],
        units=content["units"],
        by=actor(),
        at=now(),
    )
    audited(
        db, "limit.set", f"limit:{row.id}", organisation_id=place.id, category=row.category, units=row.units
    )
    return row.id
