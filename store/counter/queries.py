"""Reading baskets: the one that is open at this counter, and what it comes to."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload

from store.catalogue.models import Product, Shop
from store.catalogue.rules import short_by
from store.counter import rules
from store.counter.models import Basket, BasketLine
from store.orders.rules import proof_suffices, total
from timebank.access.actors import Actor
from timebank.books.queries import points_balance, shelf_quantities
from timebank.members.models import Member
from timebank.policy.queries import policy_for


@dataclass(frozen=True)
class ShownLine:
    """One line as the attendant sees it."""

    product: Product
    quantity: int
    on_shelf: int

    @property
    def points(self) -> Decimal:
        """What the line costs now."""
        return self.product.price_points * self.quantity

    @property
    def missing(self) -> int:
        """Units that the shelf does not have by the book."""
        return max(self.quantity - self.on_shelf, 0)


@dataclass(frozen=True)
class Contents:
    """A basket as it stands: lines, member, and what it would come to."""

    lines: tuple[ShownLine, ...]
    total: Decimal
    member: Member | None
    identified_by: str | None
    balance: Decimal | None
    card_limit: Decimal

    @property
    def short(self) -> Decimal:
        """Points that the member lacks."""
        return Decimal(0) if self.balance is None else short_by(self.total, self.balance)

    @property
    def after(self) -> Decimal | None:
        """The balance when all is done; None while it is not known or does not suffice."""
        return None if self.balance is None or self.short else self.balance - self.total

    @property
    def pin_needed(self) -> bool:
        """Whether the paper card alone does not suffice for this total."""
        return self.identified_by is not None and not proof_suffices(
            self.identified_by, self.total, self.card_limit
        )

    @property
    def is_ready(self) -> bool:
        """Whether nothing that is known now stands against handing it over."""
        enough = not any(line.missing or line.product.withdrawn_at for line in self.lines)
        return bool(self.lines) and self.member is not None and not self.short and enough

    @property
    def units(self) -> int:
        """Units in the basket."""
        return sum(line.quantity for line in self.lines)


def open_basket(
    session: Session, *, shop: Shop, by: Actor, device_digest: str, key: str, at: datetime
) -> Basket | None:
    """The attendant's open basket with ``key``, or without a key the newest of this browser, or None."""
    query = _with_lines().where(
        Basket.shop_id == shop.id, Basket.opened_by_user_id == by.user_id, Basket.status == "open"
    )
    if key:
        return session.scalar(query.where(Basket.key == key))
    recent = query.where(Basket.device_digest == device_digest, Basket.opened_at >= at - rules.RESUMED_FOR)
    return session.scalars(recent.order_by(Basket.id.desc()).limit(1)).first()


def contents(session: Session, shop: Shop, basket: Basket | None, *, at: datetime) -> Contents:
    """What ``basket`` holds and comes to at this moment; an empty one for None."""
    limit = Decimal(policy_for(session, shop.organisation.path).card_limit_points)
    if basket is None:
        return Contents((), Decimal(0), None, None, None, limit)
    units = shelf_quantities(session, shop.id)
    lines = tuple(
        ShownLine(line.product, line.quantity, units.get(line.product_id, 0)) for line in basket.lines
    )
    known = basket.member if rules.still_identified(basket.identified_at, at) else None
    return Contents(
        lines=lines,
        total=total((line.product.price_points, line.quantity) for line in lines),
        member=known,
        identified_by=basket.identified_by if known else None,
        balance=points_balance(session, known.id) if known else None,
        card_limit=limit,
    )


def _with_lines() -> Select[Basket]:
    return select(Basket).options(
        joinedload(Basket.member).joinedload(Member.organisation),
        selectinload(Basket.lines).joinedload(BasketLine.product),
    )
