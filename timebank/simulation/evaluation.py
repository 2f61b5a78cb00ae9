"""How often the fraud rules are right about a simulated town: screened every night of its life, judged by its labels.

The rules never see the labels. A cheat is one scheme of the same people, however many acts it has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import system_actor
from timebank.checkin.models import Scan, SpotAnswer, SpotCheck
from timebank.fraud import service, settings
from timebank.fraud.models import Alert, CaseAlert
from timebank.fraud.rules import Window
from timebank.hours.models import Attendance, CorrectionRequest, ServiceRecord
from timebank.orm import Base
from timebank.simulation.plants.plant import Plant
from timebank.simulation.truth import Label, Labels
from timebank.simulation.world import World

SCREENING = "screening"
# An alert that rests on other rows is right when this share of them, of a hundred, belongs to a planted cheat.
ENOUGH_PERCENT = 34
# Where nobody is named, an alert and a cheat belong together by place and within these days.
NEAR_DAYS = 14
TOP = 20

Token = tuple[Any, ...]


def watchman(every: int = 1) -> Plant:
    """Not a cheat: the screening, lived as the last of the plants, with every rule at work from the first day.

    Args:
        every: days between two screenings; every night where 1. The last night is always looked at.
    """

    def live(world: World) -> None:
        if (
            world.day_number % every == every - 1
            or world.day_number == world.last_day
            or not world.day_number
        ):
            _look(world)

    return Plant(SCREENING, "The rules look by night", live)


def _look(world: World) -> None:
    house, at = world.house, world.moment(23, 55)
    with world.transaction() as session:
        if not world.kept.get(SCREENING):
            world.kept[SCREENING] = True
            for rule in house.fraud_rules:
                settings.change(
                    session,
                    rule=rule,
                    mode="live",
                    weight=rule.weight,
                    thresholds=rule.defaults,
                    valid_from=world.today,
                    today=world.today,
                    reason="simulated",
                    by=system_actor("command"),
                    at=at,
                )
        noticed = list(service.look(session, house.fraud_rules, Window(at, world.timezone)))
        service.keep(session, noticed, rules=house.fraud_rules, kinds=house.evidence, at=at)


@dataclass
class Scheme:
    """A planted cheat as the labels tell it.

    Attributes:
        alerted: day of the first right alert of its own rule. noticed: of any rule.
    """

    rule: str
    first: date
    last: date
    organisation_id: int
    members: set[int] = field(default_factory=set)
    users: set[int] = field(default_factory=set)
    evidence: set[str] = field(default_factory=set)
    tokens: set[Token] = field(default_factory=set)
    points: Decimal = Decimal(0)
    alerted: date | None = None
    noticed: date | None = None


@dataclass(frozen=True)
class Verdict:
    """An alert and whether it is right."""

    rule: str
    weight: int
    points: Decimal
    is_right: bool
    case_id: int | None
    says: str


@dataclass(frozen=True)
class Town:
    """What was measured in one town."""

    seed: int
    schemes: tuple[Scheme, ...]
    verdicts: tuple[Verdict, ...]
    honest_check_ins: int


def gathered(labels: Labels) -> list[Scheme]:
    """Labels of the same scenario that share somebody, or a place where nobody is named, are one scheme."""
    schemes: list[Scheme] = []
    for label in labels.entries:
        known = next((one for one in schemes if _belongs(one, label)), None)
        if known is None:
            known = Scheme(label.rule_code, label.day, label.day, label.organisation_id)
            schemes.append(known)
        known.first, known.last = min(known.first, label.day), max(known.last, label.day)
        known.members |= set(label.members)
        known.users |= set(label.users)
        known.evidence |= set(label.evidence)
    return schemes


def _belongs(scheme: Scheme, label: Label) -> bool:
    if scheme.rule != label.rule_code:
        return False
    if label.members or label.users:
        return bool(scheme.members & set(label.members) or scheme.users & set(label.users))
    return not scheme.members and not scheme.users and scheme.organisation_id == label.organisation_id


class Evidence:
    """What words such as ``record:5`` stand for, so that a scan, an attendance and a record of one service are the same."""

    def __init__(self, session: Session, kinds: Mapping[str, type[Base]]) -> None:
        attendances = {
            number: (shift, member)
            for number, shift, member in session.execute(
                select(Attendance.id, Attendance.shift_id, Attendance.member_id)
            )
        }
        self._services: dict[str, Token] = {f"attendance:{n}": pair for n, pair in attendances.items()}
        self._points: dict[Token, Decimal] = defaultdict(Decimal)
        for number, attendance, points in session.execute(
            select(ServiceRecord.id, ServiceRecord.attendance_id, ServiceRecord.points)
        ):
            self._services[f"record:{number}"] = attendances[attendance]
            self._points[attendances[attendance]] = max(
                points or Decimal(0), self._points[attendances[attendance]]
            )
        scans = select(Scan.id, Scan.shift_id, Scan.member_id).where(Scan.member_id.is_not(None))
        spots = select(SpotAnswer.id, SpotCheck.shift_id, SpotAnswer.member_id).join(
            SpotCheck, SpotCheck.id == SpotAnswer.spot_check_id
        )
        for word, query in (("scan", scans), ("spot_answer", spots)):
            self._services |= {f"{word}:{n}": (shift, member) for n, shift, member in session.execute(query)}
        corrections = select(CorrectionRequest.id, CorrectionRequest.record_id)
        self._services |= {
            f"correction:{n}": self._services[f"record:{record}"]
            for n, record in session.execute(corrections)
        }
        self._read_orders(session, kinds)
        self.attended = frozenset(attendances.values())

    def _read_orders(self, session: Session, kinds: Mapping[str, Any]) -> None:
        """The shop's tables, by the words under which the shop brought them; a return is its order."""
        if order := kinds.get("order"):
            for number, points in session.execute(select(order.id, order.total_points)):
                self._points[f"order:{number}",] = points
        if taken_back := kinds.get("return"):
            for number, order_id in session.execute(select(taken_back.id, taken_back.order_id)):
                self._services[f"return:{number}"] = (f"order:{order_id}",)

    def tokens(self, words: Iterable[str]) -> set[Token]:
        """What the words stand for; a shift alone stands for nothing."""
        return {self._services.get(word, (word,)) for word in words if not word.startswith("shift:")}

    def points(self, tokens: Iterable[Token]) -> Decimal:
        """What is at stake."""
        return sum((self._points.get(token, Decimal(0)) for token in tokens), Decimal(0))


