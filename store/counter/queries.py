"""Reading baskets: the one that is open at this counter, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from store.catalogue.calendar import local_day
from store.catalogue.limits import Claim, Left, claims, tightest
from store.catalogue.models import Product, Shop
from store.catalogue.prices import prices_for
from store.catalogue.rules import short_by
from store.counter import rules
from store.counter.errors import ReportAbsent, ShiftAbsent
from store.counter.limits import standing_answer, was_long_away
from store.counter.models import Agreement, Basket, BasketLine, CounterShift, ZReport
from store.orders.rules import proof_suffices, total
from store.permissions import ORDERS_READ
from store.stock.queries import sellable
from timebank.access import scope
from timebank.access.actors import Actor
from timebank.books.queries import points_available
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.paging import PAGE_ROWS, Page, page
from timebank.policy.queries import policy_for


@dataclass(frozen=True)
class ShownLine:
    """One line as the attendant sees it.

    Attributes:
        price_points: what one unit costs this member; ``subsidy_points`` what a funder pays of it.
        on_shelf: units within their date that nobody has reserved.
        left: the tightest limit of this member on it, where there is one.
    """

    product: Product
    quantity: int
    on_shelf: int
    price_points: Decimal
    subsidy_points: Decimal = Decimal(0)
    left: Left | None = None

    @property
    def points(self) -> Decimal:
        """What the line costs now."""
        return self.price_points * self.quantity

    @property
    def missing(self) -> int:
        """Units that the shelf does not have by the book."""
        return max(self.quantity - self.on_shelf, 0)

    @property
    def over(self) -> int:
        """Units beyond the member's limit."""
        return max(self.quantity - self.left.units, 0) if self.left is not None else 0


@dataclass(frozen=True)
class Contents:
    """A basket as it stands: lines, member, and what it would come to."""

    lines: tuple[ShownLine, ...]
    total: Decimal
    member: Member | None
    identified_by: str | None
    balance: Decimal | None
    card_limit: Decimal
    need: rules.Need = "none"
    long_away: bool = False
    asked: str | None = None
    claims: tuple[Claim, ...] = ()

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
        enough = not any(line.missing or line.over or line.product.withdrawn_at for line in self.lines)
        within = not any(claim.over for claim in self.claims)
        return bool(self.lines) and self.member is not None and not self.short and enough and within

    @property
    def agreement_missing(self) -> bool:
        """Whether the total takes an agreement that is not there yet."""
        proof = "pin" if self.identified_by in ("card_pin", "number_pin") else "shown"
        proof = "phone" if self.asked == "yes" else proof
        return self.member is not None and not rules.agreement_suffices(proof, self.need)

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


def contents(
    session: Session, shop: Shop, basket: Basket | None, *, at: datetime, timezone: ZoneInfo
) -> Contents:
    """What ``basket`` holds and comes to at this moment; an empty one for None."""
    policy = policy_for(session, shop.organisation.path)
    limit = Decimal(policy.card_limit_points)
    if basket is None:
        return Contents((), Decimal(0), None, None, None, limit)
    known = basket.member if rules.still_identified(basket.identified_at, at) else None
    goods = [(line.product, line.quantity) for line in basket.lines]
    claimed = claims(session, known.id, goods, at, timezone=timezone) if known and goods else []
    lines = _lines(session, shop, basket, known, tightest(claimed), at=at, timezone=timezone)
    cost = total((line.price_points, line.quantity) for line in lines)
    long_away = bool(known and goods) and was_long_away(session, known, policy, at)
    need = rules.agreement_needed(
        cost,
        from_points=policy.agreement_from_points,
        pin_from_points=policy.pin_from_points,
        long_away=long_away,
    )
    return Contents(
        lines=lines,
        total=cost,
        member=known,
        identified_by=basket.identified_by if known else None,
        balance=points_available(session, known.id, at=at) if known else None,
        card_limit=limit,
        need=need,
        long_away=long_away,
        asked=standing_answer(session, basket, cost, at) if known and lines else None,
        claims=tuple(claimed),
    )


