"""Where a phone is, as a word: distances, the two map grids, and what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.cast import Cast
from tests.checkin.stage import ENDS, STARTS, Stage
from timebank.activities.models import Shift
from timebank.checkin import presence
from timebank.checkin.models import Scan, ScanTicket
from timebank.checkin.places import (
    Place,
    Position,
    distance_metres,
    gcj02_from_wgs84,
    judge_place,
    read_position,
    wgs84_from_gcj02,
)
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.policy.rules import Policy

SQUARE = Position(39.908823, 116.397470)
METRE_NORTH = 1 / 111_195


def north(metres: float, accuracy: float = 10) -> Position:
    return Position(SQUARE.latitude + metres * METRE_NORTH, SQUARE.longitude, accuracy)


@pytest.mark.parametrize(
    ("metres", "accuracy", "word"),
    [
        (0, 10, Place.INSIDE),
        (159, 10, Place.INSIDE),
        (162, 10, Place.NEAR),
        (309, 10, Place.NEAR),
        (312, 10, Place.AROUND),
        (2009, 10, Place.AROUND),
        (2012, 10, Place.FAR),
        # The doubt of the position counts in the member's favour.
        (600, 500, Place.INSIDE),
        (0, 501, Place.INACCURATE),
        (2000, 3000, Place.INACCURATE),
        # So far that no doubt helps.
        (9000, 3000, Place.FAR),
    ],
)
def test_the_bucket_of_a_distance(metres: float, accuracy: float, word: Place) -> None:
    assert judge_place(SQUARE, north(metres, accuracy), Policy()) is word


def test_who_does_not_say_is_kept_as_not_having_said() -> None:
    assert judge_place(SQUARE, None, Policy()) is Place.REFUSED


def test_a_county_with_wide_places_says_how_wide() -> None:
    assert judge_place(SQUARE, north(800), Policy(place_inside_metres=1000)) is Place.INSIDE


def test_a_place_picked_on_a_chinese_map_is_converted_to_what_browsers_say() -> None:
    # The gate of Tian'anmen as both grids are published for it; the displacement is 550 m.
    chinese = Position(39.910228, 116.403714)
    assert distance_metres(chinese, SQUARE) > 500
    assert distance_metres(wgs84_from_gcj02(chinese.latitude, chinese.longitude), SQUARE) < 1


@given(st.floats(18, 53), st.floats(74, 134))
def test_the_conversion_undoes_the_displacement_anywhere_in_china(latitude: float, longitude: float) -> None:
    shown = gcj02_from_wgs84(latitude, longitude)
    found = wgs84_from_gcj02(shown.latitude, shown.longitude)
    assert distance_metres(found, Position(latitude, longitude)) < 0.5


def test_outside_china_maps_are_not_displaced() -> None:
    paris = Position(48.8584, 2.2945)
    assert wgs84_from_gcj02(paris.latitude, paris.longitude) == paris


@pytest.mark.parametrize(
    "written", ["", "39.9", "a,b,c", "91,0,1", "0,181,1", "1,2,-3", "nan,1,1", "1,1,inf", "1,2,3,4"]
)
def test_nonsense_is_no_position(written: str) -> None:
    assert read_position(written) is None


# Through a scan.


def ask(stage: Stage) -> None:
    with stage.database.transaction() as session:
        presence.set_plan(
            session,
            activity=session.get_one(Shift, stage.shift_id).activity,
            asks_place=True,
            centre=SQUARE,
            spot_checks=False,
            by=stage.cast.coordinator.actor,
            at=STARTS,
        )


def written(position: Position) -> str:
    return f"{position.latitude:.5f},{position.longitude:.5f},{position.accuracy_metres:.0f}"


@pytest.mark.parametrize(
    ("where", "word", "flags"),
    [
        (written(north(20)), "inside", []),
        (written(north(250)), "near", []),
        (written(north(1500)), "around", []),
        (written(north(40_000)), "far", ["place_far"]),
        (written(north(0, 4000)), "inaccurate", []),
        ("", "refused", []),
    ],
)
def test_the_word_is_kept_and_refusing_or_being_far_never_blocks(
    stage: Stage, cast: Cast, where: str, word: str, flags: list[str]
) -> None:
    ask(stage)
    assert stage.scan(cast.volunteer, at=STARTS, where=where).reason is Reason.OK
    (scan,) = stage.scans()
    assert scan.place == word
    assert stage.attendances()[0].flags == flags


def test_no_coordinate_of_a_member_is_stored_anywhere(stage: Stage, cast: Cast) -> None:
    ask(stage)
    stage.scan(cast.volunteer, at=STARTS, where=written(north(123)))
    digits = written(north(123)).split(",")[0]
    with stage.database.reading() as session:
        for table in (Scan, ScanTicket):
            for row in session.scalars(select(table)):
                kept = {name: value for name, value in vars(row).items() if not name.startswith("_")}
                assert digits not in str(kept)


def test_an_activity_that_does_not_ask_keeps_nothing_even_when_told(stage: Stage, cast: Cast) -> None:
    stage.scan(cast.volunteer, at=STARTS, where=written(north(0)))
    assert stage.scans()[0].place is None


def test_hours_scanned_from_far_away_wait_for_a_person(stage: Stage, cast: Cast) -> None:
    ask(stage)
    stage.scan(cast.volunteer, at=STARTS, where=written(north(0)))
    stage.scan(cast.volunteer, at=ENDS, kind=Kind.OUT, where=written(north(40_000)))
    assert stage.records()[0].flags == ["place_far"]
