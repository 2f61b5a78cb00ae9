"""Alerts, cases and audits within the actor's scope. Nobody sees a case about themselves, their household, their own unit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, joinedload

from timebank.access import scope
from timebank.access.actors import Actor, Permission
from timebank.access.models import User
from timebank.access.permissions import FRAUD_SIGN, FRAUD_WORK
from timebank.activities.models import Shift
from timebank.fraud import own
from timebank.fraud.errors import AlertAbsent, CaseAbsent, DrawAbsent
from timebank.fraud.models import (
    Alert,
    Appeal,
    Case,
    CaseAlert,
    CasePerson,
    Decision,
    Draw,
    DrawnRecord,
    IntegrityReport,
)
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import Member
from timebank.orgs.models import Organisation

PAGE_ROWS = 50


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    return or_(
        scope.within(actor, Organisation.path, FRAUD_WORK), scope.within(actor, Organisation.path, FRAUD_SIGN)
    )


@dataclass(frozen=True)
class CaseLine:
    """A case in the list, with the codes of the rules that spoke."""

    case: Case
    place: str
    people: int
    rules: Sequence[str]


def cases(session: Session, actor: Actor, *, states: Sequence[str]) -> list[CaseLine]:
    """Cases in these states, those that are due first; closed ones alone, the newest first."""
    people = select(func.count()).where(CasePerson.case_id == Case.id).correlate(Case).scalar_subquery()
    query = (
        select(Case, Organisation.name, people)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(Case.status.in_(states), _seen_by(actor), own.case_is_others(session, actor))
        .limit(PAGE_ROWS * 4)
    )
    if tuple(states) == ("closed",):
        query = query.order_by(Case.closed_at.desc(), Case.id.desc())
    else:
        query = query.order_by(Case.due_at, Case.id)
    rows = session.execute(query).all()
    spoke: dict[int, set[str]] = defaultdict(set)
    rules = (
        select(CaseAlert.case_id, Alert.rule)
        .join(Alert, Alert.id == CaseAlert.alert_id)
        .where(CaseAlert.case_id.in_([found.id for found, _place, _people in rows]))
    )
    for number, rule in session.execute(rules):
        spoke[number].add(rule)
    return [CaseLine(found, place, int(count), sorted(spoke[found.id])) for found, place, count in rows]


def case(session: Session, actor: Actor, case_id: int) -> Case:
    """One case within scope; raises ``CaseAbsent`` for others, and for those about the actor's own people."""
    query = (
        select(Case)
        .join(Organisation, Organisation.id == Case.organisation_id)
        .where(
            Case.id == case_id,
            # Whoever holds any role there may be told that they lack the right; strangers are told nothing.
            scope.within(actor, Organisation.path),
            own.case_is_others(session, actor),
        )
    )
    found = session.scalar(query)
    if found is None:
        raise CaseAbsent
    return found


def own_case(session: Session, member_id: int | None, case_id: int) -> tuple[Case, CasePerson]:
    """A case that the member was told about; raises ``CaseAbsent`` otherwise."""
    query = (
        select(Case, CasePerson)
        .join(CasePerson, CasePerson.case_id == Case.id)
        .where(Case.id == case_id, CasePerson.member_id == member_id, CasePerson.told_at.is_not(None))
    )
    found = session.execute(query).first()
    if found is None:
        raise CaseAbsent
    return found


def own_cases(session: Session, member_id: int | None) -> Sequence[Case]:
    """Every case that the member was told about, the newest first."""
    query = (
        select(Case)
        .join(CasePerson, CasePerson.case_id == Case.id)
        .where(CasePerson.member_id == member_id, CasePerson.told_at.is_not(None))
        .order_by(Case.id.desc())
    )
    return session.scalars(query).all()


def alerts_of(session: Session, case_id: int) -> Sequence[Alert]:
    """A case's alerts, oldest first."""
    query = (
        select(Alert)
        .join(CaseAlert, CaseAlert.alert_id == Alert.id)
        .where(CaseAlert.case_id == case_id)
        .order_by(Alert.id)
    )
    return session.scalars(query).all()