def _lines(
    session: Session,
    shop: Shop,
    basket: Basket,
    known: Member | None,
    left: Mapping[int, Left],
    *,
    at: datetime,
    timezone: ZoneInfo,
) -> tuple[ShownLine, ...]:
    products = [line.product for line in basket.lines]
    if not products:
        return ()
    units = sellable(session, shop.id, at, of=[product.id for product in products])
    prices = prices_for(session, products, known, local_day(at, timezone))
    return tuple(
        ShownLine(
            product=line.product,
            quantity=line.quantity,
            # A merchant who keeps no stock brings what is missing.
            on_shelf=max(units.get(line.product_id, 0), 0 if shop.keeps_stock else line.quantity),
            price_points=prices[line.product_id].member_price,
            subsidy_points=prices[line.product_id].subsidy,
            left=left.get(line.product_id),
        )
        for line in basket.lines
    )


def open_shift_of(session: Session, by: Actor) -> CounterShift | None:
    """The attendant's open shift, at whichever shop."""
    return session.scalar(
        select(CounterShift)
        .options(joinedload(CounterShift.shop))
        .where(CounterShift.opened_by_user_id == by.user_id, CounterShift.closed_at.is_(None))
    )


def open_shifts(session: Session, shop: Shop) -> Sequence[CounterShift]:
    """Every open shift of the shop, the oldest first."""
    return session.scalars(
        select(CounterShift)
        .options(joinedload(CounterShift.opened_by))
        .where(CounterShift.shop_id == shop.id, CounterShift.closed_at.is_(None))
        .order_by(CounterShift.opened_at, CounterShift.id)
    ).all()


def shift_in_shop(session: Session, shop: Shop, shift_id: int) -> CounterShift:
    """One shift of the shop; raises ``ShiftAbsent``."""
    found = session.scalar(
        select(CounterShift)
        .options(joinedload(CounterShift.opened_by))
        .where(CounterShift.id == shift_id, CounterShift.shop_id == shop.id)
    )
    if found is None:
        raise ShiftAbsent
    return found


def held_baskets(session: Session, shop: Shop, *, limit: int = 50) -> Sequence[Basket]:
    """What is put aside in the shop, the oldest first."""
    return session.scalars(
        select(Basket)
        .options(selectinload(Basket.lines).joinedload(BasketLine.product))
        .where(Basket.shop_id == shop.id, Basket.status == "held")
        .order_by(Basket.held_at, Basket.id)
        .limit(limit)
    ).all()


def z_reports(
    session: Session, shop: Shop, *, before: int | None = None, limit: int = 50
) -> Sequence[ZReport]:
    """Day sheets of the shop, newest first; ``before`` is the number of the last one seen."""
    query = select(ZReport).options(joinedload(ZReport.shift).joinedload(CounterShift.opened_by))
    query = query.where(ZReport.shop_id == shop.id)
    if before is not None:
        query = query.where(ZReport.number < before)
    return session.scalars(query.order_by(ZReport.number.desc()).limit(limit)).all()


def z_report(session: Session, actor: Actor, report_id: int) -> ZReport:
    """One day sheet in the actor's subtrees; raises ``ReportAbsent``."""
    found = session.scalar(
        select(ZReport)
        .join(ZReport.shop)
        .join(Shop.organisation)
        .options(
            contains_eager(ZReport.shop).contains_eager(Shop.organisation),
            joinedload(ZReport.shift).joinedload(CounterShift.opened_by),
            joinedload(ZReport.count),
        )
        .where(ZReport.id == report_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise ReportAbsent
    return found


def day_sheets_page(
    session: Session,
    actor: Actor,
    *,
    shop_id: int | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ZReport]:
    """One page of the day sheets that the actor may read, newest first."""
    query = select(ZReport).join(ZReport.shop).join(Shop.organisation)
    query = query.where(scope.within(actor, Organisation.path, ORDERS_READ))
    if shop_id is not None:
        query = query.where(ZReport.shop_id == shop_id)
    return page(session, query, key=(ZReport.id,), cursor=cursor, limit=limit, descending=True)


def agreements_of(session: Session, member_id: int, at: datetime) -> Sequence[Agreement]:
    """What the member is asked now, the newest first."""
    return (
        session.scalars(
            select(Agreement)
            .options(
                joinedload(Agreement.basket).joinedload(Basket.shop),
                joinedload(Agreement.basket).selectinload(Basket.lines).joinedload(BasketLine.product),
            )
            .where(Agreement.member_id == member_id, Agreement.expires_at > at, Agreement.answer.is_(None))
            .order_by(Agreement.id.desc())
        )
        .unique()
        .all()
    )


def _with_lines() -> Select[Basket]:
    return select(Basket).options(
        joinedload(Basket.member).joinedload(Member.organisation),
        selectinload(Basket.lines).joinedload(BasketLine.product),
    )
