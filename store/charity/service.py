"""Giving donated goods to people by name, in one transaction: paper, movements, batches and the posting.

Locks as in stock: the shelves' balances (by the ledger when it posts), their batches, and last the shop, whose papers
are numbered without a gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance, KeyReused
from store.catalogue.models import Product, Shop
from store.charity import queries
from store.charity.errors import (
    FairInvalid,
    HandoutKeyReused,
    NotDonated,
    NothingChosen,
    RecipientMissing,
)
from store.charity.models import CharityFair, CharityHandout, CharityHandoutLine
from store.stock import batches
from store.stock.errors import KeptForReservations, StockShort
from store.stock.models import StockMovement
from timebank.access.actors import Actor
from timebank.books import chart, settling
from timebank.members.models import Member

LONGEST_FAIR_NAME = 60


@dataclass(frozen=True)
class Recipient:
    """Who gets the goods: a member, or somebody known by name and by where they live."""

    name: str
    note: str = ""
    member: Member | None = None


def hand_out(
    session: Session,
    *,
    shop: Shop,
    recipient: Recipient,
    units: Sequence[tuple[int, int]],
    reason: str,
    key: str,
    by: Actor,
    at: datetime,
) -> CharityHandout:
    """Give donated units (batch ids with whole quantities above zero) to ``recipient``, once per ``key``.

    Raises:
        NothingChosen, RecipientMissing: what was entered.
        NotDonated: a batch that was bought, is of another shop, or is past its date.
        BatchShort, StockShort: fewer are there.
        KeptForReservations: what would be left is not enough for what is reserved.
        HandoutKeyReused: the key stands for another handout.
    """
    name = recipient.member.name if recipient.member else " ".join(recipient.name.split())
    if not name or (recipient.member is None and not recipient.note.strip()):
        raise RecipientMissing(field="name")
    standing = queries.handout_with_key(session, key)
    if standing is not None:
        return _same(standing, shop, name, units)
    parts = _by_product(session, shop, units, at)
    goods = [(product_id, sum(count for _id, count in chosen)) for product_id, chosen in parts.items()]
    transaction_id = _posted(session, shop, goods, key=key, by=by, at=at)
    movements = _moved(session, shop, parts, transaction_id=transaction_id, by=by, at=at)
    handout = CharityHandout(
        key=key,
        shop_id=shop.id,
        number=_next_number(session, shop),
        member_id=recipient.member.id if recipient.member else None,
        recipient_name=name,
        recipient_note=recipient.note.strip(),
        reason=reason.strip(),
        given_by_user_id=by.user_id,
        given_at=at,
        transaction_id=transaction_id,
        lines=[
            CharityHandoutLine(product_id=one.product_id, quantity=-one.quantity, movement_id=one.id)
            for one in movements
        ],
    )
    session.add(handout)
    session.flush()
    return handout


def _by_product(
    session: Session, shop: Shop, units: Sequence[tuple[int, int]], at: datetime
) -> dict[int, list[tuple[int, int]]]:
    """Product id → batches with units, of donated batches within their date; products in order."""
    chosen = [(batch_id, count) for batch_id, count in units if count > 0]
    if not chosen:
        raise NothingChosen(field="units")
    known = {one.batch.id: one.batch for one in queries.donated(session, shop)}
    found: dict[int, list[tuple[int, int]]] = {}
    for batch_id, count in chosen:
        batch = known.get(batch_id)
        if batch is None or (batch.expires_at is not None and batch.expires_at <= at):
            raise NotDonated(field="units")
        found.setdefault(batch.product_id, []).append((batch_id, count))
    return dict(sorted(found.items()))


def _same(
    standing: CharityHandout, shop: Shop, name: str, units: Sequence[tuple[int, int]]
) -> CharityHandout:
    wanted, stands = sum(count for _id, count in units), sum(line.quantity for line in standing.lines)
    if (standing.shop_id, standing.recipient_name, stands) != (shop.id, name, wanted):
        raise HandoutKeyReused
    return standing


def _posted(
    session: Session, shop: Shop, goods: Sequence[tuple[int, int]], *, key: str, by: Actor, at: datetime
) -> int:
    try:
        posting = settling.hand_out_goods(
            session,
            key=key,
            shop_id=shop.id,
            organisation_id=shop.organisation_id,
            goods=goods,
            at=at,
            actor=by.label,
        )
    except KeyReused as error:
        raise HandoutKeyReused from error
    except InsufficientBalance as error:
        names = {chart.shelf(shop.id, product_id).code: product_id for product_id, _count in goods}
        product = session.get_one(Product, names[error.facts["account"]])
        left, wanted = int(error.facts["available"]), int(error.facts["wanted"])
        kept = batches.held_units(session, shop.id, [product.id]).get(product.id, 0)
        if kept:
            raise KeptForReservations(product=product.name, kept=kept, left=left, wanted=wanted) from error
        raise StockShort(product=product.name, left=left, wanted=wanted) from error
    return posting.id


def _moved(
    session: Session,
    shop: Shop,
    parts: dict[int, list[tuple[int, int]]],
    *,
    transaction_id: int,
    by: Actor,
    at: datetime,
) -> list[StockMovement]:
    movements = []
    for product_id, chosen in parts.items():
        movement = StockMovement(
            shop_id=shop.id,
            product_id=product_id,
            quantity=-sum(count for _id, count in chosen),
            kind="handout",
            transaction_id=transaction_id,
            moved_by=by.label,
            moved_at=at,
        )
        session.add(movement)
        session.flush()
        batches.take_parts(session, movement, chosen)
        batches.ensure_reserved_stay(session, movement, at)
        movements.append(movement)
    return movements


def _next_number(session: Session, shop: Shop) -> int:
    session.execute(select(Shop.id).where(Shop.id == shop.id).with_for_update(key_share=True))
    last = session.scalar(select(func.max(CharityHandout.number)).where(CharityHandout.shop_id == shop.id))
    return (last or 0) + 1


def plan_fair(
    session: Session,
    *,
    shop: Shop,
    name: str,
    place: str,
    first_day: date,
    last_day: date,
    by: Actor,
    at: datetime,
) -> CharityFair:
    """Days on which the shop sells donated goods for points at its counter; raises ``FairInvalid``."""
    plain = " ".join(name.split())
    if not 0 < len(plain) <= LONGEST_FAIR_NAME or last_day < first_day:
        raise FairInvalid(field="name")
    fair = CharityFair(
        shop_id=shop.id,
        name=plain,
        place=place.strip(),
        first_day=first_day,
        last_day=last_day,
        planned_by=by.label,
        planned_at=at,
    )
    try:
        with session.begin_nested():
            session.add(fair)
            session.flush()
    except IntegrityError as error:
        raise FairInvalid(field="name") from error
    return fair
