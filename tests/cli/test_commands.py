"""What operators type: every command, and one clear sentence where it cannot run."""

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from ledger.accounts import open_accounts
from tests.cast import NOON
from tests.cli.conftest import Run, command_on
from timebank.books import chart
from timebank.cli.group import COMMANDS
from timebank.db import Database
from timebank.migrations import head

FIRST = (
    "users",
    "first-administrator",
    "--name",
    "陈立",
    "--login",
    "139 0000 0001",
    "--organisation",
    "青禾县",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_without_a_database(command: str) -> None:
    result = command_on("nonsense")(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL is not the address"),
        ({"DATABASE_URL": "mysql://somewhere/else"}, "DATABASE_URL is not the address"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/nowhere"}, "The database refused"),
        ({"PORT": "80a"}, "PORT='80a' is not a whole number"),
        ({"TIMEZONE": "Mars/Olympus"}, "is not the name of a time zone"),
        ({"SECRET_KEY": "short"}, "at least 32 characters"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_sentence(
    environment: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    result = command_on(f"sqlite:///{tmp_path}/x.sqlite3")("reconcile", **environment)
    assert result.exit_code == 2
    assert sentence in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_database_that_is_not_there_is_not_made_by_looking(tmp_path: Path) -> None:
    result = command_on(f"sqlite:///{tmp_path}/none.sqlite3")("reconcile", "--json")
    assert result.exit_code == 2
    assert "There is no database at" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear county, " * 99, encoding="ascii")
    result = command_on(f"sqlite:///{tmp_path}/letter.txt")("reconcile")
    assert result.exit_code == 2
    assert "file is not a database" in result.output


def test_a_database_without_tables_asks_to_be_migrated(empty_url: str) -> None:
    if empty_url.startswith("sqlite"):
        Path(empty_url.removeprefix("sqlite:///")).touch()
    for command in (("reconcile",), ("users", "list"), ("jobs", "list"), ("demo",)):
        result = command_on(empty_url)(*command)
        assert result.exit_code == 2
        assert "run: timebank migrate" in result.output


def test_migrating_goes_forward_back_and_says_where_it_is(empty_url: str) -> None:
    run = command_on(empty_url)
    assert f"base -> {head()}" in run("migrate").output
    assert "already" in run("migrate").output
    assert run("migrate", "--down", "--to", "base").exit_code == 0
    assert run("users", "list").exit_code == 2
    assert run("migrate", "--to", "0001").exit_code == 0
    behind = run("reconcile")
    assert behind.exit_code == 2
    assert "is at step 0001" in behind.output
    assert run("migrate", "--to", "nowhere").exit_code == 2


def test_the_first_administrator_gets_a_link_and_nobody_gets_a_second_one_so(timebank: Run) -> None:
    first = timebank(*FIRST, PUBLIC_URL="https://bank.example")
    assert first.exit_code == 0
    assert "https://bank.example/invite/" in first.output
    second = timebank(*FIRST)
    assert second.exit_code == 2
    assert "There are users already" in second.output
    assert "13900000001" in timebank("users", "list").output
    assert "administrator at 青禾县" in timebank("users", "list").output


def test_users_are_invited_granted_suspended_and_let_in_again(timebank: Run, database: Database) -> None:
    timebank(*FIRST)
    assert "/invite/" in timebank("users", "invite", "13900000001").output
    assert timebank("users", "grant", "13900000001", "auditor", "青禾县").exit_code == 0
    assert timebank("users", "suspend", "13900000001").exit_code == 0
    assert "suspended" in timebank("users", "list").output
    assert timebank("users", "suspend", "13900000001", "--undo").exit_code == 0
    assert "suspended" not in timebank("users", "list").output
    for unknown in (("invite", "1"), ("grant", "13900000001", "auditor", "nowhere"), ("suspend", "1")):
        assert timebank("users", *unknown).exit_code == 2
    with database.reading() as session:
        acts = session.scalars(text("SELECT action FROM audit_entries ORDER BY id")).all()
    assert list(acts) == [
        "user.first_administrator",
        "user.invited",
        "role.granted",
        "user.suspended",
        "user.reinstated",
    ]


def test_a_number_that_is_no_mobile_number_is_refused(timebank: Run) -> None:
    result = timebank("users", "first-administrator", "--name", "x", "--login", "12", "--organisation", "y")
    assert result.exit_code == 2
    assert "not a mobile number" in result.output


def test_reconciling_an_empty_house_is_clean_in_the_published_shape(timebank: Run) -> None:
    result = timebank("reconcile", "--json")
    assert result.exit_code == 0
    published = json.loads(result.stdout)
    assert set(published) == {"checks", "clean", "mode"}
    assert published["clean"] is True
    for check in published["checks"]:
        assert set(check) == {"code", "kind", "proves", "examined", "incremental", "breaks"}
        assert (check["examined"], check["breaks"]) == (0, [])


def test_reconciling_from_the_last_run_on_begins_with_a_full_one(timebank: Run, database: Database) -> None:
    modes = [
        json.loads(timebank("reconcile", *how, "--json").stdout)["mode"]
        for how in (["--incremental"], ["--incremental"], ["--full"], [])
    ]
    assert modes == ["full", "incremental", "full", "full"], "the first one has nothing to begin from"
    assert "examined, new ones" in timebank("reconcile", "--incremental").output
    with database.transaction() as session:
        open_accounts(session, [chart.member_points(1)], at=NOON)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_balances SET amount = 100"))
    broken = timebank("reconcile", "--incremental")
    assert broken.exit_code == 1
    assert "points_outstanding" in broken.output


def test_reconciling_a_part_that_does_not_exist_cannot_run(timebank: Run) -> None:
    assert timebank("reconcile", "--organisation", "4711").exit_code == 2
    assert timebank("reconcile", "--check", "nonsense").exit_code == 2


def test_a_bug_is_not_taken_for_a_difference_or_for_rows_sent_back(
    timebank: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise AssertionError("a bug")

    monkeypatch.setattr("timebank.reconcile.runner.reconcile", broken)
    result = timebank("reconcile")
    assert result.exit_code == 2
    assert "AssertionError: a bug" in result.output + capsys.readouterr().err


def test_a_difference_is_printed_and_is_exit_status_one(timebank: Run, database: Database) -> None:
    with database.transaction() as session:
        open_accounts(session, [chart.member_points(1)], at=NOON)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE ledger_balances SET amount = 100"))
    result = timebank("reconcile", "--json", "--check", "balances_equal_entries")
    assert result.exit_code == 1
    published = json.loads(result.stdout)
    assert published["clean"] is False
    found = published["checks"][0]["breaks"][0]
    assert set(found) == {"subject", "says", "facts"}
    assert found["subject"] == "account:member:1:points"
    assert found["says"] == "The balance is 1.00, but the entries sum to 0.00."
    assert "account:member:1:points" in timebank("reconcile").output


def test_jobs_are_listed_worked_through_and_tried_again(timebank: Run) -> None:
    assert "reconcile.nightly" in timebank("jobs", "kinds").output
    assert "jobs done" in timebank("jobs", "work", "--once").output
    listed = timebank("jobs", "list").output
    assert "done" in listed
    assert "reconcile.nightly:" in listed
    assert timebank("jobs", "retry", "1").exit_code == 2
    assert timebank("jobs", "retry", "4711").exit_code == 2


def test_a_demo_is_built_in_an_empty_database_only_and_removed_whole(
    timebank: Run, database: Database
) -> None:
    assert timebank("demo", "--remove").exit_code == 2, "there is none"
    assert timebank("demo", "--size", "tiny").exit_code == 0
    assert timebank("demo", "--size", "tiny").exit_code == 2, "it is there already"
    assert timebank("reconcile").exit_code == 0
    assert timebank("demo", "--remove").exit_code == 0
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM members")) == 0
    assert timebank(*FIRST).exit_code == 0


def test_a_demo_among_real_people_is_refused_and_so_is_its_removal(timebank: Run) -> None:
    timebank(*FIRST)
    assert timebank("demo", "--size", "tiny").exit_code == 2
    assert timebank("demo", "--remove").exit_code == 2
    assert "13900000001" in timebank("users", "list").output


def test_a_real_county_beside_the_town_keeps_the_town_from_being_removed(
    timebank: Run, database: Database
) -> None:
    timebank("demo", "--size", "tiny")
    with database.transaction() as session:
        session.execute(
            text(
                "INSERT INTO organisations (name, kind, path, created_at) "
                "VALUES ('青禾县', 'centre', '/4711/', '2026-01-01 00:00:00')"
            )
        )
    assert timebank("demo", "--remove").exit_code == 2
