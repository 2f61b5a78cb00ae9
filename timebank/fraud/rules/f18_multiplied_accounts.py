"""F-18: one person with several accounts."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from timebank.access.models import LogIn, User
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, households
from timebank.members.models import Member

_DAYS_LOOKED_AT = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    query = (
        select(LogIn.id, LogIn.at, LogIn.device_digest, Member.id.label("member_id"), Member.organisation_id)
        .join(User, User.id == LogIn.user_id)
        .join(Member, Member.id == User.member_id)
        .where(LogIn.how == "invitation", LogIn.at >= window.since(_DAYS_LOOKED_AT), LogIn.at < window.until)
        .order_by(LogIn.device_digest, LogIn.at)
    )
    homes = households(session)
    moved_on = _on_phones_of_their_own(session, window)
    for device, found in grouped(session.execute(query), lambda row: row.device_digest):
        # Whoever has logged in elsewhere since has a phone of their own: a registration day at the office's tablet.
        taken = [row for row in found if moved_on.get(row.member_id, row.at) <= row.at]
        if 100 * len(taken) < limits["percent"] * len(found):
            continue
        for index, first in enumerate(taken):
            run = [row for row in taken[index:] if (row.at - first.at).days < limits["days"]]
            # A household that registers together counts as one.
            people = {-homes[row.member_id] if row.member_id in homes else row.member_id for row in run}
            if len(people) >= limits["accounts"]:
                yield Finding(
                    key=f"device:{device[:24]}:{first.id}",
                    organisation_id=first.organisation_id,
                    day=window.day(run[-1].at),
                    members=tuple(sorted({row.member_id for row in run})),
                    facts={"accounts": len(run), "days": (run[-1].at - first.at).days + 1},
                    evidence=tuple(f"log_in:{row.id}" for row in run),
                )
                break


def _on_phones_of_their_own(session: Session, window: Window) -> dict[int, datetime]:
    """Member → the newest log-in on another phone than the one on which the account was taken up."""
    first, later = aliased(LogIn), aliased(LogIn)
    query = (
        select(User.member_id, func.max(later.at))
        .join(first, first.user_id == User.id)
        .join(later, later.user_id == User.id)
        .where(
            first.how == "invitation",
            first.at >= window.since(_DAYS_LOOKED_AT),
            later.at > first.at,
            later.at < window.until,
            later.how == "password",
            later.device_digest != first.device_digest,
        )
        .group_by(User.member_id)
    )
    return {member_id: at for member_id, at in session.execute(query) if member_id is not None}


RULE = Rule(
    code="F-18",
    version=3,
    name=N_("One person with several accounts"),
    says=N_("%(accounts)s accounts were taken up on one phone within %(days)s days."),
    honest=N_(
        "The grandchild who sets up the phones of the whole family, or a helper at the office's own tablet."
    ),
    blind=N_("Accounts that are taken up on a phone of their own each."),
    prevented_by=N_("One identity number, one member; a real name before the first redemption."),
    weight=40,
    thresholds=(
        Threshold("accounts", N_("accounts on one phone"), 3, 2, 50),
        Threshold("days", N_("within days"), 14, 1, 30),
        Threshold(
            "percent",
            N_("share of all accounts of the phone that have moved to no other, in percent"),
            50,
            0,
            100,
        ),
    ),
    find=_find,
)
