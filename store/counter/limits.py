"""What a sale at the counter takes besides points: the member's agreement, and today's limits."""

import hashlib
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Exists, bindparam, func, select, type_coerce
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from store.catalogue.models import Shop
from store.catalogue.rules import plain
from store.counter import rules
from store.counter.errors import (
    AgreementAbsent,
    AgreementNeeded,
    AgreementRefused,
    CardUsedOften,
    DayLimitReached,
    LongAway,
    MemberNotIdentified,
    PinOrPhoneNeeded,
)
from store.counter.models import Agreement, Basket
from store.orders.models import Order, Return
from store.orders.queries import last_redeemed_at
from timebank.access.actors import Actor
from timebank.db import queue_for
from timebank.errors import N_
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.policy.rules import Policy
from timebank.prepared import Prepared


def content_digest(basket: Basket, total_points: Decimal) -> str:
    """What the member is asked about: whose basket, which goods, how many points."""
    lines = ",".join(f"{line.product_id}x{line.quantity}" for line in basket.lines)
    stated = f"basket {basket.id}|member {basket.member_id}|{lines}|{total_points:.2f}"
    return hashlib.sha256(stated.encode()).hexdigest()


def ask(session: Session, *, basket: Basket, total_points: Decimal, by: Actor, at: datetime) -> Agreement:
    """Put the question on the member's phone; the same question again lives on, a "no" to it is forgotten.

    Raises:
        MemberNotIdentified: nobody to ask.
    """
    if basket.member_id is None or not rules.still_identified(basket.identified_at, at):
        raise MemberNotIdentified
    digest = content_digest(basket, total_points)
    standing = _asked(session, basket, digest)
    if standing is None:
        standing = Agreement(
            basket_id=basket.id, member_id=basket.member_id, content_digest=digest, total_points=total_points
        )
        session.add(standing)
    standing.asked_by_user_id, standing.asked_at = by.user_id or 0, at
    standing.expires_at = at + rules.ASKED_FOR
    standing.answer = standing.answered_at = None
    session.flush()
    return standing


def tell_asked(session: Session, asked: Agreement, shop: Shop) -> None:
    """The member hears of the question once, however often the same one is asked."""
    notices.tell(
        session,
        member_id=asked.member_id,
        kind="agreement.asked",
        sentence=N_("%(shop)s asks: do you agree to %(points)s points?"),
        facts={"shop": shop.name, "points": asked.total_points},
        href="/my/agreements",
        at=asked.asked_at,
        key=_notice_key(asked),
    )


def take_back_questions(session: Session, basket: Basket) -> None:
    """The basket changed, or is nobody's any more: what the member has not answered is not asked any more."""
    if basket.member_id is None:
        return
    waiting = select(Agreement).where(
        Agreement.basket_id == basket.id,
        Agreement.answer.is_(None),
        Agreement.expires_at > Agreement.asked_at,
    )
    for one in session.scalars(waiting).all():
        one.expires_at = one.asked_at
        notices.withdraw(session, key=_notice_key(one), at=one.asked_at)


def _notice_key(asked: Agreement) -> str:
    return f"agreement.asked:{asked.basket_id}:{asked.content_digest[:20]}"


def answer(session: Session, *, agreement_id: int, member_id: int, yes: bool, at: datetime) -> Agreement:
    """The member says yes or no, once.

    Raises:
        AgreementAbsent: it is not hers, too late, or answered with something else.
    """
    found = session.scalar(
        select(Agreement)
        .where(Agreement.id == agreement_id, Agreement.member_id == member_id)
        .with_for_update(of=Agreement)
    )
    said = "yes" if yes else "no"
    if found is None or (found.answer is not None and found.answer != said):
        raise AgreementAbsent
    if found.answer is None:
        if at >= found.expires_at:
            raise AgreementAbsent
        found.answer, found.answered_at = said, at
    session.flush()
    return found


def was_long_away(session: Session, member: Member | None, policy: Policy, at: datetime) -> bool:
    """Whether the member comes back to a counter after more quiet days than the county lets pass."""
    if member is None or not policy.pin_after_days:
        return False
    return rules.is_long_away(last_redeemed_at(session, member.id), at, policy.pin_after_days)


def standing_answer(session: Session, basket: Basket, total_points: Decimal, at: datetime) -> str | None:
    """What the member said about just this: ``yes``, ``no``, ``waiting``, or None where nothing is asked."""
    found = _asked(session, basket, content_digest(basket, total_points))
    if found is None or (found.answer is None and at >= found.expires_at):
        return None
    return found.answer or "waiting"


