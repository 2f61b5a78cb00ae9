"""The demo town's whole books in the hands of two foreign programs: accepted, and the same balance on every account."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Open, Transaction
from sqlalchemy.orm import Session

from ledger.exports import beancount, hledger
from ledger.reports import trial_balance
from timebank.house import House

HLEDGER = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}


def written(lines: Iterable[str], path: Path) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def ours(session: Session) -> dict[str, Decimal]:
    """Balances by account; accounts at zero are left out, as foreign programs leave them out."""
    return {line.account: line.balance for line in trial_balance(session)}


def beancount_balances(book: Path) -> dict[str, Decimal]:
    """What beancount's own parser and sums make of the file, by our account codes."""
    entries, errors, _ = loader.load_file(str(book))
    assert not errors
    codes = {one.account: one.meta["code"] for one in entries if isinstance(one, Open)}
    sums = dict.fromkeys(codes.values(), Decimal(0))
    for one in entries:
        if isinstance(one, Transaction):
            for posting in one.postings:
                sums[codes[posting.account]] += posting.units.number
    return {code: amount for code, amount in sums.items() if amount}


def hledger_balances(book: Path) -> dict[str, Decimal]:
    """What hledger makes of the file, by our account codes, which it reads from the account's own tag."""
    named = {}
    for line in book.read_text(encoding="utf-8").splitlines():
        if line.startswith("account "):
            name, _, code = line.removeprefix("account ").partition("  ; code:")
            named[name] = code
    told = subprocess.run(
        ["hledger", "-f", book, "balance", "--flat", "--no-total", "-O", "json"],
        capture_output=True, text=True, check=True, env=HLEDGER,
    )  # fmt: skip
    sums = {}
    for name, _, _, amounts in json.loads(told.stdout)[0]:
        (amount,) = amounts
        quantity = amount["aquantity"]
        sums[named[name]] = Decimal(quantity["decimalMantissa"]).scaleb(-quantity["decimalPlaces"])
    return sums


def test_the_demo_town_in_beancount_has_our_balances_on_every_account(
    lived_in: House, tmp_path: Path
) -> None:
    with lived_in.database.reading() as session:
        book = written(beancount(session), tmp_path / "town.beancount")
        balances = ours(session)
    checked = subprocess.run(
        [Path(sys.executable).with_name("bean-check"), book], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr, checked.stdout) == (0, "", "")
    assert len(balances) > 20
    assert beancount_balances(book) == balances


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is a Debian package; CI installs it")
def test_the_demo_town_in_hledger_has_our_balances_on_every_account(lived_in: House, tmp_path: Path) -> None:
    with lived_in.database.reading() as session:
        book = written(hledger(session), tmp_path / "town.journal")
        balances = ours(session)
    checked = subprocess.run(
        ["hledger", "-f", book, "check", "--strict"], capture_output=True, text=True, check=False, env=HLEDGER
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    assert hledger_balances(book) == balances
