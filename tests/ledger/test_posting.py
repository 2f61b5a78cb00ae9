"""One door: posting, batches, idempotency, floors."""

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ledger import audit
from ledger.accounts import open_accounts
from ledger.balances import available, balance, balances, statement
from ledger.errors import (
    AccountClosed,
    AccountDiffers,
    AlreadyReversed,
    AmountInvalid,
    CannotReverseReversal,
    CeilingExceeded,
    FactsInvalid,
    InsufficientBalance,
    KeyReused,
    LedgerError,
    ReversalDiffers,
    TextInvalid,
    TimeInvalid,
    TooFewEntries,
    Unbalanced,
    UnknownAccount,
    UnknownTransaction,
)
from ledger.journal import AccountSpec, Draft, Leg, post, post_batch, reverse
from ledger.models import Entry, Transaction
from tests.ledger.cast import (
    EXCHANGE_POINTS,
    EXCHANGE_TIME,
    ISSUED,
    LI,
    NOON,
    REDEEMED,
    SERVED,
    STRANGER,
    award,
    move,
    points_of,
    set_to,
    spend,
    time_of,
)

LATER = NOON + dt.timedelta(days=1)


def rows(session: Session) -> tuple[int, int]:
    """How many transactions and entries are written."""
    counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Transaction, Entry)]
    return counts[0], counts[1]


def undo(session: Session, number: int, key: str = "undo") -> int:
    posting = reverse(
        session, number, key=key, at=LATER, recorded_at=LATER, actor="coordinator", reason="mistake"
    )
    return posting.id


def test_what_one_account_gains_another_gives(session: Session) -> None:
    posting = post(session, award("a", LI, "25.50"))
    assert not posting.replayed
    assert balance(session, LI.code) == Decimal("25.50")
    assert balance(session, ISSUED.code) == Decimal("-25.50")
    assert balances(session, [LI.code, "nobody", ISSUED.code]) == {
        LI.code: Decimal("25.50"),
        "nobody": Decimal(0),
        ISSUED.code: Decimal("-25.50"),
    }


def test_the_same_key_gives_the_first_result_even_later_and_by_another_hand(session: Session) -> None:
    first = post(session, award("a", LI, 25))
    second = post(session, award("a", LI, 25, at=LATER, actor="another coordinator"))
    assert (second.id, second.replayed, second.effective_at) == (first.id, True, NOON)
    stated = post(session, award("a", LI, 25, recorded_at=LATER))
    assert (stated.id, stated.replayed) == (first.id, True)
    assert balance(session, LI.code) == 25


@pytest.mark.parametrize(
    "other",
    [
        award("a", LI, 26),
        award("a", STRANGER, 25),
        award("a", LI, 25, kind="gift"),
        award("a", LI, 25, subject="test:2"),
        award("a", LI, 25, facts={"rule": 3}),
        award("a", LI, 25, at=NOON - dt.timedelta(days=1), recorded_at=LATER),
    ],
    ids=["amount", "account", "kind", "subject", "facts", "stated time"],
)
def test_the_same_key_with_other_content_is_a_conflict(session: Session, other: Draft) -> None:
    post(session, award("a", LI, 25))
    with pytest.raises(KeyReused) as refusal:
        post(session, other)
    assert refusal.value.facts["key"] == "a"
    assert rows(session) == (1, 2)


def test_nobody_spends_below_the_floor_and_nothing_is_written(session: Session) -> None:
    post(session, award("a", LI, 10))
    with pytest.raises(InsufficientBalance) as refusal:
        post(session, spend("s", LI, "10.01"))
    facts = refusal.value.facts
    assert (facts["account"], facts["available"], facts["wanted"]) == (LI.code, Decimal(10), Decimal("10.01"))
    assert str(refusal.value) == "Not enough on the account: 10.00 available, 10.01 wanted."
    assert rows(session) == (1, 2)
    post(session, spend("s", LI, 10))
    assert balance(session, LI.code) == 0


