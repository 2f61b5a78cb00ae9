"""Taking a list along: who may, when, and what the device can read of it."""

import base64
from datetime import datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.exc import DatabaseError

from tests.cast import Cast, row
from tests.offline.device import ENDS, STARTS, TAKEN, Device, card_of, taken_by
from timebank.access.models import User
from timebank.activities.models import Shift
from timebank.db import Database
from timebank.members import service as members
from timebank.offline import errors, queries, sealing, service
from timebank.offline.models import OfflineAssignment
from timebank.offline.sealing import SealBroken


def test_the_card_itself_opens_its_entry_and_nothing_else_does(
    database: Database, cast: Cast, device: Device
) -> None:
    with database.reading() as session:
        mine, other = (card_of(session, cast, person) for person in (cast.volunteer, cast.attendant))
    assert device.knows(mine) == {
        "token": sealing.row_token(cast.keyring, device.word, cast.volunteer.member_id),
        "name": cast.volunteer.name,
        "number": cast.volunteer.number[-4:],
    }
    assert device.knows(other) is None
    for entry in device.taken.entries:
        blob = base64.b64decode(entry.blob)
        with pytest.raises(InvalidTag):
            AESGCM(sealing.salt(cast.keyring, device.word)).decrypt(blob[:12], blob[12:], None)


def test_two_lists_have_nothing_in_common(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        other = taken_by(session, cast, cast.coordinator, session.get_one(Shift, shift_id), at=TAKEN)
    tags = [{entry.tag for entry in one.taken.entries} for one in (device, other)]
    assert tags[0].isdisjoint(tags[1])


def test_what_was_sealed_to_one_list_opens_in_no_other(
    database: Database, cast: Cast, device: Device, shift_id: int
) -> None:
    with database.transaction() as session:
        other = taken_by(session, cast, cast.coordinator, session.get_one(Shift, shift_id), at=TAKEN)
    sealed = device.sealed("8912345678")
    assert sealing.open_sealed(cast.keyring, device.word, sealed) == "8912345678"
    for wrong in (sealed[:-8] + "AAAAAAA=", "", "AAAA", "no base64"):
        with pytest.raises(SealBroken):
            sealing.open_sealed(cast.keyring, device.word, wrong)
    with pytest.raises(SealBroken):
        sealing.open_sealed(cast.keyring, other.word, sealed)


@pytest.mark.parametrize(
    ("at", "may"),
    [
        (STARTS - timedelta(hours=24, seconds=1), False),
        (STARTS - timedelta(hours=24), True),
        (ENDS + timedelta(minutes=59), True),
        (ENDS + timedelta(minutes=61), False),
    ],
)
def test_a_list_leaves_within_a_day_before_its_shift(
    database: Database, cast: Cast, shift_id: int, at: datetime, may: bool
) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        if may:
            assert taken_by(session, cast, cast.coordinator, shift, at=at).taken.roster.members == 2
            return
        with pytest.raises(errors.NotTheTime):
            taken_by(session, cast, cast.coordinator, shift, at=at)


def test_a_coordinator_who_is_not_assigned_may_not(database: Database, cast: Cast, shift_id: int) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        with pytest.raises(errors.NotAssigned):
            taken_by(session, cast, cast.second_coordinator, shift, at=TAKEN)
        other = session.get_one(User, cast.second_coordinator.user_id)
        with pytest.raises(errors.NobodyAssignsThemselves):
            service.assign(session, shift=shift, user=other, by=cast.second_coordinator.actor, at=TAKEN)
        service.assign(session, shift=shift, user=other, by=cast.coordinator.actor, at=TAKEN)
        service.assign(session, shift=shift, user=other, by=cast.coordinator.actor, at=TAKEN)
        assert taken_by(session, cast, cast.second_coordinator, shift, at=TAKEN).taken.entries
        assert queries.shifts_to_take(session, cast.second_coordinator.actor, at=TAKEN) == [shift]


def test_only_coordinators_of_the_place_are_assigned(database: Database, cast: Cast, shift_id: int) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        for person in (cast.volunteer, cast.stranger, cast.attendant):
            user = session.get_one(User, person.user_id)
            with pytest.raises(errors.CannotBeAssigned):
                service.assign(session, shift=shift, user=user, by=cast.coordinator.actor, at=TAKEN)


def test_the_database_itself_refuses_who_assigns_themselves(
    database: Database, cast: Cast, shift_id: int
) -> None:
    with database.transaction() as session:
        user_id = cast.second_coordinator.user_id
        session.add(
            OfflineAssignment(
                shift_id=shift_id, user_id=user_id, assigned_by_user_id=user_id, assigned_at=TAKEN
            )
        )
        with pytest.raises(DatabaseError):
            session.flush()
        session.rollback()


def test_no_list_of_an_activity_that_was_called_off(database: Database, cast: Cast, shift_id: int) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        shift.activity.status, shift.activity.cancelled_at = "cancelled", TAKEN
        with pytest.raises(errors.NotOpen):
            taken_by(session, cast, cast.coordinator, shift, at=TAKEN)


def test_names_go_along_only_where_they_were_asked_for(database: Database, cast: Cast, shift_id: int) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, shift_id)
        for with_names in (False, True):
            device = taken_by(session, cast, cast.coordinator, shift, at=TAKEN, with_names=with_names)
            names = [one["name"] for one in device.taken.names]
            assert sorted(names) == (sorted([cast.volunteer.name, cast.neighbour.name]) if with_names else [])
            assert device.taken.roster.has_names == with_names


def test_a_replaced_card_has_another_entry(database: Database, cast: Cast, shift_id: int) -> None:
    with database.transaction() as session:
        old = card_of(session, cast, cast.volunteer)
        members.replace_card(session, member=row(session, cast.volunteer))
        device = taken_by(session, cast, cast.coordinator, session.get_one(Shift, shift_id), at=TAKEN)
        assert device.knows(old) is None
        assert device.knows(card_of(session, cast, cast.volunteer)) is not None
