"""A coordinator credits herself: through every method there is, and every one ends with no hours of her own making."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.cast import Cast
from tests.checkin.stage import ENDS, STARTS, Stage, sign_up
from tests.checkin.test_other_ways_in import shown_digits
from tests.checkin.test_printed import hang
from tests.checkin.test_printed import scan as scan_paper
from tests.checkin.test_proof import tablet
from tests.hours.stage import SHANGHAI, photo
from tests.offline.device import card_of, taken_by
from timebank.access.keys import digest
from timebank.activities.models import Shift
from timebank.checkin import tickets
from timebank.checkin.tokens import Kind
from timebank.errors import Refusal
from timebank.hours import corrections, decisions
from timebank.hours.manual import Row, enter_manually, enter_sheet
from timebank.hours.models import METHODS, Attendance, ServiceRecord

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
COMINGS = ((Kind.IN, STARTS), (Kind.OUT, ENDS))
LATER = ENDS + 2 * HOUR


def _rotating(stage: Stage, cast: Cast) -> None:
    for kind, at in COMINGS:
        stage.scan(cast.coordinator, at=at, kind=kind)


def _short(stage: Stage, cast: Cast) -> None:
    digits = shown_digits(stage)
    with stage.database.transaction() as session:
        secret = tickets.scan_short_code(
            session, cast.keyring, digits, by=cast.coordinator.actor, device=digest("hers"), at=STARTS
        ).secret
    stage.tap(secret, cast.coordinator, at=STARTS, phone="hers")
    stage.scan(cast.coordinator, at=ENDS, kind=Kind.OUT)


def _printed(stage: Stage, cast: Cast) -> None:
    code = hang(stage)
    for kind, at in COMINGS:
        scan_paper(stage, code, cast.coordinator, at=at, kind=kind)


def _member(stage: Stage, cast: Cast) -> None:
    for kind, at in COMINGS:
        for how in ("card", "code", "number"):
            stage.help(cast.coordinator, cast.coordinator, at=at, kind=kind, how=how)


def _kiosk(stage: Stage, cast: Cast) -> None:
    # She set the tablet up herself, and nobody stands beside it.
    kiosk_id = tablet(stage, is_attended=False)
    for kind, at in COMINGS:
        stage.help(cast.coordinator, cast.coordinator, at=at, kind=kind, also="sign_up", kiosk_id=kiosk_id)


def _offline(stage: Stage, cast: Cast) -> None:
    with stage.database.transaction() as session:
        shift = session.get_one(Shift, stage.shift_id)
        device = taken_by(session, cast, cast.coordinator, shift, at=STARTS - 3 * HOUR)
        digits = card_of(session, cast, cast.coordinator)
        for kind, at in COMINGS:
            device.scan(digits, kind.value, at)
        device.tick(cast.coordinator, "out", ENDS)
        device.upload(session, at=ENDS + HOUR)


def _row(cast: Cast) -> Row:
    return Row(cast.coordinator.member_id, STARTS, ENDS)


def _sheet(stage: Stage, cast: Cast) -> None:
    with stage.database.transaction() as session:
        shift, by = session.get_one(Shift, stage.shift_id), cast.coordinator.actor
        enter_sheet(
            session, shift=shift, rows=[_row(cast)], photo=photo(), by=by, at=LATER, timezone=SHANGHAI
        )


def _manual(stage: Stage, cast: Cast) -> None:
    with stage.database.transaction() as session:
        enter_manually(
            session,
            shift=session.get_one(Shift, stage.shift_id),
            member_id=cast.coordinator.member_id,
            came_at=STARTS,
            left_at=ENDS,
            reason="手机没电。",
            evidence=photo(),
            by=cast.coordinator.actor,
            at=LATER,
            timezone=SHANGHAI,
        )


def _correction(stage: Stage, cast: Cast) -> None:
    """She served an hour, somebody else confirmed it, and she grants herself the rest."""
    _rotating_until(stage, cast, STARTS + timedelta(minutes=90))
    with stage.database.transaction() as session:
        record = session.scalars(select(ServiceRecord)).one()
        decisions.confirm_record(
            session, record=record, by=cast.second_coordinator.actor, at=LATER, reason="看见她了。"
        )
        asked = corrections.request_correction(
            session,
            record=record,
            came_at=STARTS,
            left_at=ENDS,
            reason="我走得更晚。",
            by=cast.coordinator.actor,
            at=LATER,
        )
        corrections.grant_correction(
            session, asked=asked, answer="属实。", by=cast.coordinator.actor, at=LATER
        )


def _rotating_until(stage: Stage, cast: Cast, left_at: object) -> None:
    stage.scan(cast.coordinator, at=STARTS)
    stage.scan(cast.coordinator, at=left_at, kind=Kind.OUT)  # type: ignore[arg-type]  # A moment.


WAYS: dict[str, Callable[[Stage, Cast], None]] = {
    "rotating": _rotating,
    "short": _short,
    "static": _printed,
    "member": _member,
    "kiosk": _kiosk,
    "offline": _offline,
    "sheet": _sheet,
    "manual": _manual,
    "correction": _correction,
}


def test_no_method_is_forgotten() -> None:
    known = {word.strip(" '") for word in METHODS.strip("()").split(",")}
    assert known <= set(WAYS)


@pytest.mark.parametrize("way", WAYS)
def test_a_coordinator_makes_no_hours_for_herself(stage: Stage, cast: Cast, way: str) -> None:
    with stage.database.transaction() as session:
        sign_up(session, session.get_one(Shift, stage.shift_id), cast.coordinator, STARTS - 4 * HOUR)
    refused = {"sheet": "sheet_refused", "manual": "own_record", "correction": "own_record"}.get(way)
    if refused is None:
        WAYS[way](stage, cast)
    else:
        with pytest.raises(Refusal) as said:
            WAYS[way](stage, cast)
        assert said.value.code == refused
    with stage.database.transaction() as session:
        shift, by = session.get_one(Shift, stage.shift_id), cast.coordinator.actor
        done = decisions.confirm_shift(session, shift=shift, by=by, at=LATER)
        assert list(done.records) == []
        mine = session.scalars(select(ServiceRecord).where(ServiceRecord.status == "pending")).all()
        for record in mine:
            with pytest.raises(Refusal):
                decisions.confirm_record(session, record=record, by=by, at=LATER, reason="是我自己。")
        assert session.scalar(select(func.count()).where(ServiceRecord.status == "approved")) == 0
        if way in ("member", "kiosk", "offline", "sheet", "manual"):
            assert session.scalar(select(func.count()).select_from(Attendance)) == 0
        waiting = [record.id for record in mine]
    # And past the pages: the database itself refuses her, and her name as the recorder of her own hours.
    for record_id in waiting:
        for change in (
            f"status = 'approved', approved_by_user_id = {cast.coordinator.user_id}",
            f"recorded_by_user_id = {cast.coordinator.user_id}",
        ):
            with pytest.raises(DatabaseError), stage.database.transaction() as session:
                session.execute(text(f"UPDATE service_records SET {change} WHERE id = {record_id}"))
