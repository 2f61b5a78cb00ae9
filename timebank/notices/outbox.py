"""The outbox: taking one line under a lease, writing its letter, saying how it went.

At least once, and no more often than it must be: a delivery is taken by one runner at a time, and is marked as soon as
the other side has taken the letter over. A runner that dies between the two leaves it unknown; then it is sent again
after the lease, under the same Message-ID, by which mail systems know a letter that they have already.
"""

from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from timebank.access.keys import Keyring
from timebank.access.models import User
from timebank.notices import rules
from timebank.notices.models import NoticeDelivery
from timebank.notices.service import confirming_word
from timebank.notices.wording import Letter, notice_letter, question_letter
from timebank.orm import Base
from timebank.settings import Settings

ERROR_LENGTH = 500
LEFT_BEHIND = "The runner stopped while it was sending."
TOO_OLD = "It could not leave for so long that it is no news any more."


def claim(session: Session, *, channels: Collection[str], at: datetime) -> NoticeDelivery | None:
    """Take the delivery that has been due longest, or None; what was tried too often is given up on the way.

    The row is locked and rows locked by others are skipped, so two runners never take the same one.
    """
    query = select(NoticeDelivery).where(NoticeDelivery.channel.in_(channels), _takeable(at))
    query = query.order_by(NoticeDelivery.due_at, NoticeDelivery.id).limit(1)
    query = query.with_for_update(skip_locked=True, of=NoticeDelivery)
    while (row := session.scalar(query)) is not None:
        if row.attempts < rules.MOST_ATTEMPTS:
            row.status, row.leased_until = "sending", at + rules.LEASE
            row.attempts += 1
            session.flush()
            return row
        _end(row, "dead", at=at, error=row.error or LEFT_BEHIND)
        session.flush()
    return None


def something_is_due(session: Session, *, channels: Collection[str], at: datetime) -> bool:
    """Whether there is anything to take; reads only."""
    due = select(NoticeDelivery.id).where(NoticeDelivery.channel.in_(channels), _takeable(at)).limit(1)
    return session.scalar(due) is not None


def _takeable(at: datetime) -> ColumnElement[bool]:
    return or_(
        and_(NoticeDelivery.status == "waiting", NoticeDelivery.due_at <= at),
        and_(NoticeDelivery.status == "sending", NoticeDelivery.leased_until <= at),
    )


def letter(session: Session, row: NoticeDelivery, *, settings: Settings, keyring: Keyring) -> Letter | None:
    """What is to be sent; None when the person has changed or silenced the address since."""
    address = row.address
    name, locale = _reader(session, address.member_id, address.user_id)
    message_id = f"{row.message_id}@{urlsplit(settings.public_url).hostname or 'localhost'}"
    if row.notice is None:
        if address.confirmed_at is not None:
            return None
        link = f"{settings.public_url}/notices/confirm/{confirming_word(keyring, address)}"
        return question_letter(
            address=address.address,
            message_id=message_id,
            name=name,
            locale=locale,
            link=link,
            asked_at=row.queued_at,
        )
    if address.confirmed_at is None or not address.wanted:
        return None
    return notice_letter(
        row.notice,
        address=address.address,
        message_id=message_id,
        name=name,
        locale=locale,
        public_url=settings.public_url,
        timezone=ZoneInfo(settings.timezone),
    )


def _reader(session: Session, member_id: int | None, user_id: int | None) -> tuple[str, str]:
    """Name and language of the one who will read it."""
    if user_id is not None:
        user = session.get_one(User, user_id)
        return user.name, user.locale
    people = Base.metadata.tables["members"]
    row = session.execute(
        select(people.c.name, User.locale)
        .outerjoin(User, User.member_id == people.c.id)
        .where(people.c.id == member_id)
    ).one()
    return str(row[0]), str(row[1] or "zh")


def mark_sent(session: Session, delivery_id: int, *, attempt: int, at: datetime) -> bool:
    """The other side has it. False when another runner has taken the delivery over meanwhile."""
    row = _held(session, delivery_id, attempt)
    if row is None:
        return False
    _end(row, "sent", at=at, error="")
    session.flush()
    return True


def mark_dropped(session: Session, delivery_id: int, *, attempt: int, at: datetime) -> bool:
    """The person did not want it any more when its turn came. False as for :func:`mark_sent`."""
    row = _held(session, delivery_id, attempt)
    if row is None:
        return False
    _end(row, "dropped", at=at, error="")
    session.flush()
    return True


def mark_failed(
    session: Session, delivery_id: int, *, attempt: int, error: str, for_good: bool, at: datetime
) -> bool:
    """It did not go: it is tried again later, or given up. False as for :func:`mark_sent`."""
    row = _held(session, delivery_id, attempt)
    if row is None:
        return False
    due_at = None if for_good else rules.next_try(row.attempts, at)
    if due_at is None:
        _end(row, "dead", at=at, error=error)
    else:
        row.status, row.due_at, row.leased_until, row.error = "waiting", due_at, None, error[:ERROR_LENGTH]
    session.flush()
    return True


def _held(session: Session, delivery_id: int, attempt: int) -> NoticeDelivery | None:
    """The delivery, while this try is the last one: a later try belongs to another runner."""
    return session.scalar(
        select(NoticeDelivery)
        .where(NoticeDelivery.id == delivery_id, NoticeDelivery.status == "sending")
        .where(NoticeDelivery.attempts == attempt)
        .with_for_update(of=NoticeDelivery)
    )


def _end(row: NoticeDelivery, status: str, *, at: datetime, error: str) -> None:
    row.status, row.ended_at, row.leased_until, row.error = status, at, None, error[:ERROR_LENGTH]


def give_up_stale(session: Session, *, at: datetime) -> None:
    """What has waited for a week is given up, so that an administrator sees it."""
    session.execute(
        update(NoticeDelivery)
        .where(NoticeDelivery.status == "waiting", NoticeDelivery.queued_at < at - rules.STALE_AFTER)
        .values(status="dead", ended_at=at, error=TOO_OLD)
    )
