"""Changing the key that signs the codes."""

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.checkin.stage import STARTS, Stage
from timebank.checkin import scan_keys, tokens
from timebank.checkin.errors import KeysUsedUp
from timebank.checkin.models import ScanKey
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def rotate(stage: Stage, *, at_once: bool = False) -> None:
    with stage.database.transaction() as session:
        scan_keys.rotate(session, at=STARTS, by="command", at_once=at_once)


def shown(cast: Cast, stage: Stage, key_number: int) -> str:
    return tokens.mint(
        cast.keyring,
        kind=Kind.IN,
        shift_id=stage.shift_id,
        display=stage.displays[Kind.IN],
        step=tokens.step_at(STARTS),
        key_number=key_number,
    )


def test_the_first_key_is_in_use_without_a_row(stage: Stage) -> None:
    with stage.database.reading() as session:
        assert scan_keys.keys_in_use(session, at=STARTS) == scan_keys.KeysInUse(1, frozenset({1}))


def test_after_a_change_both_keys_open_for_a_day_and_the_new_one_signs(stage: Stage, cast: Cast) -> None:
    rotate(stage)
    for number in (1, 2):
        assert stage.open(shown(cast, stage, number), at=STARTS, phone="x").reason is Reason.OK
    with stage.database.reading() as session:
        assert scan_keys.keys_in_use(session, at=STARTS).current == 2
        late = scan_keys.keys_in_use(session, at=STARTS + DAY)
        assert (late.current, late.accepted) == (2, frozenset({2}))
        # Before the change nothing of it is known.
        assert scan_keys.keys_in_use(session, at=STARTS - SECOND).accepted == {1}


def test_after_a_leak_the_old_key_opens_nothing_from_that_moment(stage: Stage, cast: Cast) -> None:
    rotate(stage, at_once=True)
    assert stage.open(shown(cast, stage, 1), at=STARTS, phone="x").reason is Reason.BAD_CODE
    assert stage.open(shown(cast, stage, 2), at=STARTS, phone="x").reason is Reason.OK


def test_a_second_change_within_the_day_keeps_what_is_still_on_screens() -> None:
    rows = [
        ScanKey(number=2, begins_at=STARTS, previous_until=STARTS + DAY),
        ScanKey(number=3, begins_at=STARTS + SECOND, previous_until=STARTS + SECOND + DAY),
    ]
    assert scan_keys.in_use(rows, STARTS + 2 * SECOND).accepted == {1, 2, 3}
    assert scan_keys.in_use(rows, STARTS + DAY).accepted == {2, 3}
    assert scan_keys.in_use(rows, STARTS + DAY + SECOND).accepted == {3}


def test_the_numbers_end_where_the_code_has_no_room_for_more(stage: Stage) -> None:
    with stage.database.transaction() as session:
        session.add(ScanKey(number=255, begins_at=STARTS, previous_until=STARTS, begun_by="command"))
        session.flush()
        with pytest.raises(KeysUsedUp):
            scan_keys.rotate(session, at=STARTS, by="command")
