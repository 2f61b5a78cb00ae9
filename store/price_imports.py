"""The register of prices: new lines of the dated price list for products that are known, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue import prices
from store.catalogue.models import Product, ProductPrice
from store.import_products import BARCODE, CLEANERS, NAME, POINTS, ListedProducts, words
from store.permissions import CATALOGUE_WRITE
from timebank.access import scope
from timebank.errors import N_
from timebank.imports.cleaning.amounts import clean_points
from timebank.imports.cleaning.times import clean_optional_date
from timebank.imports.headers import Field, Register
from timebank.imports.importers import ImportContext, Importer, Progress
from timebank.imports.judges.verdicts import Accepted, Cleaner, Draft, Judgement, SentBack, Verdict, drafts_of
from timebank.imports.rejections import Code
from timebank.imports.tables import Table
from timebank.orgs.models import Organisation

PRICES = Register(
    "prices",
    (
        NAME,
        BARCODE,
        Field("points", POINTS.names, needed=True),
        Field(
            "valid_from",
            words(
                "生效日期 执行日期 起始日期 开始日期 启用日期 生效时间 自 validfrom from since effectivefrom"
            ),
        ),
    ),
    one_of=("name", "barcode"),
)
_CLEANERS: dict[str, Cleaner] = {**CLEANERS, "points": clean_points, "valid_from": clean_optional_date}


@dataclass(frozen=True)
class NewPrice:
    """What a unit of a product costs from a day on."""

    product_id: int
    points: Decimal
    valid_from: date


class _Standing:
    """The price list as it stands, asked for once for the whole file."""

    def __init__(self, session: Session, organisation_ids: Sequence[int]) -> None:
        mine = Product.organisation_id.in_(organisation_ids)
        listed = session.execute(select(Product.id, Product.price_points).where(mine))
        self._plain = {int(product_id): price for product_id, price in listed}
        lines = session.execute(
            select(
                ProductPrice.product_id, ProductPrice.valid_from, ProductPrice.price_points, ProductPrice.id
            )
            .join(Product, Product.id == ProductPrice.product_id)
            .where(mine)
            .order_by(ProductPrice.valid_from, ProductPrice.id)
        )
        self._lines: dict[int, list[tuple[date, Decimal, int]]] = {}
        for product_id, day, price, line_id in lines:
            self._lines.setdefault(product_id, []).append((day, price, line_id))

    def stands_already(self, wanted: NewPrice) -> int | None:
        """The line, or the product, that says the same of that day; None when the file says something new."""
        known = [line for line in self._lines.get(wanted.product_id, []) if line[0] <= wanted.valid_from]
        if known:
            return known[-1][2] if known[-1][1] == wanted.points else None
        return wanted.product_id if self._plain[wanted.product_id] == wanted.points else None


def _judge(session: Session, table: Table, context: ImportContext) -> Verdict[Any]:
    """Judge every row. Without a day the price holds from today; a day that is over, and one too far ahead, is no day."""
    ids = _lists(session, context)
    listed, standing = ListedProducts(session, Product.organisation_id.in_(ids)), _Standing(session, ids)
    seen: set[tuple[int, date]] = set()
    judgement: Judgement[NewPrice] = Judgement(table)
    for draft in drafts_of(table, _CLEANERS):
        accepted = judgement.on(draft, lambda draft: _decide(draft, listed, standing, seen, context.today))
        if accepted:
            seen.add((accepted.value.product_id, accepted.value.valid_from))
    return judgement.verdict


def _decide(
    draft: Draft, listed: ListedProducts, standing: _Standing, seen: set[tuple[int, date]], today: date
) -> Accepted[NewPrice]:
    product = listed.meant(draft)
    wanted = NewPrice(product.id, draft.take("points"), draft.take("valid_from") or today)
    known = standing.stands_already(wanted)
    if (product.id, wanted.valid_from) in seen:
        raise SentBack("name" if draft.take("name") else "barcode", Code.DUPLICATE)
    # A price of a day that is over is taken when it stands already, so that last month's file can be read again.
    late = wanted.valid_from < today and known is None
    if late or wanted.valid_from > today + timedelta(days=prices.FURTHEST_DAYS):
        raise SentBack("valid_from", Code.INVALID_DATE)
    return Accepted(draft.row.number, wanted, known)


def _create(
    session: Session, rows: Sequence[Accepted[NewPrice]], context: ImportContext, progress: Progress
) -> None:
    wanted = [row.value.product_id for row in rows]
    products = {one.id: one for one in session.scalars(select(Product).where(Product.id.in_(wanted)))}
    for done, row in enumerate(rows, start=1):
        prices.set_price(
            session,
            product=products[row.value.product_id],
            price_points=row.value.points,
            valid_from=row.value.valid_from,
            today=context.today,
            by=context.actor,
            at=context.at,
        )
        progress(done)


def _lists(session: Session, context: ImportContext) -> Sequence[int]:
    """The organisations whose lists the importing person may write."""
    mine = scope.within(context.actor, Organisation.path, CATALOGUE_WRITE)
    return session.scalars(select(Organisation.id).where(mine)).all()


PRICES_IMPORTER = Importer(PRICES, N_("Prices"), _judge, _create)
