"""Deciding about a case: by one person, above a limit by two, undone on appeal by a third.

Every decision takes effect through the same services as everything else: a reversal in the books, a
suspension of the membership. Nothing is deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.models import RoleGrant, User
from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.errors import N_
from timebank.fraud.cases import write_down
from timebank.fraud.errors import (
    CaseClosed,
    NothingChosen,
    OutcomeUnknown,
    PersonForeign,
    ReasonNeeded,
    RecordForeign,
    SecondPersonNeeded,
)
from timebank.fraud.models import OUTCOMES, Case, Decision, Signature
from timebank.hours import decisions as hours
from timebank.hours.errors import AlreadySpent, NothingToTakeBack
from timebank.hours.models import ServiceRecord
from timebank.members import service as members
from timebank.members.models import Member
from timebank.notices import service as notices

# Above this, or against staff, one person is not enough.
ALONE_UP_TO = Decimal(50)
APPEAL_DAYS = 14
TAKES_BACK = ("reverse", "correct_hours")
OUTCOME_WORDS: dict[str, str] = {
    "no_finding": N_("No finding"),
    "reminder": N_("Reminder of the rules"),
    "correct_hours": N_("Hours taken back for correction"),
    "reverse": N_("Hours and points taken back"),
    "suspend": N_("Suspend the membership"),
    "report": N_("Reported to the authority"),
}

DECIDED = N_("Decided: %(outcome)s. %(reason)s")
SIGNED = N_("A second person agreed with the decision.")
NOT_SIGNED = N_("A second person did not agree: %(reason)s")
TAKEN_BACK = N_("Service record %(record)s was taken back.")
SPENT = N_("Service record %(record)s could not be taken back: the points have been spent.")
SUSPENDED = N_("The membership was suspended.")
CLOSED = N_("The case was closed.")
MEMBER_DECIDED = N_("About case %(number)s somebody has decided. You can read why, and appeal until %(day)s.")


@dataclass(frozen=True)
class Wanted:
    """What somebody decides.

    Attributes:
        outcome: one of ``OUTCOMES``.
        reason: in words that the member may read.
        record_ids: service records to take back.
        member_ids: memberships to suspend.
    """

    outcome: str
    reason: str
    record_ids: Sequence[int] = ()
    member_ids: Sequence[int] = ()


@dataclass(frozen=True)
class Act:
    """Somebody does something about a case at a moment, by the days of ``timezone``."""

    session: Session
    case: Case
    by: Actor
    at: datetime
    timezone: ZoneInfo = USUAL_TIMEZONE

    def note(self, kind: str, says: str, key: str, **facts: object) -> None:
        """Write it into the case's history."""
        write_down(
            self.session,
            self.case,
            kind=kind,
            says=says,
            at=self.at,
            key=key,
            actor=self.by.label,
            actor_name=self.by.name,
            facts=facts,
        )


def last_day_to_appeal(decision: Decision, timezone: ZoneInfo = USUAL_TIMEZONE) -> date:
    """The last whole day, of the county's own, on which the decision may be appealed against."""
    done_at = decision.signature.signed_at if decision.signature else decision.decided_at
    return done_at.astimezone(timezone).date() + timedelta(days=APPEAL_DAYS)


def decide(
    session: Session,
    *,
    case: Case,
    wanted: Wanted,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Decision:
    """Decide; it takes effect at once, or with a second signature above 50 points or against staff.

    Raises:
        CaseClosed: it is not open.
        OutcomeUnknown, ReasonNeeded, NothingChosen, RecordForeign, PersonForeign: what is wanted is not right.
    """
    lock(session, case)
    if case.status != "open":
        raise CaseClosed
    records = _checked(session, case, wanted)
    assert by.user_id is not None, "only people decide"
    points = sum((record.points for record in records if record.points is not None), Decimal(0))
    decision = Decision(
        case_id=case.id,
        outcome=wanted.outcome,
        reason=wanted.reason.strip(),
        points=points,
        actions={"records": [record.id for record in records], "members": sorted(set(wanted.member_ids))},
        needs_second=points > ALONE_UP_TO
        or (wanted.outcome != "no_finding" and _concerns_staff(session, case)),
        decided_by_user_id=by.user_id,
        decided_at=at,
    )
    session.add(decision)
    session.flush()
    Act(session, case, by, at).note(
        "decided",
        DECIDED,
        f"decision:{decision.id}",
        outcome=OUTCOME_WORDS[decision.outcome],
        reason=decision.reason,
    )
    if decision.needs_second:
        case.status = "to_sign"
    else:
        _act(Act(session, case, by, at, timezone), decision)
    session.flush()
    return decision


def _checked(session: Session, case: Case, wanted: Wanted) -> list[ServiceRecord]:
    if wanted.outcome not in OUTCOMES:
        raise OutcomeUnknown(field="outcome")
    if not wanted.reason.strip():
        raise ReasonNeeded(field="reason")
    people = {person.member_id for person in case.people if person.member_id is not None}
    takes, suspends = wanted.outcome in TAKES_BACK, wanted.outcome == "suspend"
    if (takes and not wanted.record_ids) or (suspends and not wanted.member_ids):
        raise NothingChosen
    records = (
        [session.get(ServiceRecord, number) for number in sorted(set(wanted.record_ids))] if takes else []
    )
    for number, record in zip(sorted(set(wanted.record_ids)), records, strict=False):
        if record is None or record.member_id not in people:
            raise RecordForeign(record=number)
    if suspends and not set(wanted.member_ids) <= people:
        raise PersonForeign
    return [record for record in records if record is not None]


def _concerns_staff(session: Session, case: Case) -> bool:
    """Whether somebody of the case holds a role, as the user who acted or as the member."""
    members_of = [person.member_id for person in case.people if person.member_id is not None]
    users = [person.user_id for person in case.people if person.user_id is not None]
    query = (
        select(RoleGrant.id)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.revoked_at.is_(None), User.id.in_(users) | User.member_id.in_(members_of))
        .limit(1)
    )
    return session.scalar(query) is not None


