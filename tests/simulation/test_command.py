"""``timebank simulate``: a fresh database or none, known plants or none, the labels in a file."""

from pathlib import Path

from tests.cli.conftest import command_on
from timebank.simulation.truth import read_labels


def test_a_town_is_simulated_in_a_database_that_is_not_there_yet_and_never_twice(tmp_path: Path) -> None:
    timebank = command_on("sqlite:////nowhere/else.sqlite3")
    url, labels = f"sqlite:///{tmp_path}/town.sqlite3", tmp_path / "labels.json"
    wanted = ("simulate", "--members", "60", "--weeks", "1", "--database", url, "--labels", str(labels))
    done = timebank(*wanted)
    assert done.exit_code == 0, done.output
    assert read_labels(labels).entries == []
    again = timebank(*wanted)
    assert again.exit_code == 2
    assert "fresh" in again.output


def test_plants_and_first_days_that_cannot_be_are_said(tmp_path: Path) -> None:
    timebank = command_on(f"sqlite:///{tmp_path}/town.sqlite3")
    file = str(tmp_path / "labels.json")
    unknown = timebank("simulate", "--plant", "F-77", "--labels", file)
    assert (unknown.exit_code, "F-77" in unknown.output) == (2, True)
    sunday = timebank("simulate", "--starts-on", "2026-03-01", "--labels", file)
    assert (sunday.exit_code, "Monday" in sunday.output) == (2, True)
    assert not (tmp_path / "town.sqlite3").exists()
