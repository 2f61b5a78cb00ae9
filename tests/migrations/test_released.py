"""A released step writes for ever what it wrote when it was released, though it asks the rooms for the words."""

from collections.abc import Callable
from hashlib import sha256

import pytest

import timebank.models  # noqa: F401 - it registers every table.
from timebank.certificates import guard
from timebank.hours import four_eyes
from timebank.orm import append_only_ddl, no_replacement_ddl

Words = Callable[[str], tuple[str, ...]]

# Who changes a guard writes a new step that replaces it, and copies the old words into step 0005.
RELEASED: tuple[tuple[str, Words, str], ...] = (
    ("certificates", guard.certificates_ddl, "d98f1955c687e80c"),
    ("certificate_records", guard.counted_ddl, "f4ad6c85d3fa1cde"),
    ("certificate_revocations", guard.revocations_ddl, "e6cd60dfdf919169"),
    ("service_records", four_eyes.records_ddl, "ca89498b01451658"),
    ("correction_requests", four_eyes.corrections_ddl, "b70ffc81edf371cd"),
    ("no_show_pardons", four_eyes.pardons_ddl, "5dfb683ce7894bab"),
    ("scans, append only", lambda dialect: tuple(append_only_ddl("scans", dialect)), "8f17d8a506160922"),
    ("scans, not replaced", lambda dialect: tuple(no_replacement_ddl("scans", dialect)), "4f700675679fd52e"),
)


@pytest.mark.parametrize(("table", "words", "released"), RELEASED, ids=[row[0] for row in RELEASED])
def test_step_0005_writes_the_guards_that_it_was_released_with(
    table: str, words: Words, released: str
) -> None:
    written = "\n".join(statement for dialect in ("sqlite", "postgresql") for statement in words(dialect))
    assert table.split(",", maxsplit=1)[0] in written
    assert sha256(written.encode()).hexdigest()[:16] == released
