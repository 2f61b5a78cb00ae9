"""``timebank ledger``: the books from a terminal."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ledger.errors import PeriodClosed
from ledger.periods import last_close
from tests.cast import Cast
from tests.cli.conftest import Run
from timebank.books import postings
from timebank.clock import now
from timebank.db import Database

WHEN = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def _award(database: Database, cast: Cast, points: str = "25", record: int = 1) -> str:
    with database.transaction() as session:
        postings.award(
            session,
            record_id=record,
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


def test_a_close_that_lies_ahead_is_refused_and_nothing_is_closed(
    timebank: Run, database: Database, cast: Cast
) -> None:
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    refused = timebank("ledger", "close-period", tomorrow)
    assert refused.exit_code != 0
    assert "cannot be closed until" in refused.output
    assert "Traceback" not in refused.output
    with database.transaction() as session:
        assert last_close(session) is None
    _award(database, cast)


def test_verify_looks_for_published_heads_among_the_seals(
    timebank: Run, database: Database, cast: Cast
) -> None:
    heads = []
    for record in (1, 2):
        _award(database, cast, record=record)
        heads.append(json.loads(timebank("ledger", "seal", "--json").stdout)["head"])
    options = [word for head in heads for word in ("--head", head)]
    kept = timebank("ledger", "verify", *options, "--json")
    assert kept.exit_code == 0
    (compared,) = [one for one in json.loads(kept.stdout)["checks"] if one["code"] == "heads_are_among_seals"]
    assert (compared["examined"], compared["breaks"]) == (2, [])
    rewritten = timebank("ledger", "verify", *options, "--head", "ab" * 32)
    assert rewritten.exit_code == 1
    assert f"head:{'ab' * 32} was published and is not among the seals" in rewritten.stdout
    assert heads[0] not in rewritten.stdout
    unreadable = timebank("ledger", "verify", "--head", "what is printed on the board")
    assert unreadable.exit_code not in (0, 1)
    assert "is not a head: 64 signs" in unreadable.output
