"""Steps that tests of cases share: rules come into use, screen, and people are reported."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tests.fraud.plant import SHANGHAI, Plot
from timebank.fraud import cases, service, settings
from timebank.fraud.evidence import EVIDENCE
from timebank.fraud.models import Case
from timebank.fraud.registry import RULES
from timebank.fraud.rules import Rule, Window
from timebank.fraud.service import Screened
from timebank.hours.models import ServiceRecord

DAY = timedelta(days=1)


def use(scene: Plot, *rules: Rule, mode: str = "live") -> None:
    today = scene.now.astimezone(SHANGHAI).date()
    for rule in rules:
        settings.change(
            scene.session,
            rule=rule,
            mode=mode,
            weight=rule.weight,
            thresholds=rule.defaults,
            valid_from=today,
            today=today,
            reason="试用期满",
            by=scene.cast.administrator.actor,
            at=scene.now,
        )


def screen(scene: Plot, at: datetime | None = None) -> Screened:
    moment = at or scene.now
    noticed = list(service.look(scene.session, RULES, Window(moment, SHANGHAI)))
    return service.keep(scene.session, noticed, rules=RULES, kinds=EVIDENCE, at=moment)


def sold(scene: Plot) -> tuple[int, list[ServiceRecord]]:
    buyer = scene.member()
    records = [
        scene.record(
            scene.shift(days),
            buyer,
            method="manual",
            grade="D",
            recorder=scene.cast.coordinator.user_id,
            approver=scene.cast.second_coordinator.user_id,
        )
        for days in (10, 40, 70, 100)
    ]
    return buyer, records


def phone_for_three(scene: Plot) -> list[int]:
    shift, people = scene.shift(), [scene.member() for _ in range(3)]
    for minutes, member in enumerate(people):
        scene.scan(shift, member, device="one", at=shift.starts_at + timedelta(minutes=minutes))
        scene.record(shift, member)
    return people


def only_case(scene: Plot) -> Case:
    return scene.session.scalars(select(Case)).one()


def reported(scene: Plot, people: list[int], key: str = "r1") -> Case:
    return cases.open_case(
        scene.session,
        origin="person",
        member_ids=people,
        organisation_id=scene.team.id,
        sentence="有居民反映当天没有这么多人",
        facts={},
        evidence=(),
        at=scene.now,
        key=key,
    )
