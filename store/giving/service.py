"""Giving points to one's household, or to the pool that pays for concession prices."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import InsufficientBalance
from store.catalogue.rules import plain, price_is_acceptable
from store.disputes.queries import ensure_not_frozen
from store.giving.errors import GiftAmountInvalid, GiftKeyReused, GiftPointsShort, NotFamily
from store.giving.models import Gift
from store.orders.errors import BasketKeyInvalid
from store.orders.rules import key_is_acceptable
from timebank.access.actors import Actor
from timebank.books import giving
from timebank.db import queue_for
from timebank.errors import N_
from timebank.members.errors import MemberSuspended
from timebank.members.families import same_household
from timebank.members.models import Member
from timebank.notices import service as notices
from timebank.orgs.models import Organisation


def give(
    session: Session,
    *,
    member: Member,
    to: Member,
    points: Decimal | None,
    words: str,
    key: str,
    by: Actor,
    at: datetime,
) -> Gift:
    """Points to somebody of one's own household, once per ``key``; both are told.

    Raises:
        BasketKeyInvalid, GiftAmountInvalid, GiftKeyReused: what was sent.
        MemberSuspended, PointsFrozen, NotFamily: who may not.
        GiftPointsShort: more than can be spent.
    """
    standing = _standing(session, key)
    if standing is not None:
        return _same(standing, (member.id, to.id, None, points))
    amount = _acceptable(session, member, points)
    if to.suspended_at is not None or not same_household(session, member.id, to.id):
        raise NotFamily
    posting = _posted(
        lambda: (
            giving.give(
                session,
                key=key,
                member_id=member.id,
                to_member_id=to.id,
                points=amount,
                at=at,
                actor=by.label,
            ).id
        )
    )
    gift = _written(session, posting, member=member, points=amount, words=words, key=key, at=at, to=to)
    notices.tell(
        session,
        member_id=to.id,
        kind="gift.received",
        sentence=N_("%(name)s has given you %(points)s points."),
        facts={"name": member.name, "points": amount},
        href="/my/points",
        at=at,
    )
    notices.tell(
        session,
        member_id=member.id,
        kind="gift.given",
        sentence=N_("You have given %(points)s points to %(name)s."),
        facts={"name": to.name, "points": amount},
        href="/my/points",
        at=at,
    )
    return gift


def donate(
    session: Session,
    *,
    member: Member,
    to: Organisation,
    points: Decimal | None,
    words: str,
    key: str,
    by: Actor,
    at: datetime,
) -> Gift:
    """Points to the pool of an organisation above one's own, from which its concession prices are paid.

    Raises as :func:`give`; ``NotFamily`` for an organisation that one does not belong to.
    """
    standing = _standing(session, key)
    if standing is not None:
        return _same(standing, (member.id, None, to.id, points))
    amount = _acceptable(session, member, points)
    if not member.organisation.path.startswith(to.path):
        raise NotFamily
    posting = _posted(
        lambda: (
            giving.donate(
                session,
                key=key,
                member_id=member.id,
                organisation_id=to.id,
                points=amount,
                at=at,
                actor=by.label,
            ).id
        )
    )
    gift = _written(session, posting, member=member, points=amount, words=words, key=key, at=at, place=to)
    notices.tell(
        session,
        member_id=member.id,
        kind="gift.donated",
        sentence=N_("Thank you: you have donated %(points)s points to %(name)s."),
        facts={"name": to.name, "points": amount},
        href="/my/points",
        at=at,
    )
    return gift


def _standing(session: Session, key: str) -> Gift | None:
    if not key_is_acceptable(key):
        raise BasketKeyInvalid
    queue_for(session, f"gift:{key}")
    return session.scalar(select(Gift).where(Gift.key == key))


def _same(standing: Gift, asked: tuple[int, int | None, int | None, Decimal | None]) -> Gift:
    if (standing.member_id, standing.to_member_id, standing.to_organisation_id, standing.points) != asked:
        raise GiftKeyReused
    return standing


def _acceptable(session: Session, member: Member, points: Decimal | None) -> Decimal:
    if points is None or not price_is_acceptable(points):
        raise GiftAmountInvalid(field="points")
    if member.suspended_at is not None:
        raise MemberSuspended
    ensure_not_frozen(session, member.id)
    return points


def _posted(post: Callable[[], int]) -> int:
    try:
        return post()
    except InsufficientBalance as error:
        available = plain(max(Decimal(error.facts["available"]), Decimal(0)))
        raise GiftPointsShort(field="points", available=available) from error


def _written(
    session: Session,
    transaction_id: int,
    *,
    member: Member,
    points: Decimal,
    words: str,
    key: str,
    at: datetime,
    to: Member | None = None,
    place: Organisation | None = None,
) -> Gift:
    gift = Gift(
        key=key,
        member_id=member.id,
        to_member_id=to.id if to else None,
        to_organisation_id=place.id if place else None,
        points=points,
        words=words.strip()[:100],
        transaction_id=transaction_id,
        given_at=at,
    )
    session.add(gift)
    session.flush()
    return gift
