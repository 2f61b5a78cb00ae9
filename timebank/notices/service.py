"""Telling: the notice and its deliveries, in the transaction of the event. Nothing is sent from here."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.access.actors import Permission
from timebank.access.keys import Keyring
from timebank.access.models import RoleGrant, User
from timebank.notices import rules
from timebank.notices.errors import AddressInvalid, AddressLinkInvalid, DeliveryNotDead, TooManyQuestions
from timebank.notices.models import Notice, NoticeAddress, NoticeDelivery
from timebank.notices.queries import Person, address_of, questions_since
from timebank.orm import Base
from timebank.prepared import Prepared, PreparedRows, written

MESSAGE_ID_BYTES = 16


def tell(
    session: Session,
    *,
    member_id: int,
    kind: str,
    sentence: str,
    facts: Mapping[str, Any],
    href: str | None,
    at: datetime,
    key: str | None = None,
) -> Notice | None:
    """Tell a member; None when the same ``key`` was told before.

    Args:
        kind: stable word such as ``member.pin_set``.
        sentence: English message id, marked with ``N_``, with ``%(name)s`` places.
        facts: words, whole numbers, ``Decimal`` amounts, days, moments; each reader sees them in their own way.
        href: a path of this house, or None.
    """
    person = Person(member_id=member_id)
    return _told(session, person, kind=kind, sentence=sentence, facts=facts, href=href, at=at, key=key)


def tell_user(
    session: Session,
    *,
    user_id: int,
    kind: str,
    sentence: str,
    facts: Mapping[str, Any],
    href: str | None,
    at: datetime,
    key: str | None = None,
) -> Notice | None:
    """Tell a user, who may be no member (an auditor from outside); as :func:`tell`."""
    user = session.get_one(User, user_id)
    person = Person(member_id=user.member_id) if user.member_id else Person(user_id=user_id)
    return _told(session, person, kind=kind, sentence=sentence, facts=facts, href=href, at=at, key=key)


def tell_holders(
    session: Session,
    *,
    permission: Permission,
    organisation_path: str,
    kind: str,
    sentence: str,
    facts: Mapping[str, Any],
    href: str | None,
    at: datetime,
    key: str | None = None,
    besides_user_id: int | None = None,
    may_know: Callable[[int], bool] | None = None,
) -> list[Notice]:
    """Tell everybody who holds ``permission`` on the organisation, except the one who brought it about.

    Args:
        may_know: whether a user may be told at all; without it, everybody may.
    """
    told = [
        tell_user(
            session,
            user_id=user_id,
            kind=kind,
            sentence=sentence,
            facts=facts,
            href=href,
            at=at,
            key=f"{key}:user:{user_id}" if key else None,
        )
        for user_id in _holders(session, permission, organisation_path)
        if user_id != besides_user_id and (may_know is None or may_know(user_id))
    ]
    return [notice for notice in told if notice is not None]


def _holders(session: Session, permission: Permission, organisation_path: str) -> Iterator[int]:
    # The tree lies in a room above this one, so its table is asked for by name.
    places = Base.metadata.tables["organisations"]
    above = [int(number) for number in organisation_path.strip("/").split("/") if number]
    yield from session.scalars(
        select(RoleGrant.user_id)
        .join(places, places.c.id == RoleGrant.organisation_id)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.role.in_(sorted(permission.roles)), RoleGrant.revoked_at.is_(None))
        .where(places.c.id.in_(above), User.suspended_at.is_(None))
        .distinct()
        .order_by(RoleGrant.user_id)
    ).all()


def _told(
    session: Session,
    person: Person,
    *,
    kind: str,
    sentence: str,
    facts: Mapping[str, Any],
    href: str | None,
    at: datetime,
    key: str | None,
) -> Notice | None:
    assert rules.own_path(href), "a notice leads into this house"
    if key is not None and session.scalar(select(Notice.id).where(Notice.key == key)) is not None:
        return None
    row = {
        "member_id": person.member_id,
        "user_id": person.user_id,
        "kind": kind,
        "sentence": sentence,
        "facts": rules.kept_facts(facts),
        "href": href,
        "key": key,
        "told_at": at,
    }
    if key is None:
        # Nobody else can tell the same, so there is nothing to fall back from.
        ((notice_id,),) = _NOTICE.write(session, [row])
        notice = written(session, Notice(id=notice_id, read_at=None, **row))
        _queue(session, person, notice, at=at)
        return notice
    notice = Notice(**row)
    try:
        with session.begin_nested():
            session.add(notice)
            session.flush()
    except IntegrityError:
        # Somebody else told it since we looked; anything else that is wrong is no repetition.
        if session.scalar(select(Notice.id).where(Notice.key == key)) is None:
            raise
        return None
    _queue(session, person, notice, at=at)
    return notice


def _wanted(owner: Any) -> Prepared:
    where = (owner == bindparam("person"), NoticeAddress.confirmed_at.is_not(None), NoticeAddress.wanted)
    return Prepared(select(NoticeAddress.id).where(*where).order_by(NoticeAddress.id))


# Said with every notice.
_WANTED_OF_MEMBER, _WANTED_OF_USER = _wanted(NoticeAddress.member_id), _wanted(NoticeAddress.user_id)
_NOTICE = PreparedRows(
    Notice,
    ("member_id", "user_id", "kind", "sentence", "facts", "href", "key", "told_at"),
    returning=("id",),
)


def _queue(session: Session, person: Person, notice: Notice, *, at: datetime) -> None:
    asked = _WANTED_OF_MEMBER if person.member_id is not None else _WANTED_OF_USER
    addresses = asked.rows(session, person=person.member_id or person.user_id)
    for (address_id,) in addresses:
        session.add(_delivery(session, session.get_one(NoticeAddress, address_id), notice, at=at))
    if addresses:
        session.flush()


def _delivery(
    session: Session, address: NoticeAddress, notice: Notice | None, *, at: datetime
) -> NoticeDelivery:
    return NoticeDelivery(
        notice_id=notice.id if notice else None,
        address_id=address.id,
        channel=address.channel,
        kind="notice" if notice else "confirmation",
        message_id=secrets.token_hex(MESSAGE_ID_BYTES),
        organisation_id=_home(session, Person(address.member_id, address.user_id)),
        status="waiting",
        queued_at=at,
        due_at=at,
    )


def _home(session: Session, person: Person) -> int | None:
    """The organisation that the person belongs to, or holds their first office in."""
    if person.member_id is not None:
        people = Base.metadata.tables["members"]
        return session.scalar(select(people.c.organisation_id).where(people.c.id == person.member_id))
    held = select(RoleGrant.organisation_id).where(
        RoleGrant.user_id == person.user_id, RoleGrant.revoked_at.is_(None)
    )
    return session.scalar(held.order_by(RoleGrant.id).limit(1))


def withdraw(session: Session, *, key: str, at: datetime) -> None:
    """What was told under ``key`` does not hold any more: it asks for nobody's eyes, and what was not sent is not sent."""
    notice = session.scalar(select(Notice).where(Notice.key == key))
    if notice is None:
        return
    mark_read(session, notice=notice, at=at)
    session.execute(
        update(NoticeDelivery)
        .where(NoticeDelivery.notice_id == notice.id, NoticeDelivery.status == "waiting")
        .values(status="dropped", ended_at=at)
        .execution_options(synchronize_session=False)
    )
    session.flush()