def test_a_time_account_may_run_below_zero_to_its_limit_and_up_to_its_ceiling(session: Session) -> None:
    mutual = AccountSpec("member:li:time", time_of("li").asset, floor=Decimal(-120), ceiling=Decimal(60))
    other = time_of("other", floor=None)
    post(session, move("a", mutual, other, 120))
    with pytest.raises(InsufficientBalance):
        post(session, move("b", mutual, other, 1))
    with pytest.raises(CeilingExceeded) as refusal:
        post(session, move("c", other, mutual, 181))
    assert refusal.value.facts["room"] == 180
    post(session, move("c", other, mutual, 180))
    assert balance(session, mutual.code) == 60


def test_a_batch_is_posted_whole_and_each_draft_sees_the_one_before(session: Session) -> None:
    drafts = [award("a", LI, 10), spend("s", LI, 4), move("g", LI, STRANGER, 6)]
    postings = post_batch(session, drafts)
    assert [posting.key for posting in postings] == ["a", "s", "g"]
    assert [line.balance for line in statement(session, LI.code)] == [0, 6, 10]
    assert balance(session, STRANGER.code) == 6


def test_a_batch_with_one_refused_writes_nothing_and_names_it(session: Session) -> None:
    drafts = [award("a", LI, 10), spend("s", LI, 4), spend("t", LI, 7), award("b", LI, 1)]
    with pytest.raises(InsufficientBalance) as refusal:
        post_batch(session, drafts)
    assert (refusal.value.facts["key"], refusal.value.facts["index"]) == ("t", 2)
    assert rows(session) == (0, 0)
    assert balance(session, LI.code) == 0


def test_a_batch_posted_again_is_replayed_and_its_new_drafts_are_written(session: Session) -> None:
    first = post_batch(session, [award(f"a{n}", points_of(f"m{n % 7}"), n + 1) for n in range(100)])
    again = post_batch(session, [award(f"a{n}", points_of(f"m{n % 7}"), n + 1) for n in range(101)])
    assert [posting.id for posting in again[:100]] == [posting.id for posting in first]
    assert [posting.replayed for posting in again] == [True] * 100 + [False]


def test_the_same_key_twice_in_one_batch_counts_once(session: Session) -> None:
    first, second = post_batch(session, [award("a", LI, 10), award("a", LI, 10)])
    assert (first.id, first.replayed, second.replayed) == (second.id, False, True)
    with pytest.raises(KeyReused):
        post_batch(session, [award("b", LI, 10), award("b", LI, 11)])
    assert balance(session, LI.code) == 10


def test_an_empty_batch_is_nothing(session: Session) -> None:
    assert post_batch(session, []) == []


def test_a_conversion_sums_to_zero_in_each_asset_on_its_own(session: Session) -> None:
    post(session, move("h", SERVED, time_of("li"), 150))
    legs = [Leg(time_of("li"), Decimal(-150)), Leg(EXCHANGE_TIME, Decimal(150))]
    legs += [Leg(EXCHANGE_POINTS, Decimal(-25)), Leg(LI, Decimal(25))]
    post(session, Draft("c", "convert", legs, NOON, NOON, "li", "member:li", {"rule": 3}))
    assert (balance(session, LI.code), balance(session, "member:li:time")) == (25, 0)
    crossed = [Leg(EXCHANGE_TIME, Decimal(-25)), Leg(LI, Decimal(25))]
    with pytest.raises(Unbalanced):
        post(session, Draft("d", "convert", crossed, NOON, NOON, "li", "member:li"))


def test_entries_that_do_not_sum_to_zero_are_refused(session: Session) -> None:
    legs = [Leg(ISSUED, Decimal(-10)), Leg(LI, Decimal("9.99"))]
    with pytest.raises(Unbalanced) as refusal:
        post(session, Draft("a", "award", legs, NOON, NOON, "x", "y"))
    assert refusal.value.facts["sum"] == Decimal("-0.01")
    assert rows(session) == (0, 0)


def test_one_entry_alone_is_no_transaction(session: Session) -> None:
    with pytest.raises(TooFewEntries):
        post(session, Draft("a", "award", [Leg(LI, Decimal(1))], NOON, NOON, "x", "y"))


