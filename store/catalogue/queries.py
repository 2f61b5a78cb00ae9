"""Reading shops and products: open to everybody of the county, and to nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session, contains_eager
from sqlalchemy.orm.util import identity_key

from store.catalogue import rules
from store.catalogue.errors import BarcodeUnknown, ProductAbsent, ProductUnclear, ShopAbsent
from store.catalogue.models import Product, ProductBarcode, Shop, ShopProduct
from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.orgs.models import Organisation
from timebank.orgs.rules import ancestor_ids


@dataclass(frozen=True)
class Wanted:
    """What a list of products is narrowed to.

    Attributes:
        words: parts of the name, of its pinyin or initials, or a barcode; all must fit.
        category: one category, or empty for all.
        withdrawn: None for both, else only those that are, or are not, withdrawn.
        after: ``(sort_name, id)`` of the last row of the page before.
    """

    words: str = ""
    category: str = ""
    withdrawn: bool | None = False
    after: tuple[str, int] | None = None


def _visible(actor: Actor, path: Any) -> ColumnElement[bool]:
    return or_(scope.within_county(actor, path), scope.within(actor, path))


# A counter asks this at every step, and nobody's grants change between two of them.
@lru_cache(maxsize=256)
def _one_shop(actor: Actor) -> Select[Shop]:
    return (
        select(Shop)
        .join(Shop.organisation)
        .options(contains_eager(Shop.organisation))
        .where(Shop.id == bindparam("shop"), _visible(actor, Organisation.path))
    )


def shop(session: Session, actor: Actor, shop_id: int) -> Shop:
    """One shop of the actor's county; raises ``ShopAbsent``."""
    found = session.scalar(_one_shop(actor), {"shop": shop_id})
    if found is None:
        raise ShopAbsent
    return found


def shops(
    session: Session, actor: Actor, permission: Permission | None = None, *, closed: bool = False
) -> Sequence[Shop]:
    """Shops of the county by place in the tree, or only those where ``permission`` is held."""
    path = Organisation.path
    seen = scope.within(actor, path, permission) if permission else _visible(actor, path)
    query = select(Shop).join(Shop.organisation).options(contains_eager(Shop.organisation)).where(seen)
    if not closed:
        query = query.where(Shop.closed_at.is_(None))
    return session.scalars(query.order_by(path, Shop.name)).all()


def product(session: Session, actor: Actor, product_id: int) -> Product:
    """One product of the actor's county, withdrawn or not; raises ``ProductAbsent``."""
    found = session.scalar(
        select(Product)
        .join(Product.organisation)
        .options(contains_eager(Product.organisation))
        .where(Product.id == product_id, _visible(actor, Organisation.path))
    )
    if found is None:
        raise ProductAbsent
    return found


def products(session: Session, actor: Actor, wanted: Wanted, *, limit: int = 50) -> Sequence[Product]:
    """Products of the county in pinyin order."""
    query = select(Product).join(Product.organisation).options(contains_eager(Product.organisation))
    query = query.where(_visible(actor, Organisation.path), *_conditions(wanted))
    return session.scalars(query.order_by(Product.sort_name, Product.id).limit(limit)).all()


def shop_products(session: Session, shop: Shop, wanted: Wanted, *, limit: int = 50) -> Sequence[Product]:
    """What ``shop`` hands out: products of its organisation and of those above it, in pinyin order."""
    query = select(Product).where(on_list_of(shop), *_conditions(wanted))
    return session.scalars(query.order_by(Product.sort_name, Product.id).limit(limit)).all()


def shop_product(session: Session, shop: Shop, product_id: int) -> Product:
    """A product on the shop's list, withdrawn or not; raises ``ProductAbsent``."""
    found = session.scalar(select(Product).where(Product.id == product_id, on_list_of(shop)))
    if found is None:
        raise ProductAbsent
    return found


def listed_products(session: Session, shop: Shop, product_ids: Sequence[int]) -> dict[int, Product]:
    """Those of the products that are on the shop's list, withdrawn or not, by id, in one query, or none for what was read."""
    known = [session.identity_map.get(identity_key(Product, one)) for one in product_ids]
    if all(known) and not shop.is_merchants:
        lists = set(ancestor_ids(shop.organisation.path))
        return {product.id: product for product in known if product and product.organisation_id in lists}
    found = session.scalars(select(Product).where(Product.id.in_(product_ids), on_list_of(shop)))
    return {product.id: product for product in found}


def scanned_product(session: Session, shop: Shop, written: str) -> Product:
    """The product of :func:`scanned_units`, whatever number of units the barcode stands for."""
    return scanned_units(session, shop, written)[0]


