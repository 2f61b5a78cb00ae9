"""Codes on paper at a post: what they say, how they read back, and how little they prove."""

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import pictures
from tests.cast import Cast, Person
from tests.checkin.stage import ENDS, HALF, STARTS, Stage
from tests.checkin.test_places import SQUARE, ask, north, written
from tests.hours.stage import published
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.activities.rules import ShiftPlan
from timebank.checkin import presence, printed
from timebank.checkin.models import PrintedCode
from timebank.checkin.reasons import Reason
from timebank.checkin.service import Outcome
from timebank.checkin.tokens import Kind, TokenFalse
from timebank.db import Database
from timebank.policy.rules import Policy
from timebank.web import codes

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
KEYRING = Keyring("a secret of at least thirty-two characters")


def paper(kind: Kind = Kind.IN, *, number: int = 7, generation: int = 1) -> str:
    return printed.mint(KEYRING, kind=kind, printed_code_id=number, generation=generation)


def test_a_printed_code_says_its_kind_number_and_generation() -> None:
    words = printed.read(KEYRING, paper(Kind.OUT, number=4_000_000_000, generation=65_535))
    assert (words.kind, words.printed_code_id, words.generation) == (Kind.OUT, 4_000_000_000, 65_535)
    assert len(paper()) == printed.TOKEN_CHARACTERS == 24


@given(place=st.integers(0, 14), bit=st.integers(0, 7))
def test_any_changed_bit_makes_it_false(place: int, bit: int) -> None:
    raw = bytearray(base64.b32decode(paper()))
    raw[place] ^= 1 << bit
    with pytest.raises(TokenFalse):
        printed.read(KEYRING, base64.b32encode(bytes(raw)).decode())


@given(text=st.text(max_size=30))
def test_no_text_that_somebody_writes_is_one(text: str) -> None:
    with pytest.raises(TokenFalse):
        printed.read(KEYRING, text)


# At a post.


def hang(stage: Stage, *, asks: bool = True) -> PrintedCode:
    """A printed code of the stage's activity; by default the activity asks for the place."""
    if asks:
        ask(stage)
    with stage.database.transaction() as session:
        return presence.make_printed_code(
            session,
            activity=session.get_one(Shift, stage.shift_id).activity,
            name="北门",
            by=stage.cast.coordinator.actor,
            at=STARTS - DAY,
        )


def scan(
    stage: Stage,
    code: PrintedCode,
    person: Person,
    *,
    at: object = STARTS,
    kind: Kind = Kind.IN,
    where: str = "",
) -> Outcome:
    token = printed.mint(stage.cast.keyring, kind=kind, printed_code_id=code.id, generation=code.generation)
    phone = f"phone of {person.name}"
    minted = stage.open(token, at=at, phone=phone)  # type: ignore[arg-type]  # A moment; short to call.
    assert minted.reason is Reason.OK, minted.reason
    return stage.tap(minted.secret, person, at=at, phone=phone, where=where)  # type: ignore[arg-type]  # As above.


def test_who_signed_up_and_is_there_comes_and_goes_by_paper_for_proof_grade_c(
    stage: Stage, cast: Cast
) -> None:
    code = hang(stage)
    here = written(north(20))
    assert scan(stage, code, cast.volunteer, where=here).reason is Reason.OK
    assert scan(stage, code, cast.volunteer, at=ENDS, kind=Kind.OUT, where=here).reason is Reason.OK
    (record,) = stage.records()
    assert (record.proof_grade, stage.attendances()[0].flags) == ("C", [])
    assert [(row.method, row.place) for row in stage.scans()] == [("static", "inside")] * 2


@pytest.mark.parametrize("where", ["", written(north(0, 4000)), written(north(1500)), written(north(90_000))])
def test_without_proof_of_the_place_the_coordinator_decides(stage: Stage, cast: Cast, where: str) -> None:
    assert scan(stage, hang(stage), cast.volunteer, where=where).reason is Reason.OK
    assert "static_unplaced" in stage.attendances()[0].flags


def test_where_the_activity_does_not_ask_for_the_place_the_coordinator_always_decides(
    stage: Stage, cast: Cast
) -> None:
    scan(stage, hang(stage, asks=False), cast.volunteer, where=written(SQUARE))
    assert stage.attendances()[0].flags == ["static_unplaced"]


@pytest.mark.parametrize(
    ("far", "unplaced", "flags"),
    [
        ("hold", "hold", ["place_far", "static_unplaced"]),
        ("pay", "hold", ["static_unplaced"]),
        ("hold", "pay", ["place_far"]),
        ("pay", "pay", []),
        ("second", "pay", ["place_far", "second_person"]),
        ("pay", "second", ["second_person", "static_unplaced"]),
    ],
)
def test_what_follows_when_the_phone_is_far_from_the_paper_is_the_countys_to_say(
    stage: Stage, cast: Cast, far: str, unplaced: str, flags: list[str]
) -> None:
    stage.set_policy(place_far=far, printed_unplaced=unplaced, grade_c="pay")
    code, away = hang(stage), written(north(90_000))
    scan(stage, code, cast.volunteer, where=away)
    scan(stage, code, cast.volunteer, at=ENDS, kind=Kind.OUT, where=away)
    (record,) = stage.records()
    assert sorted(record.flags) == flags
    # Who printed the code is kept from deciding only where a second person is wanted.
    is_second = "second" in (far, unplaced)
    assert (record.recorded_by_user_id == cast.coordinator.user_id) is is_second