def alerts(
    session: Session, actor: Actor, *, rule: str = "", mode: str = "", before: int | None = None
) -> list[tuple[Alert, str, int | None]]:
    """Alerts within scope, the newest first, with their place and the case that they belong to."""
    conditions = [
        scope.within(actor, Organisation.path, FRAUD_WORK),
        own.alert_is_others(session, actor),
    ]
    conditions += [Alert.rule == rule] if rule else []
    conditions += [Alert.mode == mode] if mode else []
    conditions += [Alert.id < before] if before else []
    query = (
        select(Alert, Organisation.name, CaseAlert.case_id)
        .join(Organisation, Organisation.id == Alert.organisation_id)
        .outerjoin(CaseAlert, CaseAlert.alert_id == Alert.id)
        .where(*conditions)
        .order_by(Alert.id.desc())
        .limit(PAGE_ROWS + 1)
    )
    return list(session.execute(query))


def alert(session: Session, actor: Actor, alert_id: int) -> tuple[Alert, Organisation, int | None]:
    """One alert within scope with its place and its case."""
    query = (
        select(Alert, Organisation, CaseAlert.case_id)
        .join(Organisation, Organisation.id == Alert.organisation_id)
        .outerjoin(CaseAlert, CaseAlert.alert_id == Alert.id)
        .where(
            Alert.id == alert_id,
            scope.within(actor, Organisation.path),
            own.alert_is_others(session, actor),
        )
    )
    found = session.execute(query).first()
    if found is None:
        raise AlertAbsent
    return found


def roots_of(session: Session, actor: Actor) -> Sequence[Organisation]:
    """The counties in which the actor works, in whole or in part."""
    numbers = {int(path.strip("/").split("/")[0]) for path in (grant.path for grant in actor.grants)}
    return session.scalars(
        select(Organisation).where(Organisation.id.in_(numbers)).order_by(Organisation.id)
    ).all()


def counts_by_rule(session: Session, actor: Actor) -> dict[tuple[str, str], int]:
    """How many alerts each rule has given in each mode, where the actor works."""
    query = (
        select(Alert.rule, Alert.mode, func.count())
        .join(Organisation, Organisation.id == Alert.organisation_id)
        .where(scope.within(actor, Organisation.path, None))
        .group_by(Alert.rule, Alert.mode)
    )
    return {(rule, mode): count for rule, mode, count in session.execute(query)}


def names(session: Session, *, members: set[int], users: set[int]) -> dict[str, str]:
    """``member:5`` and ``user:7`` → name."""
    found = {
        f"member:{number}": name
        for number, name in session.execute(select(Member.id, Member.name).where(Member.id.in_(members)))
    }
    return found | {
        f"user:{number}": name
        for number, name in session.execute(select(User.id, User.name).where(User.id.in_(users)))
    }


def records_of_case(session: Session, found: Case) -> Sequence[ServiceRecord]:
    """Records of the case's people that its evidence names, an alert's or a report's, and that could be taken back."""
    words = [one.subject for alert in alerts_of(session, found.id) for one in alert.evidence]
    words += [word for event in found.events for word in event.facts.get("evidence", ())]
    named = {int(word.partition(":")[2]) for word in words if word.startswith("record:")}
    members = [person.member_id for person in found.people if person.member_id is not None]
    query = (
        select(ServiceRecord)
        .where(
            ServiceRecord.id.in_(named),
            ServiceRecord.member_id.in_(members),
            ServiceRecord.status == "approved",
        )
        .order_by(ServiceRecord.id)
    )
    return session.scalars(query).all()


def wanted_by(session: Session, decision: Decision) -> tuple[Sequence[ServiceRecord], Sequence[Member]]:
    """What a decision takes back, and whom it suspends."""
    records = select(ServiceRecord).where(ServiceRecord.id.in_(decision.actions["records"]))
    members = select(Member).where(Member.id.in_(decision.actions["members"]))
    return (
        session.scalars(records.order_by(ServiceRecord.id)).all(),
        session.scalars(members.order_by(Member.id)).all(),
    )


