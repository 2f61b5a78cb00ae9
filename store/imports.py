"""The register of goods: products come onto the county's list, their opening stock onto one shop's shelf.

Which shop: the one that is named (its number or its name); without a name the only one there is; and on
an installation that has none yet, a first shop is opened at the county itself, so that a county can
bring its goods before anything else was set up. Services have stock too: the times that were pledged.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import barcodes, queries
from store.catalogue import service as catalogue
from store.catalogue.errors import ShopUnclear
from store.catalogue.models import Product, ProductBarcode, Shop
from store.catalogue.service import Particulars
from store.permissions import CATALOGUE_WRITE
from store.stock import receipts
from store.stock.receipts import Incoming, Paper
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import IMPORTS_RUN
from timebank.errors import N_
from timebank.imports.cells import matching_key
from timebank.imports.headers import GOODS
from timebank.imports.importers import ImportContext, Importer, Progress
from timebank.imports.judges.goods import NewProduct, judge_goods
from timebank.imports.judges.lookups import KnownProduct
from timebank.imports.judges.verdicts import Accepted, Verdict
from timebank.imports.tables import Table
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids

FIRST_SHOP_NAME = "爱心超市"
OPENING_STOCK = "期初库存"


class _ListedProducts:
    """Products on the list that the file goes into, asked for once."""

    def __init__(self, session: Session, organisation_ids: Sequence[int]) -> None:
        query = select(Product.id, Product.name).where(Product.organisation_id.in_(organisation_ids))
        self._rows = session.execute(query).all()
        carried = (
            select(ProductBarcode.barcode, Product.id, Product.name)
            .join(Product, Product.id == ProductBarcode.product_id)
            .where(Product.organisation_id.in_(organisation_ids))
        )
        self._carried = session.execute(carried).all()

    def products_by_barcode(self, barcodes: Collection[str]) -> Mapping[str, KnownProduct]:
        return {
            row.barcode: KnownProduct(row.id, row.name) for row in self._carried if row.barcode in barcodes
        }

    def products_by_name(self, keys: Collection[str]) -> Mapping[str, KnownProduct]:
        named = {matching_key(row.name): KnownProduct(row.id, row.name) for row in self._rows}
        return {key: product for key, product in named.items() if key in keys}


def _judge(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    shop = _shop(session, context)
    ids = ancestor_ids(shop.organisation.path) if shop else (_county(session, context.actor).id,)
    return judge_goods(table, _ListedProducts(session, ids), context.today)


def _create(
    session: Session, rows: Sequence[Accepted[NewProduct]], context: ImportContext, progress: Progress
) -> None:
    shop = _shop(session, context) or _first_shop(session, context)
    place = _list_place(session, shop, context.actor)
    goods: list[Incoming] = []
    for done, row in enumerate(rows, start=1):
        product = catalogue.create_product(
            session, organisation=place, particulars=_particulars(row.value), at=context.at
        )
        if row.value.carton:
            barcodes.add(session, product=product, written=row.value.carton, units=row.value.carton_units)
        if row.value.stock:
            goods.append(_incoming(product.id, row.value))
        progress(done)
    if goods:
        receipts.receive(
            session,
            shop=shop,
            paper=Paper("receipt", note=OPENING_STOCK),
            lines=goods,
            key=f"import:{context.run_id}",
            timezone=context.timezone,
            by=context.actor,
            at=context.at,
        )


def _incoming(product_id: int, found: NewProduct) -> Incoming:
    return Incoming(product_id, found.stock, found.batch, found.best_before, found.cost)


def _particulars(found: NewProduct) -> Particulars:
    return Particulars(
        name=found.name,
        category=found.category or "其他",
        price_points=found.points,
        unit=found.unit,
        kind=found.kind,
        barcode=found.barcode,
    )


def _shop(session: Session, context: ImportContext) -> Shop | None:
    """The shop that is meant, or None when there is no shop at all; raises ``ShopUnclear``."""
    shops = _shops(session, context.actor)
    wanted = (context.place or "").strip()
    if wanted:
        shops = [shop for shop in shops if wanted in (str(shop.id), shop.name)]
    elif not shops:
        return None
    if len(shops) != 1:
        raise ShopUnclear(place=wanted)
    return shops[0]


def _first_shop(session: Session, context: ImportContext) -> Shop:
    county = _county(session, context.actor)
    shop = catalogue.create_shop(session, organisation=county, name=FIRST_SHOP_NAME, at=context.at)
    session.refresh(shop, ["organisation"])
    return shop


def _county(session: Session, actor: Actor) -> Organisation:
    """The only county within reach; raises ``ShopUnclear`` when there are none or several."""
    within = scope.within(actor, Organisation.path, IMPORTS_RUN)
    roots = session.scalars(select(Organisation).where(Organisation.parent_id.is_(None), within)).all()
    if len(roots) != 1:
        raise ShopUnclear(place="")
    return roots[0]


def _list_place(session: Session, shop: Shop, actor: Actor) -> Organisation:
    """Whose list the products come onto: the county's, where the actor may write it, else the shop's own."""
    county = session.get_one(Organisation, ancestor_ids(shop.organisation.path)[0])
    return county if actor.may(CATALOGUE_WRITE, county.path) else shop.organisation


def _places(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [(str(shop.id), shop.name) for shop in _shops(session, actor)]


def _shops(session: Session, actor: Actor) -> list[Shop]:
    """Shops whose goods a register may bring: a merchant hands out what the house has chosen, and nothing else."""
    return [shop for shop in queries.shops(session, actor, IMPORTS_RUN) if not shop.is_merchants]


GOODS_IMPORTER = Importer(GOODS, N_("Goods"), _judge, _create, places=_places)
