"""A case from alert to appeal, through the pages, by four people."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.cast import Cast
from tests.fraud.plant import SHANGHAI, plot
from timebank.clock import now
from timebank.fraud import runner, settings
from timebank.fraud.models import Case
from timebank.fraud.rules.f07_hours_by_hand import RULE as F07
from timebank.hours.models import ServiceRecord
from timebank.members.models import Member

ClientAs = Callable[[str], FlaskClient]


def _sell_hours(app: Flask, cast: Cast) -> list[int]:
    """Four entries by hand for the volunteer by one coordinator, and a rule that may open cases."""
    house = app.extensions["timebank"]
    with house.database.transaction() as session:
        scene = plot(session, cast, now())
        records = [
            scene.record(
                scene.shift(days),
                cast.volunteer.member_id,
                method="manual",
                grade="D",
                recorder=cast.coordinator.user_id,
            ).id
            for days in (10, 40, 70, 100)
        ]
        today = now().astimezone(SHANGHAI).date()
        settings.change(
            session,
            rule=F07,
            mode="live",
            weight=100,
            thresholds=F07.defaults,
            valid_from=today,
            today=today,
            reason="试用期满",
            by=cast.administrator.actor,
            at=now() - timedelta(hours=1),
        )
    runner.screen(house, at=now())
    return records


def test_from_alert_to_appeal(app: Flask, cast: Cast, client_as: ClientAs) -> None:
    records = _sell_hours(app, cast)
    database = app.extensions["timebank"].database
    auditor, administrator, volunteer = (
        client_as(part) for part in ("auditor", "administrator", "volunteer")
    )
    with database.reading() as session:
        case_id = session.scalars(select(Case.id)).one()
    assert "F-07 管理员补录卖时长" in auditor.get("/cases").text, "the list says why"
    page = auditor.get(f"/cases/{case_id}").get_data(as_text=True)
    assert "4 次服务中有 4 次由同一人补录" in page
    assert volunteer.get(f"/my/cases/{case_id}").status_code == 404

    auditor.post(f"/cases/{case_id}/tell")
    own = volunteer.get(f"/my/cases/{case_id}").get_data(as_text=True)
    assert "4 次服务中有 4 次由同一人补录" in own
    volunteer.post(f"/my/cases/{case_id}/answer", data={"reason": "我每次都去了，手机坏了"})
    assert "手机坏了" in auditor.get(f"/cases/{case_id}").get_data(as_text=True)

    wrong = {"outcome": "reverse", "reason": "没有人见过本人"}
    assert "至少选择一条" in auditor.post(f"/cases/{case_id}/decisions", data=wrong).get_data(as_text=True)
    auditor.post(f"/cases/{case_id}/decisions", data={**wrong, "records": records})
    assert _statuses(app, records) == {"approved"}
    assert "须由另一人签署" in auditor.get(f"/cases/{case_id}").text
    assert auditor.post(f"/cases/{case_id}/signature", data={"agrees": "yes"}).status_code == 403
    # Whoever signs reads what will be taken back, and signs that decision and no later one.
    shown = administrator.get(f"/cases/{case_id}").text
    assert "签署后收回" in shown
    assert 'name="decision" value="1"' in shown
    stale = {"agrees": "yes", "decision": "0"}
    assert administrator.post(f"/cases/{case_id}/signature", data=stale).status_code == 409
    assert _statuses(app, records) == {"approved"}
    administrator.post(f"/cases/{case_id}/signature", data={"agrees": "yes", "decision": "1"})
    assert _statuses(app, records) == {"reversed"}

    decided = volunteer.get(f"/my/cases/{case_id}").get_data(as_text=True)
    assert "没有人见过本人" in decided
    volunteer.post(f"/my/cases/{case_id}/appeal", data={"reason": "李老师可以作证"})
    assert "李老师可以作证" in auditor.get(f"/cases/{case_id}").get_data(as_text=True)
    answer = {"stands": "yes", "reason": "证人也说不在场"}
    for part in (auditor, administrator):
        assert part.post(f"/cases/{case_id}/appeals/1", data=answer).status_code == 403


def _only_case(app: Flask) -> int:
    with app.extensions["timebank"].database.reading() as session:
        return session.scalars(select(Case.id)).one()


def _statuses(app: Flask, records: list[int]) -> set[str]:
    with app.extensions["timebank"].database.reading() as session:
        return set(session.scalars(select(ServiceRecord.status).where(ServiceRecord.id.in_(records))))


def test_a_month_is_audited_at_random_and_reported_to_everybody(
    app: Flask, cast: Cast, client_as: ClientAs, client: FlaskClient
) -> None:
    house = app.extensions["timebank"]
    month = (now() - timedelta(days=40)).astimezone(SHANGHAI).strftime("%Y-%m")
    with house.database.transaction() as session:
        scene = plot(session, cast, now())
        shift = scene.shift(40)
        for _ in range(30):
            scene.record(shift, scene.member())
        assert session.scalar(select(func.count(Member.id))) == 42
    auditor = client_as("auditor")
    chosen = {"organisation": str(cast.station_id), "month": month}
    drawn = auditor.post("/audits", data=chosen)
    page = auditor.get(drawn.headers["Location"])
    assert page.status_code == 200
    assert auditor.post("/audits", data=chosen).status_code == 409
    answers = dict.fromkeys(("held", "present", "hours", "paper"), "yes")
    assert "清扫楼道" in page.text
    kept = auditor.post(f"{drawn.headers['Location']}/records/1", data={**answers, "present": "no"})
    assert kept.status_code == 302
    case = auditor.get(f"/cases/{_only_case(app)}").text
    assert "随机抽查发现服务记录" in case
    assert 'name="records"' in case, "what was drawn can be taken back"
    this_month = {**chosen, "month": now().astimezone(SHANGHAI).strftime("%Y-%m")}
    for path in ("/audits", "/integrity"):
        assert auditor.post(path, data=this_month).status_code == 422, "it is not over"
    assert "还没有公布" in client.get("/integrity").text
    published = auditor.post("/integrity", data=chosen)
    report = client.get(published.headers["Location"]).get_data(as_text=True)
    assert "诚信报告" in report
    assert published.headers["Location"] in client.get("/integrity").text
    assert "/integrity" in client.get("/login").text, "the way to the public board stands below every page"
    assert cast.volunteer.name not in report


def test_the_administrator_sets_a_rule_and_the_auditor_may_not(client_as: ClientAs, cast: Cast) -> None:
    today = now().astimezone(SHANGHAI).date().isoformat()
    form = {
        "mode": "live",
        "weight": "50",
        "valid_from": today,
        "reason": "可靠",
        "place": str(cast.county_id),
        "members": "4",
        "activities": "3",
        "sharing": "6",
        "guests": "4",
    }
    assert client_as("auditor").post("/fraud-rules/F-03", data=form).status_code == 403
    administrator = client_as("administrator")
    refused = administrator.post("/fraud-rules/F-03", data={**form, "members": "一"})
    assert "2 到 20" in refused.get_data(as_text=True)
    assert administrator.post("/fraud-rules/F-03", data=form).status_code == 302
    assert "可靠" in administrator.get("/fraud-rules/F-03").get_data(as_text=True)