def appeal(session: Session, found: Case, appeal_id: int) -> Appeal:
    """One appeal of the case; raises ``CaseAbsent`` for another's."""
    query = (
        select(Appeal)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Appeal.id == appeal_id, Decision.case_id == found.id)
    )
    row = session.scalar(query)
    if row is None:
        raise CaseAbsent
    return row


def draws(session: Session, actor: Actor) -> Sequence[Draw]:
    """Random audits within scope, the newest first."""
    query = (
        select(Draw)
        .join(Organisation, Organisation.id == Draw.organisation_id)
        .where(scope.within(actor, Organisation.path, FRAUD_WORK))
        .order_by(Draw.month.desc(), Draw.id.desc())
        .limit(PAGE_ROWS)
    )
    return session.scalars(query).all()


def draw(session: Session, actor: Actor, draw_id: int) -> Draw:
    """One random audit within scope."""
    query = (
        select(Draw)
        .join(Organisation, Organisation.id == Draw.organisation_id)
        .where(Draw.id == draw_id, scope.within(actor, Organisation.path))
    )
    found = session.scalar(query)
    if found is None:
        raise DrawAbsent
    return found


def drawn_records(session: Session, draw_id: int) -> list[tuple[DrawnRecord, ServiceRecord, Member]]:
    """What was drawn, with the record, its activity and its member."""
    query = (
        select(DrawnRecord, ServiceRecord, Member)
        .join(ServiceRecord, ServiceRecord.id == DrawnRecord.record_id)
        .join(Member, Member.id == ServiceRecord.member_id)
        .options(joinedload(ServiceRecord.attendance).joinedload(Attendance.shift).joinedload(Shift.activity))
        .where(DrawnRecord.draw_id == draw_id)
        .order_by(DrawnRecord.record_id)
    )
    return list(session.execute(query))


def own_drawn(session: Session, actor: Actor, draw_id: int) -> frozenset[int]:
    """Drawn records that somebody else looks at: of the actor's own people or unit, or made by one of these."""
    query = (
        select(DrawnRecord.id)
        .join(ServiceRecord, ServiceRecord.id == DrawnRecord.record_id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(DrawnRecord.draw_id == draw_id, own.records(session, actor))
    )
    return frozenset(session.scalars(query))


def drawn_record(session: Session, found: Draw, number: int) -> DrawnRecord:
    """One drawn record of the audit."""
    row = session.scalar(select(DrawnRecord).where(DrawnRecord.id == number, DrawnRecord.draw_id == found.id))
    if row is None:
        raise DrawAbsent
    return row


def report(session: Session, organisation_id: int, month: str) -> IntegrityReport | None:
    """The published report of a month."""
    return session.scalar(
        select(IntegrityReport).where(
            IntegrityReport.organisation_id == organisation_id, IntegrityReport.month == month
        )
    )


def reports(session: Session, organisation_id: int) -> Sequence[IntegrityReport]:
    """Every published report of a place, the newest first."""
    return session.scalars(
        select(IntegrityReport)
        .where(IntegrityReport.organisation_id == organisation_id)
        .order_by(IntegrityReport.month.desc())
    ).all()


def published(session: Session) -> list[tuple[IntegrityReport, str]]:
    """Every published report with its place, the newest first: the public board."""
    query = (
        select(IntegrityReport, Organisation.name)
        .join(Organisation, Organisation.id == IntegrityReport.organisation_id)
        .order_by(IntegrityReport.month.desc(), Organisation.path)
        .limit(PAGE_ROWS * 4)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def places(session: Session, actor: Actor, permission: Permission) -> Sequence[Organisation]:
    """The organisations on which the actor holds the permission, the highest first."""
    return session.scalars(
        select(Organisation).where(Organisation.path.in_(actor.paths(permission))).order_by(Organisation.path)
    ).all()
