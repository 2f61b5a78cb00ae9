"""What a shift has done: from its orders, from the books, and from the movements, so that the three can be compared.

Everything is selected by the shift and never by time: a sale belongs to the shift in which it was made.
"""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry
from store.catalogue.models import Product
from store.counter.models import Basket, CounterShift, ZReport
from store.counter.rules import MOST_COUNTED_PRODUCTS
from store.orders.models import Order, OrderLine, Return, ReturnLine
from store.stock.models import StockMovement


def figures(session: Session, shift: CounterShift) -> dict[str, Any]:
    """What stands on an X or Z report; amounts are words with two decimals, units whole numbers.

    ``agrees`` says that what the orders say, what the members' accounts were charged and what left the
    shelves by the stock's movements are one and the same.
    """
    sold, back = _orders(session, shift), _returns(session, shift)
    goods = _goods(session, shift)
    posted = _posted(session, shift)
    units_out, units_back = sum(row["out"] for row in goods), sum(row["back"] for row in goods)
    agrees = (
        posted == sold["points"] - back["points"]
        and all(row["moved"] == row["out"] - row["back"] for row in goods)
        and units_out == sold["units"]
    )
    return {
        "orders": sold["count"],
        "first_number": sold["first"],
        "last_number": sold["last"],
        "points_in": str(sold["points"]),
        "units_out": units_out,
        "returns": back["count"],
        "undone": back["undone"],
        "points_back": str(back["points"]),
        "units_back": units_back,
        "posted_points": str(posted),
        "moved_units": sum(row["moved"] for row in goods),
        "goods": goods,
        "identified_by": _identified(session, shift),
        "agrees": agrees,
    }


def products_to_count(session: Session, shift: CounterShift) -> list[Product]:
    """The goods that moved most in this shift: what a blind count looks at. Services stand on no shelf."""
    moved = {row["product"]: row["out"] + row["back"] for row in _goods(session, shift)}
    products = session.scalars(select(Product).where(Product.id.in_(moved), Product.kind == "goods")).all()
    most = sorted(products, key=lambda one: (-moved[one.id], one.id))[:MOST_COUNTED_PRODUCTS]
    return sorted(most, key=lambda one: (one.sort_name, one.id))


def last_number(session: Session, shop_id: int) -> int:
    """The number of the shop's newest day sheet, 0 before the first."""
    return session.scalar(select(func.max(ZReport.number)).where(ZReport.shop_id == shop_id)) or 0


def held_count(session: Session, shop_id: int) -> int:
    """Baskets that are put aside in the shop."""
    held = select(func.count(Basket.id)).where(Basket.shop_id == shop_id, Basket.status == "held")
    return session.scalar(held) or 0


def _points(hundredths: Any) -> Decimal:
    return from_scaled(int(hundredths or 0), POINTS)


def _orders(session: Session, shift: CounterShift) -> dict[str, Any]:
    # A bare column keeps hundredths as whole numbers: the sum of Decimals would come back as a float on SQLite.
    total = func.sum(type_coerce(Order.total_points, BigInteger))
    row = session.execute(
        select(func.count(Order.id), func.min(Order.number), func.max(Order.number), total).where(
            Order.shift_id == shift.id
        )
    ).one()
    units = session.scalar(
        select(func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.shift_id == shift.id)
    )
    return {
        "count": row[0],
        "first": row[1],
        "last": row[2],
        "points": _points(row[3]),
        "units": int(units or 0),
    }


def _returns(session: Session, shift: CounterShift) -> dict[str, Any]:
    total = func.sum(type_coerce(Return.total_points, BigInteger))
    rows = session.execute(
        select(Return.kind, func.count(Return.id), total)
        .where(Return.shift_id == shift.id)
        .group_by(Return.kind)
    ).all()
    return {
        "count": sum(count for _kind, count, _total in rows),
        "undone": sum(count for kind, count, _total in rows if kind == "undo"),
        "points": sum((_points(total) for _kind, _count, total in rows), Decimal("0.00")),
    }


def _posted(session: Session, shift: CounterShift) -> Decimal:
    """What the books have taken from the members of this shift's orders, less what they have given back."""
    sales = select(Order.transaction_id).where(Order.shift_id == shift.id)
    refunds = select(Return.transaction_id).where(Return.shift_id == shift.id)
    charged = session.scalar(
        select(func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id.in_(sales.union_all(refunds)), Account.code.like("member:%:points"))
    )
    return _points(-int(charged or 0))


def _goods(session: Session, shift: CounterShift) -> list[dict[str, Any]]:
    out = _units(
        session,
        select(OrderLine.product_id, func.sum(OrderLine.quantity))
        .join(Order, Order.id == OrderLine.order_id)
        .where(Order.shift_id == shift.id)
        .group_by(OrderLine.product_id),
    )
    back = _units(
        session,
        select(OrderLine.product_id, func.sum(ReturnLine.quantity))
        .join(ReturnLine, ReturnLine.order_line_id == OrderLine.id)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.shift_id == shift.id)
        .group_by(OrderLine.product_id),
    )
    moved = _moved(session, shift)
    known = session.execute(select(Product.id, Product.name).where(Product.id.in_({*out, *back, *moved})))
    names = {row.id: row.name for row in known}
    return [
        {
            "product": product_id,
            "name": names[product_id],
            "out": out.get(product_id, 0),
            "back": back.get(product_id, 0),
            "moved": moved.get(product_id, 0),
        }
        for product_id in sorted(names, key=lambda one: (names[one], one))
    ]


def _moved(session: Session, shift: CounterShift) -> dict[int, int]:
    """Units that left the shelves for this shift's orders, less those that came back, by the stock's own book."""
    sale_lines = select(OrderLine.id).join(Order, Order.id == OrderLine.order_id)
    return_lines = select(ReturnLine.id).join(Return, Return.id == ReturnLine.return_id)
    rows = session.execute(
        select(StockMovement.product_id, func.sum(-StockMovement.quantity))
        .where(
            StockMovement.order_line_id.in_(sale_lines.where(Order.shift_id == shift.id))
            | StockMovement.return_line_id.in_(return_lines.where(Return.shift_id == shift.id))
        )
        .group_by(StockMovement.product_id)
    )
    return {product_id: int(units) for product_id, units in rows}


def _identified(session: Session, shift: CounterShift) -> dict[str, int]:
    rows = session.execute(
        select(Order.identified_by, func.count(Order.id))
        .where(Order.shift_id == shift.id)
        .group_by(Order.identified_by)
    )
    return {how: int(count) for how, count in rows}


def _units(session: Session, query: Any) -> dict[int, int]:
    return {product_id: int(units) for product_id, units in session.execute(query)}
