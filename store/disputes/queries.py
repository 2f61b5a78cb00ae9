"""Reading reports, and whether a member's points are frozen by one."""

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from store.disputes.errors import DisputeAbsent, PointsFrozen
from store.disputes.models import Dispute, DisputeDecision
from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.prepared import Prepared


def _standing(member_id: int) -> Select[Dispute]:
    """Reports of the member's that are undecided, or upheld: whose newest decision does not lift them."""
    later = aliased(DisputeDecision)
    superseded = (
        select(later.id)
        .where(later.dispute_id == DisputeDecision.dispute_id, later.number > DisputeDecision.number)
        .correlate(DisputeDecision)
        .exists()
    )
    lifted = (
        select(DisputeDecision.id)
        .where(DisputeDecision.dispute_id == Dispute.id, DisputeDecision.decision == "lifted", ~superseded)
        .correlate(Dispute)
        .exists()
    )
    return select(Dispute).where(Dispute.member_id == member_id, ~lifted)


def is_frozen(session: Session, member_id: int) -> bool:
    """Whether a report of the member's is undecided, or upheld."""
    return session.scalar(_standing(member_id).limit(1)) is not None


def standing_dispute(session: Session, member_id: int) -> Dispute | None:
    """The newest report by which the member's points are frozen, with what was decided about it."""
    query = _standing(member_id).options(
        selectinload(Dispute.decisions),
        joinedload(Dispute.organisation),
        joinedload(Dispute.member).joinedload(Member.organisation),
    )
    return session.scalars(query.order_by(Dispute.id.desc()).limit(1)).first()


_REPORTED = Prepared(select(Dispute.id).where(Dispute.member_id == bindparam("member")).limit(1))


def ensure_not_frozen(session: Session, member_id: int) -> None:
    """Raise ``PointsFrozen`` while a report of the member's stands. Nearly nobody has one: that is asked first."""
    if _REPORTED.first(session, member=member_id) is not None and is_frozen(session, member_id):
        raise PointsFrozen


def dispute(session: Session, actor: Actor, dispute_id: int) -> Dispute:
    """One report in the actor's subtrees; raises ``DisputeAbsent``."""
    found = session.scalar(
        select(Dispute)
        .join(Dispute.organisation)
        .options(contains_eager(Dispute.organisation), selectinload(Dispute.decisions))
        .where(Dispute.id == dispute_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise DisputeAbsent
    return found


def disputes(session: Session, actor: Actor, permission: Permission, *, limit: int = 100) -> list[Dispute]:
    """Reports that the actor decides about, the newest first."""
    query = (
        select(Dispute)
        .join(Dispute.organisation)
        .options(contains_eager(Dispute.organisation), selectinload(Dispute.decisions))
        .where(scope.within(actor, Organisation.path, permission))
        .order_by(Dispute.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def dispute_of_order(session: Session, order_id: int) -> Dispute | None:
    """What was reported about an order."""
    return session.scalar(
        select(Dispute).options(selectinload(Dispute.decisions)).where(Dispute.order_id == order_id)
    )
