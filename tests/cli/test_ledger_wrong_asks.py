"""``timebank ledger`` asked for what is not there, or for what nobody can mean: one sentence, and a status that says so."""

import json

from ledger.accounts import AccountSpec, open_accounts
from ledger.amounts import POINTS
from tests.cli.conftest import Run
from timebank.clock import now
from timebank.db import Database


def test_only_a_whole_head_is_looked_for(timebank: Run) -> None:
    for word in ("ab", "", " ", "ab" * 31, "ab" * 33, "zz" * 32, "ab " * 32, "ａb" * 32):
        said = timebank("ledger", "verify", "--head", word)
        assert said.exit_code == 2, word
        assert "is not a head: 64 signs" in said.output
    assert timebank("ledger", "verify", "--head", "AB" * 32).exit_code == 1


def test_a_statement_of_nobody_says_that_there_is_no_such_account(timebank: Run, database: Database) -> None:
    with database.transaction() as session:
        open_accounts(session, [AccountSpec("member:900:points", POINTS)], at=now())
    for more in ((), ("--json",)):
        said = timebank("ledger", "statement", "member:901:points", *more)
        assert said.exit_code == 1
        assert "There is no account member:901:points." in said.output
    assert timebank("ledger", "statement", "member:900:points\udcff").exit_code == 2
    empty = timebank("ledger", "statement", "member:900:points", "--json")
    assert (empty.exit_code, json.loads(empty.stdout)["lines"]) == (0, [])


def test_a_day_beyond_the_calendar_is_refused_in_a_sentence(timebank: Run) -> None:
    for arguments in (("trial-balance", "--at", "0001-01-01"), ("close-period", "0001-01-01")):
        said = timebank("ledger", *arguments)
        assert said.exit_code == 2
        assert "is beyond the calendar" in said.output
    assert timebank("ledger", "trial-balance", "--at", "0002-01-01").exit_code == 0
    assert timebank("ledger", "trial-balance", "--at", "9999-12-31T23:59:59").exit_code == 0
