"""The tree of organisations."""

from datetime import datetime

import pytest

from tests.cast import Cast, row
from timebank.db import Database
from timebank.members import service as members
from timebank.orgs import queries, service
from timebank.orgs.errors import (
    OrganisationAbsent,
    OrganisationClosed,
    OrganisationInUse,
    OrganisationNameInvalid,
    OrganisationNameTaken,
)
from timebank.orgs.models import Organisation
from timebank.orgs.rules import Branch, grown, usual_child


def test_an_organisation_with_members_or_open_children_stays_open(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        station, team = (session.get_one(Organisation, one) for one in (cast.station_id, cast.team_id))
        with pytest.raises(OrganisationInUse) as caught:
            service.close(session, organisation=station, at=at)
        assert caught.value.facts == {"children": 1, "members": 0}
        with pytest.raises(OrganisationInUse) as caught:
            service.close(session, organisation=team, at=at)
        assert caught.value.facts["members"] == 8


def test_an_empty_organisation_closes_and_opens_again_but_not_below_a_closed_one(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        county = session.get_one(Organisation, cast.county_id)
        centre = service.create(session, name="新所", kind="subcentre", parent=county, at=at)
        station = service.create(session, name="新站", kind="station", parent=centre, at=at)
        service.close(session, organisation=station, at=at)
        service.close(session, organisation=centre, at=at)
        with pytest.raises(OrganisationClosed):
            service.reopen(session, organisation=station)
        with pytest.raises(OrganisationClosed):
            service.create(session, name="另一站", kind="station", parent=centre, at=at)
        service.reopen(session, organisation=centre)
        service.reopen(session, organisation=station)
        assert station.closed_at is None


def test_siblings_have_names_of_their_own_and_cousins_may_share_one(
    database: Database, cast: Cast, at: datetime
) -> None:
    with database.transaction() as session:
        county = session.get_one(Organisation, cast.county_id)
        station = session.get_one(Organisation, cast.station_id)
        service.create(session, name="夕阳红志愿服务队", kind="team", parent=county, at=at)
        with pytest.raises(OrganisationNameTaken):
            service.create(session, name=" 夕阳红志愿服务队 ", kind="team", parent=station, at=at)
        with pytest.raises(OrganisationNameInvalid):
            service.rename(session, organisation=station, name=" ")


def test_counts_add_up_along_the_branches(database: Database, cast: Cast, at: datetime) -> None:
    with database.transaction() as session:
        station = session.get_one(Organisation, cast.station_id)
        members.move(session, member=row(session, cast.neighbour), organisation=station)
        actor = cast.administrator.actor
        roots = grown(queries.tree(session, actor), queries.members_per_organisation(session, actor))
        assert [(root.node.id, root.own, root.total) for root in roots] == [(cast.county_id, 0, 8)]
        branch: Branch[Organisation] = roots[0].below[0].below[0]
        assert (branch.node.id, branch.own, branch.total) == (cast.station_id, 1, 8)


def test_a_coordinator_sees_the_own_branch_alone(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        seen = {one.id for one in queries.tree(session, cast.coordinator.actor)}
        assert seen == {cast.station_id, cast.team_id}
        team = queries.organisation(session, cast.coordinator.actor, cast.team_id)
        above = queries.visible_ancestors(session, cast.coordinator.actor, team)
        assert [one.id for one in above] == [cast.station_id]
        with pytest.raises(OrganisationAbsent):
            queries.organisation(session, cast.coordinator.actor, cast.county_id)


def test_below_a_station_stands_a_team() -> None:
    assert [usual_child(kind) for kind in ("centre", "subcentre", "station", "team", "other")] == [
        "subcentre", "station", "team", "team", "other",
    ]  # fmt: skip
