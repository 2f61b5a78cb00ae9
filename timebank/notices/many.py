"""Telling many people the same at once, such as a shift's volunteers: a few statements, however many they are."""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from timebank.notices import rules
from timebank.notices.models import Notice, NoticeAddress, NoticeDelivery
from timebank.notices.service import MESSAGE_ID_BYTES, tell
from timebank.orm import Base


@dataclass(frozen=True)
class News:
    """What one of them is told.

    Attributes:
        facts: as in :func:`timebank.notices.service.tell`.
        key: the same key is told once.
    """

    member_id: int
    facts: Mapping[str, Any]
    href: str
    key: str


def tell_each(
    session: Session, news: Sequence[News], *, kind: str, sentence: str, at: datetime
) -> dict[str, int]:
    """Tell each member; as :func:`timebank.notices.service.tell` does for one.

    Returns:
        the notices that are new, by key.
    """
    assert all(rules.own_path(one.href) for one in news), "a notice leads into this house"
    if not news:
        return {}
    told = set(session.scalars(select(Notice.key).where(Notice.key.in_([one.key for one in news]))))
    fresh = list({one.key: one for one in news if one.key not in told}.values())
    if not fresh:
        return {}
    try:
        with session.begin_nested():
            return _written(session, fresh, kind=kind, sentence=sentence, at=at)
    except IntegrityError:
        # Somebody else told one of them since we looked: then each by itself, which knows how to take that.
        return _one_by_one(session, fresh, kind=kind, sentence=sentence, at=at)


def _written(
    session: Session, fresh: Sequence[News], *, kind: str, sentence: str, at: datetime
) -> dict[str, int]:
    rows = [
        {
            "member_id": one.member_id,
            "user_id": None,
            "kind": kind,
            "sentence": sentence,
            "facts": rules.kept_facts(one.facts),
            "href": one.href,
            "key": one.key,
            "told_at": at,
            "read_at": None,
        }
        for one in fresh
    ]
    added = session.execute(insert(Notice).returning(Notice.key, Notice.id), rows)
    notices = {str(row[0]): int(row[1]) for row in added}
    _queue(session, {notices[one.key]: one.member_id for one in fresh}, at=at)
    return notices


def _queue(session: Session, told: Mapping[int, int], *, at: datetime) -> None:
    """The outbox's lines: ``told`` are members by the number of their notice."""
    # The members lie in a room above this one, so their table is asked for by name.
    people = Base.metadata.tables["members"]
    reached = session.execute(
        select(NoticeAddress.member_id, NoticeAddress.id, NoticeAddress.channel, people.c.organisation_id)
        .join(people, people.c.id == NoticeAddress.member_id)
        .where(
            NoticeAddress.member_id.in_(set(told.values())),
            NoticeAddress.confirmed_at.is_not(None),
            NoticeAddress.wanted,
        )
        .order_by(NoticeAddress.id)
    ).all()
    by_member: dict[int, list[Any]] = defaultdict(list)
    for row in reached:
        by_member[row.member_id].append(row)
    rows = [
        {
            "notice_id": notice_id,
            "address_id": row.id,
            "channel": row.channel,
            "kind": "notice",
            "message_id": secrets.token_hex(MESSAGE_ID_BYTES),
            "organisation_id": row.organisation_id,
            "status": "waiting",
            "attempts": 0,
            "queued_at": at,
            "due_at": at,
            "error": "",
        }
        for notice_id, member_id in told.items()
        for row in by_member[member_id]
    ]
    if rows:
        session.execute(insert(NoticeDelivery), rows)


def _one_by_one(
    session: Session, fresh: Sequence[News], *, kind: str, sentence: str, at: datetime
) -> dict[str, int]:
    notices = {}
    for one in fresh:
        notice = tell(
            session,
            member_id=one.member_id,
            kind=kind,
            sentence=sentence,
            facts=one.facts,
            href=one.href,
            at=at,
            key=one.key,
        )
        if notice is not None:
            notices[one.key] = notice.id
    return notices
