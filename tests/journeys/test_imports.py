"""An administrator brings a register in: uploads it, looks at the check, starts it, fetches what is sent back."""

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.cast import Cast
from timebank.access.models import RoleGrant
from timebank.audit.models import AuditEntry
from timebank.imports.models import ImportRun
from timebank.jobs.runner import Runner
from timebank.members.models import Member

WANG, LI = "11010519491231002X", "230225195607111852"
HEADER = "姓 名,手机号,身份证号,所属服务队,特长\n"
GOOD = f"{HEADER}王芳,139 0000 1001,{WANG},夕阳红志愿服务队,书法\n李强,１３９００００１００２,{LI},夕阳红志愿服务队,\n"
FAULTY = f'{GOOD}张三,123,{LI},夕阳红志愿服务队,\n"=HYPERLINK(""http://example.invalid"")",13900001003,{LI},夕阳红志愿服务队,\n'


def upload(
    browser: FlaskClient,
    content: str | bytes,
    register: str = "members",
    name: str = "志愿者.csv",
    **fields: str,
) -> TestResponse:
    stream = io.BytesIO(content.encode("gb18030") if isinstance(content, str) else content)
    return browser.post(
        f"/imports/new/{register}",
        data={"file": (stream, name), **fields},
        content_type="multipart/form-data",
    )


def work(app: Flask) -> None:
    Runner(app.extensions["timebank"]).run_all()


def names(app: Flask) -> set[str]:
    with app.extensions["timebank"].database.reading() as session:
        return set(session.scalars(select(Member.name)))


def test_a_good_register_is_checked_started_and_imported(
    app: Flask, client_as: Callable[[str], FlaskClient]
) -> None:
    browser = client_as("administrator")
    assert browser.get("/imports").status_code == 200
    answer = upload(browser, GOOD)
    assert answer.status_code == 302
    page = browser.get(answer.location).text
    assert "导入 2 行" in page
    assert "王芳" not in names(app)
    started = browser.post(f"{answer.location}/start")
    moving = browser.get(started.location).text
    assert 'http-equiv="refresh"' in moving
    work(app)
    done = browser.get(answer.location).text
    assert "新导入 2 行" in done
    assert {"王芳", "李强"} <= names(app)
    with app.extensions["timebank"].database.reading() as session:
        run = session.scalars(select(ImportRun)).one()
        assert (run.status, run.rows_done, run.content) == ("done", 2, None)
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"import:{run.id}")
        ).all()
        assert actions == ["import.uploaded", "import.started", "import.done"]
    assert browser.post(f"{answer.location}/start").status_code == 409


def test_a_register_with_faults_comes_in_only_in_part_and_says_why(
    app: Flask, client_as: Callable[[str], FlaskClient]
) -> None:
    browser = client_as("administrator")
    place = upload(browser, FAULTY).location
    page = browser.get(place).text
    assert "不是 11 位手机号码" in page
    assert LI not in page
    assert browser.post(f"{place}/start").status_code == 409
    before = load_workbook(io.BytesIO(browser.get(f"{place}/sent-back.xlsx").data))
    assert browser.post(f"{place}/start", data={"partial": "yes"}).status_code == 302
    work(app)
    assert {"王芳", "李强"} <= names(app)
    answer = browser.get(f"{place}/sent-back.xlsx")
    assert answer.headers["Cache-Control"] == "no-store"
    book = load_workbook(io.BytesIO(answer.data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows == [[cell.value for cell in row] for row in before.active.iter_rows()]
    assert rows[0] == ["行号", "原因", "姓 名", "手机号", "身份证号", "所属服务队", "特长"]
    assert rows[1][:4] == ["4", "手机号: 不是 11 位手机号码。", "张三", "123"]
    assert rows[2][2].startswith("=HYPERLINK")
    assert {cell.data_type for row in book.active.iter_rows() for cell in row if cell.value} == {"s"}


def test_an_upload_can_be_thrown_away(app: Flask, client_as: Callable[[str], FlaskClient]) -> None:
    browser = client_as("administrator")
    place = upload(browser, GOOD).location
    assert browser.post(f"{place}/discard", follow_redirects=True).status_code == 200
    assert "已经丢弃" in browser.get(place).text
    assert browser.post(f"{place}/start").status_code == 409
    assert browser.get(f"{place}/sent-back.xlsx").status_code == 404


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "旧版 .xls"),
        (b"%PDF-1.7", "不是 .xlsx"),
        ("姓名,电话\n王芳,1\n".encode(), "缺少的列：身份证号、所属服务队"),
        (b"", "无法作为表格读取"),
    ],
)
def test_a_file_that_is_no_register_is_refused_beside_its_field(
    client_as: Callable[[str], FlaskClient], content: bytes, sentence: str
) -> None:
    answer = upload(client_as("administrator"), content)
    assert answer.status_code == 200
    assert sentence in answer.text