def sign(
    session: Session,
    *,
    decision: Decision,
    case: Case,
    agrees: bool,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Signature:
    """The second person agrees, and the decision takes effect; or does not, and the case is open again.

    Raises:
        CaseClosed: nothing waits for a signature.
        SecondPersonNeeded: ``by`` decided it.
        ReasonNeeded: a refusal says why.
    """
    lock(session, case)
    if case.status != "to_sign" or decision.signature is not None:
        raise CaseClosed
    if by.user_id is None or by.user_id == decision.decided_by_user_id:
        raise SecondPersonNeeded
    if not agrees and not reason.strip():
        raise ReasonNeeded(field="reason")
    signature = Signature(
        decision_id=decision.id,
        decided_by_user_id=decision.decided_by_user_id,
        signed_by_user_id=by.user_id,
        agrees=agrees,
        reason=reason.strip(),
        signed_at=at,
    )
    session.add(signature)
    session.flush()
    session.refresh(decision, ["signature"])
    says, facts = (SIGNED, {}) if agrees else (NOT_SIGNED, {"reason": reason.strip()})
    Act(session, case, by, at).note("signed", says, f"signature:{decision.id}", **facts)
    if agrees:
        _act(Act(session, case, by, at, timezone), decision)
    else:
        case.status = "open"
    session.flush()
    return signature


def _act(act: Act, decision: Decision) -> None:
    """Make the decision true, in the transaction of the act that completed it."""
    session, case, at = act.session, act.case, act.at
    for number in decision.actions["records"]:
        _take_back(act, decision, number)
    for number in decision.actions["members"]:
        members.suspend(session, member=session.get_one(Member, number), at=at)
        act.note("acted", SUSPENDED, f"suspended:{decision.id}:{number}", member=number)
    if decision.outcome == "no_finding":
        case.status, case.closed_at = "closed", at
        act.note("closed", CLOSED, f"closed:{decision.id}")
    else:
        case.status = "decided"
    last_day = last_day_to_appeal(decision, act.timezone)
    for person in case.people:
        if person.member_id is not None and (person.told_at is not None or decision.outcome != "no_finding"):
            person.told_at = person.told_at or at
            notices.tell(
                session,
                member_id=person.member_id,
                kind="fraud.decided",
                sentence=MEMBER_DECIDED,
                facts={"number": case.number, "day": last_day},
                href=f"/my/cases/{case.id}",
                at=at,
                key=f"fraud.decision:{decision.id}:{person.member_id}",
            )


def _take_back(act: Act, decision: Decision, number: int) -> None:
    session = act.session
    record = session.get_one(ServiceRecord, number)
    try:
        # What has been spent cannot be taken; the rest of the decision still holds, and the case says so.
        with session.begin_nested():
            hours.take_back(
                session, record=record, by=act.by, at=act.at, reason=f"{act.case.number}: {decision.reason}"
            )
    except (AlreadySpent, NothingToTakeBack):
        says = SPENT
    else:
        says = TAKEN_BACK
    act.note("acted", says, f"record:{decision.id}:{number}", record=number)


def lock(session: Session, case: Case) -> None:
    """Whoever acts on a case waits for whoever acts on it now."""
    session.refresh(case, with_for_update=True)
