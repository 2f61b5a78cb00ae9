"""The county's own registers, where they lie beside the checkout, come out exactly as the careful clerk's list says."""

import json
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.imports.memory import REGISTERS_IN_ORDER, SHANGHAI, Memory
from tests.imports.taking import BY_CODE, context_for, taken
from timebank.db import Database
from timebank.imports.headers import RECORDS, Register
from timebank.reconcile.checks import Range
from timebank.reconcile.registry import CHECKS

COUNTY = Path(__file__).resolve().parents[3] / "shared" / "data" / "county"
# Nine thousand rows; computing time, so that a busy machine fails nobody. Measured: seven seconds on SQLite.
MOST_SECONDS_FOR_RECORDS = 30
FILES = {
    "organisations": "organisations.csv",
    "members": "members.xlsx",
    "activities": "activities.csv",
    "records": "service_records.csv",
    "goods": "goods.xlsx",
}


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    if not COUNTY.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the county's registers are missing: {COUNTY}")
        pytest.skip("the county's registers do not lie beside this checkout")
    found: dict[str, Any] = json.loads((COUNTY / "expected.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def memory() -> Memory:
    return Memory()


@pytest.mark.parametrize("register", REGISTERS_IN_ORDER, ids=lambda register: register.code)
def test_a_register_of_the_county_is_judged_as_its_clerk_did(
    register: Register, expected: dict[str, Any], memory: Memory
) -> None:
    wanted = expected["service_records" if register is RECORDS else register.code]
    content = (COUNTY / FILES[register.code]).read_bytes()
    # Each register stands on those before it; whoever runs this test alone has not read them yet.
    for earlier in REGISTERS_IN_ORDER[: REGISTERS_IN_ORDER.index(register)]:
        memory.judge(earlier, (COUNTY / FILES[earlier.code]).read_bytes())
    # The second reading finds everything known.
    first, second = memory.judge(register, content), memory.judge(register, content)
    for verdict in (first, second):
        sent_back = [
            {"row": row.row, "column": row.column, "code": row.code.value} for row in verdict.rejected
        ]
        assert sent_back == wanted["rejected"]
        assert len(verdict.accepted) == wanted["accepted"]
        assert verdict.read == wanted["accepted"] + len(wanted["rejected"])
        if register is RECORDS:
            assert sum(row.value.minutes for row in verdict.accepted) == wanted["minutes"]
    assert len(first.new) == wanted["accepted"]
    assert second.new == []


@pytest.mark.slow
def test_the_county_comes_into_an_empty_database_quickly_and_its_books_agree(
    expected: dict[str, Any], database: Database, at: datetime
) -> None:
    seconds = {}
    for code, importer in BY_CODE.items():
        began = time.process_time()
        with database.transaction() as session:
            content = (COUNTY / FILES[code]).read_bytes()
            outcome = taken(session, code, content, context_for(at), partial=True)
        seconds[code] = time.process_time() - began
        wanted = expected["service_records" if importer.register is RECORDS else code]
        sent_back = [
            {key: row[key] for key in ("row", "column", "code")} for row in outcome.as_json()["rejected"]
        ]
        assert sent_back == wanted["rejected"]
        assert outcome.created == wanted["accepted"]
    assert seconds["records"] < MOST_SECONDS_FOR_RECORDS
    with database.reading() as session:
        for check in CHECKS:
            assert list(check.find(session, Range(at, SHANGHAI))) == [], check.code
