"""Who may give which role to whom, and who is seen."""

from datetime import datetime

import pytest

from tests.cast import Cast
from timebank.access import directory, queries, service
from timebank.access.actors import Actor, Role
from timebank.access.errors import (
    ActOnSelf,
    GrantAbsent,
    GrantToSelf,
    LabelInvalid,
    UserAbsent,
    UserBeyondScope,
)
from timebank.access.models import RoleGrant, User
from timebank.db import Database


def _branch_administrator(database: Database, cast: Cast, at: datetime) -> Actor:
    """The neighbour as administrator of the station alone."""
    with database.transaction() as session:
        user = session.get_one(User, cast.neighbour.user_id)
        service.grant_role(
            session,
            user=user,
            role=Role.ADMINISTRATOR,
            organisation_id=cast.station_id,
            by=cast.administrator.actor,
            at=at,
        )
        actor = queries.actor_of_user(session, user.id)
        assert actor is not None
        return actor


def test_holders_of_roles_are_listed_and_members_are_found_by_searching(
    database: Database, cast: Cast
) -> None:
    actor = cast.administrator.actor
    with database.reading() as session:
        listed = {user.id for user in directory.users_page(session, actor).rows}
        assert listed == {
            cast.people[part].user_id
            for part in (
                "coordinator",
                "second_coordinator",
                "attendant",
                "second_attendant",
                "auditor",
                "administrator",
            )
        }
        for words in (cast.volunteer.name, cast.volunteer.phone, cast.volunteer.number):
            found = directory.users_page(session, actor, words=words).rows
            assert [user.id for user in found] == [cast.volunteer.user_id]
        assert not directory.users_page(session, actor, words=cast.stranger.name).rows
        auditors = directory.users_page(session, actor, role="auditor").rows
        assert [user.id for user in auditors] == [cast.auditor.user_id]


def test_a_user_of_another_county_does_not_exist(database: Database, cast: Cast) -> None:
    with database.reading() as session, pytest.raises(UserAbsent):
        directory.user(session, cast.administrator.actor, cast.stranger.user_id)


def test_nobody_gives_takes_or_suspends_their_own(database: Database, cast: Cast, at: datetime) -> None:
    actor = cast.administrator.actor
    with database.transaction() as session:
        user = session.get_one(User, cast.administrator.user_id)
        with pytest.raises(GrantToSelf):
            service.grant_role(
                session, user=user, role=Role.AUDITOR, organisation_id=cast.county_id, by=actor, at=at
            )
        held = directory.held_roles(session, [user.id])[user.id]
        with pytest.raises(ActOnSelf):
            service.revoke_role(session, grant=session.get_one(RoleGrant, held[0].id), by=actor, at=at)
        with pytest.raises(ActOnSelf):
            service.suspend_user(session, user=user, by=actor, at=at)


def test_an_administrator_of_a_branch_decides_about_nobody_with_a_role_above_it(
    database: Database, cast: Cast, at: datetime
) -> None:
    actor = _branch_administrator(database, cast, at)
    with database.reading() as session:
        above = session.get_one(User, cast.auditor.user_id)
        with pytest.raises(UserBeyondScope):
            directory.ensure_decides_about(session, actor, above)
        directory.ensure_decides_about(session, actor, session.get_one(User, cast.coordinator.user_id))


def test_a_coordinator_can_invite_a_volunteer_but_nobody_with_a_role(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        actor = cast.coordinator.actor
        directory.ensure_above_roles_of(session, actor, session.get_one(User, cast.volunteer.user_id))
        with pytest.raises(UserBeyondScope):
            directory.ensure_above_roles_of(session, actor, session.get_one(User, cast.administrator.user_id))


def test_a_grant_outside_the_subtree_does_not_exist(database: Database, cast: Cast, at: datetime) -> None:
    actor = _branch_administrator(database, cast, at)
    with database.reading() as session:
        auditor = session.get_one(User, cast.auditor.user_id)
        held = directory.held_roles(session, [auditor.id])[auditor.id]
        with pytest.raises(GrantAbsent):
            directory.grant(session, actor, auditor, held[0].id)


def test_a_revoked_role_is_gone_from_the_next_request_on(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        user = session.get_one(User, cast.coordinator.user_id)
        held = directory.held_roles(session, [user.id])[user.id]
        grant, _path = directory.grant(session, cast.administrator.actor, user, held[0].id)
        service.revoke_role(session, grant=grant, by=cast.administrator.actor, at=at)
        actor = queries.actor_of_user(session, user.id)
        assert actor is not None
        assert not actor.grants
        again = service.grant_role(
            session,
            user=user,
            role=Role.COORDINATOR,
            organisation_id=cast.station_id,
            by=cast.administrator.actor,
            at=at,
        )
        assert again.id != grant.id


def test_a_suspended_user_is_nobody_until_reinstated(database: Database, cast: Cast, at: datetime) -> None:
    with database.transaction() as session:
        user = session.get_one(User, cast.volunteer.user_id)
        service.suspend_user(session, user=user, by=cast.administrator.actor, at=at)
        assert queries.actor_of_user(session, user.id) is None
        service.reinstate_user(session, user=user)
        assert queries.actor_of_user(session, user.id) is not None


def test_an_api_key_acts_within_its_subtree_until_it_is_revoked(
    database: Database, cast: Cast, at: datetime
) -> None:
    by = cast.administrator.actor
    with database.transaction() as session:
        with pytest.raises(LabelInvalid):
            service.create_api_key(
                session, label=" ", role=Role.AUDITOR, organisation_id=cast.station_id, by=by, at=at
            )
        key, secret = service.create_api_key(
            session, label="网站", role=Role.AUDITOR, organisation_id=cast.station_id, by=by, at=at
        )
        assert secret not in key.secret_digest
        actor = queries.actor_of_key(session, secret)
        assert actor is not None
        assert (actor.label, actor.grants[0].path) == (f"key:{key.id}", cast.paths[cast.station_id])
        assert [row[0].id for row in directory.api_keys(session, by)] == [key.id]
        assert not directory.api_keys(session, cast.stranger_administrator.actor)
        service.revoke_api_key(session, key=key, at=at)
        assert queries.actor_of_key(session, secret) is None
