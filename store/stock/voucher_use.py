"""Vouchers after the sale: the member sees hers, and whoever gives what one promises writes it down as used, once."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, contains_eager

from store.catalogue.models import Shop
from store.orders.models import Order, OrderLine
from store.stock.errors import VoucherNotFound, VoucherPastDate, VoucherUsed, VoucherVoid
from store.stock.models import ReceiptLine
from store.stock.paper_models import Voucher
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.errors import N_
from timebank.notices import service as notices
from timebank.orgs.models import Organisation

LONGEST_CODE = 60
# As the house makes them: three groups of four.
_OWN_CODE = re.compile(r"[2-9A-HJKMNP-Z]{4}(-[2-9A-HJKMNP-Z]{4}){2}", re.ASCII)


def looks_like_voucher(written: str) -> bool:
    """Whether something that was scanned is a voucher of this house's making."""
    return _OWN_CODE.fullmatch(_plain(written)) is not None


def of_member(session: Session, member_id: int, *, limit: int = 100) -> Sequence[Voucher]:
    """The vouchers that a member redeemed, the newest first; those that came back are left out."""
    query = _handed_out().where(Order.member_id == member_id, Voucher.void_at.is_(None))
    return session.scalars(query.order_by(Voucher.handed_out_at.desc(), Voucher.id).limit(limit)).all()


def with_code(session: Session, actor: Actor, written: str) -> Sequence[Voucher]:
    """Vouchers of the actor's county with this code that were handed out; raises ``VoucherNotFound`` for none.

    Codes are unique within a product: two merchants may have printed the same.
    """
    found = session.scalars(
        _handed_out()
        .join(Organisation, Organisation.id == Shop.organisation_id)
        .where(Voucher.code == _plain(written)[:LONGEST_CODE], scope.within_county(actor, Organisation.path))
        .order_by(Voucher.id)
    ).all()
    if not found:
        raise VoucherNotFound(field="code")
    return found


def state_of(voucher: Voucher, at: datetime, timezone: ZoneInfo) -> str:
    """``open``, ``used``, ``void`` or ``past``: the last day is over in the county's own time."""
    if voucher.void_at is not None:
        return "void"
    if voucher.used_at is not None:
        return "used"
    last = voucher.receipt_line.best_before
    return "past" if last is not None and at.astimezone(timezone).date() > last else "open"


def use(session: Session, *, voucher: Voucher, by: Actor, at: datetime, timezone: ZoneInfo) -> None:
    """Write it down as used; of two who press at once one does it. The member is told.

    Raises:
        VoucherUsed, VoucherVoid, VoucherPastDate
    """
    state = state_of(voucher, at, timezone)
    if state == "past":
        raise VoucherPastDate(day=str(voucher.receipt_line.best_before))
    taken = session.scalar(
        update(Voucher)
        .where(Voucher.id == voucher.id, Voucher.used_at.is_(None), Voucher.void_at.is_(None))
        .values(used_at=at, used_by_user_id=by.user_id)
        .returning(Voucher.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(voucher)
    if taken is None and voucher.void_at is not None:
        raise VoucherVoid
    if taken is None:
        assert voucher.used_at is not None, "nothing else keeps it from being used"
        raise VoucherUsed(moment=f"{voucher.used_at.astimezone(timezone):%Y-%m-%d %H:%M}")
    assert voucher.order_line is not None, "only what was handed out is found by its code"
    notices.tell(
        session,
        member_id=voucher.order_line.order.member_id,
        kind="voucher.used",
        sentence=N_(
            "Your voucher %(product)s (%(code)s) was used just now. If this was not you, say so at once."
        ),
        facts={"product": voucher.order_line.product_name, "code": voucher.code},
        href=f"/orders/{voucher.order_line.order_id}",
        at=at,
        key=f"voucher.used:{voucher.id}",
    )


def _handed_out() -> Select[Voucher]:
    return (
        select(Voucher)
        .join(OrderLine, OrderLine.id == Voucher.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Shop, Shop.id == Order.shop_id)
        .join(ReceiptLine, ReceiptLine.id == Voucher.receipt_line_id)
        .options(
            contains_eager(Voucher.order_line).contains_eager(OrderLine.order).contains_eager(Order.shop),
            contains_eager(Voucher.order_line).contains_eager(OrderLine.order).joinedload(Order.member),
            contains_eager(Voucher.receipt_line),
        )
    )


def _plain(written: str) -> str:
    return "".join(unicodedata.normalize("NFKC", written).split()).upper().replace("－", "-")
