"""Donated goods that were handed out by name left the shelf by movements of the same units, and the other way round."""

from collections.abc import Iterator

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from store.charity.models import CharityHandout, CharityHandoutLine
from store.checks.reading import count_of, shops_within
from store.stock.models import StockMovement
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_DIFFERS = N_("The slip says %(said)s units, the movement took %(moved)s.")
_NOBODY = N_("%(units)s units left the shelf as handed out, and no slip says to whom.")


def _handouts(within: Range) -> Select[int]:
    return select(CharityHandout.id).where(
        CharityHandout.shop_id.in_(shops_within(within)),
        within.written(CharityHandout.id, transaction_id=CharityHandout.transaction_id),
    )


def _count(session: Session, within: Range) -> int:
    return count_of(session, _handouts(within))


def _find(session: Session, within: Range) -> Iterator[Break]:
    rows = session.execute(
        select(CharityHandout.id, CharityHandoutLine.quantity, StockMovement.quantity.label("moved"))
        .join(CharityHandoutLine, CharityHandoutLine.handout_id == CharityHandout.id)
        .join(StockMovement, StockMovement.id == CharityHandoutLine.movement_id)
        .where(CharityHandout.id.in_(_handouts(within)))
        .where(
            or_(
                StockMovement.quantity != -CharityHandoutLine.quantity,
                StockMovement.kind != "handout",
                StockMovement.product_id != CharityHandoutLine.product_id,
                StockMovement.transaction_id != CharityHandout.transaction_id,
            )
        )
        .order_by(CharityHandout.id)
    )
    for row in rows:
        yield Break(f"handout:{row.id}", _DIFFERS, {"said": row.quantity, "moved": -row.moved})
    lonely = session.execute(
        select(StockMovement.id, StockMovement.quantity)
        .outerjoin(CharityHandoutLine, CharityHandoutLine.movement_id == StockMovement.id)
        .where(StockMovement.kind == "handout", StockMovement.shop_id.in_(shops_within(within)))
        .where(
            CharityHandoutLine.id.is_(None),
            within.written(StockMovement.id, transaction_id=StockMovement.transaction_id),
        )
        .order_by(StockMovement.id)
    )
    for movement_id, quantity in lonely:
        yield Break(f"movement:{movement_id}", _NOBODY, {"units": -quantity})


CHECK = Check(
    code="handouts_have_movements",
    kind="shelf",
    proves=N_(
        "Donated goods that were handed out left the shelf by the units on the slip, to somebody by name."
    ),
    broken_by=N_("A slip or a movement was written or changed behind the application's back."),
    repair=N_("Compare with the signed slip; count the shelf and book the difference."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(
        CharityHandout.given_at,
        StockMovement.moved_at,
    ),
)
