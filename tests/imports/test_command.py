"""``timebank import`` as an operator calls it: exit status, JSON, and what stays unchanged."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cast import SECRET_KEY
from timebank.cli.group import commands

TREE = "名称,上级,类型\n平湖县实践中心,,中心\n红星队,平湖县实践中心,服务队\n"
MEMBERS = "姓 名,手机号,身份证号码,服务队\n王芳,13900001001,11010519491231002X,红星队\n张三,123,230225195607111852,红星队\n"


@pytest.fixture
def command(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("LOG_FORMAT", "none")

    def call(register: str, text: str | bytes, *options: str) -> Result:
        file = tmp_path / f"{register}.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode("gb18030"))
        return CliRunner().invoke(commands, ["import", register, str(file), *options])

    return call


def test_a_good_file_comes_in_and_a_second_time_changes_nothing(command: Any) -> None:
    first, second = command("organisations", TREE, "--json"), command("organisations", TREE, "--json")
    assert json.loads(first.stdout) == {"read": 2, "accepted": 2, "created": 2, "rejected": []}
    assert json.loads(second.stdout) == {"read": 2, "accepted": 2, "created": 0, "rejected": []}
    assert (first.exit_code, second.exit_code) == (0, 0)


def test_a_file_with_faults_ends_with_status_one_and_changes_nothing_unless_partial(command: Any) -> None:
    command("organisations", TREE)
    rejected = [{"row": 3, "column": "手机号", "code": "invalid_phone", "value": "123"}]
    whole = command("members", MEMBERS, "--json")
    assert (whole.exit_code, json.loads(whole.stdout)) == (
        1,
        {"read": 2, "accepted": 1, "created": 0, "rejected": rejected},
    )
    partial = command("members", MEMBERS, "--json", "--partial")
    assert (partial.exit_code, json.loads(partial.stdout)["created"]) == (0, 1)


def test_a_dry_run_says_the_same_and_changes_nothing(command: Any) -> None:
    dry = command("organisations", TREE, "--dry-run", "--json")
    assert (dry.exit_code, json.loads(dry.stdout)["accepted"]) == (0, 2)
    assert "Nothing was changed" in command("organisations", TREE, "--dry-run").stdout
    assert json.loads(command("organisations", TREE, "--json").stdout)["created"] == 2
    assert command("members", MEMBERS, "--dry-run").exit_code == 1


def test_people_read_sentences(command: Any) -> None:
    command("organisations", TREE)
    said = command("members", MEMBERS).stdout
    assert "2 rows read, 1 good, 1 sent back, 0 created." in said
    assert "row 3, 手机号: '123' [invalid_phone] This is not a mobile number of eleven digits." in said
    assert "Nothing was imported" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"%PDF-1.7", "not a table"), ("姓名\n王芳\n", "Missing columns: 手机号"), (b"", "cannot be read")],
)
def test_a_file_that_cannot_be_read_ends_with_status_two(command: Any, text: str | bytes, says: str) -> None:
    answer = command("members", text)
    assert answer.exit_code == 2
    assert says in answer.stderr


def test_an_unknown_register_or_a_missing_file_is_told(command: Any) -> None:
    assert command("plans", TREE).exit_code == 2
    assert CliRunner().invoke(commands, ["import", "members", "nowhere.csv"]).exit_code == 2
    assert "--dry-run" in CliRunner().invoke(commands, ["import", "--help"]).stdout
