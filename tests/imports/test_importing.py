"""Files into real databases: whole, in part or not at all, within the importing person's reach, and only once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import audit as ledger_audit
from tests.cast import Cast
from tests.imports.made_county import MadeCounty
from tests.imports.memory import SHANGHAI
from tests.imports.taking import BY_CODE, KEYRING, context_for, taken
from timebank.activities.models import Activity, Shift
from timebank.audit.models import AuditEntry
from timebank.books.queries import points_balance
from timebank.db import Database
from timebank.hours.models import Attendance, ServiceRecord
from timebank.imports import service
from timebank.imports.importers import ImportContext
from timebank.imports.models import ImportRun
from timebank.imports.sealing import open_rows
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy import service as policy
from timebank.policy.models import PointsRule

WANG, LI = "11010519491231002X", "230225195607111852"
TREE = "名称,上级,类型\n平湖县实践中心,,中心\n东湖站,平湖县实践中心,站\n红星队,东湖站,服务队\n"
MEMBERS = f"姓名,手机号,身份证号,服务队,特长\n王芳,13900001001,{WANG},红星队,书法、二胡\n李强,13900001002,{LI},红星队,\n"
ACTIVITIES = "活动名称,活动类别,服务队,开始时间,结束时间,地点,名额,活动内容\n义诊,义诊,红星队,2023-04-08 09:00,11:00,广场,20人,量血压\n下棋,,红星队,2023-04-09 09:00,11:00,,,\n"
RECORDS = "志愿者,身份证号或手机号,活动名称,服务日期,服务时长,记录人\n王芳,13900001001,义诊,2023.4.8,1小时,站长\n李强,{0},义诊,20230408,2.5,\n".replace(
    "{0}", LI
)


@pytest.fixture
def session(database: Database, request: pytest.FixtureRequest) -> Iterator[Session]:
    if "cast" in request.fixturenames:
        # The cast is called in a transaction of its own, and SQLite has one writer.
        request.getfixturevalue("cast")
    with database.transaction() as session:
        yield session


def counts(session: Session) -> list[int]:
    tables = (Organisation, Member, Activity, Shift, Attendance, ServiceRecord, PointsRule)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def a_small_county(session: Session, context: ImportContext) -> None:
    for register, text in (("organisations", TREE), ("members", MEMBERS), ("activities", ACTIVITIES)):
        assert not taken(session, register, text, context).rejected


@pytest.mark.parametrize("seed", [3, 8])
def test_a_made_county_is_imported_exactly_once_with_clean_books(
    session: Session, at: datetime, seed: int
) -> None:
    county, context = MadeCounty(seed), context_for(at)
    for code in BY_CODE:
        made = county.registers[code]
        outcome = taken(session, code, made.content, context, partial=True)
        assert [
            {"row": row["row"], "column": row["column"], "code": row["code"]}
            for row in outcome.as_json()["rejected"]
        ] == made.rejected
        assert (outcome.accepted, outcome.created) == (made.accepted, made.accepted)
    assert session.scalar(select(func.sum(ServiceRecord.minutes))) == county.minutes
    before = counts(session)
    for code in BY_CODE:
        again = taken(session, code, county.registers[code].content, context, partial=True)
        assert (again.accepted, again.created) == (county.registers[code].accepted, 0)
    assert counts(session) == before
    for check in (
        ledger_audit.entries_sum_to_zero,
        ledger_audit.balances_equal_entries,
        ledger_audit.floors_hold,
    ):
        assert list(check(session)) == []


def test_a_file_with_faults_is_imported_not_at_all_and_leaves_a_trace(session: Session, at: datetime) -> None:
    context = context_for(at)
    taken(session, "organisations", TREE, context)
    outcome = taken(session, "members", MEMBERS + "张三,123,,红星队,\n", context)
    assert outcome.as_json() == {
        "read": 3,
        "accepted": 2,
        "created": 0,
        "rejected": [{"row": 4, "column": "手机号", "code": "invalid_phone", "value": "123"}],
    }
    assert session.scalar(select(func.count()).select_from(Member)) == 0
    run = session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert run is not None
    assert (run.status, run.rows_done, run.rows_total) == ("refused", 0, 3)
    last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.action, last.facts["rejected"]) == ("import.refused", 1)


def test_good_rows_alone_are_taken_when_asked_for(session: Session, at: datetime) -> None:
    context = context_for(at)
    taken(session, "organisations", TREE, context)
    outcome = taken(session, "members", MEMBERS + "张三,123,,红星队,\n", context, partial=True)
    assert (outcome.read, outcome.accepted, outcome.created) == (3, 2, 2)
    wang = session.scalars(select(Member).where(Member.name == "王芳")).one()
    assert (wang.phone, wang.sex, wang.born_on, wang.skills) == (
        "13900001001",
        "female",
        date(1949, 12, 31),
        ["书法", "二胡"],
    )
    assert wang.identity_cipher is not None
    assert WANG not in wang.identity_cipher
    assert wang.consented_at is None


def test_a_tree_given_upside_down_grows_from_its_root(session: Session, at: datetime) -> None:
    lines = TREE.splitlines()
    taken(session, "organisations", "\n".join([lines[0], *reversed(lines[1:])]), context_for(at))
    team = session.scalars(select(Organisation).where(Organisation.name == "红星队")).one()
    assert (team.kind, team.path.count("/"), team.parent.name if team.parent else "") == ("team", 4, "东湖站")


def test_old_services_become_confirmed_hours_of_grade_d_paid_by_the_first_rule(
    session: Session, at: datetime
) -> None:
    context = context_for(at)
    a_small_county(session, context)
    taken(session, "records", RECORDS, context)
    records = session.scalars(select(ServiceRecord).order_by(ServiceRecord.minutes)).all()
    assert [(one.minutes, one.proof_grade, one.status, one.points) for one in records] == [
        (60, "D", "approved", Decimal("10.00")),
        (150, "D", "approved", Decimal("25.00")),
    ]
    assert records[1].arithmetic == "2.5 h × 10 = 25, rule 1"
    assert all(one.import_run_id and one.transaction_id for one in records)
    assert records[0].attendance.recorder_name == "站长"
    assert points_balance(session, records[1].member_id) == Decimal("25.00")
    rule = session.scalars(select(PointsRule)).one()
    assert (rule.valid_from, rule.points_per_hour) == (date(2023, 1, 1), Decimal("10.00"))


def test_a_county_with_a_rule_keeps_it_even_where_old_services_then_earn_nothing(
    session: Session, at: datetime
) -> None:
    context = context_for(at)
    a_small_county(session, context)
    county = session.scalars(select(Organisation).where(Organisation.parent_id.is_(None))).one()
    policy.add_rule(
        session, organisation_id=county.id, organisation_path=county.path, category_id=None, points_per_hour=Decimal(4), rounding="down", rounding_step=Decimal(1),
        cap_points_per_day=None, cap_points_per_month=None, valid_from=context.today, valid_until=None, today=context.today, by="command", at=at,
    )  # fmt: skip
    taken(session, "records", RECORDS, context)
    assert session.scalars(select(ServiceRecord.points)).all() == [Decimal(0), Decimal(0)]
    assert session.scalar(select(func.count()).select_from(PointsRule)) == 1


def test_a_service_on_a_day_without_a_shift_gets_that_day(session: Session, at: datetime) -> None:
    context = context_for(at)
    a_small_county(session, context)
    header = RECORDS.splitlines()[0]
    other_days = f"{header}\n王芳,13900001001,义诊,2023-06-01,1小时,\n李强,{LI},义诊,2023-06-01,1小时,\n王芳,13900001001,义诊,2023-06-02,3小时,\n"
    for _ in range(2):
        outcome = taken(session, "records", RECORDS + "\n".join(other_days.splitlines()[1:]), context)
        assert outcome.rejected == ()
    assert outcome.created == 0
    session.expire_all()
    activity = session.scalars(select(Activity).where(Activity.title == "义诊")).one()
    starts = [shift.starts_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M") for shift in activity.shifts]
    assert starts == ["04-08 09:00", "06-01 09:00", "06-02 09:00"]
    assert session.scalar(select(func.count()).select_from(ServiceRecord)) == 5


def test_activities_keep_what_the_register_says_of_them(session: Session, at: datetime) -> None:
    a_small_county(session, context_for(at))
    clinic, chess = session.scalars(select(Activity).order_by(Activity.id)).all()
    assert (
        clinic.category.name,
        clinic.place,
        clinic.description,
        clinic.status,
        clinic.shifts[0].capacity,
    ) == ("义诊", "广场", "量血压", "published", 20)
    assert chess.category.name == "其他"
    assert clinic.shifts[0].starts_at == datetime(2023, 4, 8, 1, tzinfo=UTC)


def test_an_administrator_imports_only_into_their_own_county(
    session: Session, cast: Cast, at: datetime
) -> None:
    context = context_for(at, cast.administrator.actor)
    header = MEMBERS.splitlines()[0]
    text = f"{header}\n王芳,13900001001,{WANG},夕阳红志愿服务队,\n李强,13900001002,{LI},远山志愿服务队,\n"
    outcome = taken(session, "members", text, context, partial=True)
    assert [(row.column, row.code.value) for row in outcome.rejected] == [("服务队", "unknown_organisation")]
    roots = taken(
        session,
        "organisations",
        "名称,上级\n新县,\n新队,东风社区实践站\n青禾县新时代文明实践中心,\n外队,远山志愿服务队\n",
        context,
        partial=True,
    )
    assert [(row.row, row.code.value) for row in roots.rejected] == [
        (2, "missing"),
        (5, "unknown_organisation"),
    ]
    assert (roots.accepted, roots.created) == (2, 1)


def test_a_person_of_another_county_is_only_known_to_be_taken(
    session: Session, cast: Cast, at: datetime
) -> None:
    header = MEMBERS.splitlines()[0]
    theirs = f"{header}\n王芳,13900001001,{WANG},远山志愿服务队,\n"
    assert taken(session, "members", theirs, context_for(at, cast.stranger_administrator.actor)).created == 1
    ours = context_for(at, cast.administrator.actor)
    outcome = taken(session, "members", theirs.replace("远山志愿服务队", "夕阳红志愿服务队"), ours)
    assert [row.code.value for row in outcome.rejected] == ["duplicate"]
    record = f"{RECORDS.splitlines()[0]}\n王芳,{WANG},义诊,2023-04-08,1小时,\n"
    assert [row.code.value for row in taken(session, "records", record, ours).rejected] == ["unknown_member"]


def test_who_was_registered_without_an_identity_number_is_not_registered_again(
    session: Session, cast: Cast, at: datetime
) -> None:
    header, volunteer = MEMBERS.splitlines()[0], cast.volunteer
    text = f"{header}\n{volunteer.name},{volunteer.phone},{WANG},夕阳红志愿服务队,\n"
    outcome = taken(session, "members", text, context_for(at, cast.administrator.actor))
    assert (outcome.accepted, outcome.created) == (1, 0)


# Runs from the page


def previewed(session: Session, text: str, context: ImportContext, county_id: int) -> ImportRun:
    judged = service.judge(session, importer=BY_CODE["members"], content=text.encode(), context=context)
    return service.keep_preview(
        session, importer=BY_CODE["members"], content=text.encode(), file_name="members.csv", organisation_id=county_id, judged=judged, context=context,
    )  # fmt: skip


def test_an_uploaded_file_is_sealed_until_its_run_has_ended(
    session: Session, cast: Cast, at: datetime
) -> None:
    context = context_for(at, cast.administrator.actor)
    text = MEMBERS.replace("红星队", "夕阳红志愿服务队") + f"张三,13900001003,{LI},夕阳红志愿服务队,\n"
    run = previewed(session, text, context, cast.county_id)
    assert run.content is not None
    assert LI.encode() not in run.content
    with pytest.raises(service.RowsRejected):
        service.queue(session, run=run, partial=False)
    service.queue(session, run=run, partial=True)
    with pytest.raises(service.ImportRunOver):
        service.queue(session, run=run, partial=True)
    judged = service.judge_again(session, run=run, importer=BY_CODE["members"], context=context)
    done: list[int] = []
    service.carry_out(
        session, run=run, importer=BY_CODE["members"], judged=judged, context=context, progress=done.append
    )
    assert (run.status, done) == ("done", [2])
    assert run.result is not None
    assert run.result["rejected"] == [
        {"row": 4, "column": "身份证号", "code": "duplicate", "value": "230*************52"}
    ]
    (row,) = open_rows(KEYRING, run.content).rows
    assert row.cells == ("张三", "13900001003", LI, "夕阳红志愿服务队", "")


def test_files_and_rejected_rows_are_forgotten_in_time(session: Session, cast: Cast, at: datetime) -> None:
    context = context_for(at, cast.administrator.actor)
    waiting = previewed(session, MEMBERS, context, cast.county_id)
    refused = previewed(session, MEMBERS, context, cast.county_id)
    judged = service.judge_again(session, run=refused, importer=BY_CODE["members"], context=context)
    service.carry_out(
        session,
        run=refused,
        importer=BY_CODE["members"],
        judged=judged,
        context=context,
        progress=lambda _rows: None,
    )
    assert service.forget(session, at=at) == 0
    assert service.forget(session, at=at + 2 * service.PREVIEW_KEPT) == 1
    assert (waiting.status, waiting.content) == ("cancelled", None)
    assert refused.content is not None
    service.forget(session, at=at + service.SENT_BACK_KEPT + service.PREVIEW_KEPT)
    assert refused.content is None


def test_a_file_without_a_good_row_cannot_be_started(session: Session, cast: Cast, at: datetime) -> None:
    context = context_for(at, cast.administrator.actor)
    run = previewed(session, MEMBERS, context, cast.county_id)
    with pytest.raises(service.NothingToImport):
        service.queue(session, run=run, partial=True)
    service.discard(session, run=run, at=at)
    assert (run.status, run.content) == ("cancelled", None)
    with pytest.raises(service.ImportRunOver):
        service.discard(session, run=run, at=at)


def test_the_day_is_the_countys_own(at: datetime) -> None:
    late = replace(context_for(at), at=datetime(2026, 3, 2, 17, 0, tzinfo=UTC))
    assert late.today == date(2026, 3, 3)
