"""Codes of vouchers: they come in with a receipt, one unit each, and each is handed out once.

Law: the free codes of a shop are as many as the units on its shelf. Locks: the shelf's balance row, which
the ledger took when it posted; then the codes.
"""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.catalogue.models import Product, Shop
from store.orders.models import OrderLine
from store.stock import receipts
from store.stock.errors import (
    QuantityInvalid,
    StockShort,
    VoucherCodeInvalid,
    VoucherCodeKnown,
    VoucherWasUsed,
)
from store.stock.models import StockReceipt
from store.stock.paper_models import Voucher
from store.stock.receipts import Incoming, Paper
from store.stock.rules import MOST_UNITS
from timebank.access.actors import Actor

MOST_CODES = 2_000
# Without 0, O, 1, I and L, which people mix up when they read a code aloud.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GENERATED_LENGTH = 12
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,59}", re.ASCII)


def generated(count: int) -> list[str]:
    """So many new codes: twelve signs each, 59 bits, in groups of four."""
    if not 1 <= count <= MOST_CODES:
        raise QuantityInvalid(field="quantity", most=MOST_CODES)
    codes: set[str] = set()
    while len(codes) < count:
        word = "".join(secrets.choice(ALPHABET) for _ in range(GENERATED_LENGTH))
        codes.add("-".join(word[place : place + 4] for place in range(0, GENERATED_LENGTH, 4)))
    return sorted(codes)


def read_codes(written: str) -> list[str]:
    """The codes in a text, one a line or with commas between; raises ``VoucherCodeInvalid`` for the first that is none."""
    found = [one for one in re.split(r"[\s,;，；、]+", unicodedata.normalize("NFKC", written)) if one]
    seen: set[str] = set()
    for code in found:
        if not _CODE.fullmatch(code) or code.upper() in seen:
            raise VoucherCodeInvalid(field="codes", code=code[:60])
        seen.add(code.upper())
    if not 1 <= len(found) <= MOST_CODES:
        raise QuantityInvalid(field="codes", most=MOST_CODES)
    return [code.upper() for code in found]


def receive(
    session: Session,
    *,
    shop: Shop,
    product: Product,
    codes: Sequence[str],
    paper: Paper,
    key: str,
    best_before: date | None = None,
    unit_cost: Decimal | None = None,
    timezone: ZoneInfo,
    by: Actor,
    at: datetime,
) -> StockReceipt:
    """Codes come in, one unit each; the same ``key`` books them once.

    Raises:
        VoucherCodeKnown: one of them came in before.
        Refusals of ``receipts.receive``.
    """
    standing = session.scalar(
        select(Voucher.code).where(Voucher.product_id == product.id, Voucher.code.in_(codes)).limit(1)
    )
    line = Incoming(product.id, len(codes), best_before=best_before, unit_cost=unit_cost)
    receipt = receipts.receive(
        session, shop=shop, paper=paper, lines=[line], key=key, timezone=timezone, by=by, at=at
    )
    line_id = receipt.lines[-1].id
    if session.scalar(select(Voucher.id).where(Voucher.receipt_line_id == line_id).limit(1)) is not None:
        return receipt
    if standing is not None:
        raise VoucherCodeKnown(field="codes", code=standing)
    session.add_all(
        Voucher(shop_id=shop.id, product_id=product.id, code=code, receipt_line_id=line_id) for code in codes
    )
    session.flush()
    return receipt


def hand_out(
    session: Session, *, shop_id: int, product_id: int, order_line_id: int, units: int, at: datetime
) -> None:
    """Give the line its codes; raises ``StockShort`` when too few are free."""
    assert units <= MOST_UNITS, "a line has fewer units"
    free = _free(session, shop_id, product_id, units)
    if len(free) < units:
        product = session.get_one(Product, product_id)
        raise StockShort(product=product.name, left=len(free), wanted=units)
    for voucher in free:
        voucher.order_line_id, voucher.handed_out_at = order_line_id, at
    session.flush()


def take_away(session: Session, shop_id: int, product_id: int, units: int, at: datetime) -> None:
    """Make free codes void, because so many units leave the shelf by another way than a sale."""
    for voucher in _free(session, shop_id, product_id, units):
        voucher.void_at = at
    session.flush()


def make_void(session: Session, order_line_id: int, units: int, at: datetime) -> None:
    """The line's last codes that were not used hold no longer; raises ``VoucherWasUsed`` for one that was."""
    shown = session.scalars(
        select(Voucher)
        .where(Voucher.order_line_id == order_line_id, Voucher.void_at.is_(None), Voucher.used_at.is_(None))
        .order_by(Voucher.id.desc())
        .limit(units)
        .with_for_update(of=Voucher)
    ).all()
    if len(shown) < units:
        raise VoucherWasUsed(product=session.get_one(OrderLine, order_line_id).product_name)
    for voucher in shown:
        voucher.void_at = at
    session.flush()


def _free(session: Session, shop_id: int, product_id: int, units: int) -> Sequence[Voucher]:
    return session.scalars(
        select(Voucher)
        .where(
            Voucher.shop_id == shop_id,
            Voucher.product_id == product_id,
            Voucher.order_line_id.is_(None),
            Voucher.void_at.is_(None),
        )
        .order_by(Voucher.id)
        .limit(units)
        .with_for_update()
    ).all()


def free_count(session: Session, shop_id: int, product_id: int) -> int:
    """How many codes can still be handed out."""
    free = select(func.count(Voucher.id)).where(
        Voucher.shop_id == shop_id,
        Voucher.product_id == product_id,
        Voucher.order_line_id.is_(None),
        Voucher.void_at.is_(None),
    )
    return session.scalar(free) or 0


def codes_of_order(session: Session, order_id: int) -> dict[int, list[str]]:
    """The codes that an order handed out, by order line id; void ones are left out."""
    rows = session.execute(
        select(Voucher.order_line_id, Voucher.code)
        .join(OrderLine, OrderLine.id == Voucher.order_line_id)
        .where(OrderLine.order_id == order_id, Voucher.void_at.is_(None))
        .order_by(Voucher.id)
    )
    found: dict[int, list[str]] = {}
    for line_id, code in rows:
        if line_id is not None:
            found.setdefault(line_id, []).append(code)
    return found
