"""Paper cards: digits that say who somebody is. A card identifies; it does not authenticate.

Digits only, because a USB scanner under a Chinese input method garbles letters, and few enough for a
QR code of version 1 at level Q (27 digits), which reads back from 25 mm of scratched plastic.

``89`` · volunteer number (8) · generation (3) · tag (12)
"""

from dataclasses import dataclass
from hmac import compare_digest

from timebank.access.keys import Keyring
from timebank.members.errors import CardRevoked, CodeInvalid
from timebank.members.models import Member
from timebank.members.rules import NUMBER_DIGITS

# Free of the prefixes of payment apps (10–15, 25–30, 62) and different from a phone code's 88.
CARD_PREFIX = "89"
GENERATION_DIGITS = 3
TAG_DIGITS = 12
CARD_DIGITS = len(CARD_PREFIX) + NUMBER_DIGITS + GENERATION_DIGITS + TAG_DIGITS

_PURPOSE = "member-card"


@dataclass(frozen=True)
class CardWords:
    """What is written on a card, not yet believed.

    Attributes:
        number: the volunteer number.
        generation: the last three digits of the card's generation.
        tag: twelve digits that only this installation could have written.
    """

    number: str
    generation: str
    tag: str


def card_code(keyring: Keyring, member: Member) -> str:
    """The digits on the member's present card, 25 of them."""
    generation = _generation_digits(member.card_generation)
    return f"{CARD_PREFIX}{member.number}{generation}{_tag(keyring, member, generation)}"


def looks_like_card(digits: str) -> bool:
    """Whether ``digits`` has a card's length and prefix."""
    return len(digits) == CARD_DIGITS and digits.startswith(CARD_PREFIX)


def read_card(digits: str) -> CardWords:
    """The words of a card.

    Raises:
        CodeInvalid: not a card's digits.
    """
    if not (digits.isascii() and digits.isdecimal() and looks_like_card(digits)):
        raise CodeInvalid
    body = digits[len(CARD_PREFIX) :]
    after_number = NUMBER_DIGITS + GENERATION_DIGITS
    return CardWords(body[:NUMBER_DIGITS], body[NUMBER_DIGITS:after_number], body[after_number:])


def verify_card(keyring: Keyring, member: Member, card: CardWords) -> None:
    """Believe the card of ``member``, or say why not.

    Raises:
        CodeInvalid: not written by this installation for this member.
        CardRevoked: genuine, but a newer card was issued.
    """
    expected = _tag(keyring, member, card.generation)
    if card.number != member.number or not compare_digest(expected, card.tag):
        raise CodeInvalid
    if card.generation != _generation_digits(member.card_generation):
        raise CardRevoked


def _generation_digits(generation: int) -> str:
    return f"{generation % 10**GENERATION_DIGITS:0{GENERATION_DIGITS}d}"


def _tag(keyring: Keyring, member: Member, generation: str) -> str:
    words = f"{member.number}|{generation}|{member.card_secret}"
    number = int.from_bytes(keyring.mac(_PURPOSE, words.encode())[:8])
    return f"{number % 10**TAG_DIGITS:0{TAG_DIGITS}d}"