def mark_read(session: Session, *, notice: Notice, at: datetime) -> None:
    """The person has seen it; the first time counts."""
    notice.read_at = notice.read_at or at
    session.flush()


def mark_all_read(session: Session, *, person: Person, at: datetime) -> None:
    """The person has seen everything that was told up to ``at``."""
    unread = (person.owns(Notice), Notice.read_at.is_(None), Notice.told_at <= at)
    session.execute(update(Notice).where(*unread).values(read_at=at))


def give_address(
    session: Session, *, person: Person, channel: str, address: str, at: datetime
) -> NoticeAddress:
    """Keep an address of the person's and ask there whether it is right. A new one replaces the old.

    Raises:
        AddressInvalid: nobody can be reached under it.
        TooManyQuestions: the person had enough sent today.
    """
    written = address.strip()
    if not rules.address_is_acceptable(written):
        raise AddressInvalid(field="address")
    if questions_since(session, person, at - rules.QUESTIONS_WITHIN) >= rules.MOST_QUESTIONS:
        raise TooManyQuestions(field="address")
    row = address_of(session, person, channel)
    if row is None:
        row = NoticeAddress(member_id=person.member_id, user_id=person.user_id, channel=channel)
    row.address, row.asked_at, row.confirmed_at, row.wanted = written, at, None, True
    session.add(row)
    session.flush()
    session.add(_delivery(session, row, None, at=at))
    session.flush()
    return row


def confirming_word(keyring: Keyring, address: NoticeAddress) -> str:
    """What the link holds: proves that its holder reads mail at this address, and is worth nothing for another."""
    subject = f"{address.id}:{address.address}:{address.asked_at.isoformat()}"
    return f"{address.id}.{keyring.mac('notice-address', subject.encode()).hex()[:32]}"


def confirm_address(session: Session, *, keyring: Keyring, written: str, at: datetime) -> NoticeAddress:
    """The address is right. A second opening of the link changes nothing.

    Raises:
        AddressLinkInvalid: not our link, too old, or of an address that was changed since.
    """
    number = written.partition(".")[0]
    known = number.isascii() and number.isdecimal() and len(number) < 19
    row = session.get(NoticeAddress, int(number)) if known else None
    if row is None or not secrets.compare_digest(
        confirming_word(keyring, row).encode(), written.encode("utf-8", "replace")
    ):
        raise AddressLinkInvalid
    if at > row.asked_at + rules.LINK_VALID_FOR:
        raise AddressLinkInvalid
    row.confirmed_at = row.confirmed_at or at
    session.flush()
    return row


def choose(session: Session, *, address: NoticeAddress, wanted: bool) -> None:
    """Whether notices also go to this address."""
    address.wanted = wanted
    session.flush()


def send_again(session: Session, *, delivery: NoticeDelivery, at: datetime) -> None:
    """Put a delivery that was given up back into the outbox.

    Raises:
        DeliveryNotDead: it was not given up.
    """
    if delivery.status != "dead":
        raise DeliveryNotDead
    delivery.status, delivery.attempts, delivery.due_at, delivery.queued_at = "waiting", 0, at, at
    delivery.ended_at, delivery.leased_until = None, None
    session.flush()
