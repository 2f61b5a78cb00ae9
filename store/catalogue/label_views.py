"""Paper and tools for the shelf: labels with points and barcode, a sheet of barcodes, the page that tests a scanner gun."""

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session

from store.catalogue import queries, rules
from store.catalogue.errors import BarcodeUnknown
from store.catalogue.models import Product, Shop
from store.catalogue.prices import list_prices
from store.catalogue.queries import Wanted
from store.pages import row_number, shop_for, today
from store.permissions import STOCK_READ
from timebank.web.codes import goods_barcode
from timebank.web.requests import reading

blueprint = Blueprint("labels", __name__)

MOST_LABELS = 480
# A code that any scanner reads and that no product carries: 2… is for use inside a shop (GS1).
TEST_CODE = "2099999999998"


@blueprint.get("/shops/<int:shop_id>/labels")
def choose(shop_id: int) -> str:
    """Which products get a label."""
    words, category = request.args.get("q", ""), request.args.get("category", "")
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        found = queries.shop_products(db, shop, Wanted(words, category), limit=MOST_LABELS)
        return render_template(
            "catalogue/labels.html",
            shop=shop,
            products=found,
            categories=queries.shop_categories(db, shop),
            words=words,
            category=category,
        )


@blueprint.get("/shops/<int:shop_id>/labels/print")
def print_labels(shop_id: int) -> str:
    """The labels, three in a row on A4: name, points, unit, barcode; with ``only=codes`` a sheet of barcodes."""
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        only_codes = request.args.get("only") == "codes"
        # What has no barcode has nothing to show on a sheet of barcodes.
        products = [one for one in _chosen(db, shop) if one.barcode or not only_codes]
        prices = list_prices(db, products, today())
        labels = [
            (product, prices[product.id], goods_barcode(product.barcode) if product.barcode else None)
            for product in products
        ]
        return render_template(
            "catalogue/print_labels.html", shop=shop, labels=labels, only_codes=only_codes, day=today()
        )


def _chosen(db: Session, shop: Shop) -> list[Product]:
    """The products that were ticked; none ticked is all that the list shows."""
    ticked = {row_number(one) for one in request.args.getlist("product")} - {None}
    wanted = Wanted(request.args.get("q", ""), request.args.get("category", ""))
    found = queries.shop_products(db, shop, wanted, limit=MOST_LABELS)
    return [product for product in found if not ticked or product.id in ticked]


@blueprint.route("/shops/<int:shop_id>/scanner", methods=["GET", "POST"])
def scanner(shop_id: int) -> str:
    """Scan the code on the page, or any other, and see what arrived: nothing is booked here."""
    written = request.form.get("written", "")[:200]
    with reading() as db:
        shop = shop_for(db, shop_id, STOCK_READ)
        digits = rules.plain_digits(written)
        return render_template(
            "catalogue/scanner.html",
            shop=shop,
            written=written,
            digits=digits,
            is_barcode=rules.is_barcode(digits),
            is_test=digits == TEST_CODE,
            product=_known(db, shop, digits),
            test_svg=goods_barcode(TEST_CODE),
            test_code=TEST_CODE,
        )


def _known(db: Session, shop: Shop, digits: str) -> tuple[Product, int] | None:
    try:
        return queries.scanned_units(db, shop, digits) if digits else None
    except BarcodeUnknown:
        return None
