"""What leaves as a table is shown by a spreadsheet and never run."""

import csv
from decimal import Decimal
from io import StringIO

import pytest

from timebank.web.spreadsheets import csv_file, defused


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_looks_like_a_formula_is_text(sign: str) -> None:
    assert defused(f"{sign}1+1") == f"'{sign}1+1"


@pytest.mark.parametrize("name", ["王桂兰", "1+1", "", "’=1", "O'Neill"])
def test_everything_else_stays_as_it_is(name: str) -> None:
    assert defused(name) == name


def test_a_file_has_its_mark_and_numbers_stay_numbers() -> None:
    answer = csv_file("x.csv", ("姓名", "分"), [("=1+1", -5), ("逗,号\n换行", Decimal("-2.5"))])
    text = answer.get_data().decode()
    assert text.startswith("\ufeff")
    assert list(csv.reader(StringIO(text[1:], newline=""))) == [
        ["姓名", "分"],
        ["'=1+1", "-5"],
        ["逗,号\n换行", "-2.5"],
    ]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x.csv"'
