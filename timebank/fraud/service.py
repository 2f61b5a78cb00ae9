"""Screening: the rules look, what they find is kept once, and what belongs together becomes a case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from timebank.fraud import cases
from timebank.fraud.evidence import digest_of, row_of
from timebank.fraud.models import Alert, AlertEvidence, AlertPerson, Case
from timebank.fraud.rules import Finding, Rule, Window
from timebank.fraud.settings import Force, in_force_everywhere
from timebank.orgs.models import Organisation
from timebank.orm import Base

# An alert names its evidence; thousands of lines would help nobody to read it.
NAMED_EVIDENCE = 200


@dataclass(frozen=True)
class Noticed:
    """A finding with the rule that made it and the settings under which it spoke."""

    rule: Rule
    force: Force
    finding: Finding

    @property
    def key(self) -> str:
        """The matter's name among all alerts."""
        return f"{self.rule.code}:{self.finding.key}"


@dataclass(frozen=True)
class Screened:
    """What one screening added."""

    alerts: Sequence[Alert]
    cases: Sequence[Case]


def look(session: Session, rules: Sequence[Rule], window: Window) -> Iterator[Noticed]:
    """What the rules that are not off notice; reads only.

    A rule looks once for each set of thresholds in force anywhere; of what it finds, every county takes what lies in it.
    """
    book = in_force_everywhere(session, rules, window.today)
    counties = _counties(session) if any(len(forces) > 1 for forces in book.values()) else {}
    for rule in rules:
        forces = book[rule.code]
        for thresholds in _sets_of_thresholds(forces.values()):
            for finding in rule.find(session, window, thresholds):
                force = forces.get(counties.get(finding.organisation_id), forces[None])
                if force.mode != "off" and force.thresholds == thresholds:
                    yield Noticed(rule, force, finding)


def _sets_of_thresholds(forces: Iterable[Force]) -> list[Mapping[str, int]]:
    found: list[Mapping[str, int]] = []
    for force in forces:
        if force.mode != "off" and force.thresholds not in found:
            found.append(force.thresholds)
    return found


def _counties(session: Session) -> dict[int, int]:
    """Organisation → the root of its tree."""
    return {
        number: int(path.split("/")[1])
        for number, path in session.execute(select(Organisation.id, Organisation.path))
    }


def keep(
    session: Session,
    noticed: Sequence[Noticed],
    *,
    rules: Sequence[Rule],
    kinds: Mapping[str, type[Base]],
    at: datetime,
) -> Screened:
    """Keep what is new, and bring live alerts into cases.

    The same matter is one alert: a second screening of the same days adds nothing.
    """
    known = _known(session, [one.key for one in noticed])
    alerts, opened = [], []
    for one in noticed:
        if one.key in known:
            continue
        known.add(one.key)
        if _is_said(session, one):
            continue
        alert = _write(session, one, kinds=kinds, at=at)
        alerts.append(alert)
        if one.force.mode == "live":
            case = cases.collect(session, alert, rules=rules, at=at)
            opened += [case] if case is not None and case.opened_at == at and case not in opened else []
    return Screened(alerts, opened)


def _known(session: Session, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), 500):
        found |= set(session.scalars(select(Alert.key).where(Alert.key.in_(keys[start : start + 500]))))
    return found


def _is_said(session: Session, noticed: Noticed) -> bool:
    """Whether an earlier alert of the rule named all this evidence: the window has moved on, and nothing is new."""
    words = sorted(set(noticed.finding.evidence))
    if not words or len(words) > NAMED_EVIDENCE:
        return False
    earlier = (
        select(AlertEvidence.alert_id)
        .join(Alert, Alert.id == AlertEvidence.alert_id)
        .where(AlertEvidence.subject.in_(words), Alert.rule == noticed.rule.code)
        .group_by(AlertEvidence.alert_id)
        .having(func.count() == len(words))
        .limit(1)
    )
    return session.scalar(earlier) is not None


def _write(session: Session, noticed: Noticed, *, kinds: Mapping[str, type[Base]], at: datetime) -> Alert:
    finding, named = noticed.finding, noticed.finding.evidence[:NAMED_EVIDENCE]
    alert = Alert(
        key=noticed.key,
        rule=noticed.rule.code,
        rule_version=noticed.rule.version,
        mode=noticed.force.mode,
        weight=noticed.force.weight,
        found_at=at,
        day=finding.day,
        organisation_id=finding.organisation_id,
        facts=dict(finding.facts),
        points=finding.points,
    )
    session.add(alert)
    session.flush()
    session.add_all(AlertPerson(alert_id=alert.id, member_id=one) for one in sorted(set(finding.members)))
    session.add_all(AlertPerson(alert_id=alert.id, user_id=one) for one in sorted(set(finding.users)))
    session.add_all(
        AlertEvidence(alert_id=alert.id, subject=subject, digest=digest_of(row_of(session, kinds, subject)))
        for subject in dict.fromkeys(named)
    )
    session.flush()
    return alert
