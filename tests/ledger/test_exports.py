"""Two foreign programs accept the exported books and get the same balances, to the last digit."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import console
from ledger.amounts import units_asset
from ledger.exports import Names, beancount, hledger
from ledger.journal import AccountSpec, post, post_batch, reverse
from ledger.models import Account
from ledger.reports import trial_balance
from tests.ledger.cast import LI, NOON, SERVED, STRANGER, ZERO, award, move, set_to, spend, time_of
from tests.ledger.test_lots import DAY

SHELF = AccountSpec("shop:1:stock:7", units_asset(7), ZERO)
GOODS = AccountSpec("org:1:goods-in:7", units_asset(7))


@pytest.fixture
def town(session: Session) -> Session:
    """Points, time and goods, a reversal, awkward words and look-alike accounts."""
    post_batch(
        session,
        [
            award("a", LI, "10.25", subject='记录:"1" \\ ; | x', facts={"说明": "义诊"}),
            award("b", STRANGER, 7, at=NOON + DAY),
            move("h", SERVED, time_of("li"), 150),
            move("g", GOODS, SHELF, 12),
            award("c", AccountSpec("member:Li:points", LI.asset, ZERO), 3),
            award("d", AccountSpec("member:l_i:points", LI.asset, ZERO), 4),
            award("e", AccountSpec("member:l-i:points", LI.asset, ZERO), 5),
            award("f", AccountSpec("会员:李", LI.asset, ZERO), 6),
        ],
    )
    spent = post(session, spend("s", LI, "0.25", at=NOON + 2 * DAY))
    reverse(
        session, spent.id, key="r", at=NOON + 3 * DAY, recorded_at=NOON + 3 * DAY, actor="x", reason="return"
    )
    set_to(session, SHELF.code, "closed", reason='to be counted; "soon" | 盘点')
    return session


def test_beancount_accepts_the_books_and_agrees_per_account(town: Session, tmp_path: Path) -> None:
    book = tmp_path / "books.beancount"
    book.write_text("\n".join(beancount(town)) + "\n", encoding="utf-8")
    checked = subprocess.run(
        [Path(sys.executable).with_name("bean-check"), book], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr, checked.stdout) == (0, "", "")
    wrong = tmp_path / "wrong.beancount"
    wrong.write_text(book.read_text(encoding="utf-8").replace("10.25", "10.26", 1), encoding="utf-8")
    assert subprocess.run(
        [Path(sys.executable).with_name("bean-check"), wrong], capture_output=True, check=False
    ).returncode


@pytest.mark.skipif(shutil.which("hledger") is None, reason="hledger is a Debian package; CI installs it")
def test_hledger_accepts_the_books_and_agrees_per_account(town: Session, tmp_path: Path) -> None:
    book = tmp_path / "books.journal"
    book.write_text("\n".join(hledger(town)) + "\n", encoding="utf-8")
    checked = subprocess.run(
        ["hledger", "-f", book, "check", "--strict"],
        capture_output=True,
        text=True,
        check=False,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    assert (checked.returncode, checked.stderr) == (0, "")
    told = subprocess.run(
        ["hledger", "-f", book, "balance", "--flat", "--no-total", "-O", "json"],
        capture_output=True,
        text=True,
        check=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    theirs = {
        row[0]: Decimal(row[3][0]["aquantity"]["decimalMantissa"]).scaleb(
            -row[3][0]["aquantity"]["decimalPlaces"]
        )
        for row in json.loads(told.stdout)[0]
    }
    accounts = town.execute(select(Account.code, Account.guarded, Account.asset).order_by(Account.id))
    names = Names([(code, guarded, asset) for code, guarded, asset in accounts]).accounts
    ours = {names[line.account]: line.balance for line in trial_balance(town) if line.balance}
    assert theirs == ours


def test_no_two_accounts_share_a_foreign_name() -> None:
    codes = ["a:b", "A:b", "a:B", "a-b", "a_b", ":", "", "1", "é"]
    names = Names([(code, True, "POINTS") for code in codes] + [("z", False, "points"), ("y", False, "P")])
    assert len(set(names.accounts.values())) == len(codes) + 2
    assert len(set(names.currencies.values())) == 3


def test_the_commands_tell_what_the_books_hold(town: Session) -> None:
    shown = console.show_trial_balance(town)
    assert shown["totals"]["POINTS"] == {"debit": "35.25", "credit": "35.25"}
    text = list(console.trial_balance_text(shown))
    assert text[-1].split() == ["total", "150", "150", "TIME"]
    page = console.show_statement(town, LI.code, limit=1)
    assert page["lines"][0]["kind"] == "reversal"
    older = console.show_statement(town, LI.code, before=page["next"], limit=5)
    assert [line["balance"] for line in older["lines"]] == ["10.00", "10.25"]
    assert older["next"] is None
    assert list(console.statement_text(older))[1].split()[1] == "spend"
    sealed = console.make_seals(town, at=NOON)
    assert sealed["made"][0]["size"] == 10
    assert console.make_seals(town, at=NOON) == {"made": [], "head": sealed["head"]}
    closed = console.close(town, closed_until=NOON, at=NOON + DAY, actor="auditor")
    assert closed["closed_until"] == NOON.isoformat()
    verification = console.show_verification(town)
    assert verification["clean"]
    assert all(line.startswith("ok") for line in console.verification_text(verification))
    assert next(iter(console.export(town, "hledger"))).startswith(";")
    json.dumps([shown, page, sealed, closed, verification])
    with pytest.raises(KeyError):
        console.export(town, "excel")