def test_paper_lets_nobody_in_who_had_no_place_before(stage: Stage, cast: Cast) -> None:
    outcome = scan(stage, hang(stage), cast.attendant, where=written(SQUARE))
    assert (outcome.reason, outcome.walk_in) == (Reason.NOT_SIGNED_UP, False)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (STARTS - 31 * MINUTE, Reason.TOO_EARLY),
        (STARTS - 30 * MINUTE, Reason.OK),
        (STARTS + 30 * MINUTE, Reason.TOO_LATE),
        (STARTS + 300 * DAY, Reason.TOO_LATE),
    ],
)
def test_a_photo_of_the_paper_counts_only_within_the_times(
    stage: Stage, cast: Cast, at: object, reason: Reason
) -> None:
    assert scan(stage, hang(stage), cast.volunteer, at=at, where=written(SQUARE)).reason is reason


def test_lost_paper_and_paper_out_of_use_open_nothing(stage: Stage, database: Database) -> None:
    code = hang(stage)
    old = printed.mint(stage.cast.keyring, kind=Kind.IN, printed_code_id=code.id, generation=1)
    with database.transaction() as session:
        presence.renew_printed_code(session, session.get_one(PrintedCode, code.id))
    assert stage.open(old, at=STARTS, phone="x").reason is Reason.BAD_CODE
    new = printed.mint(stage.cast.keyring, kind=Kind.IN, printed_code_id=code.id, generation=2)
    assert stage.open(new, at=STARTS, phone="x").reason is Reason.OK
    with database.transaction() as session:
        presence.withdraw_printed_code(session, session.get_one(PrintedCode, code.id), at=STARTS)
    assert stage.open(new, at=STARTS, phone="x").reason is Reason.BAD_CODE
    assert [(row.outcome, row.shift_id) for row in stage.scans()] == [("bad_code", stage.shift_id)] * 2


def test_paper_that_was_never_made_opens_nothing(stage: Stage) -> None:
    token = printed.mint(stage.cast.keyring, kind=Kind.IN, printed_code_id=99, generation=1)
    assert stage.open(token, at=STARTS, phone="x").reason is Reason.BAD_CODE


def test_of_several_shifts_the_paper_means_the_one_that_is_on(
    stage: Stage, database: Database, cast: Cast
) -> None:
    with database.transaction() as session:
        shift = session.get_one(Shift, stage.shift_id)
        tomorrow = Shift(
            activity_id=shift.activity_id, starts_at=STARTS + DAY, ends_at=ENDS + DAY, capacity=None
        )
        session.add(tomorrow)
        session.flush()
        shifts = [shift, tomorrow]

        def meant(kind: Kind, at: object) -> object:
            return presence.shift_meant(shifts, kind, Policy(), at)  # type: ignore[arg-type]  # A moment.

        assert meant(Kind.IN, STARTS) is shift
        assert meant(Kind.OUT, HALF + MINUTE) is shift
        assert meant(Kind.IN, STARTS + DAY) is tomorrow
        # Between the two the nearer one is meant, so that the answer names its time.
        assert meant(Kind.IN, STARTS + 20 * 60 * MINUTE) is tomorrow
        assert meant(Kind.IN, STARTS + 2 * 60 * MINUTE) is shift


def test_paper_of_another_activity_is_not_meant_here(stage: Stage, database: Database, cast: Cast) -> None:
    code = hang(stage)
    with database.transaction() as session:
        published(session, cast, ShiftPlan(STARTS, ENDS, None), at=STARTS - DAY, title="巡河")
    outcome = scan(stage, code, cast.volunteer, where=written(SQUARE))
    assert outcome.shift.id == stage.shift_id


# As a camera sees it.


def drawn(address: str = "https://zyz.qinghe.gov.cn") -> str:
    return str(codes.link_qr(f"{address}/s/", tail=paper(), level="Q"))


def test_a_printed_code_is_at_most_version_four_at_level_q() -> None:
    assert codes.link_version("https://zyz.qinghe.gov.cn/s/", tail=paper(), level="Q") <= 4


def test_it_reads_back_turned_blurred_and_damaged() -> None:
    expected = f"https://zyz.qinghe.gov.cn/s/{paper()}"
    clean = pictures.picture(drawn(), module=8)
    assert pictures.read(clean) == expected
    assert pictures.read(pictures.turned(clean, 15)) == expected
    assert pictures.read(pictures.turned(clean, -15)) == expected
    assert pictures.read(pictures.blurred(clean, 3)) == expected
    for seed in range(20):
        assert pictures.read(pictures.stained(clean, 0.06, seed=seed)) == expected
