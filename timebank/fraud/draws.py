"""The random audit: 2–3 % of the services that nobody suspects are looked at by a person all the same.

What is found there estimates what the rules miss. The seed is the head of the newest seal of the books,
which nobody can choose, and which is public.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, cast, exists, literal, select
from sqlalchemy.orm import Session

from ledger.models import SealRow
from timebank.access.actors import Actor
from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.errors import N_
from timebank.fraud import cases, sampling
from timebank.fraud.decoys import not_on_a_decoy
from timebank.fraud.errors import CaseClosed, DrawMade, MonthNotOver, NothingToDraw, OutcomeUnknown
from timebank.fraud.models import AlertEvidence, Draw, DrawnRecord
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation

PERMILLE = 25

# What the person who looks is asked, in order; each is answered yes, no or unclear.
QUESTIONS: dict[str, str] = {
    "held": N_("Did the activity take place? Ask somebody who lives there."),
    "present": N_("Was the volunteer there? Ask the volunteer and one other who was."),
    "hours": N_("Do the times agree with what both say?"),
    "paper": N_("Do the scans, the list and the photo belong to this day and place?"),
}
ANSWERS = ("yes", "no", "unclear")
FOUND_UNSOUND = N_("A random audit found service record %(record)s not sound. %(note)s")


@dataclass(frozen=True)
class Estimate:
    """What a draw says about all unsuspicious services of its month."""

    looked_at: int
    unsound: int
    unclear: int
    waiting: int
    lower: float
    upper: float


def ensure_over(month: date, *, at: datetime, timezone: ZoneInfo) -> None:
    """Raise ``MonthNotOver`` while the county's month still runs."""
    if month.replace(day=1) >= at.astimezone(timezone).date().replace(day=1):
        raise MonthNotOver(field="month")


def public_seed(session: Session) -> str:
    """The head of the newest seal: known to everybody, chosen by nobody."""
    head = session.scalar(select(SealRow.head).order_by(SealRow.id.desc()).limit(1))
    return str(head or "no seal yet")


def draw(
    session: Session,
    *,
    organisation: Organisation,
    month: date,
    by: Actor,
    at: datetime,
    permille: int = PERMILLE,
    timezone: ZoneInfo = USUAL_TIMEZONE,
) -> Draw:
    """Draw from a month's confirmed services within the organisation that no live alert names.

    Raises:
        MonthNotOver: it still runs.
        DrawMade: this month has been drawn here already.
        NothingToDraw: there is no such service.
    """
    ensure_over(month, at=at, timezone=timezone)
    word = month.strftime("%Y-%m")
    made = select(Draw.id).where(Draw.organisation_id == organisation.id, Draw.month == word)
    if session.scalar(made) is not None:
        raise DrawMade
    population = session.scalars(_population(organisation, month)).all()
    if not population:
        raise NothingToDraw
    seed = f"{public_seed(session)}:{organisation.id}:{word}"
    row = Draw(
        organisation_id=organisation.id,
        month=word,
        seed=seed,
        permille=permille,
        population=len(population),
        population_digest=sampling.population_digest(population),
        drawn_by=by.label,
        drawn_at=at,
    )
    session.add(row)
    session.flush()
    numbers = sampling.drawn(seed, population, permille)
    session.add_all(DrawnRecord(draw_id=row.id, record_id=number, answers={}) for number in numbers)
    session.flush()
    return row


def _population(organisation: Organisation, month: date) -> Select[int]:
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    named = exists().where(AlertEvidence.subject == literal("record:") + cast(ServiceRecord.id, String))
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(_unsuspicious(organisation, first, after), ~named)
        .order_by(ServiceRecord.id)
    )


def _unsuspicious(organisation: Organisation, first: date, after: date) -> ColumnElement[bool]:
    return and_(
        Organisation.path.startswith(organisation.path, autoescape=True),
        ServiceRecord.status == "approved",
        ServiceRecord.import_run_id.is_(None),
        not_on_a_decoy(),
        ServiceRecord.served_on >= first,
        ServiceRecord.served_on < after,
    )


def look(
    session: Session, *, drawn: DrawnRecord, answers: Mapping[str, str], note: str, by: Actor, at: datetime
) -> str:
    """Keep what somebody found about one drawn record; what is not sound becomes a case.

    Returns:
        ``sound``, ``unsound`` or ``unclear``.

    Raises:
        OutcomeUnknown: a question is not answered.
        CaseClosed: somebody has already looked at it.
    """
    given = {code: answers.get(code, "") for code in QUESTIONS}
    if any(answer not in ANSWERS for answer in given.values()):
        raise OutcomeUnknown(field="answers")
    session.refresh(drawn, with_for_update=True)
    if drawn.outcome is not None:
        raise CaseClosed
    drawn.outcome = sampling.checklist(list(given.values()))
    drawn.answers, drawn.note = given, note.strip()
    drawn.looked_by_user_id, drawn.looked_at = by.user_id, at
    session.flush()
    if drawn.outcome == "unsound":
        _open_case(session, drawn, by=by, at=at)
    return drawn.outcome


def _open_case(session: Session, drawn: DrawnRecord, *, by: Actor, at: datetime) -> None:
    record = session.get_one(ServiceRecord, drawn.record_id)
    acted = {record.recorded_by_user_id, record.approved_by_user_id} - {None}
    cases.open_case(
        session,
        origin="audit",
        member_ids=[record.member_id],
        user_ids=sorted(number for number in acted if number is not None),
        organisation_id=record.organisation_id,
        sentence=FOUND_UNSOUND,
        facts={"record": record.id, "note": drawn.note},
        evidence=[("record", record.id)],
        at=at,
        key=f"drawn:{drawn.id}",
        actor=by.label,
        actor_name=by.name,
    )


def estimate(items: Sequence[DrawnRecord]) -> Estimate:
    """The share of unsound services that the rules did not see; unclear ones count as looked at."""
    looked = [item for item in items if item.outcome is not None]
    unsound = sum(item.outcome == "unsound" for item in looked)
    lower, upper = sampling.interval(unsound, len(looked))
    unclear = sum(item.outcome == "unclear" for item in looked)
    return Estimate(len(looked), unsound, unclear, len(items) - len(looked), lower, upper)