def test_of_several_sheets_the_person_chooses(client_as: Callable[[str], FlaskClient]) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for title in ("甘南镇", "平阳镇"):
        sheet = book.create_sheet(title)
        sheet.append(["姓名", "手机号", "身份证号", "服务队"])
        sheet.append(["王芳", 13900001001, WANG, "夕阳红志愿服务队"])
    stream = io.BytesIO()
    book.save(stream)
    browser = client_as("administrator")
    assert "甘南镇、平阳镇" in upload(browser, stream.getvalue(), name="各镇.xlsx").text
    assert upload(browser, stream.getvalue(), name="各镇.xlsx", sheet="平阳镇").status_code == 302


def test_an_empty_register_is_read_back_as_that_register(client_as: Callable[[str], FlaskClient]) -> None:
    browser = client_as("administrator")
    for register in ("organisations", "members", "activities", "records"):
        empty = browser.get(f"/imports/empty/{register}.xlsx").data
        answer = upload(browser, empty, register=register, name="空白.xlsx")
        assert answer.status_code == 302, register


def test_nobody_of_another_county_sees_a_run_and_no_colleague_without_the_right_opens_it(
    client_as: Callable[[str], FlaskClient], cast: Cast
) -> None:
    place = upload(client_as("administrator"), FAULTY).location
    for address in (place, f"{place}/sent-back.xlsx"):
        assert client_as("stranger_administrator").get(address).status_code == 404
        assert client_as("auditor").get(address).status_code == 403
    for act in ("start", "discard"):
        assert client_as("stranger_administrator").post(f"{place}/{act}").status_code == 404
        assert client_as("auditor").post(f"{place}/{act}").status_code == 403
    assert client_as("coordinator").get("/imports").status_code == 403
    assert client_as("volunteer").get("/imports/new/members").status_code == 403
    assert client_as("administrator").get("/imports/new/nothing").status_code == 404
    number = re.search(r"(\d+)$", place)
    assert number is not None
    assert number[0] not in re.findall(
        r"/imports/(\d+)", client_as("stranger_administrator").get("/imports").text
    )


def test_a_person_whose_right_is_taken_away_meanwhile_imports_nothing(
    app: Flask, client_as: Callable[[str], FlaskClient], cast: Cast
) -> None:
    browser = client_as("administrator")
    place = upload(browser, GOOD).location
    browser.post(f"{place}/start")
    house = app.extensions["timebank"]
    with house.database.transaction() as session:
        for grant in session.scalars(
            select(RoleGrant).where(RoleGrant.user_id == cast.administrator.user_id)
        ):
            session.delete(grant)
    work(app)
    assert "王芳" not in names(app)
    with house.database.reading() as session:
        assert session.scalars(select(ImportRun.status)).one() == "failed"


def test_a_file_that_is_known_already_offers_nothing_to_import(
    app: Flask, client_as: Callable[[str], FlaskClient]
) -> None:
    browser = client_as("administrator")
    browser.post(f"{upload(browser, GOOD).location}/start")
    work(app)
    page = browser.get(upload(browser, GOOD).location).text
    assert "没有新内容" in page
    assert "/start" not in page
