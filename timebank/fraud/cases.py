"""Cases: opened by alerts or by people, told to whom they are about, decided, signed, appealed.

Locks: the case's row first; then what the acting services lock.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from timebank.books.lapsing import USUAL_TIMEZONE
from timebank.db import queue_for
from timebank.errors import N_
from timebank.fraud.errors import CaseClosed
from timebank.fraud.evidence import digests_of
from timebank.fraud.models import Alert, AlertPerson, Case, CaseAlert, CaseEvent, CasePerson
from timebank.fraud.rules import Rule
from timebank.notices import service as notices
from timebank.orgs.models import Organisation

# Alerts of different rules about the same people add up; at this a person has to look.
OPENS_AT = 100
COLLECTS = timedelta(days=30)
DUE = timedelta(days=14)
ADDED_UP = timedelta(days=30)

OPENED_BY_RULES = N_("The case was opened: alerts about the same people added up to %(weight)s of 100.")
OPENED_BY_REPORT = N_("The case was opened by a report.")
ALERT_JOINED = N_("An alert of rule %(rule)s joined the case.")
TOLD = N_("The member was told about the case and asked for an answer.")
MEMBER_TOLD = N_(
    "We are looking into something about your hours or points (case %(number)s). Please read it and answer."
)


def collect(session: Session, alert: Alert, *, rules: Sequence[Rule], at: datetime) -> Case | None:
    """Bring a live alert into the open case about the same people, or open one when there is enough.

    Returns:
        The case that it belongs to now; None while there is not enough for one.
    """
    people = [(person.member_id, person.user_id) for person in alert.people]
    queue_for(session, "fraud case")
    case = _open_case_about(session, people, at)
    if case is not None:
        _join(session, case, alert, at=at)
        return case
    waiting = _waiting_about(session, people, at) or [alert]
    weight = _weight(waiting)
    alone = {rule.code for rule in rules if rule.opens_alone}
    if weight < OPENS_AT and alert.rule not in alone:
        return None
    case = _open(session, origin="rule", organisation_id=alert.organisation_id, at=at)
    _event(session, case, kind="opened", says=OPENED_BY_RULES, facts={"weight": weight}, at=at, key="opened")
    for one in waiting:
        _join(session, case, one, at=at)
    return case


def _weight(alerts: Iterable[Alert]) -> int:
    """Each rule counts once, with its heaviest alert."""
    heaviest: dict[str, int] = {}
    for alert in alerts:
        heaviest[alert.rule] = max(alert.weight, heaviest.get(alert.rule, 0))
    return sum(heaviest.values())


def _about(
    model: type[AlertPerson] | type[CasePerson], people: Sequence[tuple[int | None, int | None]]
) -> Any:
    members = [member for member, _user in people if member is not None]
    users = [user for _member, user in people if user is not None]
    return or_(model.member_id.in_(members), model.user_id.in_(users))


def _open_case_about(
    session: Session, people: Sequence[tuple[int | None, int | None]], at: datetime
) -> Case | None:
    query = (
        select(Case)
        .join(CasePerson, CasePerson.case_id == Case.id)
        .where(Case.status == "open", Case.collects_until > at, _about(CasePerson, people))
        .order_by(Case.id)
        .limit(1)
    )
    return session.scalar(query)


def _waiting_about(
    session: Session, people: Sequence[tuple[int | None, int | None]], at: datetime
) -> list[Alert]:
    query = (
        select(Alert)
        .outerjoin(CaseAlert, CaseAlert.alert_id == Alert.id)
        .where(
            Alert.mode == "live",
            Alert.found_at > at - ADDED_UP,
            CaseAlert.id.is_(None),
            Alert.id.in_(select(AlertPerson.alert_id).where(_about(AlertPerson, people))),
        )
        .order_by(Alert.id)
    )
    return list(session.scalars(query))


def _open(session: Session, *, origin: str, organisation_id: int, at: datetime) -> Case:
    case = Case(
        number=_next_number(session, at),
        organisation_id=organisation_id,
        origin=origin,
        status="open",
        opened_at=at,
        collects_until=at + COLLECTS,
        due_at=at + DUE,
    )
    session.add(case)
    session.flush()
    return case


def _next_number(session: Session, at: datetime) -> str:
    """``2026-0007``: counts up within the local year. The caller stands in the queue, so nobody else counts now."""
    year = at.astimezone(USUAL_TIMEZONE).year
    newest = session.scalar(
        select(Case.number).where(Case.number.startswith(f"{year}-")).order_by(Case.id.desc()).limit(1)
    )
    return f"{year}-{int(newest.split('-')[1]) + 1 if newest else 1:04d}"


def _join(session: Session, case: Case, alert: Alert, *, at: datetime) -> None:
    session.add(CaseAlert(alert_id=alert.id, case_id=case.id))
    for person in alert.people:
        add_person(session, case, member_id=person.member_id, user_id=person.user_id)
    _event(
        session,
        case,
        kind="alert",
        says=ALERT_JOINED,
        facts={"rule": alert.rule, "alert": alert.id},
        at=at,
        key=f"alert:{alert.id}",
    )


def add_person(session: Session, case: Case, *, member_id: int | None, user_id: int | None) -> None:
    """Make the case about somebody more; somebody known already changes nothing."""
    known = session.scalar(
        select(CasePerson.id).where(
            CasePerson.case_id == case.id, CasePerson.member_id == member_id, CasePerson.user_id == user_id
        )
    )
    if known is None:
        session.add(CasePerson(case_id=case.id, member_id=member_id, user_id=user_id))
        session.flush()


def open_case(
    session: Session,
    *,
    origin: str,
    member_ids: Sequence[int],
    organisation_id: int,
    sentence: str,
    facts: Mapping[str, Any],
    evidence: Sequence[tuple[str, int]],
    at: datetime,
    key: str,
    user_ids: Sequence[int] = (),
    actor: str = "job",
    actor_name: str = "",
) -> Case:
    """Open a case by a report: a member's "this was not me", an auditor's own eyes, a break in the books.

    Args:
        origin: ``member``, ``person``, ``audit`` or ``reconciliation``.
        sentence: message id marked with ``N_``, or the reporter's own words.
        key: the report's own name; the same report opens one case.
    """
    queue_for(session, "fraud case")
    known = session.scalar(select(CaseEvent.case_id).where(CaseEvent.key == f"report:{key}"))
    if known is not None:
        return session.get_one(Case, known)
    case = _open(session, origin=origin, organisation_id=organisation_id, at=at)
    for member_id in member_ids:
        add_person(session, case, member_id=member_id, user_id=None)
    for user_id in user_ids:
        add_person(session, case, member_id=None, user_id=user_id)
    named = [f"{kind}:{number}" for kind, number in evidence]
    session.add(
        CaseEvent(
            case_id=case.id,
            at=at,
            actor=actor,
            actor_name=actor_name,
            kind="opened",
            says=sentence,
            facts={**facts, "evidence": named, "digests": digests_of(session, named)},
            key=f"report:{key}",
        )
    )
    session.flush()
    return case


def tell_people(session: Session, case: Case, *, at: datetime) -> int:
    """Tell every member whom the case is about, once, and ask for an answer.

    Returns:
        how many were told now.

    Raises:
        CaseClosed: it has been decided; whoever it concerns has been told so.
    """
    session.refresh(case, with_for_update=True)
    if case.status != "open":
        raise CaseClosed
    told = 0
    for person in case.people:
        if person.member_id is None or person.told_at is not None:
            continue
        person.told_at = at
        notices.tell(
            session,
            member_id=person.member_id,
            kind="fraud.case_opened",
            sentence=MEMBER_TOLD,
            facts={"number": case.number},
            href=f"/my/cases/{case.id}",
            at=at,
            key=f"fraud.case:{case.id}:{person.member_id}",
        )
        told += 1
    session.flush()
    return told


def _event(
    session: Session,
    case: Case,
    *,
    kind: str,
    says: str,
    facts: Mapping[str, Any],
    at: datetime,
    key: str,
    actor: str = "job",
    actor_name: str = "",
) -> CaseEvent:
    event = CaseEvent(
        case_id=case.id,
        at=at,
        actor=actor,
        actor_name=actor_name,
        kind=kind,
        says=says,
        facts=dict(facts),
        key=f"case:{case.id}:{key}",
    )
    session.add(event)
    session.flush()
    return event


def write_down(
    session: Session,
    case: Case,
    *,
    kind: str,
    says: str,
    at: datetime,
    key: str,
    actor: str,
    actor_name: str,
    facts: Mapping[str, Any] | None = None,
) -> CaseEvent:
    """A line in the case's history; the same ``key`` is written once."""
    known = session.scalar(select(CaseEvent).where(CaseEvent.key == f"case:{case.id}:{key}"))
    if known is not None:
        return known
    return _event(
        session,
        case,
        kind=kind,
        says=says,
        facts=facts or {},
        at=at,
        key=key,
        actor=actor,
        actor_name=actor_name,
    )


def place_of(session: Session, case: Case) -> Organisation:
    """Where the case belongs."""
    return session.get_one(Organisation, case.organisation_id)
