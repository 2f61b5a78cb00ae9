"""Confirming, entering by hand, taking back, converting, through HTTP as each person."""

import re
from decimal import Decimal
from io import BytesIO

from flask.testing import FlaskClient
from sqlalchemy import select

from tests.cast import Cast
from tests.hours.stage import SHANGHAI, add_rule, photo, published
from tests.journeys.hours_scene import (
    DAY,
    HOUR,
    ClientAs,
    actions,
    yesterdays_shift,
)
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.audit.models import AuditEntry
from timebank.books import queries as books
from timebank.clock import now
from timebank.db import Database
from timebank.hours import service as hours
from timebank.hours.models import HeadCount, ServiceRecord
from timebank.settings import MEBIBYTE


def test_one_green_button_confirms_everybody_else(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser = client_as("coordinator")
    assert "敬老院打扫" in browser.get("/desk/hours").text
    page = browser.get(f"/desk/shifts/{shift_id}/confirm").text
    assert "2.5 小时 × 10 = 25，规则1" in page
    assert "您自己的记录要等另一位组织者确认" in page
    for said in ("已确认1条记录。", "还有1条要等别人确认，已通知对方。"):
        answer = browser.post(
            f"/desk/shifts/{shift_id}/confirm",
            data={"head_count": "2"} if said.startswith("已") else {},
            follow_redirects=True,
        )
        assert said in answer.text
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 25
        assert books.points_balance(session, cast.coordinator.member_id) == 0
    volunteer = client_as("volunteer")
    passbook = volunteer.get("/my/points").text
    assert "2.5 小时 × 10 = 25，规则1" in passbook
    assert "敬老院打扫" in volunteer.get("/my/records").text
    assert actions(database).count("hours.confirm_shift") == 1
    with database.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "hours.confirm_shift")).one()
        assert entry.facts["members"] == [f"{cast.volunteer.name} {cast.volunteer.number}"]
        assert len(entry.facts["records"]) == 1


def test_an_exception_is_decided_with_a_reason(database: Database, cast: Cast, client_as: ClientAs) -> None:
    shift_id = yesterdays_shift(database, cast, flags=("short_code",))
    browser = client_as("coordinator")
    assert "没有扫码，输入了短码" in browser.get(f"/desk/shifts/{shift_id}/confirm").text
    with database.reading() as session:
        record = session.scalar(
            select(ServiceRecord).where(ServiceRecord.member_id == cast.volunteer.member_id)
        )
        assert record is not None
        own = session.scalar(
            select(ServiceRecord.id).where(ServiceRecord.member_id == cast.coordinator.member_id)
        )
    address = f"/desk/records/{record.id}/decide"
    assert "请写明理由" in browser.post(address, data={"decision": "approve"}, follow_redirects=True).text
    page = browser.post(
        f"/desk/records/{own}/decide", data={"decision": "approve", "reason": "x"}, follow_redirects=True
    )
    assert "须由别人决定" in page.text
    page = browser.post(
        address, data={"decision": "approve", "reason": "我看见她了。"}, follow_redirects=True
    )
    assert "记录已确认。" in page.text
    assert "我看见她了。" in client_as("volunteer").get(f"/records/{record.id}").text
    assert (
        browser.post(f"/desk/records/{record.id}/take-back", data={"reason": "弄错人了。"}).status_code == 302
    )
    seen = client_as("volunteer").get("/my/points").text
    assert "弄错人了。" in seen
    assert "后来已冲正" in seen
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 0


def test_an_entry_by_hand_waits_for_a_second_person(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift_id}/entries/new"
    assert "还可补录3次" in browser.get(address).text
    with database.reading() as session:
        shift = session.get_one(Shift, shift_id)
        came, left = (moment.astimezone(SHANGHAI) for moment in (shift.starts_at, shift.ends_at))
    form = {"member": cast.neighbour.number, "came": f"{came:%H:%M}", "left": f"{left:%H:%M}"}
    assert "请写明理由。" in browser.post(address, data=form).text
    own = form | {
        "member": cast.coordinator.number,
        "reason": "x",
        "evidence": (BytesIO(photo()), "照片.jpg"),
    }
    assert "您自己的时长" in browser.post(address, data=own).text
    assert "请附上照片或PDF。" in browser.post(address, data=form | {"reason": "x"}).text
    # The plan began at some second of its minute; a minute earlier is inside the half hour before it.
    for content, words in ((b"", "请附上一张照片或一个PDF"), (b"MZ not a picture", "不是能读取的照片")):
        sent = form | {"reason": "手机没电。", "evidence": (BytesIO(content), "照片.jpg")}
        assert words in browser.post(address, data=sent).text
    _ten_megabytes_are_refused_kindly(browser, address, form)
    sent = form | {"reason": "手机没电。", "evidence": (BytesIO(photo()), "照片.jpg")}
    assert browser.post(address, data=sent).status_code == 302
    assert "须由第二个人确认" in browser.get("/desk/hours").text
    second = client_as("second_coordinator")
    assert "手机没电。" in second.get("/desk/hours").text
    with database.reading() as session:
        record_id = session.scalar(
            select(ServiceRecord.id).where(ServiceRecord.member_id == cast.neighbour.member_id)
        )
    decision = {"decision": "approve", "reason": "我在场。", "back": "waiting"}
    refused = browser.post(f"/desk/records/{record_id}/decide", data=decision, follow_redirects=True).text
    assert "须由第二个人确认" in refused
    _her_yes_comes_first(second, client_as("neighbour"), record_id, decision)
    assert second.post(f"/desk/records/{record_id}/decide", data=decision).location == "/desk/hours"
    with database.reading() as session:
        record = session.get_one(ServiceRecord, record_id)
        assert (record.status, record.proof_grade) == ("approved", "D")
    seen = client_as("neighbour").get(f"/records/{record_id}").text
    assert cast.coordinator.name in seen
    assert cast.second_coordinator.name in seen
    assert "怎么算的" in seen
    _evidence_is_seen_within_scope_alone(database, record_id, client_as)


