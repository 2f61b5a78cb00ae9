"""Sheets for the public: gathered from orders, receipts and handouts, written down with masked names, hung out."""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.catalogue.models import Shop
from store.catalogue.rules import plain
from store.charity.models import CharityHandout, CharityHandoutLine
from store.orders.models import Order, Return
from store.permissions import SHEETS_PUBLISH
from store.settlement.errors import SheetAbsent, SheetInvalid
from store.settlement.models import PublicSheet
from store.settlement.rules import masked_name
from store.stock.models import ReceiptLine, StockReceipt
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.fraud.decoys import decoy_members
from timebank.orgs.models import Organisation

TOKEN_BYTES = 12
LONGEST_TITLE = 60
MOST_ROWS = 2000
# A name as long as this is a firm's, a school's or a street's, not a person's.
SHORTEST_BODY_NAME = 5

Row = dict[str, str]
Gather = Callable[[Session, Organisation, datetime, datetime, ZoneInfo], Iterator[Row]]


def donor_name(name: str) -> str:
    """A donor as the public sees it: bodies by their name, people by their surname; nobody where none is known."""
    return name if len(name) >= SHORTEST_BODY_NAME else masked_name(name) if name else ""


def _shop_ids(organisation: Organisation) -> Select[int]:
    return (
        select(Shop.id)
        .join(Shop.organisation)
        .where(Organisation.path.startswith(organisation.path, autoescape=True))
    )


def _day(at: datetime, timezone: ZoneInfo) -> str:
    return at.astimezone(timezone).date().isoformat()


def _redemptions(
    session: Session, organisation: Organisation, since: datetime, until: datetime, timezone: ZoneInfo
) -> Iterator[Row]:
    orders = session.scalars(
        select(Order)
        .options(
            joinedload(Order.member),
            selectinload(Order.lines),
            selectinload(Order.returns).selectinload(Return.lines),
        )
        .where(Order.shop_id.in_(_shop_ids(organisation)))
        .where(Order.completed_at >= since, Order.completed_at < until)
        .where(Order.member_id.not_in(decoy_members()))
        .order_by(Order.completed_at, Order.id)
    )
    for order in orders:
        back: dict[int, int] = {}
        for line in (line for one in order.returns for line in one.lines):
            back[line.order_line_id] = back.get(line.order_line_id, 0) + line.quantity
        kept = [(line, line.quantity - back.get(line.id, 0)) for line in order.lines]
        # What came back was not redeemed.
        if any(units for _line, units in kept):
            yield {
                "day": _day(order.completed_at, timezone),
                "who": masked_name(order.member.name),
                "what": _goods((line.product_name, units) for line, units in kept if units),
                "points": plain(
                    sum((line.price_points * units for line, units in kept), start=0 * order.total_points)
                ),
            }


def _goods(lines: Iterator[tuple[str, int]]) -> str:
    return "、".join(f"{name}×{units}" for name, units in lines)


def _donations(
    session: Session, organisation: Organisation, since: datetime, until: datetime, timezone: ZoneInfo
) -> Iterator[Row]:
    receipts = session.scalars(
        select(StockReceipt)
        .options(
            joinedload(StockReceipt.source),
            selectinload(StockReceipt.lines).joinedload(ReceiptLine.product),
        )
        .where(StockReceipt.kind == "donation", StockReceipt.shop_id.in_(_shop_ids(organisation)))
        .where(StockReceipt.received_at >= since, StockReceipt.received_at < until)
        .order_by(StockReceipt.received_at, StockReceipt.id)
    )
    for receipt in receipts:
        yield {
            "day": _day(receipt.received_at, timezone),
            "who": donor_name(receipt.source.name if receipt.source else ""),
            "what": _goods((line.product.name, line.quantity) for line in receipt.lines),
            "points": "",
        }


def _handouts(
    session: Session, organisation: Organisation, since: datetime, until: datetime, timezone: ZoneInfo
) -> Iterator[Row]:
    handouts = session.scalars(
        select(CharityHandout)
        .options(selectinload(CharityHandout.lines).joinedload(CharityHandoutLine.product))
        .where(CharityHandout.shop_id.in_(_shop_ids(organisation)))
        .where(CharityHandout.given_at >= since, CharityHandout.given_at < until)
        .where(or_(CharityHandout.member_id.is_(None), CharityHandout.member_id.not_in(decoy_members())))
        .order_by(CharityHandout.given_at, CharityHandout.id)
    )
    for handout in handouts:
        yield {
            "day": _day(handout.given_at, timezone),
            "who": masked_name(handout.recipient_name),
            "what": _goods((line.product.name, line.quantity) for line in handout.lines),
            "points": "",
        }


