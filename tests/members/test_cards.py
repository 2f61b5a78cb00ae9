"""Paper cards: digits that identify, and stop doing so when the card is replaced."""

import pytest

from tests import pictures
from tests.cast import SECRET_KEY, Cast, row
from timebank.access.keys import Keyring
from timebank.db import Database
from timebank.members import service
from timebank.members.cards import card_code, read_card, verify_card
from timebank.members.errors import CardRevoked, CodeInvalid
from timebank.members.models import Member
from timebank.web import codes

KEYRING = Keyring(SECRET_KEY)


@pytest.fixture
def member() -> Member:
    return Member(id=1, number="10000017", name="王桂兰", card_secret="c" * 32, card_generation=1)


def test_a_card_holds_only_digits_and_fits_version_one_at_level_q(member: Member) -> None:
    digits = card_code(KEYRING, member)
    assert digits.isdecimal()
    assert digits.isascii()
    assert len(digits) == 25
    assert codes.digits_version(digits, level="Q") == 1


def test_a_card_is_believed_for_its_member(member: Member) -> None:
    card = read_card(card_code(KEYRING, member))
    verify_card(KEYRING, member, card)
    assert (card.number, int(card.generation)) == (member.number, member.card_generation)


@pytest.mark.parametrize("place", range(2, 25))
def test_one_changed_digit_makes_the_card_false(member: Member, place: int) -> None:
    digits = card_code(KEYRING, member)
    other = digits[:place] + str((int(digits[place]) + 1) % 10) + digits[place + 1 :]
    with pytest.raises(CodeInvalid):
        verify_card(KEYRING, member, read_card(other))


def test_a_card_of_another_installation_is_false(member: Member) -> None:
    foreign = Keyring("another secret of at least thirty-two characters")
    with pytest.raises(CodeInvalid):
        verify_card(KEYRING, member, read_card(card_code(foreign, member)))


@pytest.mark.parametrize(
    "written", ["", "89", "8" * 25, "89" + "1" * 22, "89" + "1" * 24, "89" + "x" * 23, "89" + "１" * 23]
)
def test_what_is_no_card_is_refused(written: str) -> None:
    with pytest.raises(CodeInvalid):
        read_card(written)


def test_a_lost_card_is_told_from_a_false_one(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        holder = row(session, cast.volunteer)
        lost = read_card(card_code(KEYRING, holder))
        service.replace_card(session, member=holder)
        with pytest.raises(CardRevoked):
            verify_card(KEYRING, holder, lost)
        verify_card(KEYRING, holder, read_card(card_code(KEYRING, holder)))


# 25 mm at 300 dpi are 295 pixels for 29 modules: ten pixels to the module; a phone's camera sees about six.
@pytest.mark.parametrize("module", [6, 10])
@pytest.mark.parametrize("degrees", [0, 15, -15, 90])
def test_a_worn_card_reads_back(member: Member, module: int, degrees: int) -> None:
    digits = card_code(KEYRING, member)
    drawn = pictures.picture(codes.digits_qr(digits), module=module, margin=20)
    seen = pictures.blurred(pictures.turned(pictures.worn(drawn, 0.06), degrees), 1.0)
    assert pictures.read(seen) == digits


def test_a_card_with_one_blot_reads_back_nearly_always(member: Member) -> None:
    digits = card_code(KEYRING, member)
    drawn = pictures.picture(codes.digits_qr(digits))
    spoiled = [pictures.turned(pictures.blotted(drawn, 0.06, seed), 15) for seed in range(40)]
    # Level Q mends a quarter of the words; a blot on a timing line or on the format can still be fatal.
    assert sum(pictures.read(pictures.blurred(image, 1.0)) == digits for image in spoiled) >= 32
