"""Reading notices: one's own, and for the administrator what could not be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.permissions import NOTICES_MANAGE
from timebank.notices.errors import DeliveryAbsent, NoticeAbsent
from timebank.notices.models import Notice, NoticeAddress, NoticeDelivery
from timebank.orm import Base

PAGE_NOTICES = 30
LISTED_DELIVERIES = 200


@dataclass(frozen=True)
class Person:
    """Who is told: a member, or a user who is none."""

    member_id: int | None = None
    user_id: int | None = None

    def owns(self, table: type[Any]) -> ColumnElement[bool]:
        """Rows of ``table`` that are this person's."""
        owned: ColumnElement[bool] = (
            table.member_id == self.member_id if self.member_id is not None else table.user_id == self.user_id
        )
        return owned


def person_of(actor: Actor) -> Person:
    """The person behind a log-in."""
    return Person(member_id=actor.member_id) if actor.member_id is not None else Person(user_id=actor.user_id)


def notices_of(
    session: Session, person: Person, *, before: int | None = None, limit: int = PAGE_NOTICES
) -> Sequence[Notice]:
    """What the person was told, newest first; ``before`` is the id of the last one seen."""
    query = select(Notice).where(person.owns(Notice))
    if before is not None:
        query = query.where(Notice.id < before)
    return session.scalars(query.order_by(Notice.id.desc()).limit(limit)).all()


def unread_count(session: Session, person: Person) -> int:
    """How many notices the person has not seen yet."""
    unread = select(func.count()).select_from(Notice).where(person.owns(Notice), Notice.read_at.is_(None))
    return session.scalar(unread) or 0


def notice(session: Session, actor: Actor, notice_id: int) -> Notice:
    """One of the actor's own; raises ``NoticeAbsent``."""
    found = session.scalar(select(Notice).where(Notice.id == notice_id, person_of(actor).owns(Notice)))
    if found is None:
        raise NoticeAbsent
    return found


def address_of(session: Session, person: Person, channel: str) -> NoticeAddress | None:
    """Where the person is reached by ``channel``, confirmed or not."""
    return session.scalar(
        select(NoticeAddress).where(person.owns(NoticeAddress), NoticeAddress.channel == channel)
    )


def questions_since(session: Session, person: Person, since: datetime) -> int:
    """How many questions whether an address is right were queued for the person since then."""
    asked = (
        select(func.count())
        .select_from(NoticeDelivery)
        .join(NoticeAddress, NoticeAddress.id == NoticeDelivery.address_id)
        .where(person.owns(NoticeAddress), NoticeDelivery.kind == "confirmation")
    )
    return session.scalar(asked.where(NoticeDelivery.queued_at > since)) or 0


def undelivered(session: Session, actor: Actor) -> Sequence[NoticeDelivery]:
    """What was given up, or has failed at least once, in the actor's subtrees; newest first."""
    # The tree lies in a room above this one, so its table is asked for by name.
    places = Base.metadata.tables["organisations"]
    return session.scalars(
        select(NoticeDelivery)
        .join(places, places.c.id == NoticeDelivery.organisation_id)
        .options(joinedload(NoticeDelivery.notice), joinedload(NoticeDelivery.address))
        .where(scope.within(actor, places.c.path, NOTICES_MANAGE))
        .where(
            (NoticeDelivery.status == "dead")
            | ((NoticeDelivery.status != "sent") & (NoticeDelivery.attempts > 0))
        )
        .order_by(NoticeDelivery.id.desc())
        .limit(LISTED_DELIVERIES)
    ).all()


def delivery(session: Session, actor: Actor, delivery_id: int) -> tuple[NoticeDelivery, str]:
    """One line of the outbox within the actor's subtrees, and its organisation's path; raises ``DeliveryAbsent``."""
    places = Base.metadata.tables["organisations"]
    row = session.execute(
        select(NoticeDelivery, places.c.path)
        .join(places, places.c.id == NoticeDelivery.organisation_id)
        .where(NoticeDelivery.id == delivery_id, scope.within(actor, places.c.path))
    ).first()
    if row is None:
        raise DeliveryAbsent
    return row[0], str(row[1])
