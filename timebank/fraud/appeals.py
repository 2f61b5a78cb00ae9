"""Appeals: against a decision, answered by somebody who had no part in it; what falls is given back by itself."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.errors import N_
from timebank.fraud.cases import DUE, write_down
from timebank.fraud.decisions import CLOSED, Act, last_day_to_appeal, lock
from timebank.fraud.errors import AppealTaken, AppealTooLate, CaseClosed, ReasonNeeded, SecondPersonNeeded
from timebank.fraud.models import Appeal, AppealAnswer, Case, Decision
from timebank.hours import corrections
from timebank.hours.errors import NothingToCorrect
from timebank.hours.models import ServiceRecord
from timebank.members import service as members
from timebank.members.models import Member
from timebank.notices import service as notices

APPEALED = N_("The member does not accept the decision: %(words)s")
STANDS = N_("The appeal was looked at by somebody else: the decision stands. %(reason)s")
FALLS = N_("The appeal was looked at by somebody else: the decision is undone. %(reason)s")
REINSTATED = N_("The suspension was lifted.")
GIVEN_BACK = N_("Service record %(record)s counts again, as record %(new)s.")
STANDS_OTHERWISE = N_(
    "Service record %(record)s was not given back: another record stands for the same service."
)
MEMBER_ANSWERED = N_("Your appeal in case %(number)s has been answered.")


def appeal(
    session: Session,
    *,
    case: Case,
    decision: Decision,
    member_id: int,
    words: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Appeal:
    """A member of the case does not accept the decision; until the end of the county's last day for it.

    Raises:
        CaseClosed: nothing has been decided that could be appealed.
        ReasonNeeded: nothing is said against it.
        AppealTooLate: the time has passed.
        AppealTaken: the member has appealed already.
    """
    lock(session, case)
    last_day = last_day_to_appeal(decision, timezone)
    if case.status not in ("decided", "appealed"):
        raise CaseClosed
    if not words.strip():
        raise ReasonNeeded(field="words")
    if at.astimezone(timezone).date() > last_day:
        raise AppealTooLate(day=last_day)
    known = select(Appeal.id).where(Appeal.decision_id == decision.id, Appeal.member_id == member_id)
    if session.scalar(known) is not None:
        raise AppealTaken
    row = Appeal(
        decision_id=decision.id,
        decided_by_user_id=decision.decided_by_user_id,
        member_id=member_id,
        words=words.strip(),
        lodged_at=at,
    )
    session.add(row)
    case.status = "appealed"
    # An answer has its own time; that the decision was late has been told already.
    case.due_at, case.escalated_at = at + DUE, None
    session.flush()
    Act(session, case, by, at).note("appealed", APPEALED, f"appeal:{row.id}", words=row.words)
    return row


def answer_appeal(
    session: Session,
    *,
    case: Case,
    found: Appeal,
    stands: bool,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> AppealAnswer:
    """Somebody who neither decided nor signed says whether the decision stands; if not, it is undone.

    Points that are given back lapse by the county's days, those of ``timezone``.

    Raises:
        CaseClosed: it has been answered already.
        SecondPersonNeeded: ``by`` had a part in the decision.
        ReasonNeeded: no reason is given.
    """
    lock(session, case)
    decision = found.decision
    if case.status != "appealed" or found.answer is not None:
        raise CaseClosed
    signer = decision.signature.signed_by_user_id if decision.signature else None
    if by.user_id is None or by.user_id in (decision.decided_by_user_id, signer):
        raise SecondPersonNeeded
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    row = AppealAnswer(
        appeal_id=found.id,
        decided_by_user_id=found.decided_by_user_id,
        answered_by_user_id=by.user_id,
        stands=stands,
        reason=reason.strip(),
        answered_at=at,
    )
    session.add(row)
    session.flush()
    session.refresh(found, ["answer"])
    says = STANDS if stands else FALLS
    act = Act(session, case, by, at)
    act.note("appeal_answered", says, f"answer:{found.id}", reason=row.reason)
    if not stands:
        _undo(act, decision, found.member_id, row.reason, timezone)
    if all(one.answer is not None for one in decision.appeals):
        case.status, case.closed_at = "closed", at
        act.note("closed", CLOSED, f"closed:{decision.id}")
    notices.tell(
        session,
        member_id=found.member_id,
        kind="fraud.appeal_answered",
        sentence=MEMBER_ANSWERED,
        facts={"number": case.number},
        href=f"/my/cases/{case.id}",
        at=at,
        key=f"fraud.answer:{row.id}",
    )
    session.flush()
    return row


def _undo(act: Act, decision: Decision, member_id: int, reason: str, timezone: ZoneInfo) -> None:
    """Give back what the decision took from the member who appealed."""
    for number in decision.actions["records"]:
        _give_back(
            act,
            decision,
            number,
            member_id=member_id,
            reason=f"{act.case.number}: {reason}",
            timezone=timezone,
        )
    if member_id in decision.actions["members"]:
        members.reinstate(act.session, member=act.session.get_one(Member, member_id))
        act.note("acted", REINSTATED, f"reinstated:{decision.id}:{member_id}", member=member_id)


def _give_back(
    act: Act, decision: Decision, number: int, *, member_id: int, reason: str, timezone: ZoneInfo
) -> None:
    """Let a service that this decision took from the member count again, by a pair of entries of its own."""
    record = act.session.get_one(ServiceRecord, number)
    if record.member_id != member_id or record.status != "reversed":
        return
    try:
        with act.session.begin_nested():
            new = corrections.stand_again(
                act.session, record=record, reason=reason, by=act.by, at=act.at, timezone=timezone
            )
    except NothingToCorrect:
        # Another record has come to stand for the attendance meanwhile; nothing counts twice.
        act.note("acted", STANDS_OTHERWISE, f"otherwise:{decision.id}:{number}", record=number)
        return
    act.note("acted", GIVEN_BACK, f"given_back:{decision.id}:{number}", record=number, new=new.id)


def close_settled(session: Session, *, at: datetime, timezone: ZoneInfo = USUAL_TIMEZONE) -> int:
    """Close cases whose time to appeal has passed unused; returns how many."""
    closed = 0
    for case in session.scalars(select(Case).where(Case.status == "decided").order_by(Case.id)):
        decision = case.decisions[-1]
        if at.astimezone(timezone).date() > last_day_to_appeal(decision, timezone):
            case.status, case.closed_at = "closed", at
            write_down(
                session,
                case,
                kind="closed",
                says=CLOSED,
                at=at,
                key=f"closed:{decision.id}",
                actor="job",
                actor_name="",
            )
            closed += 1
    return closed
