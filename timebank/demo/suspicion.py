"""On the day of the visit the fraud rules have looked at the town's year; two of them may already open cases."""

from sqlalchemy.orm import Session

from timebank.demo.town import Town
from timebank.fraud import cases, service, settings
from timebank.fraud.rules import Window

TRUSTED = ("F-02", "F-07")
REPORT = "有居民反映，上个月的义诊签到人数比到场的多。"


def screen(session: Session, town: Town) -> None:
    """What an auditor finds on the first visit: rules that watch, rules that open cases, one report to look into."""
    if town.is_first_day:
        for rule in town.house.fraud_rules:
            if rule.code in TRUSTED and town.administrator is not None:
                settings.change(
                    session,
                    rule=rule,
                    mode="live",
                    weight=rule.weight,
                    thresholds=rule.defaults,
                    valid_from=town.today,
                    today=town.today,
                    reason="试运行三个月，预警多数属实",
                    by=town.administrator,
                    at=town.moment(9),
                )
    if town.is_last_day:
        house, at = town.house, town.moment(3)
        noticed = list(service.look(session, house.fraud_rules, Window(at, town.timezone)))
        service.keep(session, noticed, rules=house.fraud_rules, kinds=house.evidence, at=at)
        if len(town.stations) > 1:
            cases.open_case(
                session,
                origin="person",
                member_ids=[one.member_id for one in town.residents[:2]],
                organisation_id=town.teams[0].id,
                sentence=REPORT,
                facts={},
                evidence=(),
                at=at,
                key="demo",
            )