@pytest.mark.parametrize(
    "amount", [Decimal(0), Decimal("-0"), Decimal("NaN"), Decimal("1E+3"), Decimal("0.001")]
)
def test_an_amount_that_cannot_be_booked_is_refused_before_anything_is_written(
    session: Session, amount: Decimal
) -> None:
    legs = [Leg(ISSUED, -amount), Leg(LI, amount)]
    with pytest.raises(AmountInvalid):
        post(session, Draft("a", "award", legs, NOON, NOON, "x", "y"))
    assert rows(session) == (0, 0)


def test_a_float_is_a_type_error(session: Session) -> None:
    legs = [Leg(ISSUED, -0.3), Leg(LI, 0.1 + 0.2)]
    with pytest.raises(TypeError):
        post(session, Draft("a", "award", legs, NOON, NOON, "x", "y"))


def test_words_times_and_facts_that_cannot_be_sealed_are_refused(session: Session) -> None:
    with pytest.raises(TextInvalid):
        post(session, award("", LI, 1))
    with pytest.raises(TextInvalid):
        post(session, award("a\nb", LI, 1))
    with pytest.raises(TextInvalid):
        post(session, award("a" * 201, LI, 1))
    with pytest.raises(TimeInvalid):
        post(session, award("a", LI, 1, at=NOON.replace(tzinfo=None)))
    with pytest.raises(FactsInvalid):
        post(session, award("a", LI, 1, facts={"rate": 0.5}))
    with pytest.raises(FactsInvalid):
        post(session, award("a", LI, 1, facts={"name": "\ud800"}))
    with pytest.raises(FactsInvalid):
        post(session, award("a", LI, 1, facts={"name": "\0"}))
    assert rows(session) == (0, 0)


def test_a_code_alone_must_name_an_account_that_exists(session: Session) -> None:
    with pytest.raises(UnknownAccount) as refusal:
        post(session, move("a", ISSUED, "member:nobody:points", 1))
    assert refusal.value.facts["account"] == "member:nobody:points"
    post(session, award("a", LI, 5))
    post(session, move("b", LI.code, STRANGER, 2))
    assert balance(session, LI.code) == 3


def test_an_account_keeps_its_asset(session: Session) -> None:
    open_accounts(session, [LI, LI], at=NOON)
    open_accounts(session, [LI], at=LATER)
    impostor = AccountSpec(LI.code, time_of("li").asset, LI.floor)
    with pytest.raises(AccountDiffers):
        open_accounts(session, [impostor], at=NOON)
    with pytest.raises(AccountDiffers):
        post(session, move("a", SERVED, impostor, 1))


def test_a_closed_account_takes_no_posting(session: Session) -> None:
    open_accounts(session, [LI], at=NOON)
    set_to(session, LI.code, "closed")
    with pytest.raises(AccountClosed):
        post(session, award("a", LI, 1))
    set_to(session, LI.code, "open")
    post(session, award("a", LI, 1))


def test_a_reversal_undoes_exactly_and_is_shown_on_the_statement(session: Session) -> None:
    post(session, award("a", LI, 10))
    spent = post(session, spend("s", LI, 4))
    undone = undo(session, spent.id)
    assert balance(session, LI.code) == 10
    newest, middle, _ = statement(session, LI.code)
    assert (newest.reverses, newest.facts, newest.kind) == (spent.id, {"reason": "mistake"}, "reversal")
    assert middle.reversed_by == undone
    assert undo(session, spent.id) == undone


def test_a_transaction_is_reversed_once_and_a_reversal_never(session: Session) -> None:
    given = post(session, award("a", LI, 10))
    undone = undo(session, given.id)
    with pytest.raises(AlreadyReversed) as refusal:
        undo(session, given.id, "again")
    assert refusal.value.facts["reversed_by"] == undone
    with pytest.raises(CannotReverseReversal):
        undo(session, undone, "back")
    with pytest.raises(UnknownTransaction):
        undo(session, 999, "nothing")


def test_what_was_spent_already_cannot_be_taken_back(session: Session) -> None:
    given = post(session, award("a", LI, 10))
    post(session, spend("s", LI, 4))
    with pytest.raises(InsufficientBalance):
        undo(session, given.id)


