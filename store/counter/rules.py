"""Decisions at the counter over plain values: what was scanned, and how long a face is remembered."""

from datetime import datetime, timedelta
from typing import Literal

from store.catalogue.rules import is_barcode, plain_digits
from timebank.members.cards import looks_like_card
from timebank.members.codes import CODE_DIGITS, CODE_PREFIX
from timebank.members.rules import NUMBER_DIGITS

MOST_UNITS_PER_LINE = 999
MOST_SCANS_AT_ONCE = 200
# Long enough to fill a basket with a member who is hard of hearing, too short to wait until she has left.
IDENTIFIED_FOR = timedelta(minutes=15)
RESUMED_FOR = timedelta(hours=12)

Written = Literal["member", "barcode", "words"]


def kind_of(written: str) -> Written:
    """What came from the scanner or the keyboard: a member's code or card, a barcode, or words to search for."""
    digits = plain_digits(written)
    if not (digits.isascii() and digits.isdecimal()):
        return "words"
    if len(digits) == CODE_DIGITS and digits.startswith(CODE_PREFIX):
        return "member"
    if looks_like_card(digits):
        return "member"
    return "barcode" if len(digits) >= 8 else "words"


def kind_of_for_member(written: str) -> Written:
    """The same in the field for members, where eight digits are a volunteer number rather than a short barcode."""
    kind = kind_of(written)
    if kind == "barcode" and is_barcode(plain_digits(written)) and len(plain_digits(written)) > NUMBER_DIGITS:
        return "barcode"
    return "member"


def still_identified(identified_at: datetime | None, at: datetime) -> bool:
    """Whether the member who was identified may be taken to stand there still."""
    return identified_at is not None and at - identified_at <= IDENTIFIED_FOR


def changed_quantity(now: int, step: int) -> int:
    """The quantity after ``step`` more or fewer: from 0, which takes the line away, up to what a line holds."""
    return min(max(now + step, 0), MOST_UNITS_PER_LINE)
