"""A group, a household that waits for an answer, a photo, and a notice that could not be delivered."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, row
from tests.pictures import portrait
from timebank.members import families, groups, photos
from timebank.notices import outbox, service
from timebank.notices.models import NoticeDelivery
from timebank.notices.queries import Person
from timebank.orgs.models import Organisation


def furnish_people(session: Session, cast: Cast) -> dict[str, int | str]:
    """What the arguments of the addresses about people are filled with."""
    volunteer, neighbour = row(session, cast.volunteer), row(session, cast.neighbour)
    group = groups.name_group(
        session,
        organisation=session.get_one(Organisation, cast.county_id),
        name="低收入家庭",
        description="",
        from_age=None,
        at=NOON,
    )
    entered = groups.enter(
        session, group=group, member=volunteer, since=date(2026, 1, 1), by=cast.coordinator.actor, at=NOON
    )
    link = families.propose_link(
        session,
        member=volunteer,
        relative=neighbour,
        by=cast.second_coordinator.actor,
        means="office",
        at=NOON,
    )
    photos.put(session, member=volunteer, content=portrait(), by=cast.coordinator.actor, at=NOON)
    person = Person(member_id=volunteer.id)
    address = service.give_address(
        session, person=person, channel="email", address="guilan@example.com", at=NOON
    )
    service.confirm_address(
        session, keyring=cast.keyring, written=service.confirming_word(cast.keyring, address), at=NOON
    )
    notice = service.tell(
        session,
        member_id=volunteer.id,
        kind="test",
        sentence="Hello %(name)s,",
        facts={"name": volunteer.name},
        href=None,
        at=NOON,
    )
    assert notice is not None
    delivery = session.scalars(select(NoticeDelivery).where(NoticeDelivery.notice_id == notice.id)).one()
    delivery.status, delivery.attempts = "sending", 1
    delivery.leased_until = NOON
    session.flush()
    outbox.mark_failed(session, delivery.id, attempt=1, error="550 no such user", for_good=True, at=NOON)
    return {
        "delivery_id": delivery.id,
        "group_id": group.id,
        "link_id": link.id,
        "membership_id": entered.id,
        "notice_id": notice.id,
    }
