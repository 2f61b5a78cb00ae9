"""Codes on a member's phone, and finding out who stands there."""

import threading
from datetime import datetime, timedelta

import pytest

from tests import pictures
from tests.cast import NOON, SECRET_KEY, Cast, row
from timebank.access.keys import Keyring
from timebank.db import Database
from timebank.errors import Refusal
from timebank.members import codes, service
from timebank.members.cards import card_code
from timebank.members.errors import CardRevoked, CodeExpired, CodeInvalid, CodeUsed, MemberSuspended
from timebank.members.models import PersonalCode
from timebank.web import codes as drawing

KEYRING = Keyring(SECRET_KEY)
SHOP = "shop:1"


def issued(database: Database, cast: Cast, at: datetime = NOON) -> str:
    with database.transaction() as session:
        return codes.issue(session, member_id=cast.volunteer.member_id, at=at)


def who(database: Database, written: str, *, at: datetime = NOON, by: str = SHOP) -> codes.Identified:
    with database.transaction() as session:
        return codes.identify(session, KEYRING, written, by=by, at=at)


def test_a_code_is_eighteen_digits_with_a_prefix_of_our_own(database: Database, cast: Cast) -> None:
    code = issued(database, cast)
    assert len(code) == 18
    assert code.isdecimal()
    assert code.startswith("88")


def test_only_the_digest_of_a_code_is_kept(database: Database, cast: Cast) -> None:
    code = issued(database, cast)
    with database.reading() as session:
        kept = session.get_one(PersonalCode, 1)
        assert code not in kept.code_digest


def test_a_code_names_its_member_once(database: Database, cast: Cast) -> None:
    code = issued(database, cast)
    found = who(database, code)
    assert found.member.id == cast.volunteer.member_id
    assert found.how == "code"
    with pytest.raises(CodeUsed):
        who(database, code)


def test_what_a_code_was_shown_to_is_remembered(database: Database, cast: Cast) -> None:
    code = issued(database, cast)
    who(database, code, by="shift:9", at=NOON + timedelta(seconds=5))
    with database.reading() as session:
        kept = session.get_one(PersonalCode, 1)
        assert kept.consumed_by == "shift:9"
        assert kept.consumed_at == NOON + timedelta(seconds=5)


@pytest.mark.parametrize(("seconds", "alive"), [(0, True), (59, True), (60, False), (3600, False)])
def test_a_code_lives_sixty_seconds(database: Database, cast: Cast, seconds: int, alive: bool) -> None:
    code = issued(database, cast)
    if alive:
        assert who(database, code, at=NOON + timedelta(seconds=seconds)).how == "code"
    else:
        with pytest.raises(CodeExpired):
            who(database, code, at=NOON + timedelta(seconds=seconds))


def test_a_code_nobody_issued_is_refused(database: Database, cast: Cast) -> None:
    with pytest.raises(CodeInvalid):
        who(database, "88" + "0" * 16)


def test_a_suspended_member_is_refused_and_the_code_is_spent_all_the_same(
    database: Database, cast: Cast
) -> None:
    code = issued(database, cast)
    with database.transaction() as session:
        service.suspend(session, member=row(session, cast.volunteer), at=NOON)
    with database.transaction() as session:
        answer = codes.try_identify(session, KEYRING, code, by=SHOP, at=NOON)
    assert isinstance(answer, MemberSuspended)
    with database.transaction() as session:
        service.reinstate(session, member=row(session, cast.volunteer))
    with pytest.raises(CodeUsed):
        who(database, code)


def test_two_scanners_at_the_same_instant_get_one_member(database: Database, cast: Cast) -> None:
    code = issued(database, cast)
    start = threading.Barrier(4)
    answers: list[object] = []

    def scan(shop: int) -> None:
        start.wait()
        with database.transaction() as session:
            answer = codes.try_identify(session, KEYRING, code, by=f"shop:{shop}", at=NOON)
        answers.append(answer.code if isinstance(answer, Refusal) else answer.how)

    threads = [threading.Thread(target=scan, args=(shop,)) for shop in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, answers)) == ["code", "code_used", "code_used", "code_used"]


def test_a_card_and_a_number_are_recognised_too(database: Database, cast: Cast) -> None:
    with database.reading() as session:
        card = card_code(KEYRING, row(session, cast.volunteer))
    assert who(database, card).how == "card"
    assert who(database, cast.volunteer.number).how == "number"
    assert who(database, cast.volunteer.number).member.id == cast.volunteer.member_id


def test_full_width_digits_and_blanks_are_read_as_a_person_means_them(database: Database, cast: Cast) -> None:
    number = cast.volunteer.number
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in number)
    assert who(database, f" {wide[:4]}　{wide[4:]} ").how == "number"
    assert who(database, f"{number[:4]}-{number[4:]}\n").how == "number"


def test_a_mistyped_number_is_refused(database: Database, cast: Cast) -> None:
    number = cast.volunteer.number
    with pytest.raises(CodeInvalid):
        who(database, number[:-1] + str((int(number[-1]) + 1) % 10))


@pytest.mark.parametrize(
    "written", ["", "王桂兰", "http://x/s/ABC", "6901234567892", "28" + "0" * 16, "²" * 8]
)
def test_anything_else_is_refused(database: Database, cast: Cast, written: str) -> None:
    with pytest.raises(CodeInvalid):
        who(database, written)


def test_a_replaced_card_says_so(database: Database, cast: Cast) -> None:
    with database.transaction() as session:
        holder = row(session, cast.volunteer)
        lost = card_code(KEYRING, holder)
        service.replace_card(session, member=holder)
    with pytest.raises(CardRevoked):
        who(database, lost)


def test_the_code_page_s_pictures_read_back() -> None:
    code = "880123456789012345"
    assert pictures.read(pictures.picture(drawing.digits_qr(code, level="M"))) == code
    bars = pictures.picture(drawing.code128(code), module=3, margin=30)
    assert pictures.read(bars) == code
    assert pictures.read(pictures.blurred(pictures.turned(bars, 8), 0.8)) == code
