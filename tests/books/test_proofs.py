"""Proof for whoever holds a paper: genuine, sealed, not yet sealed, altered, unknown; public, and nobody else is shown."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger import ddl, seals
from tests.books.test_postings import MEMBER, award
from tests.cast import NOON, Cast
from timebank.books import postings, proofs
from timebank.db import Database

DOCUMENT = Path(__file__).parents[2] / "docs" / "proof.md"


@pytest.fixture
def words(database: Database) -> list[str]:
    """Proof words of five awards to five members."""
    with database.transaction() as session:
        return [
            proofs.proof_word(session, award(session, record_id=n, member_id=MEMBER + n).id)
            for n in range(1, 6)
        ]


def seal(database: Database, times: int = 1) -> None:
    for number in range(times):
        with database.transaction() as session:
            award(session, record_id=900 + number)
            seals.seal_all(session, at=NOON + timedelta(hours=number))


def tamper(session: Session, statement: str) -> None:
    """Somebody with the database's password."""
    ddl.uninstall(session.connection())
    session.execute(text(statement))


def state(database: Database, word: str) -> str:
    with database.reading() as session:
        return proofs.examine(session, word).state


def test_a_posting_is_genuine_before_it_is_sealed_and_proved_after(
    database: Database, words: list[str]
) -> None:
    assert {state(database, word) for word in words} == {proofs.WAITING}
    seal(database, times=2)
    for word in words:
        with database.reading() as session:
            examined = proofs.examine(session, f" {word.upper()} ")
        assert examined.state == proofs.SEALED
        assert examined.proof is not None
        assert seals.proof_holds(examined.proof)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET amount = amount * 2 WHERE transaction_id = 1",
        "UPDATE ledger_transactions SET facts = '{}' WHERE id = 1",
        "UPDATE ledger_seals SET previous = head WHERE id = 2",
        "UPDATE ledger_seal_leaves SET leaf = (SELECT leaf FROM ledger_seal_leaves WHERE transaction_id = 3) "
        "WHERE transaction_id = 2",
    ],
)
def test_whatever_is_changed_in_the_database_shows_on_the_paper(
    database: Database, words: list[str], statement: str
) -> None:
    seal(database, times=2)
    with database.transaction() as session:
        tamper(session, statement)
    assert state(database, words[0]) == proofs.ALTERED


def test_a_posting_that_was_rewritten_with_a_right_digest_still_differs_from_the_paper(
    database: Database, words: list[str]
) -> None:
    from ledger.records import load_records

    with database.transaction() as session:
        tamper(session, "UPDATE ledger_transactions SET facts = '{}' WHERE id = 1")
        right = load_records(session.connection(), [1])[1].recomputed_digest()
        session.execute(text("UPDATE ledger_transactions SET digest = :d WHERE id = 1"), {"d": right})
    assert state(database, words[0]) == proofs.ALTERED


@pytest.mark.parametrize(
    "word", ["", "1", "x-" + "0" * 32, "1-" + "z" * 32, "9" * 30 + "-" + "0" * 32, "999-" + "0" * 32]
)
def test_what_is_no_proof_word_of_these_books_is_unknown(
    database: Database, words: list[str], word: str
) -> None:
    assert words
    assert state(database, word) == proofs.UNKNOWN


def test_what_was_taken_back_says_so_and_stays_genuine(database: Database, words: list[str]) -> None:
    with database.transaction() as session:
        postings.take_back(session, transaction_id=1, reason="Wrong.", at=NOON, actor="user:1")
    with database.reading() as session:
        examined = proofs.examine(session, words[0])
    assert (examined.state, examined.reversed_later) == (proofs.WAITING, True)


def told(client: FlaskClient, word: str) -> Any:
    return client.get(f"/proof/{word}.json").get_json()


def test_anybody_may_ask_and_sees_nobody(
    client: FlaskClient, cast: Cast, database: Database, words: list[str]
) -> None:
    assert cast
    for wanted in ("尚未封账", "真实，已封账"):
        page = client.get(f"/proof/{words[0]}")
        assert page.status_code == 200
        assert wanted in page.text
        for hidden in ("member:", "points-issued", "record:1", "user:1", "arithmetic"):
            assert hidden not in page.text
        seal(database)
    whole = str(told(client, words[0]))
    assert "member" not in whole
    assert "25" not in str(told(client, words[0])["proof"].keys())


def test_altered_and_unknown_papers_are_told_what_to_do(
    client: FlaskClient, cast: Cast, words: list[str]
) -> None:
    assert cast
    other = words[0].split("-")[0] + "-" + words[1].split("-")[1]
    assert "与账簿不符" in client.get(f"/proof/{other}").text
    assert "账簿中没有这笔账" in client.get("/proof/nonsense").text


def test_the_heads_are_listed_for_whoever_wants_to_keep_them(
    client: FlaskClient, cast: Cast, database: Database, words: list[str]
) -> None:
    assert cast
    assert "还没有封账记录" in client.get("/seals").text
    seal(database, times=22)
    with database.reading() as session:
        newest = proofs.newest_seals(session)
    listed = client.get("/seals.json").get_json()["seals"]
    assert [one["head"] for one in listed] == [one.head.hex() for one in newest]
    assert newest[0].head.hex() in client.get("/seals").text
    assert client.get("/seals?before=3").text.count("<tr") <= 4
    assert client.get(f"/seals?word={words[0]}").location.endswith(f"/proof/{words[0]}")


def test_the_program_in_the_document_checks_a_proof_without_the_house(
    client: FlaskClient, cast: Cast, database: Database, words: list[str], tmp_path: Path
) -> None:
    assert cast
    seal(database, times=2)
    program = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert program is not None
    (tmp_path / "check.py").write_text(program[1], encoding="utf-8")

    def check(content: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "proof.json").write_text(content, encoding="utf-8")
        command = [sys.executable, "-I", "check.py", "proof.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    whole = client.get(f"/proof/{words[3]}.json").text
    head = told(client, words[3])["proof"]["head"]
    done = check(whole)
    assert done.returncode == 0, done.stderr
    assert head in done.stdout
    root = told(client, words[3])["proof"]["root"]
    assert check(whole.replace(root, root[::-1])).returncode == 1
