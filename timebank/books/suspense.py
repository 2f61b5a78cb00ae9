"""Differences that wait for an explanation, in the books: from what counts as lost into suspense, and back when decided.

A count has booked its difference between the shelf and what is lost. As long as nobody has said what became of
it, it is not lost but in suspense; closing it returns it, so that the suspense accounts hold just what waits.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger import journal
from ledger.journal import Draft, Posting
from timebank.books import chart
from timebank.books.legs import moved

SUSPENDED, CLEARED = "goods_suspended", "goods_cleared"


def suspend_goods(
    session: Session,
    *,
    key: str,
    organisation_id: int,
    product_id: int,
    missing: int,
    subject: str,
    at: datetime,
    actor: str,
) -> Posting:
    """``missing`` pieces (below zero: too many) wait for an explanation. Once per ``key``."""
    return _posted(
        session,
        SUSPENDED,
        key=key,
        organisation_id=organisation_id,
        product_id=product_id,
        into_suspense=missing,
        subject=subject,
        at=at,
        actor=actor,
    )


def clear_goods(
    session: Session,
    *,
    key: str,
    organisation_id: int,
    product_id: int,
    missing: int,
    subject: str,
    at: datetime,
    actor: str,
) -> Posting:
    """The same pieces no longer wait: two people have decided, or the difference is gone. Once per ``key``."""
    return _posted(
        session,
        CLEARED,
        key=key,
        organisation_id=organisation_id,
        product_id=product_id,
        into_suspense=-missing,
        subject=subject,
        at=at,
        actor=actor,
    )


def _posted(
    session: Session,
    kind: str,
    *,
    key: str,
    organisation_id: int,
    product_id: int,
    into_suspense: int,
    subject: str,
    at: datetime,
    actor: str,
) -> Posting:
    source, target = (
        chart.goods_lost(organisation_id, product_id),
        chart.goods_suspense(organisation_id, product_id),
    )
    if into_suspense < 0:
        source, target = target, source
    legs = moved(source, target, Decimal(abs(into_suspense)))
    draft = Draft(f"{kind}:{key}", kind, legs, at, at, actor, subject, {})
    return journal.post(session, draft)
