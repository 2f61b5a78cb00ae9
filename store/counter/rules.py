"""Decisions at the counter over plain values: what was scanned, and how long a face is remembered."""

import json
from datetime import datetime, timedelta
from decimal import Decimal
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
IDLE_FOR = timedelta(minutes=2)
# Somebody else may close a shift that was forgotten, not one that is going on.
FORGOTTEN_AFTER = timedelta(hours=12)
ASKED_FOR = timedelta(minutes=5)
MOST_COUNTED_PRODUCTS = 12
SIGNATURE_WIDTH = 600
LEAST_SIGNATURE_NUMBERS = 16
MOST_SIGNATURE_CHARACTERS = 60_000
PICKUP_PREFIX, PICKUP_DIGITS = "87", 15

Written = Literal["member", "pickup", "barcode", "words"]
Need = Literal["none", "any", "strong"]


def kind_of(written: str) -> Written:
    """What was scanned or typed: a member's code or card, a pick-up code, a barcode, or words to search for."""
    digits = plain_digits(written)
    if not (digits.isascii() and digits.isdecimal()):
        return "words"
    if len(digits) == CODE_DIGITS and digits.startswith(CODE_PREFIX):
        return "member"
    if looks_like_card(digits):
        return "member"
    if len(digits) == PICKUP_DIGITS and digits.startswith(PICKUP_PREFIX):
        return "pickup"
    return "barcode" if len(digits) >= 8 else "words"


def kind_of_for_member(written: str) -> Written:
    """The same in the field for members, where eight digits are a volunteer number rather than a short barcode."""
    kind = kind_of(written)
    if kind == "pickup":
        return kind
    if kind == "barcode" and is_barcode(plain_digits(written)) and len(plain_digits(written)) > NUMBER_DIGITS:
        return "barcode"
    return "member"


def still_identified(identified_at: datetime | None, at: datetime) -> bool:
    """Whether the member who was identified may be taken to stand there still."""
    return identified_at is not None and at - identified_at <= IDENTIFIED_FOR


def changed_quantity(now: int, step: int) -> int:
    """The quantity after ``step`` more or fewer: from 0, which takes the line away, up to what a line holds."""
    return min(max(now + step, 0), MOST_UNITS_PER_LINE)


def is_idle(active_at: datetime, at: datetime) -> bool:
    """Whether nobody has done anything at the counter for so long that it locks."""
    return at - active_at > IDLE_FOR


def idle_left(active_at: datetime, at: datetime) -> int:
    """Whole seconds until the counter locks itself when nobody does anything; never below zero."""
    return max(int((IDLE_FOR - (at - active_at)).total_seconds()), 0)


def is_forgotten(active_at: datetime, at: datetime) -> bool:
    """Whether nobody has done anything in a shift for so long that somebody else may close it."""
    return at - active_at >= FORGOTTEN_AFTER


def is_long_away(last_redeemed_at: datetime | None, at: datetime, after_days: int) -> bool:
    """Whether the member comes back after more than ``after_days`` quiet days (0 never); who comes first was not away."""
    if last_redeemed_at is None or not after_days:
        return False
    return at - last_redeemed_at > timedelta(days=after_days)


def agreement_needed(
    cost: Decimal, *, from_points: int, pin_from_points: int, long_away: bool = False
) -> Need:
    """What a member's agreement to ``cost`` points takes: nothing of its own, anything, or PIN or phone.

    Args:
        from_points, pin_from_points: the county's settings; 0 switches each off.
        long_away: the member comes back after a long time, so that any total takes PIN or phone.
    """
    if long_away or (pin_from_points and cost >= pin_from_points):
        return "strong"
    return "any" if from_points and cost >= from_points else "none"


def agreement_suffices(agreed_by: str, need: Need) -> bool:
    """Whether what was shown, tapped, entered or signed is what ``need`` asks for."""
    if need == "none":
        return True
    return agreed_by in ("phone", "pin") or (need == "any" and agreed_by == "signature")


def strokes(written: str) -> list[list[int]] | None:
    """The strokes of a finger as lists of whole numbers x, y, x, y …, or None when it is no signature.

    Kept on a field of 600 by 200. A dot is no signature; neither is a page full of ink.
    """
    if len(written) > MOST_SIGNATURE_CHARACTERS:
        return None
    try:
        found = json.loads(written)
    except ValueError:
        return None
    if not isinstance(found, list) or not found:
        return None
    for stroke in found:
        if not isinstance(stroke, list) or len(stroke) % 2 or not all(_on_field(one) for one in stroke):
            return None
    return found if sum(len(stroke) for stroke in found) >= LEAST_SIGNATURE_NUMBERS else None


def _on_field(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= SIGNATURE_WIDTH
