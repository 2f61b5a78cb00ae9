"""The rotating code: what it says, and whether it is genuine and fresh. Pure: keys and the time come in.

Twenty bytes, written in base32 (32 characters), at the end of a short address:

====================  =====  ==========================================================
version and kind      1      format 1 in the high half; 1 = in, 2 = out, 3 = spot check in the low half
shift                 4      the shift's public number
display               3      number of the display session, modulo 2^24
step                  2      whole steps since 1970, modulo 2^16 (11 days at 15 s)
step length           1      seconds; 15 unless the county chose otherwise
key                   1      number of the root key, so that keys can be changed (``checkin.scan_keys``)
tag                   8      HMAC-SHA256 over all of the above with the whole step, cut
====================  =====  ==========================================================

The key is derived per shift and day from the root key of its number, so a leaked one opens one
afternoon. Source of the layout and of step and tolerance: a simulation with realistic delays (15 s and
the previous step fail 0.2 % of honest scans).
"""

import hmac
import re
import struct
from collections.abc import Container, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from timebank.access.keys import Keyring, Signer

STEP_SECONDS = 15
# A short code is typed by hand, which takes longer than pointing a camera.
SHORT_STEP_SECONDS = 60
SHORT_DIGITS = 6
TAG_BYTES = 8
BODY_BYTES = 12
TOKEN_CHARACTERS = 32

# In use from the beginning; later ones are begun by ``timebank codes rotate``.
FIRST_KEY = 1

_VERSION = 1
_STEP_MODULUS = 1 << 16
_DISPLAY_MODULUS = 1 << 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_DAY = 86_400
# Version and kind, shift, display (upper byte, lower two), step, step length, key: twelve bytes.
_BODY = struct.Struct(">BIBHHBB")
# What the root keys are derived for, by number.
_MOST_ROOTS = 256
_ROOTS = tuple(f"scan-code:{number}" for number in range(_MOST_ROOTS))
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_AS_LETTERS = bytes(ord(_LETTERS[number % 32]) for number in range(256))
_WRITTEN = re.compile(rf"[A-Za-z2-7]{{{TOKEN_CHARACTERS}}}", re.ASCII)
# Python reads numbers of base 32 whose digits are 0 to 9 and A to V.
_AS_DIGITS = str.maketrans(
    _LETTERS + _LETTERS[:26].lower(), "0123456789ABCDEFGHIJKLMNOPQRSTUV0123456789ABCDEFGHIJKLMNOP"
)


def _spread() -> tuple[tuple[int, int, int], ...]:
    """By level: the bits that move, those that stay, and by how many places; from 32 letters together to each apart."""
    levels, letters = [], TOKEN_CHARACTERS
    while letters > 1:
        half = letters // 2
        # Each group of so many letters begins at a byte's place already, and holds five bits of each.
        lower = sum(((1 << 5 * half) - 1) << 8 * start for start in range(0, TOKEN_CHARACTERS, letters))
        levels.append((lower << 5 * half, lower, 3 * half))
        letters = half
    return tuple(levels)


_SPREAD = _spread()


class Kind(StrEnum):
    """Arriving, leaving and being seen in between have codes of their own."""

    IN = "in"
    OUT = "out"
    SPOT = "spot"


_KIND_BITS = {Kind.IN: 1, Kind.OUT: 2, Kind.SPOT: 3}
_KINDS = {bits: kind for kind, bits in _KIND_BITS.items()}


class TokenFalse(Exception):
    """Not a code of this installation."""


class Code(NamedTuple):
    """What a genuine code says.

    Attributes:
        display: number of the display session modulo 2^24.
        step: whole number of steps of ``step_seconds`` since 1970.
        fresh: shown in this step or the one before.
        age_seconds: since the code's step began; below zero for a step that has not begun.
    """

    kind: Kind
    shift_id: int
    display: int
    step: int
    step_seconds: int
    key_number: int
    fresh: bool
    age_seconds: int


def step_at(at: datetime, *, seconds: int = STEP_SECONDS) -> int:
    """The number of the time step that ``at`` lies in."""
    return _seconds_since_epoch(at) // seconds


def _seconds_since_epoch(at: datetime) -> int:
    passed = at - _EPOCH
    return passed.days * _DAY + passed.seconds


def step_begins(step: int, *, seconds: int = STEP_SECONDS) -> datetime:
    """When a step begins, in UTC."""
    return _EPOCH + timedelta(seconds=step * seconds)


