"""What everybody of the county sees: the goods of a shop with live stock, one product, its picture."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from store.catalogue import offers, queries
from store.catalogue.calendar import local_day
from store.catalogue.errors import ShopAbsent
from store.catalogue.limits import limits_left
from store.catalogue.models import Product, Shop
from store.catalogue.prices import prices_for
from store.catalogue.queries import Wanted
from store.catalogue.views import read_cursor, written_cursor
from store.pages import asked_number, county_time
from store.permissions import CATALOGUE_WRITE
from store.settlement.standing import lacks_contract
from store.stock.queries import sellable
from timebank.access.actors import Actor
from timebank.books.queries import points_available
from timebank.clock import now
from timebank.members.models import Member
from timebank.web.requests import actor, house, reading

blueprint = Blueprint("browse", __name__)

CARDS_A_PAGE = 48


@blueprint.get("/catalogue")
def index() -> str:
    """The goods of one shop: picture, points, what is left, and whether one's points suffice."""
    words, category = request.args.get("q", ""), request.args.get("category", "")
    with reading() as db:
        who = actor()
        shops = queries.shops(db, who)
        shop = _chosen(shops, who)
        if shop is None:
            return render_template("catalogue/browse.html", shop=None, shops=[], products=[])
        wanted = Wanted(words, category, False, read_cursor(request.args.get("after", "")))
        found = list(queries.shop_products(db, shop, wanted, limit=CARDS_A_PAGE + 1))
        return render_template(
            "catalogue/browse.html",
            shop=shop,
            shops=shops,
            products=found[:CARDS_A_PAGE],
            after=written_cursor(found[CARDS_A_PAGE - 1]) if len(found) > CARDS_A_PAGE else None,
            is_later=wanted.after is not None,
            units=sellable(db, shop.id, now(), of=[one.id for one in found]),
            categories=queries.shop_categories(db, shop),
            lacks_contract=lacks_contract(db, shop, at=now(), timezone=county_time()),
            **_for_reader(db, who, found[:CARDS_A_PAGE]),
            words=words,
            category=category,
        )


def _chosen(shops: Sequence[Shop], who: Actor) -> Shop | None:
    """The shop asked for, else the one nearest to where the reader belongs, and of several there the oldest."""
    asked = asked_number("shop")
    if asked is not None:
        chosen = next((shop for shop in shops if shop.id == asked), None)
        if chosen is None:
            raise ShopAbsent
        return chosen
    home = who.home_path or ""
    return max(shops, key=lambda shop: (_shared(shop.organisation.path, home), -shop.id), default=None)


def _shared(one: str, other: str) -> int:
    """How many steps from the root two paths have in common."""
    steps = 0
    for mine, theirs in zip(one.split("/"), other.split("/"), strict=False):
        if mine != theirs:
            break
        steps += 1
    return steps


def _for_reader(db: Session, who: Actor, products: Sequence[Product]) -> dict[str, Any]:
    """What these products cost the reader, what the limits leave her, and what she can spend."""
    timezone = ZoneInfo(house().settings.timezone)
    member = db.get(Member, who.member_id) if who.member_id is not None else None
    return {
        "prices": prices_for(db, products, member, local_day(now(), timezone)),
        "limits": limits_left(db, member.id, products, now(), timezone=timezone) if member else {},
        "balance": _balance(db, who),
    }


def _balance(db: Session, who: Actor) -> Decimal | None:
    return points_available(db, who.member_id, at=now()) if who.member_id is not None else None


@blueprint.get("/products/<int:product_id>")
def product(product_id: int) -> str:
    """One product: picture, price, and how many are left in each shop."""
    with reading() as db:
        who = actor()
        found = queries.product(db, who, product_id)
        return render_template(
            "catalogue/product.html",
            product=found,
            shelves=_shelves(db, who, found),
            **_for_reader(db, who, [found]),
            may_write=who.may(CATALOGUE_WRITE, found.organisation.path),
        )


def _shelves(db: Session, who: Actor, found: Product) -> list[tuple[Shop, int]]:
    """The shops that have the product on their list, with what is left there."""
    merchants = offers.merchants_with(db, found)
    shops = [
        shop
        for shop in queries.shops(db, who)
        if shop.organisation.path.startswith(found.organisation.path)
        and (not shop.is_merchants or shop.id in merchants)
    ]
    return [(shop, sellable(db, shop.id, now(), of=[found.id]).get(found.id, 0)) for shop in shops]


@blueprint.get("/products/<int:product_id>/picture")
def picture(product_id: int) -> Response:
    """The picture, which the browser may keep for an hour."""
    with reading() as db:
        content, media_type = queries.picture(db, actor(), product_id)
    answer = Response(content, mimetype=media_type)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    answer.add_etag()
    answer.make_conditional(request)
    return answer
