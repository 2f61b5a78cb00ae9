"""The rotating code: genuine, fresh, short."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import pictures
from timebank.access.keys import Keyring, Signer
from timebank.checkin import tokens
from timebank.checkin.tokens import Kind, TokenFalse
from timebank.web import codes

AT = datetime(2026, 3, 2, 4, 0, 7, tzinfo=UTC)
KEYRING = Keyring("a secret of at least thirty-two characters")
OTHER_KEYRING = Keyring("another secret of at least thirty-two characters")


def shown(at: datetime = AT, *, kind: Kind = Kind.IN, shift_id: int = 7, display: int = 3) -> str:
    return tokens.mint(KEYRING, kind=kind, shift_id=shift_id, display=display, step=tokens.step_at(at))


def read(token: str, at: datetime = AT, keyring: Keyring = KEYRING) -> tokens.Code:
    return tokens.read(keyring, token, at=at)


def test_a_code_says_its_kind_shift_and_display() -> None:
    code = read(shown(kind=Kind.OUT, shift_id=4_000_000_000, display=70_000))
    assert (code.kind, code.shift_id, code.display, code.fresh) == (Kind.OUT, 4_000_000_000, 70_000, True)


def test_a_code_is_twenty_bytes_and_thirty_two_capitals_or_digits() -> None:
    token = shown()
    assert len(token) == tokens.TOKEN_CHARACTERS == 32
    assert len(base64.b32decode(token)) == tokens.BODY_BYTES + tokens.TAG_BYTES == 20


@given(shift_id=st.integers(0, 2**32 - 1), display=st.integers(0, 2**24 - 1), days=st.integers(0, 30_000))
def test_a_code_is_what_the_standard_library_s_hmac_and_base32_make_of_it(
    shift_id: int, display: int, days: int
) -> None:
    step = tokens.step_at(datetime(1970, 1, 1, 8, tzinfo=UTC) + timedelta(days=days))
    day = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=days)).date().isoformat()
    body = b"\x11" + shift_id.to_bytes(4) + display.to_bytes(3) + (step % 2**16).to_bytes(2) + b"\x0f\x01"
    key = hmac.digest(KEYRING.key("scan-code:1"), f"{shift_id}|{day}".encode(), "sha256")
    tag = hmac.digest(key, body + step.to_bytes(8), "sha256")[:8]
    token = tokens.mint(KEYRING, kind=Kind.IN, shift_id=shift_id, display=display, step=step)
    assert token == base64.b32encode(body + tag).decode()


@given(key=st.binary(max_size=64), messages=st.lists(st.binary(max_size=200), max_size=3))
def test_a_signer_says_for_every_message_what_the_standard_library_says(
    key: bytes, messages: list[bytes]
) -> None:
    signer = Signer(key)
    assert [signer.mac(one) for one in messages] == [hmac.digest(key, one, "sha256") for one in messages]


def test_a_signer_takes_no_key_that_is_longer_than_a_block() -> None:
    with pytest.raises(ValueError, match="longer than a block"):
        Signer(b"k" * 65)


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, True), (7, True), (8, True), (22, True), (23, False), (60, False)]
)
def test_a_code_lives_through_its_own_step_and_the_next(seconds: int, fresh: bool) -> None:
    # AT lies seven seconds into its step.
    token = shown(AT)
    assert read(token, AT + timedelta(seconds=seconds)).fresh is fresh


def test_a_code_that_has_not_begun_is_not_fresh() -> None:
    assert not read(shown(AT + timedelta(seconds=15)), AT).fresh


def test_an_old_code_is_still_known_for_what_it_is() -> None:
    code = read(shown(AT), AT + timedelta(days=2))
    assert not code.fresh
    assert code.shift_id == 7
    assert code.age_seconds == 2 * 86_400 + 7


def test_the_code_before_midnight_is_read_after_midnight() -> None:
    before = datetime(2026, 3, 1, 23, 59, 50, tzinfo=UTC)
    assert read(shown(before), before + timedelta(seconds=15)).fresh


def test_a_code_of_another_installation_is_false() -> None:
    with pytest.raises(TokenFalse):
        read(shown(), keyring=OTHER_KEYRING)


def test_a_code_of_a_key_that_is_not_in_use_is_false() -> None:
    token = tokens.mint(KEYRING, kind=Kind.IN, shift_id=7, display=3, step=tokens.step_at(AT), key_number=2)
    with pytest.raises(TokenFalse):
        read(token)


@given(place=st.integers(0, 19), bit=st.integers(0, 7))
def test_any_changed_bit_makes_the_code_false(place: int, bit: int) -> None:
    raw = bytearray(base64.b32decode(shown()))
    raw[place] ^= 1 << bit
    with pytest.raises(TokenFalse):
        read(base64.b32encode(bytes(raw)).decode())


@given(written=st.text(max_size=40))
def test_no_text_that_somebody_writes_is_a_code(written: str) -> None:
    with pytest.raises(TokenFalse):
        read(written)


def test_a_county_with_a_longer_step_has_codes_that_live_longer() -> None:
    step = tokens.step_at(AT, seconds=60)
    token = tokens.mint(KEYRING, kind=Kind.IN, shift_id=7, display=1, step=step, step_seconds=60)
    assert read(token, AT + timedelta(seconds=60)).fresh
    assert not read(token, AT + timedelta(seconds=120)).fresh
    assert read(token, AT + timedelta(days=3)).step == step


def test_an_app_that_writes_the_address_in_small_letters_does_no_harm() -> None:
    assert read(shown().lower()).fresh


@given(seconds=st.integers(0, 3_000_000_000))
def test_every_code_is_fresh_at_the_moment_it_is_shown(seconds: int) -> None:
    at = AT + timedelta(seconds=seconds)
    assert tokens.read(KEYRING, shown(at), at=at).fresh


def test_tags_differ_between_shifts_kinds_displays_steps_and_keys() -> None:
    step = tokens.step_at(AT)
    made = {
        tokens.mint(KEYRING, kind=kind, shift_id=shift, display=display, step=step + later)[-13:]
        for kind in Kind
        for shift in (7, 8)
        for display in (1, 2)
        for later in (0, 1)
    }
    assert len(made) == 24


# Measured: "http://" or "https://" + host + "/s/" + 32 characters.
@pytest.mark.parametrize(
    ("address", "version"),
    [
        ("http://q.cn", 3),
        ("https://sjyh.gov.cn", 4),
        ("http://192.168.100.200:8000", 4),
        ("https://zyz.qinghe.gov.cn", 4),
    ],
)
def test_with_a_short_host_the_code_is_at_most_version_four_at_level_m(address: str, version: int) -> None:
    assert codes.link_version(f"{address}/s/", tail=shown(), level="M") == version


def test_the_drawn_code_reads_back_as_the_address() -> None:
    token = shown()
    drawn = pictures.picture(codes.link_qr("https://sjyh.gov.cn/s/", tail=token))
    assert pictures.read(drawn) == f"https://sjyh.gov.cn/s/{token}"


def test_a_short_code_is_six_digits_and_lives_one_to_two_minutes() -> None:
    minute = AT.replace(second=0)
    digits = tokens.short_code(KEYRING, kind=Kind.IN, shift_id=7, at=minute)
    assert len(digits) == 6
    assert digits.isdecimal()

    def matches(seconds: int, kind: Kind = Kind.IN, shift_id: int = 7) -> bool:
        at = minute + timedelta(seconds=seconds)
        return tokens.short_code_matches(KEYRING, digits, kind=kind, shift_id=shift_id, at=at)

    assert matches(0)
    assert matches(119)
    assert not matches(120)
    assert not matches(-1)
    assert not matches(0, kind=Kind.OUT)
    assert not matches(0, shift_id=8)
    assert not tokens.short_code_matches(KEYRING, "１２３４５６", kind=Kind.IN, shift_id=7, at=AT)