def _ten_megabytes_are_refused_kindly(browser: FlaskClient, address: str, form: dict[str, str]) -> None:
    """The body is written by hand: the test's own browser would leave a file on the disk open."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (form | {"reason": "手机没电。"}).items()
    ]
    head = '--x\r\nContent-Disposition: form-data; name="evidence"; filename="a.jpg"\r\n\r\n'
    body = "".join([*parts, head]).encode() + b"\xff\xd8\xff" + bytes(10 * MEBIBYTE) + b"\r\n--x--\r\n"
    answer = browser.post(address, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 200
    assert "文件太大，最大5 MB" in answer.text


def _her_yes_comes_first(
    second: FlaskClient, neighbour: FlaskClient, record_id: int | None, decision: dict[str, str]
) -> None:
    early = second.post(f"/desk/records/{record_id}/decide", data=decision, follow_redirects=True).text
    assert "本人还没有确认" in early
    assert "等您确认" in neighbour.get("/my/records").text
    assert "是，情况属实" in neighbour.get(f"/records/{record_id}").text
    assert neighbour.post(f"/records/{record_id}/word", data={"said": "yes"}).status_code == 302


def _evidence_is_seen_within_scope_alone(database: Database, record_id: int, client_as: ClientAs) -> None:
    with database.reading() as session:
        file_id = session.get_one(ServiceRecord, record_id).attendance.evidence_id
    address = f"/evidence/{file_id}"
    for part in ("coordinator", "second_coordinator", "auditor", "neighbour"):
        answer = client_as(part).get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    for part in ("volunteer", "attendant", "stranger", "stranger_administrator"):
        assert client_as(part).get(address).status_code in (403, 404)


def test_a_volunteer_converts_a_part_once(database: Database, cast: Cast, client_as: ClientAs) -> None:
    shift_id = yesterdays_shift(database, cast, conversion=True)
    client_as("coordinator").post(f"/desk/shifts/{shift_id}/confirm", data={"head_count": "2"})
    browser = client_as("volunteer")
    assert "时长兑换积分" in browser.get("/my/time").text
    page = browser.get("/my/time/convert?hours=1.5").text
    assert "1.5 小时 × 10 = 15，规则1" in page
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    for _ in range(2):
        done = browser.post("/my/time/convert", data={"hours": "1.5", "key": key[1]}, follow_redirects=True)
        assert "15分已入账" in done.text
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == Decimal(15)
        assert books.time_balance(session, cast.volunteer.member_id) == 60
    for nonsense in ("", "abc", "１", "1e1", "-1", "99999999", "0.001"):
        assert browser.get("/my/time/convert", query_string={"hours": nonsense}).status_code == 200
    assert "超过了时间账户的余额" in browser.get("/my/time/convert?hours=2").text


def test_forgotten_check_outs_stand_above_with_their_reason(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    with database.transaction() as session:
        add_rule(session, cast)
        start = now() - DAY
        shift = published(session, cast, ShiftPlan(start, start + 2 * HOUR), at=start - DAY)
        hours.open_attendance(
            session,
            shift=shift,
            member_id=cast.volunteer.member_id,
            at=start,
            method="rotating",
        )
    browser = client_as("coordinator")
    assert "还有1人没有签退" in browser.get(f"/desk/shifts/{shift.id}/confirm").text
    with database.transaction() as session:
        hours.close_forgotten(session, at=now(), timezone=SHANGHAI)
    page = browser.get(f"/desk/shifts/{shift.id}/confirm").text
    assert "没有签退，自动结束" in page
    assert "1 小时 × 10 = 10" in page


def test_a_second_click_decides_nothing_and_the_trail_does_not_say_that_it_did(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    yesterdays_shift(database, cast, flags=("short_code",))
    with database.reading() as session:
        record_id = session.scalar(
            select(ServiceRecord.id).where(ServiceRecord.member_id == cast.volunteer.member_id)
        )
    decision = {"decision": "approve", "reason": "我在场。"}
    for who in ("coordinator", "coordinator", "second_coordinator"):
        assert client_as(who).post(f"/desk/records/{record_id}/decide", data=decision).status_code == 302
        client_as(who).post(f"/desk/records/{record_id}/take-back", data={"reason": ""})
    for who in ("second_coordinator", "coordinator"):
        client_as(who).post(f"/desk/records/{record_id}/take-back", data={"reason": "弄错人了。"})
    assert actions(database).count("hours.approve") == 1
    assert actions(database).count("hours.take_back") == 1


def test_the_rows_of_a_sheet_are_entered_with_its_photo_and_a_wrong_row_enters_none(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift_id}/sheet"
    printed = browser.get(f"{address}/print").text
    assert "签到表" in printed
    assert cast.volunteer.name in printed
    others = f"{cast.neighbour.number} {cast.coordinator.number} {cast.attendant.phone}"
    page = browser.get(address, query_string={"others": others}).text
    assert cast.neighbour.name in page
    assert cast.attendant.name in page
    ticked = {f"row-{one.member_id}": "1" for one in (cast.neighbour, cast.attendant)}
    sent = {"others": others, **ticked}

    def with_photo(**more: str) -> dict[str, object]:
        return sent | more | {"photo": (BytesIO(photo()), "签到表.jpg")}

    assert "请附上照片或PDF。" in browser.post(address, data=sent).text
    wrong = browser.post(address, data=with_photo(**{f"row-{cast.coordinator.member_id}": "1"}))
    assert "因此一行都没有录入" in wrong.text
    assert "entered" not in actions(database)
    for _repeated in range(2):
        browser.post(address, data=with_photo())
    with database.reading() as session:
        records = session.scalars(select(ServiceRecord).where(ServiceRecord.proof_grade == "C")).all()
        assert {record.member_id for record in records} == {
            cast.neighbour.member_id,
            cast.attendant.member_id,
        }
    assert actions(database).count("hours.enter_sheet") == 1
    assert "签到表录入" in client_as("second_coordinator").get(f"/desk/shifts/{shift_id}/confirm").text


def test_a_head_count_that_differs_is_a_question_on_the_page_and_its_answer_is_kept(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    browser, address = client_as("coordinator"), f"/desk/shifts/{shift_id}/confirm"
    page = browser.post(address, data={"head_count": "12"}).text
    assert "您清点了12人，最多时签到2人" in page
    assert 'value="12"' in page
    with database.reading() as session:
        assert {row.status for row in session.scalars(select(ServiceRecord))} == {"pending"}
        assert session.scalars(select(HeadCount)).all() == []
    said = browser.post(address, data={"head_count": "12", "note": "10位家属来帮忙。"}, follow_redirects=True)
    assert "已确认1条记录。" in said.text
    assert "10位家属来帮忙。" in said.text
    with database.reading() as session:
        assert session.scalars(select(HeadCount)).one().note == "10位家属来帮忙。"


def test_a_volunteer_says_that_it_is_wrong_and_sees_one_line_in_the_passbook(
    database: Database, cast: Cast, client_as: ClientAs
) -> None:
    shift_id = yesterdays_shift(database, cast)
    client_as("coordinator").post(
        f"/desk/shifts/{shift_id}/confirm", data={"head_count": "9", "note": "家属来帮忙。"}
    )
    assert "清点人数不一致" in client_as("coordinator").get(f"/desk/shifts/{shift_id}/confirm").text
    with database.reading() as session:
        record = session.scalars(
            select(ServiceRecord).where(ServiceRecord.member_id == cast.volunteer.member_id)
        ).one()
        shift = session.get_one(Shift, shift_id)
        came, left = (moment.astimezone(SHANGHAI) for moment in (shift.starts_at, shift.ends_at - HOUR))
        record_id = record.id
    volunteer = client_as("volunteer")
    assert "记录有误" in volunteer.get(f"/records/{record_id}").text
    form = {"came": f"{came:%H:%M}", "left": f"{left:%H:%M}", "reason": "我提前走了。"}
    ask = f"/records/{record_id}/correction"
    assert client_as("neighbour").post(ask, data=form).status_code == 404
    assert client_as("coordinator").post(ask, data=form).status_code == 403
    assert volunteer.post(ask, data=form).status_code == 302
    desk = client_as("second_coordinator")
    assert "我提前走了。" in desk.get("/desk/hours").text
    answer = "/desk/corrections/1"
    assert client_as("stranger").get(answer).status_code == 404
    assert desk.post(answer, data={"decision": "grant", "reason": "属实。"}).status_code == 302
    passbook = volunteer.get("/my/points").text
    assert "更正：敬老院打扫" in passbook
    assert "原为25，现为15" in passbook
    with database.reading() as session:
        assert books.points_balance(session, cast.volunteer.member_id) == 15
    assert "已更正" in volunteer.get(f"/records/{record_id}").text
