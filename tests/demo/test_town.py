"""The demo town: the same for the same seed, lived through, clearly marked, and nobody in it is real."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text

import wsgi
from tests.cast import SECRET_KEY
from tests.lived_in import VISIT, build_town
from timebank.access import service as access
from timebank.activities.models import Activity, Shift, SignUp
from timebank.demo import building, queries
from timebank.demo.people import LOGIN_ROLES
from timebank.hours.models import Attendance, ServiceRecord
from timebank.house import House
from timebank.members.identity import plain_identity
from timebank.members.identity_numbers import is_identity, mobile_number
from timebank.members.models import Member
from timebank.settings import Settings

_COUNTS = (
    "SELECT (SELECT count(*) FROM service_records), (SELECT count(*) FROM sign_ups), (SELECT count(*) FROM scans), "
    "(SELECT count(*) FROM ledger_transactions), (SELECT sum(minutes) FROM service_records), "
    "(SELECT sum(amount) FROM ledger_balances)"
)


def _figures(house: House) -> list[Any]:
    with house.database.reading() as session:
        names = session.scalars(select(Member.name).order_by(Member.id)).all()
        return [tuple(session.execute(text(_COUNTS)).one()), list(names)]


def test_the_same_seed_and_day_give_the_same_town(
    lived_in: House, sqlite_template: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.sqlite3"
    again.write_bytes(sqlite_template.read_bytes())
    build_town(f"sqlite:///{again}")
    other = wsgi.create(Settings(database_url=f"sqlite:///{again}", secret_key=SECRET_KEY, log_format="none"))
    house: House = other.extensions["timebank"]
    assert _figures(house) == _figures(lived_in)
    house.database.dispose()


def test_every_desk_finds_something_to_do(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        states = set(session.scalars(select(ServiceRecord.status).distinct()))
        grades = set(session.scalars(select(ServiceRecord.proof_grade).distinct()))
        inside = session.scalar(
            select(func.count()).select_from(Attendance).where(Attendance.checked_out_at.is_(None))
        )
        coming = session.scalar(
            select(func.count())
            .select_from(SignUp)
            .join(Shift, Shift.id == SignUp.shift_id)
            .where(Shift.starts_at > VISIT, SignUp.status == "signed_up")
        )
        kinds = set(session.scalars(select(Activity.status).distinct()))
    assert {"approved", "pending", "reversed"} <= states
    assert {"A", "B"} <= grades
    assert inside
    assert coming
    assert kinds == {"draft", "published", "cancelled"}


def test_nothing_in_the_town_happened_after_the_visit(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        moments = (
            session.scalar(select(func.max(Attendance.checked_out_at))),
            session.scalar(select(func.max(Attendance.created_at))),
            session.scalar(select(func.max(ServiceRecord.approved_at))),
            session.scalar(select(func.max(SignUp.signed_up_at))),
            session.scalar(select(func.max(Activity.published_at))),
        )
    assert all(moment is not None and moment <= VISIT for moment in moments)


def test_nobody_in_the_town_is_real(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        for member in session.scalars(select(Member)):
            identity = plain_identity(lived_in.keyring, member.identity_cipher)
            assert identity is not None
            assert is_identity(identity, today=VISIT.date())
            assert identity.startswith("99999"), "no place has this number"
            assert mobile_number(member.phone) == member.phone
            assert member.phone.startswith("160"), "given to no network"


def test_one_login_for_each_role_works(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        mark = queries.demo_town(session)
        assert mark is not None
        logins = mark.logins["logins"]
        assert [login["role"] for login in logins] == list(LOGIN_ROLES)
        for login in logins:
            user = access.user_with_password(
                session, login_name=login["login_name"], password=login["password"]
            )
            assert user is not None
            assert user.name == login["name"]


def test_every_page_of_a_demo_says_so_and_no_other_does(lived_in: House) -> None:
    address = lived_in.database.engine.url.render_as_string(hide_password=False)
    app = wsgi.create(Settings(database_url=address, secret_key=SECRET_KEY, log_format="none"))
    assert "演示" in app.test_client().get("/login").text
    building.remove(app.extensions["timebank"])
    assert "演示" not in app.test_client().get("/login").text
    app.extensions["timebank"].database.dispose()


def test_a_town_is_its_databases_only_content_until_somebody_adds_a_county(lived_in: House) -> None:
    with lived_in.database.reading() as session:
        assert building.holds_only_the_town(session)
        assert not building.is_empty(session)
