"""The organiser's screen: who shows what, and codes that outlive a minute without network."""

from datetime import timedelta

import pytest

from tests.cast import Cast
from tests.checkin.stage import STARTS, Stage
from timebank.activities.models import Shift
from timebank.checkin import displays, queries, tokens
from timebank.checkin.errors import DisplayForeign
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Kind
from timebank.db import Database

MINUTE = timedelta(minutes=1)


def show(
    stage: Stage,
    display_id: int | None,
    *,
    minutes_later: int = 0,
    kind: Kind = Kind.IN,
    by: str = "coordinator",
) -> int:
    with stage.database.transaction() as session:
        return displays.keep_showing(
            session,
            shift=session.get_one(Shift, stage.shift_id),
            kind=kind,
            display_id=display_id,
            by=stage.cast.people[by].actor,
            at=STARTS + minutes_later * MINUTE,
        ).id


def test_it_is_kept_who_showed_the_code_from_when_to_when(
    stage: Stage, database: Database, cast: Cast
) -> None:
    display_id = show(stage, None)
    assert show(stage, display_id, minutes_later=7) == display_id
    with database.reading() as session:
        kept = queries.displays_of_shift(session, stage.shift_id)[-1]
        assert (kept.opened_at, kept.last_seen_at) == (STARTS, STARTS + 7 * MINUTE)
        assert (kept.shown_by_user_id, kept.kind) == (cast.coordinator.user_id, "in")


@pytest.mark.parametrize("changes", [{"by": "second_coordinator"}, {"kind": Kind.OUT}])
def test_a_display_is_not_carried_on_by_somebody_else_or_for_another_code(
    stage: Stage, changes: dict[str, object]
) -> None:
    display_id = show(stage, None)
    with pytest.raises(DisplayForeign):
        show(stage, display_id, **changes)
    with pytest.raises(DisplayForeign):
        show(stage, 999_999)


def test_the_coming_codes_follow_each_other_without_a_gap_for_at_least_forty_five_seconds(
    stage: Stage,
) -> None:
    at = STARTS + timedelta(seconds=4, milliseconds=300)
    coming = displays.coming_codes(
        stage.cast.keyring, shift_id=stage.shift_id, display_id=1, kind=Kind.IN, step_seconds=15, at=at
    )
    assert [code.begins_in for code in coming] == [-4300, 10_700, 25_700, 40_700]
    assert [code.ends_in for code in coming] == [10_700, 25_700, 40_700, 55_700]
    # At the worst moment, just before the next answer, 45 seconds are on hand, and the last code is good for 15 more.
    assert coming[-1].ends_in - coming[0].ends_in == 45_000


def test_every_coming_code_is_accepted_while_it_is_on_the_screen(stage: Stage) -> None:
    at = STARTS + timedelta(seconds=4, milliseconds=300)
    for code in displays.coming_codes(
        stage.cast.keyring, shift_id=stage.shift_id, display_id=1, kind=Kind.IN, step_seconds=15, at=at
    ):
        for moment in (max(0, code.begins_in), code.ends_in - 1, code.ends_in + 14_000):
            seen = at + timedelta(milliseconds=moment)
            assert stage.open(code.token, at=seen, phone="x").reason is Reason.OK
            assert len(code.short) == tokens.SHORT_DIGITS


def test_the_screen_counts_heads_and_lists_the_latest_first(
    stage: Stage, database: Database, cast: Cast
) -> None:
    stage.scan(cast.volunteer, at=STARTS)
    stage.scan(cast.neighbour, at=STARTS + MINUTE)
    stage.scan(cast.volunteer, at=STARTS + 90 * MINUTE, kind=Kind.OUT)
    with database.reading() as session:
        count = queries.head_count(session, stage.shift_id)
        assert (count.arrived, count.left, count.inside, count.expected) == (2, 1, 1, 2)
        lines = queries.arrivals(session, stage.shift_id)
    assert [(line.name, line.kind) for line in lines] == [
        (cast.volunteer.name, Kind.OUT),
        (cast.neighbour.name, Kind.IN),
    ]