GATHERERS: Mapping[str, Gather] = {
    "redemptions": _redemptions,
    "donations": _donations,
    "handouts": _handouts,
}


def gathered(
    session: Session,
    *,
    kind: str,
    organisation: Organisation,
    first_day: date,
    last_day: date,
    timezone: ZoneInfo,
) -> list[Row]:
    """The rows as they would hang out, names masked, oldest first; at most ``MOST_ROWS``."""
    since = datetime.combine(first_day, time(), timezone)
    until = datetime.combine(last_day + timedelta(days=1), time(), timezone)
    rows = GATHERERS[kind](session, organisation, since, until, timezone)
    return [row for row, _number in zip(rows, range(MOST_ROWS), strict=False)]


def ensure_publishable(*, title: str, first_day: date, last_day: date, today: date) -> None:
    """Raise ``SheetInvalid`` unless there is a title and the days are in order and not ahead."""
    if not (0 < len(title.strip()) <= LONGEST_TITLE and first_day <= last_day <= today):
        raise SheetInvalid(field="title")


def publish(
    session: Session,
    *,
    kind: str,
    organisation: Organisation,
    title: str,
    first_day: date,
    last_day: date,
    today: date,
    timezone: ZoneInfo,
    by: Actor,
    at: datetime,
) -> PublicSheet:
    """Write the rows down and hang them out; what is sold or given later does not change them.

    Raises:
        SheetInvalid: title or days.
    """
    ensure_publishable(title=title, first_day=first_day, last_day=last_day, today=today)
    rows = gathered(
        session,
        kind=kind,
        organisation=organisation,
        first_day=first_day,
        last_day=last_day,
        timezone=timezone,
    )
    sheet = PublicSheet(
        token=secrets.token_urlsafe(TOKEN_BYTES),
        organisation_id=organisation.id,
        kind=kind,
        title=title.strip(),
        first_day=first_day,
        last_day=last_day,
        rows=rows,
        rows_digest=rows_digest(rows),
        published_by=by.label,
        published_at=at,
    )
    session.add(sheet)
    session.flush()
    return sheet


def rows_digest(rows: Sequence[Row]) -> str:
    """SHA-256 of the rows as they hang out, printed at the foot."""
    written = json.dumps(list(rows), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def withdraw(session: Session, *, sheet: PublicSheet, by: Actor, at: datetime) -> None:
    """Take the sheet down; its address leads nowhere from now on."""
    if sheet.withdrawn_at is None:
        sheet.withdrawn_at, sheet.withdrawn_by = at, by.label
        session.flush()


def public_sheet(session: Session, token: str) -> PublicSheet:
    """A sheet that hangs out, for everybody; raises ``SheetAbsent``."""
    found = session.scalar(
        select(PublicSheet)
        .options(joinedload(PublicSheet.organisation))
        .where(PublicSheet.token == token, PublicSheet.withdrawn_at.is_(None))
    )
    if found is None:
        raise SheetAbsent
    return found


def sheet(session: Session, actor: Actor, sheet_id: int) -> PublicSheet:
    """A sheet of the actor's subtrees, hanging or not; raises ``SheetAbsent``."""
    found = session.scalar(
        select(PublicSheet)
        .join(PublicSheet.organisation)
        .options(joinedload(PublicSheet.organisation))
        .where(PublicSheet.id == sheet_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise SheetAbsent
    return found


def sheets(session: Session, actor: Actor) -> Sequence[PublicSheet]:
    """The sheets of the actor's subtrees, newest first."""
    return session.scalars(
        select(PublicSheet)
        .join(PublicSheet.organisation)
        .options(joinedload(PublicSheet.organisation))
        .where(scope.within(actor, Organisation.path, SHEETS_PUBLISH))
        .order_by(PublicSheet.id.desc())
        .limit(100)
    ).all()
