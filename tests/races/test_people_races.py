"""Several desks at once about the same person, with threads, on both engines."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from tests.cast import NOON, Cast
from timebank.access import service as access
from timebank.access.actors import Role
from timebank.access.errors import LoginNameTaken
from timebank.access.models import LoginName, RoleGrant, User
from timebank.db import Database
from timebank.members import accounts, service
from timebank.members.errors import MemberTaken
from timebank.members.models import Member
from timebank.members.service import Particulars
from timebank.orgs.models import Organisation

DESKS = 6
LIU = Particulars(name="刘洋", phone="13911112222", consented=True)


def _at_once(act: object) -> Counter[str]:
    ready = Barrier(DESKS)

    def one(turn: int) -> str:
        ready.wait()
        return str(act(turn))  # type: ignore[operator]  # Every caller passes a function.

    with ThreadPoolExecutor(DESKS) as pool:
        return Counter(pool.map(one, range(DESKS)))


def _register(database: Database, cast: Cast, person: Particulars) -> str:
    try:
        with database.transaction() as session:
            team = session.get_one(Organisation, cast.team_id)
            member = service.register(
                session, person=person, organisation=team, keyring=cast.keyring, at=NOON
            )
            accounts.open_account(session, member=member, at=NOON)
    except MemberTaken:
        return "taken"
    return "registered"


def test_desks_that_register_the_same_person_at_once_register_her_once(
    database: Database, cast: Cast
) -> None:
    results = _at_once(lambda _turn: _register(database, cast, LIU))
    assert results == {"registered": 1, "taken": DESKS - 1}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Member.name == LIU.name)) == 1


def test_a_family_registered_at_several_desks_at_once_gives_the_phone_to_one_of_them(
    database: Database, cast: Cast
) -> None:
    family = [Particulars(name=f"刘{name}", phone=LIU.phone, consented=True) for name in "甲乙丙丁戊己"]
    results = _at_once(lambda turn: _register(database, cast, family[turn]))
    assert results == {"registered": DESKS}
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(LoginName.name == LIU.phone)) == 1


def test_two_outsiders_with_one_phone_do_not_both_become_users(database: Database, cast: Cast) -> None:
    def create(turn: int) -> str:
        try:
            with database.transaction() as session:
                access.create_user(
                    session, name=f"审计{turn}", member_id=None, login_names=("13955556666",), at=NOON
                )
        except LoginNameTaken:
            return "taken"
        return "created"

    assert _at_once(create) == {"created": 1, "taken": DESKS - 1}


def test_a_role_given_by_several_clicks_at_once_is_held_once(database: Database, cast: Cast) -> None:
    def grant(_turn: int) -> str:
        with database.transaction() as session:
            user = session.get_one(User, cast.volunteer.user_id)
            access.grant_role(
                session,
                user=user,
                role=Role.AUDITOR,
                organisation_id=cast.team_id,
                by=cast.administrator.actor,
                at=NOON,
            )
        return "given"

    assert _at_once(grant) == {"given": DESKS}
    with database.reading() as session:
        held = select(func.count()).where(RoleGrant.user_id == cast.volunteer.user_id)
        assert session.scalar(held) == 1