def scanned_units(session: Session, shop: Shop, written: str) -> tuple[Product, int]:
    """The product behind a barcode on the shop's list and the units that one scan means; the nearest organisation's wins.

    Raises:
        BarcodeUnknown: nothing there carries it.
    """
    digits = rules.plain_digits(written)
    found = session.execute(
        select(Product, ProductBarcode.units)
        .join(ProductBarcode, ProductBarcode.product_id == Product.id)
        .join(Product.organisation)
        .where(on_list_of(shop), ProductBarcode.barcode.in_(rules.same_barcodes(digits)))
        .order_by(Product.withdrawn_at.is_not(None), Organisation.path.desc(), Product.id)
    ).first()
    if found is None:
        raise BarcodeUnknown(field="written", barcode=digits[:40])
    return found[0], found[1]


def written_product(session: Session, shop: Shop, written: str) -> Product:
    """The product of :func:`written_units`."""
    return written_units(session, shop, written)[0]


def written_units(session: Session, shop: Shop, written: str) -> tuple[Product, int]:
    """The product meant by a barcode, or by words that fit just one name, with the units that it means.

    Raises:
        BarcodeUnknown: digits that nothing carries.
        ProductUnclear: words that fit none or several.
    """
    digits = rules.plain_digits(written)
    if digits.isascii() and digits.isdecimal() and len(digits) >= 8:
        return scanned_units(session, shop, written)
    found = shop_products(session, shop, Wanted(words=written, withdrawn=None), limit=50) if digits else []
    exact = [product for product in found if product.name == written.strip()]
    if len(exact or found) != 1:
        raise ProductUnclear(field="written", count=len(found))
    return (exact or found)[0], 1


def shop_categories(session: Session, shop: Shop) -> list[tuple[str, int]]:
    """Categories on the shop's list with the number of products in each, the usual ones first."""
    rows = session.execute(
        select(Product.category, func.count())
        .where(on_list_of(shop), Product.withdrawn_at.is_(None))
        .group_by(Product.category)
    ).all()
    return _in_usual_order([(str(category), int(count)) for category, count in rows])


def categories(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """Categories in the county with the number of products in each, the usual ones first."""
    rows = session.execute(
        select(Product.category, func.count())
        .join(Product.organisation)
        .where(_visible(actor, Organisation.path), Product.withdrawn_at.is_(None))
        .group_by(Product.category)
    ).all()
    return _in_usual_order([(str(category), int(count)) for category, count in rows])


def picture(session: Session, actor: Actor, product_id: int) -> tuple[bytes, str]:
    """The product's picture and its media type; raises ``ProductAbsent`` when there is none."""
    row = session.execute(
        select(Product.picture, Product.picture_type)
        .join(Product.organisation)
        .where(Product.id == product_id, _visible(actor, Organisation.path))
    ).one_or_none()
    if row is None or row.picture is None:
        raise ProductAbsent
    return bytes(row.picture), str(row.picture_type)


def on_list_of(shop: Shop) -> ColumnElement[bool]:
    """What the shop hands out: its places' list, or of that the merchant's own choice."""
    of_its_places = Product.organisation_id.in_(ancestor_ids(shop.organisation.path))
    if not shop.is_merchants:
        return of_its_places
    return of_its_places & Product.id.in_(
        select(ShopProduct.product_id).where(ShopProduct.shop_id == shop.id)
    )


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [_has_word(word) for word in wanted.words.lower().split()[:8]]
    if wanted.category:
        conditions.append(Product.category == wanted.category)
    if wanted.withdrawn is not None:
        withdrawn = Product.withdrawn_at
        conditions.append(withdrawn.is_not(None) if wanted.withdrawn else withdrawn.is_(None))
    if wanted.after is not None:
        name, product_id = wanted.after
        conditions.append(
            or_(Product.sort_name > name, (Product.sort_name == name) & (Product.id > product_id))
        )
    return conditions


def _has_word(word: str) -> ColumnElement[bool]:
    digits = rules.plain_digits(word)
    return or_(
        func.lower(Product.name).contains(word, autoescape=True),
        func.replace(Product.sort_name, " ", "").contains(word, autoescape=True),
        Product.initials.contains(word, autoescape=True),
        Product.id.in_(
            select(ProductBarcode.product_id).where(ProductBarcode.barcode.in_(rules.same_barcodes(digits)))
        ),
    )


def _in_usual_order(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    usual = {word: place for place, word in enumerate(rules.CATEGORIES)}
    return sorted(rows, key=lambda row: (usual.get(row[0], len(usual)), row[0]))