def mint(
    keyring: Keyring,
    *,
    kind: Kind,
    shift_id: int,
    display: int,
    step: int,
    step_seconds: int = STEP_SECONDS,
    key_number: int = FIRST_KEY,
) -> str:
    """The 32 characters of a code."""
    body = _BODY.pack(
        _VERSION << 4 | _KIND_BITS[kind],
        shift_id,
        display >> 16 & 0xFF,
        display & 0xFFFF,
        step & _STEP_MODULUS - 1,
        step_seconds,
        key_number,
    )
    key = _day_key(keyring, shift_id, step * step_seconds // _DAY, key_number)
    return _written(body + _tag(key, body, step))


def named(token: str) -> tuple[int, int] | None:
    """The shift and the display that ``token`` names, before anything about it is proven; None when malformed."""
    try:
        raw = _decode(token)
    except TokenFalse:
        return None
    return int.from_bytes(raw[1:5]), int.from_bytes(raw[5:8])


def read(
    keyring: Keyring, token: str, *, at: datetime, accepted: Container[int] = frozenset({FIRST_KEY})
) -> Code:
    """What ``token`` says, once its tag is proven.

    Args:
        accepted: numbers of the root keys that are in use.

    A genuine code that is no longer (or not yet) fresh is returned with ``fresh`` False, so that the
    attempt can be told from a forgery.

    Raises:
        TokenFalse: malformed, of another version or key, or with a wrong tag.
    """
    raw = _decode(token)
    body = raw[:BODY_BYTES]
    head, shift_id, high, low, low_step, step_seconds, key_number = _BODY.unpack(body)
    kind = _KINDS.get(head & 0x0F)
    if head >> 4 != _VERSION or kind is None or not step_seconds or key_number not in accepted:
        raise TokenFalse
    seconds = _seconds_since_epoch(at)
    now = seconds // step_seconds
    step = _nearest(low_step, now)
    begins = step * step_seconds
    key = _day_key(keyring, shift_id, begins // _DAY, key_number)
    if not hmac.compare_digest(_tag(key, body, step), raw[BODY_BYTES:]):
        raise TokenFalse
    is_fresh = step == now or step == now - 1
    return Code(kind, shift_id, high << 16 | low, step, step_seconds, key_number, is_fresh, seconds - begins)


def short_code(
    keyring: Keyring,
    *,
    kind: Kind,
    shift_id: int,
    at: datetime,
    back: int = 0,
    key_number: int = FIRST_KEY,
) -> str:
    """The six digits under the code at ``at``, or ``back`` minutes earlier (negative: later)."""
    step = step_at(at, seconds=SHORT_STEP_SECONDS) - back
    key = _day_key(keyring, shift_id, step * SHORT_STEP_SECONDS // _DAY, key_number)
    tag = key.mac(f"short|{kind}|{step}".encode())
    return f"{int.from_bytes(tag[:8]) % 10**SHORT_DIGITS:0{SHORT_DIGITS}d}"


def short_code_matches(
    keyring: Keyring,
    digits: str,
    *,
    kind: Kind,
    shift_id: int,
    at: datetime,
    accepted: Iterable[int] = (FIRST_KEY,),
) -> bool:
    """Whether ``digits`` are shown now, or were a minute ago; compares in constant time."""
    shown = [
        short_code(keyring, kind=kind, shift_id=shift_id, at=at, back=back, key_number=number)
        for back in (0, 1)
        for number in accepted
    ]
    matches = [hmac.compare_digest(code.encode(), digits.encode()) for code in shown]
    return any(matches)


def display_number(display_session_id: int) -> int:
    """The display session's number as far as the code holds it."""
    return display_session_id % _DISPLAY_MODULUS


def _tag(key: Signer, body: bytes, step: int) -> bytes:
    # The whole step is signed, of which the code carries the lower half.
    return key.mac(body + step.to_bytes(8))[:TAG_BYTES]


def _day_key(keyring: Keyring, shift_id: int, day: int, key_number: int) -> Signer:
    return _derived(keyring.key(_ROOTS[key_number]), shift_id, day)


@lru_cache(maxsize=4096)
def _derived(root: bytes, shift_id: int, day: int) -> Signer:
    """The key of one shift and one day (counted from 1970), derived once for a hall full of phones."""
    return Signer(_rooted(root).mac(f"{shift_id}|{_written_day(day)}".encode()))


@lru_cache(maxsize=_MOST_ROOTS)
def _rooted(root: bytes) -> Signer:
    return Signer(root)


@lru_cache(maxsize=64)
def _written_day(day: int) -> str:
    return date.fromordinal(_EPOCH_DAY + day).isoformat()


def _nearest(low_half: int, now: int) -> int:
    """The step with this lower half that is nearest to ``now``."""
    distance = (low_half - now) % _STEP_MODULUS
    return now + (distance if distance < _STEP_MODULUS // 2 else distance - _STEP_MODULUS)


def _written(raw: bytes) -> str:
    """The 20 bytes in base32 (RFC 4648); the standard library's takes six times as long.

    Thirty-two letters of five bits are pushed apart to bytes, halves first, all of one level at once.
    """
    number = int.from_bytes(raw)
    for upper, lower, places in _SPREAD:
        number = (number & upper) << places | number & lower
    return number.to_bytes(TOKEN_CHARACTERS).translate(_AS_LETTERS).decode("ascii")


def _decode(token: str) -> bytes:
    # Some apps write addresses in small letters.
    if not _WRITTEN.fullmatch(token):
        raise TokenFalse
    return int(token.translate(_AS_DIGITS), 32).to_bytes(BODY_BYTES + TAG_BYTES)
