"""F-04: a card is used at one place while its owner's own phone is at another."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from timebank.checkin.models import Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import Line, grouped, points_by_shift_and_member, scans

_MONTH = 30


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    # Whoever was seen by a card in somebody's hand, and by a phone of their own.
    held, own_phone = aliased(Scan), aliased(Scan)
    by_card = select(held.member_id).where(
        held.at >= window.since(_MONTH), held.at < window.until, held.operator_user_id.is_not(None)
    )
    by_phone = select(own_phone.member_id).where(
        own_phone.at >= window.since(_MONTH),
        own_phone.at < window.until,
        own_phone.operator_user_id.is_(None),
        own_phone.device_digest.is_not(None),
    )
    rows = scans(
        session,
        window.since(_MONTH),
        window.until,
        Scan.member_id.in_(by_card),
        Scan.member_id.in_(by_phone),
        order=(Scan.member_id, Scan.at, Scan.id),
    )
    for member_id, own in grouped(rows, lambda row: row.member_id):
        for earlier, later in pairwise(own):
            if _is_elsewhere(earlier, later, limits["minutes"]):
                yield _finding(session, window, member_id, earlier, later)


def _is_elsewhere(earlier: Line, later: Line, minutes: int) -> bool:
    """One by card in the organiser's hand, the other by the owner's own phone, at two activities, close in time."""
    by_card = [
        row.operator is not None and row.facts.get("identified_by") == "card" for row in (earlier, later)
    ]
    by_phone = [row.operator is None and row.device is not None for row in (earlier, later)]
    crossed = (by_card[0] and by_phone[1]) or (by_phone[0] and by_card[1])
    gap = (later.at - earlier.at).total_seconds() / 60
    return crossed and earlier.shift_id != later.shift_id and gap <= minutes


def _finding(session: Session, window: Window, member_id: int, earlier: Line, later: Line) -> Finding:
    card = earlier if earlier.operator is not None else later
    points, numbers = points_by_shift_and_member(session, ((card.shift_id, member_id),))
    return Finding(
        key=f"scans:{earlier.id}:{later.id}",
        organisation_id=card.organisation_id,
        day=window.day(later.at),
        members=(member_id,),
        users=(card.operator,),
        facts={"minutes": int((later.at - earlier.at).total_seconds()) // 60},
        evidence=(
            f"scan:{earlier.id}",
            f"scan:{later.id}",
            *(f"record:{number}" for number in numbers),
        ),
        points=points,
    )


RULE = Rule(
    code="F-04",
    version=1,
    name=N_("A card is lent"),
    says=N_(
        "The card was used at one activity, and %(minutes)s minutes apart the owner's own phone at another."
    ),
    honest=N_("Somebody who helps at two activities next door to each other, with a card at one of them."),
    blind=N_("A lent card whose owner stays at home with the phone in the drawer."),
    prevented_by=N_("Photo and name at every card; a new card makes the old one invalid."),
    weight=50,
    thresholds=(Threshold("minutes", N_("minutes between card and phone"), 30, 1, 240),),
    find=_find,
)