def test_a_draft_that_claims_to_reverse_must_be_the_mirror(session: Session) -> None:
    given = post(session, award("a", LI, 10))
    with pytest.raises(ReversalDiffers):
        post(session, move("r", LI, ISSUED, 9, reverses=given.id))
    with pytest.raises(ReversalDiffers):
        post(session, move("r", STRANGER, ISSUED, 10, reverses=given.id))


def test_a_statement_is_paged_by_its_last_line(session: Session) -> None:
    post_batch(session, [award(f"a{n}", LI, 1, subject=f"record:{n}") for n in range(12)])
    for code, sign in ((LI.code, 1), (ISSUED.code, -1)):
        pages, before = [], None
        while page := statement(session, code, before=before, limit=5):
            pages.append(page)
            before = page[-1].cursor
        assert [len(page) for page in pages] == [5, 5, 2]
        read = [line for page in pages for line in page]
        assert [line.balance for line in read] == [sign * n for n in range(12, 0, -1)]
        assert [line.subject for line in read] == [f"record:{n}" for n in range(11, -1, -1)]
    with pytest.raises(TextInvalid):
        statement(session, LI.code, before="1; drop table")
    assert statement(session, "nobody") == []


def test_the_balance_as_of_a_date_goes_by_the_effective_time(session: Session) -> None:
    post(session, award("a", LI, 10))
    post(session, award("late", LI, 5, at=NOON - dt.timedelta(days=9), recorded_at=LATER))
    assert balance(session, LI.code, at=NOON - dt.timedelta(days=10)) == 0
    assert balance(session, LI.code, at=NOON - dt.timedelta(days=9)) == 5
    assert balance(session, LI.code, at=NOON) == 15
    assert balance(session, "nobody", at=NOON) == 0
    assert available(session, LI.code) == 15
    assert available(session, "nobody") == 0


def test_hundreds_of_accounts_are_opened_on_the_fly(session: Session) -> None:
    post_batch(session, [award(f"a{n}", points_of(f"m{n}"), 1) for n in range(700)])
    assert set(balances(session, [points_of(f"m{n}").code for n in range(700)]).values()) == {Decimal(1)}


def test_a_connection_will_do_in_place_of_a_session(session: Session) -> None:
    connection = session.connection()
    post(connection, award("a", LI, 3))
    assert balance(connection, LI.code) == 3


def test_sound_books_have_no_breaks(session: Session) -> None:
    post_batch(session, [award("a", LI, 10), spend("s", LI, 4), move("h", SERVED, time_of("li"), 90)])
    undo(session, post(session, spend("t", LI, 1, facts={"说明": "肥皂"})).id)
    for check in (
        audit.entries_sum_to_zero,
        audit.transactions_are_complete,
        audit.balances_equal_entries,
        audit.floors_hold,
        audit.digests_recompute,
    ):
        assert check(session) == []


def test_every_refusal_has_its_own_code_and_a_sentence_that_its_facts_fill() -> None:
    refusals = [kind for kind in LedgerError.__subclasses__() if kind.__module__ == "ledger.errors"]
    codes = [refusal.code for refusal in refusals]
    assert len(set(codes)) == len(codes)
    assert str(TextInvalid(field="key", reason="it is empty")) == "The key cannot be used: it is empty."
    assert "amount_invalid" in str(AmountInvalid(amount=1))


def test_drafts_are_plain_values() -> None:
    draft = award("a", LI, 1)
    assert dataclasses.replace(draft, key="b").key == "b"
    assert session_free(draft)


def session_free(draft: Draft) -> bool:
    """A draft carries values only."""
    return draft.legs[0].code == ISSUED.code and draft.legs[1].account is LI


def test_a_rolled_back_posting_never_happened(session: Session) -> None:
    post(session, award("a", LI, 10))
    session.commit()
    post(session, spend("s", LI, 4))
    session.rollback()
    assert balance(session, LI.code) == 10
    assert not post(session, spend("s", LI, 4)).replayed
    assert session.execute(text("SELECT count(*) FROM ledger_transactions")).scalar() == 2
    assert balance(session, REDEEMED.code) == 4