def judge(session: Session, labels: Labels, *, kinds: Mapping[str, type[Base]], timezone: Any) -> Town:
    """Compare the alerts that stand in the town's database with its labels."""
    evidence, schemes = Evidence(session, kinds), gathered(labels)
    for scheme in schemes:
        scheme.tokens = evidence.tokens(scheme.evidence)
        scheme.points = evidence.points(scheme.tokens)
    cases = dict(session.execute(select(CaseAlert.alert_id, CaseAlert.case_id)).all())
    verdicts = []
    for alert in session.scalars(select(Alert).order_by(Alert.id)):
        found_on = alert.found_at.astimezone(timezone).date()
        meant = _meant(alert, evidence, schemes, found_on)
        for scheme in meant:
            scheme.noticed = min(scheme.noticed or found_on, found_on)
            if scheme.rule == alert.rule:
                scheme.alerted = min(scheme.alerted or found_on, found_on)
        verdicts.append(
            Verdict(
                alert.rule,
                alert.weight,
                alert.points,
                bool(meant),
                cases.get(alert.id),
                f"{alert.day} {dict(alert.facts)}",
            )
        )
    planted = {token for scheme in schemes for token in scheme.tokens}
    return Town(labels.seed, tuple(schemes), tuple(verdicts), len(evidence.attended - planted))


def _meant(alert: Alert, evidence: Evidence, schemes: Sequence[Scheme], found_on: date) -> list[Scheme]:
    """The schemes that an alert is about."""
    tokens = evidence.tokens(one.subject for one in alert.evidence)
    members = {one.member_id for one in alert.people if one.member_id}
    users = {one.user_id for one in alert.people if one.user_id}
    found = []
    for scheme in schemes:
        if scheme.first > found_on:
            continue
        shared = len(tokens & scheme.tokens)
        same_people = bool(scheme.members & members or scheme.users & users)
        nobody = not scheme.members and not scheme.users
        same_place = (
            nobody
            and scheme.organisation_id == alert.organisation_id
            and abs((alert.day - scheme.last).days) <= NEAR_DAYS
        )
        same_rule = scheme.rule == alert.rule and (same_people or same_place or shared)
        if same_rule or (shared and 100 * shared >= ENOUGH_PERCENT * len(tokens)):
            found.append(scheme)
    return found