def agreed_by(
    session: Session,
    basket: Basket,
    total_points: Decimal,
    policy: Policy,
    *,
    hand_pin_of: int | None,
    signed: bool,
    at: datetime,
) -> str:
    """How the member has agreed; refuses what is less than the total takes.

    Raises:
        AgreementNeeded, PinOrPhoneNeeded, LongAway, AgreementRefused
    """
    long_away = was_long_away(session, basket.member, policy, at)
    need = rules.agreement_needed(
        total_points,
        from_points=policy.agreement_from_points,
        pin_from_points=policy.pin_from_points,
        long_away=long_away,
    )
    said = standing_answer(session, basket, total_points, at)
    if said == "no":
        raise AgreementRefused
    if said == "waiting":
        # She agrees by hand instead; nobody asks her phone about goods that she has taken home.
        take_back_questions(session, basket)
    found = "shown"
    if said == "yes":
        found = "phone"
    elif basket.identified_by in ("card_pin", "number_pin") or hand_pin_of == basket.member_id:
        found = "pin"
    elif signed:
        found = "signature"
    if rules.agreement_suffices(found, need):
        return found
    if long_away:
        raise LongAway(days=policy.pin_after_days)
    if need == "strong":
        raise PinOrPhoneNeeded(least=policy.pin_from_points)
    raise AgreementNeeded(least=policy.agreement_from_points)


def ensure_within(
    session: Session,
    basket: Basket,
    cost: Decimal,
    policy: Policy,
    *,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> None:
    """Today's limits of the attendant and of the member's card.

    The attendant's one open shift is locked by the caller, so that two of her sales count each other.

    Raises:
        DayLimitReached, CardUsedOften
    """
    since, until = day_of(at, timezone)
    if policy.attendant_day_points:
        taken = points_taken(session, by.user_id or 0, since, until)
        if taken + cost > policy.attendant_day_points:
            raise DayLimitReached(taken=plain(taken), wanted=plain(cost), most=policy.attendant_day_points)
    if policy.card_day_redemptions and basket.identified_by == "card":
        # Counters of two shops decide about one card one after the other.
        queue_for(session, f"card-day:{basket.member_id}")
        if card_uses(session, basket.member_id or 0, since, until) >= policy.card_day_redemptions:
            raise CardUsedOften(most=policy.card_day_redemptions)


def day_of(at: datetime, timezone: ZoneInfo) -> tuple[datetime, datetime]:
    """The county's own day that ``at`` lies in, from its midnight to the next."""
    day = at.astimezone(timezone).date()
    begins = datetime.combine(day, time(), timezone)
    return begins, datetime.combine(day + timedelta(days=1), time(), timezone)


def _undone() -> Exists:
    return select(Return.id).where(Return.order_id == Order.id, Return.kind == "undo").exists()


# Made once: every sale asks it.
_TAKEN = Prepared(
    select(func.sum(type_coerce(Order.total_points, BigInteger))).where(
        Order.sold_by_user_id == bindparam("user"),
        Order.completed_at >= bindparam("since"),
        Order.completed_at < bindparam("until"),
        ~_undone(),
    )
)
_ASKED = Prepared(
    select(Agreement.id).where(
        Agreement.basket_id == bindparam("basket"), Agreement.content_digest == bindparam("digest")
    )
)


def points_taken(session: Session, user_id: int, since: datetime, until: datetime) -> Decimal:
    """Points of the attendant's sales of that time that were not undone."""
    asked = {"user": user_id, "since": since, "until": until}
    return from_scaled(int(_TAKEN.scalar(session, **asked) or 0), POINTS)


def card_uses(session: Session, member_id: int, since: datetime, until: datetime) -> int:
    """Redemptions of that time by the paper card alone that were not undone."""
    found = session.scalar(
        select(func.count(Order.id)).where(
            Order.member_id == member_id,
            Order.identified_by == "card",
            Order.completed_at >= since,
            Order.completed_at < until,
            ~_undone(),
        )
    )
    return found or 0


def _asked(session: Session, basket: Basket, digest: str) -> Agreement | None:
    # Few totals take a yes on the phone, so nearly always there is none.
    found = _ASKED.scalar(session, basket=basket.id, digest=digest)
    return None if found is None else session.get_one(Agreement, found)
