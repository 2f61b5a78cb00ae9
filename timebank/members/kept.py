"""What is kept about a member beside particulars, hours and points, for the member's own export."""

import base64
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.members.groups import memberships_of
from timebank.members.models import HouseholdMember, MemberPhoto
from timebank.notices.models import Notice, NoticeAddress


def own_households(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Households that the member belonged to, with their days; the others are not named: that is about them."""
    rows = session.scalars(
        select(HouseholdMember).where(HouseholdMember.member_id == member_id).order_by(HouseholdMember.id)
    )
    return [
        {
            "household": row.household_id,
            "since": row.since.isoformat(),
            "until": row.until.isoformat() if row.until else None,
        }
        for row in rows
    ]


def own_groups(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Groups that the member was entered in, and on what evidence."""
    return [
        {
            "group": row.group.name,
            "since": row.since.isoformat(),
            "until": row.until.isoformat() if row.until else None,
            "evidence": row.evidence,
        }
        for row in memberships_of(session, member_id)
    ]


def own_photo(session: Session, member_id: int) -> list[dict[str, Any]]:
    """The photo itself, if there is one."""
    row = session.get(MemberPhoto, member_id)
    if row is None:
        return []
    picture = base64.b64encode(row.picture).decode()
    return [{"uploaded_at": row.uploaded_at.isoformat(), "jpeg_base64": picture}]


def own_notices(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Everything that the member was told."""
    rows = session.scalars(select(Notice).where(Notice.member_id == member_id).order_by(Notice.id))
    return [
        {
            "told_at": row.told_at.isoformat(),
            "read_at": row.read_at.isoformat() if row.read_at else None,
            "kind": row.kind,
            "sentence": row.sentence,
            "facts": row.facts,
        }
        for row in rows
    ]


def own_addresses(session: Session, member_id: int) -> list[dict[str, Any]]:
    """Where the member is reached beside the page."""
    rows = session.scalars(select(NoticeAddress).where(NoticeAddress.member_id == member_id))
    return [
        {
            "channel": row.channel,
            "address": row.address,
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "wanted": row.wanted,
        }
        for row in rows
    ]
