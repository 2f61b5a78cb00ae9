"""``timebank ledger``: the books from a terminal."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ledger.errors import PeriodClosed
from tests.cast import Cast
from tests.cli.conftest import Run
from timebank.books import postings
from timebank.db import Database

WHEN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _award(database: Database, cast: Cast, points: str = "25") -> str:
    with database.transaction() as session:
        postings.award(
            session,
            record_id=1,
            member_id=cast.volunteer.member_id,
            organisation_id=cast.station_id,
            points=Decimal(points),
            rule_number=1,
            arithmetic="2.5 h × 10 = 25",
            at=WHEN,
            recorded_at=WHEN,
            actor="command",
        )
    return f"member:{cast.volunteer.member_id}:points"


def test_the_trial_balance_adds_up(timebank: Run, database: Database, cast: Cast) -> None:
    account = _award(database, cast)
    shown = json.loads(timebank("ledger", "trial-balance", "--json").stdout)
    assert {line["account"] for line in shown["accounts"]} >= {account}
    assert shown["totals"]["POINTS"]["debit"] == shown["totals"]["POINTS"]["credit"] == "25.00"
    # WHEN is noon of the county's day.
    before, after = (
        json.loads(timebank("ledger", "trial-balance", "--at", at, "--json").stdout)
        for at in ("2026-03-02T11:59", "2026-03-02T12:00")
    )
    assert account not in {line["account"] for line in before["accounts"] if line["credit"] != "0.00"}
    assert after["totals"] == shown["totals"]


def test_a_statement_shows_the_line_and_its_reason(timebank: Run, database: Database, cast: Cast) -> None:
    account = _award(database, cast)
    (line,) = json.loads(timebank("ledger", "statement", account, "--json").stdout)["lines"]
    assert (line["amount"], line["balance"]) == ("25.00", "25.00")
    assert "2.5 h" in json.dumps(line["facts"], ensure_ascii=False)


def test_sealed_books_verify_and_export(timebank: Run, database: Database, cast: Cast) -> None:
    account = _award(database, cast)
    sealed = json.loads(timebank("ledger", "seal", "--json").stdout)
    assert len(sealed["made"]) == 1
    assert len(sealed["head"]) == 64
    verified = timebank("ledger", "verify", "--json")
    assert (verified.exit_code, json.loads(verified.stdout)["clean"]) == (0, True)
    assert "25.00" in timebank("ledger", "export", "beancount").stdout
    plain = timebank("ledger", "export", "hledger").stdout
    assert "25.00" in plain
    wrapped = json.loads(timebank("ledger", "export", "hledger", "--json").stdout)
    assert (wrapped["form"], "\n".join(wrapped["lines"]).strip()) == ("hledger", plain.strip())
    assert account in timebank("ledger", "trial-balance").stdout


def test_nothing_is_posted_into_a_closed_period(timebank: Run, database: Database, cast: Cast) -> None:
    closed = timebank("ledger", "close-period", "2026-03-03", "--json")
    assert closed.exit_code == 0
    with pytest.raises(PeriodClosed):
        _award(database, cast)
