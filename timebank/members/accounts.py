"""The log-in that belongs to a member: made when the member is registered, or when first needed after an import."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access import service as access
from timebank.access.errors import LoginNameTaken
from timebank.access.models import LoginName, User
from timebank.members.models import Member


def account_of(session: Session, member: Member) -> User | None:
    """The member's user, or None where none was made yet."""
    return session.scalar(select(User).where(User.member_id == member.id))


def open_account(session: Session, *, member: Member, at: datetime) -> User:
    """The member's user, made now where there was none: logs in by volunteer number, and by phone where it is free.

    A phone shared within a family serves the first who registered with it; the others use their number.
    """
    user = account_of(session, member)
    if user is None:
        user = access.create_user(
            session, name=member.name, member_id=member.id, login_names=(member.number,), at=at
        )
        _add_phone(session, user=user, phone=member.phone)
        session.flush()
    return user


def follow_particulars(session: Session, *, member: Member, former_phone: str) -> None:
    """Bring the user's name and the phone that they log in with up to date with the member's."""
    user = account_of(session, member)
    if user is None:
        return
    user.name = member.name
    if member.phone != former_phone:
        for row in [row for row in user.login_names if row.name == former_phone]:
            user.login_names.remove(row)
            session.delete(row)
        session.flush()
        _add_phone(session, user=user, phone=member.phone)
    session.flush()


def _add_phone(session: Session, *, user: User, phone: str) -> None:
    try:
        access.add_login_name(session, user=user, name=phone)
    except LoginNameTaken:
        return


def logs_in_by_phone(session: Session, member: Member) -> bool:
    """Whether the member's phone is theirs to log in with."""
    found = session.scalar(
        select(LoginName.id)
        .join(User, User.id == LoginName.user_id)
        .where(User.member_id == member.id, LoginName.name == member.phone)
    )
    return found is not None
