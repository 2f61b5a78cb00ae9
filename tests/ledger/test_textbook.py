"""Bookkeeping as the textbooks teach it, posted through the ledger.

Sources: Luca Pacioli, Summa de arithmetica (1494), tractatus XI "De computis et scripturis" (every entry has a
debit and a credit; the trial balance of the closing ledger proves the books); OpenStax, Principles of Accounting,
Volume 1 (2019), chapters 3-5 (opening, adjusting, correcting and closing entries; the example of Printing Plus).
A balance above zero is a credit, one below zero a debit.
"""

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger.amounts import Asset
from ledger.balances import balance, statement
from ledger.errors import Unbalanced
from ledger.journal import AccountSpec, Draft, Leg, correct, post, post_batch
from ledger.periods import close_period
from ledger.reports import totals, trial_balance

DOLLARS = Asset("USD", 2)
JANUARY = dt.datetime(2019, 1, 1, tzinfo=dt.UTC)
FEBRUARY = dt.datetime(2019, 2, 1, tzinfo=dt.UTC)


def account(name: str) -> AccountSpec:
    return AccountSpec(f"printing-plus:{name}", DOLLARS)


def entry(key: str, day: int, debit: str, credit: str, amount: int) -> Draft:
    """Debit one account, credit another, as a journal shows it."""
    legs = [Leg(account(debit), Decimal(-amount)), Leg(account(credit), Decimal(amount))]
    at = JANUARY + dt.timedelta(days=day - 1)
    return Draft(key, "entry", legs, at, at, "bookkeeper", "printing-plus")


# OpenStax, chapter 3.5: the transactions of Printing Plus in January 2019.
JOURNAL = [
    entry("01-03", 3, "cash", "common-stock", 20_000),
    entry("01-05", 5, "equipment", "payable", 3_500),
    entry("01-09", 9, "cash", "unearned-revenue", 4_000),
    entry("01-10", 10, "receivable", "service-revenue", 5_500),
    entry("01-12", 12, "utility-expense", "cash", 300),
    entry("01-14", 14, "dividends", "cash", 100),
    entry("01-17", 17, "cash", "service-revenue", 2_800),
    entry("01-18", 18, "payable", "cash", 3_500),
    entry("01-20", 20, "salaries-expense", "cash", 3_600),
    entry("01-23", 23, "cash", "receivable", 5_500),
    entry("01-27", 27, "receivable", "service-revenue", 1_200),
    entry("01-30", 30, "supplies", "payable", 500),
]

# OpenStax, chapter 4.3: the adjusting entries of 31 January.
ADJUSTMENTS = [
    entry("01-31a", 31, "supplies-expense", "supplies", 100),
    entry("01-31b", 31, "depreciation-expense", "accumulated-depreciation", 75),
    entry("01-31c", 31, "unearned-revenue", "service-revenue", 600),
    entry("01-31d", 31, "interest-receivable", "interest-revenue", 140),
    entry("01-31e", 31, "salaries-expense", "salaries-payable", 1_500),
]


def of(session: Session, name: str) -> Decimal:
    return balance(session, account(name).code)


def test_the_unadjusted_trial_balance_of_printing_plus(session: Session) -> None:
    post_batch(session, JOURNAL)
    assert of(session, "cash") == -24_800
    assert of(session, "service-revenue") == 9_500
    assert totals(trial_balance(session)) == {"USD": (34_000, 34_000)}


def test_the_adjusted_trial_balance_of_printing_plus(session: Session) -> None:
    post_batch(session, [*JOURNAL, *ADJUSTMENTS])
    assert of(session, "service-revenue") == 10_100
    assert (of(session, "receivable"), of(session, "interest-receivable")) == (-1_200, -140)
    assert totals(trial_balance(session)) == {"USD": (35_715, 35_715)}


def test_closing_carries_the_result_to_retained_earnings_and_the_period_shuts(session: Session) -> None:
    post_batch(session, [*JOURNAL, *ADJUSTMENTS])
    revenues = {"service-revenue": 10_100, "interest-revenue": 140}
    expenses = {
        "supplies-expense": 100,
        "depreciation-expense": 75,
        "utility-expense": 300,
        "salaries-expense": 5_100,
    }
    summary = [
        entry(f"close {name}", 31, name, "income-summary", amount) for name, amount in revenues.items()
    ]
    summary += [
        entry(f"close {name}", 31, "income-summary", name, amount) for name, amount in expenses.items()
    ]
    post_batch(session, summary)
    assert of(session, "income-summary") == 4_665
    post_batch(
        session,
        [
            entry("close summary", 31, "income-summary", "retained-earnings", 4_665),
            entry("close dividends", 31, "retained-earnings", "dividends", 100),
        ],
    )
    assert all(of(session, name) == 0 for name in (*revenues, *expenses, "income-summary", "dividends"))
    assert of(session, "retained-earnings") == 4_565
    close_period(session, closed_until=FEBRUARY, at=FEBRUARY, actor="bookkeeper")
    assert totals(trial_balance(session)) == {"USD": (30_040, 30_040)}


def test_a_wrong_amount_is_corrected_by_reversing_and_entering_anew(session: Session) -> None:
    """A transposed figure: 3,600 was entered as 6,300. Nothing is erased, as Pacioli demands of an honest ledger."""
    wrong = post(session, entry("salaries", 20, "salaries-expense", "cash", 6_300))
    correct(
        session, wrong.id, entry("salaries again", 20, "salaries-expense", "cash", 3_600), reason="transposed"
    )
    assert of(session, "salaries-expense") == -3_600
    assert [line.amount for line in statement(session, account("cash").code)] == [3_600, -6_300, 6_300]


def test_an_entry_with_one_side_larger_is_no_entry(session: Session) -> None:
    legs = [Leg(account("cash"), Decimal(-20_000)), Leg(account("common-stock"), Decimal(2_000))]
    with pytest.raises(Unbalanced):
        post(session, Draft("x", "entry", legs, JANUARY, JANUARY, "bookkeeper", "printing-plus"))


def test_opening_entries_carry_an_inventory_into_the_books(session: Session) -> None:
    """Pacioli, chapter 12: each item of the inventory is debited, and capital credited."""
    items = {"cash": 1_000, "jewels": 250, "cloth": 700}
    post_batch(
        session, [entry(f"opening {name}", 1, name, "capital", worth) for name, worth in items.items()]
    )
    assert of(session, "capital") == sum(items.values())
    assert totals(trial_balance(session))["USD"][0] == 1_950
