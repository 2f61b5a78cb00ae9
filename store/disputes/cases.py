"""A report opens a case, and the case tells what became of the report."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.disputes.models import Dispute, DisputeDecision
from store.orders.models import Order
from timebank.access.actors import Actor
from timebank.errors import N_
from timebank.fraud import cases
from timebank.fraud.models import Case, CaseEvent

REPORTED = N_(
    "%(name)s says that receipt no. %(number)s of %(shop)s over %(points)s points was not hers. Her points are frozen."
)
UPHELD = N_("The report was upheld: it was somebody else. %(reason)s")
LIFTED = N_("The report was lifted: the points may be spent again. %(reason)s")
REVERSED = N_("Given back to the member: %(points)s points.")
GOODS_BACK = N_("The goods are back on the shelf.")
GOODS_GONE = N_("The goods are gone and were written off.")


def open_about(session: Session, *, dispute: Dispute, order: Order, by: Actor, at: datetime) -> Case:
    """The case of a report, once: about the member, and about whoever handed the goods out."""
    facts = {"name": order.member.name, "number": order.number, "shop": order.shop.name}
    return cases.open_case(
        session,
        origin="member",
        member_ids=[order.member_id],
        user_ids=[order.sold_by_user_id],
        organisation_id=order.shop.organisation_id,
        sentence=REPORTED,
        facts={**facts, "points": str(order.total_points)},
        evidence=[("dispute", dispute.id), ("order", order.id)],
        at=at,
        key=f"dispute:{dispute.id}",
        actor=by.label,
        actor_name=by.name,
    )


def case_of(session: Session, dispute: Dispute) -> Case | None:
    """The case that the report opened; None for a report from before there were cases."""
    return session.scalar(
        select(Case)
        .join(CaseEvent, CaseEvent.case_id == Case.id)
        .where(CaseEvent.key == f"report:dispute:{dispute.id}")
    )


def tell(
    session: Session,
    *,
    dispute: Dispute,
    decision: DisputeDecision,
    points: str | None,
    goods: str,
    by: Actor,
    at: datetime,
) -> None:
    """Write the answer into the case's history, and what was given back with it.

    Args:
        points: what the member got back, None for nothing; goods: what became of the goods.
    """
    case = case_of(session, dispute)
    if case is None:
        return
    said = UPHELD if decision.decision == "upheld" else LIFTED
    lines = [("", said, {"reason": decision.reason})]
    if points is not None:
        lines += [(":reversed", REVERSED, {"points": points}), (":goods", goods, {})]
    for suffix, sentence, facts in lines:
        cases.write_down(
            session,
            case,
            kind="note",
            says=sentence,
            facts=facts,
            at=at,
            key=f"dispute:{dispute.id}:{decision.number}{suffix}",
            actor=by.label,
            actor_name=by.name,
        )
