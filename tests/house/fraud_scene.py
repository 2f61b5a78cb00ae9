"""A case about the volunteer, decided by somebody else and appealed, an alert, a random audit and a published report."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from tests.fraud.plant import plot
from timebank.clock import now
from timebank.fraud import cases
from timebank.fraud.decoy_models import Decoy
from timebank.fraud.models import Alert, Appeal, Decision, Draw, DrawnRecord, IntegrityReport
from timebank.fraud.ring_models import RingReport

MONTH = "2026-02"


def furnish_fraud(session: Session, cast: Cast) -> dict[str, int | str]:
    """What the arguments of the addresses about cases are filled with."""
    case = cases.open_case(
        session,
        origin="person",
        member_ids=[cast.volunteer.member_id],
        organisation_id=cast.station_id,
        sentence="有居民反映",
        facts={},
        evidence=(),
        at=NOON,
        key="scene",
    )
    cases.tell_people(session, case, at=NOON)
    decision = Decision(
        case_id=case.id,
        outcome="reminder",
        reason="请按时签退",
        points=Decimal(0),
        actions={"records": [], "members": []},
        needs_second=False,
        decided_by_user_id=cast.second_coordinator.user_id,
        decided_at=now() - timedelta(days=1),
    )
    session.add(decision)
    session.flush()
    appeal = Appeal(
        decision_id=decision.id,
        decided_by_user_id=decision.decided_by_user_id,
        member_id=cast.volunteer.member_id,
        words="我按时签退了",
        lodged_at=NOON,
    )
    alert = Alert(
        key="F-03:scene",
        rule="F-03",
        rule_version=1,
        mode="shadow",
        weight=60,
        found_at=NOON,
        day=NOON.date(),
        organisation_id=cast.station_id,
        facts={"members": 3, "activities": 1},
        points=Decimal(0),
    )
    draw = Draw(
        organisation_id=cast.station_id,
        month=MONTH,
        seed="seed",
        permille=25,
        population=1,
        population_digest="digest",
        drawn_by="user:1",
        drawn_at=NOON,
    )
    report = IntegrityReport(
        organisation_id=cast.station_id,
        month=MONTH,
        figures={
            "confirmed": 1,
            "by_hand": 0,
            "taken_back": 0,
            "refused": 0,
            "alerts": 0,
            "cases": 0,
            "outcomes": {},
            "appeals_stood": 0,
            "appeals_undone": 0,
            "audited": 0,
        },
        published_by="user:1",
        published_at=NOON,
    )
    decoy = Decoy(
        kind="member",
        organisation_id=cast.station_id,
        member_id=cast.neighbour.member_id,
        note="试探",
        note_digest="digest",
        proposed_by_user_id=cast.administrator.user_id,
        proposed_at=NOON,
    )
    rings = RingReport(
        organisation_id=cast.county_id,
        until=NOON.date(),
        looked_at={},
        found={"groups": []},
        made_by="job",
        made_at=NOON,
    )
    session.add_all((appeal, alert, draw, report, decoy, rings))
    case.status = "appealed"
    session.flush()
    # Nobody audits a service of their own unit, so the drawn one is of the team beside.
    beside = plot(session, cast, NOON)
    drawn = DrawnRecord(
        draw_id=draw.id, record_id=beside.record(beside.shift(), beside.member()).id, answers={}
    )
    session.add(drawn)
    session.flush()
    return {
        "case_id": case.id,
        "appeal_id": appeal.id,
        "alert_id": alert.id,
        "draw_id": draw.id,
        "drawn_id": drawn.id,
        "month": MONTH,
        "decoy_id": decoy.id,
        "rule_code": "F-03",
        "ring_report_id": rings.id,
    }
