"""Registering and changing members."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from tests.cast import Cast, row
from timebank.access.passwords import password_matches
from timebank.db import Database
from timebank.members import accounts, queries, service
from timebank.members.errors import (
    BirthDateDiffers,
    BirthDateImpossible,
    IdentityInvalid,
    IdentityTaken,
    MemberAbsent,
    MemberTaken,
    NameInvalid,
    PhoneInvalid,
    PinTooWeak,
)
from timebank.members.identity import masked_identity
from timebank.members.models import Member
from timebank.members.service import Particulars
from timebank.orgs import service as orgs
from timebank.orgs.errors import OrganisationClosed
from timebank.orgs.models import Organisation

TODAY = date(2026, 3, 2)
IDENTITY = "11010519491231002X"
LIU = Particulars(name="刘洋", phone="13911112222", identity=IDENTITY, consented=True)


def _checked(**changes: object) -> Particulars:
    return service.checked(replace(LIU, **changes), today=TODAY)


def test_birth_date_and_sex_are_read_from_the_identity_number() -> None:
    person = _checked(phone="+86 139-1111-2222", skills=("理发", " 理发 ", ""))
    assert (person.phone, person.born_on, person.sex) == ("13911112222", date(1949, 12, 31), "female")
    assert person.skills == ("理发",)


def test_each_fault_is_refused_beside_its_field() -> None:
    for changes, refusal, field in (
        ({"name": "  "}, NameInvalid, "name"),
        ({"phone": "12345"}, PhoneInvalid, "phone"),
        ({"identity": IDENTITY[:-1] + "1"}, IdentityInvalid, "identity"),
        ({"born_on": date(1950, 1, 1)}, BirthDateDiffers, "born_on"),
        ({"identity": None, "born_on": date(2027, 1, 1)}, BirthDateImpossible, "born_on"),
        ({"identity": None, "born_on": date(1899, 12, 31)}, BirthDateImpossible, "born_on"),
    ):
        with pytest.raises(refusal) as caught:
            _checked(**changes)
        assert caught.value.field == field


def _registered(database: Database, cast: Cast, person: Particulars, at: datetime) -> int:
    with database.transaction() as session:
        team = session.get_one(Organisation, cast.team_id)
        return service.register(session, person=person, organisation=team, keyring=cast.keyring, at=at).id


def test_the_identity_number_is_encrypted_masked_and_taken_once(
    database: Database, cast: Cast, at: datetime
) -> None:
    member_id = _registered(database, cast, _checked(), at)
    with database.reading() as session:
        member = session.get_one(Member, member_id)
        assert IDENTITY not in (member.identity_cipher or "") + (member.identity_hash or "")
        assert masked_identity(cast.keyring, member.identity_cipher) == "110105********002X"
    with pytest.raises(IdentityTaken):
        _registered(database, cast, _checked(name="刘阳", phone="13911113333"), at)


def test_the_same_name_with_the_same_phone_is_the_same_person(
    database: Database, cast: Cast, at: datetime
) -> None:
    person = Particulars(name=cast.volunteer.name, phone=cast.volunteer.phone)
    with pytest.raises(MemberTaken) as caught:
        _registered(database, cast, person, at)
    assert cast.volunteer.name in str(caught.value)


def test_a_family_may_share_a_phone_and_the_first_logs_in_by_it(
    database: Database, cast: Cast, at: datetime
) -> None:
    wife = _registered(database, cast, _checked(), at)
    husband = _registered(database, cast, _checked(name="刘强", identity=None), at)
    with database.transaction() as session:
        for member_id, names in ((wife, 2), (husband, 1)):
            member = session.get_one(Member, member_id)
            user = accounts.open_account(session, member=member, at=at)
            assert accounts.open_account(session, member=member, at=at) is user
            assert len(user.login_names) == names
            assert accounts.logs_in_by_phone(session, member) == (names == 2)


def test_a_new_phone_replaces_the_old_one_for_logging_in(
    database: Database, cast: Cast, at: datetime
) -> None:
    member_id = _registered(database, cast, _checked(), at)
    with database.transaction() as session:
        member = session.get_one(Member, member_id)
        user = accounts.open_account(session, member=member, at=at)
        person = _checked(phone="13944445555", identity=None, born_on=member.born_on, sex="female")
        changed = service.change_particulars(session, member=member, person=person, keyring=cast.keyring)
        accounts.follow_particulars(session, member=member, former_phone="13911112222")
        assert changed == ["phone"]
        assert {name.name for name in user.login_names} == {member.number, "13944445555"}
        assert member.identity_cipher is not None, "an empty field keeps the number on record"


def test_a_changed_identity_number_of_somebody_else_is_refused(
    database: Database, cast: Cast, at: datetime
) -> None:
    _registered(database, cast, _checked(), at)
    with database.transaction() as session:
        member = row(session, cast.volunteer)
        person = replace(LIU, name=member.name, phone=member.phone)
        with pytest.raises(IdentityTaken):
            service.change_particulars(session, member=member, person=person, keyring=cast.keyring)


def test_nobody_is_moved_into_a_closed_organisation(database: Database, cast: Cast, at: datetime) -> None:
    with database.transaction() as session:
        station = session.get_one(Organisation, cast.station_id)
        empty = orgs.create(session, name="新队", kind="team", parent=station, at=at)
        member = row(session, cast.volunteer)
        service.move(session, member=member, organisation=empty)
        assert queries.member(session, cast.coordinator.actor, member.id).organisation_id == empty.id
        service.move(session, member=member, organisation=session.get_one(Organisation, cast.team_id))
        orgs.close(session, organisation=empty, at=at)
        with pytest.raises(OrganisationClosed):
            service.move(session, member=member, organisation=empty)


def test_a_pin_is_hashed_and_a_weak_one_is_refused(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        member = row(session, cast.volunteer)
        with pytest.raises(PinTooWeak):
            service.set_pin(session, member=member, pin="123456")
        service.set_pin(session, member=member, pin="604829")
        assert password_matches(member.pin_hash, "604829")
        service.clear_pin(session, member=member)
        assert member.pin_hash is None


def test_members_are_found_by_name_pinyin_number_and_part_of_the_phone(
    database: Database, cast: Cast
) -> None:
    person = cast.volunteer
    with database.reading() as session:
        for words in (person.name, "guilan", "gui lan", person.number, person.phone[-6:], "王 兰"):
            page = queries.members_page(session, cast.coordinator.actor, words=words)
            assert person.member_id in [member.id for member in page.rows], words
        assert queries.members_page(session, cast.coordinator.actor, words="%").rows == []
        assert queries.members_page(session, cast.stranger.actor, words=person.name).rows == []


def test_pages_of_the_register_lead_forward_and_back_without_gap_or_repeat(
    database: Database, cast: Cast
) -> None:
    actor = cast.administrator.actor
    with database.reading() as session:
        everybody = [member.id for member in queries.members_page(session, actor).rows]
        seen: list[int] = []
        page = queries.members_page(session, actor, limit=3)
        assert page.before is None
        while True:
            seen += [member.id for member in page.rows]
            if page.after is None:
                break
            page = queries.members_page(session, actor, limit=3, cursor=page.after)
        assert seen == everybody
        assert len(everybody) > 6
        back = queries.members_page(session, actor, limit=3, cursor=page.before)
        assert [member.id for member in back.rows] == everybody[-len(page.rows) - 3 : -len(page.rows)]


def test_a_member_sees_the_own_row_and_a_stranger_none(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        own = queries.member(session, cast.volunteer.actor, cast.volunteer.member_id)
        assert own.name == cast.volunteer.name
        for actor in (cast.neighbour.actor, cast.stranger.actor, cast.stranger_administrator.actor):
            with pytest.raises(MemberAbsent):
                queries.member(session, actor, cast.volunteer.member_id)
