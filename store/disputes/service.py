"""Reporting, and deciding about a report.

Whoever opens a case about a report names it by ``dispute:<id>``; nothing here is ever changed.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.disputes.errors import DecidedMeanwhile, DecisionReasonMissing, OwnDispute
from store.disputes.models import Dispute, DisputeDecision
from timebank.access.actors import Actor
from timebank.db import queue_for


def report(
    session: Session,
    *,
    order_id: int,
    member_id: int,
    organisation_id: int,
    says: str,
    key: str,
    by: Actor,
    at: datetime,
) -> tuple[Dispute, bool]:
    """“This was not me”: the points are frozen from now on. The same order is reported once.

    Args:
        order_id: the member's own order, found within her scope by the caller.
        organisation_id: of the shop, whose auditor decides.

    Returns:
        the report, and whether it is new.
    """
    queue_for(session, f"dispute:{order_id}")
    standing = session.scalar(select(Dispute).where(Dispute.order_id == order_id))
    if standing is not None:
        return standing, False
    found = Dispute(
        key=key,
        member_id=member_id,
        organisation_id=organisation_id,
        order_id=order_id,
        says=says.strip()[:1000],
        reported_by=by.label,
        reported_at=at,
    )
    session.add(found)
    session.flush()
    return found, True


def decide(
    session: Session,
    *,
    dispute: Dispute,
    decision: str,
    reason: str,
    seen: int,
    sold_by_user_id: int,
    by: Actor,
    at: datetime,
) -> DisputeDecision:
    """Uphold the report (the points stay frozen) or lift it (they may be spent again).

    Args:
        decision: ``upheld`` or ``lifted``.
        seen: how many decisions stood on the page; another number now is a conflict.

    Raises:
        OwnDispute, DecisionReasonMissing, DecidedMeanwhile
    """
    if is_part_of(dispute, sold_by_user_id, by):
        raise OwnDispute
    if not reason.strip():
        raise DecisionReasonMissing(field="reason")
    queue_for(session, f"dispute:{dispute.order_id}")
    session.refresh(dispute, ["decisions"])
    last = dispute.decisions[-1] if dispute.decisions else None
    if len(dispute.decisions) != seen or (last is not None and last.decision == decision):
        raise DecidedMeanwhile
    found = DisputeDecision(
        dispute_id=dispute.id,
        number=seen + 1,
        decision=decision,
        reason=reason.strip(),
        decided_by_user_id=by.user_id,
        decided_at=at,
    )
    session.add(found)
    session.flush()
    return found


def is_part_of(dispute: Dispute, sold_by_user_id: int, who: Actor) -> bool:
    """Whether somebody reported it herself, or handed out what it is about: she does not decide."""
    return who.member_id == dispute.member_id or who.user_id == sold_by_user_id
