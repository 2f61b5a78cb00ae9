"""Pages by key and their cursors."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cast import Cast
from timebank.audit.models import AuditEntry
from timebank.db import Database
from timebank.members.models import Member
from timebank.members.queries import members_page
from timebank.paging import CursorInvalid, _read, _write


def _cursor(*words: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["x", "===", "é", _cursor("a"), _cursor("a", 1, 1), _cursor("a", "wang", "1"), _cursor("a", "wang", 2**70),
     _cursor("z", "wang", 1), _cursor("a", "wa\0ng", 1), _cursor("a", None, 1), "W" * 2000, _cursor({}, [], 1)],
)  # fmt: skip
def test_a_cursor_that_is_not_of_this_list_is_refused(database: Database, cast: Cast, cursor: str) -> None:
    with database.reading() as session, pytest.raises(CursorInvalid):
        members_page(session, cast.administrator.actor, cursor=cursor)


@given(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40),
    st.integers(1, 2**63 - 1),
)
def test_what_is_written_is_read_back(name: str, number: int) -> None:
    key = (Member.sort_name, Member.id)
    assert _read(_write("a", Member(sort_name=name, id=number), key), key) == (False, [name, number])


def test_moments_keep_their_zone(at: object) -> None:
    key = (AuditEntry.at, AuditEntry.id)
    assert _read(_write("b", AuditEntry(at=at, id=7), key), key) == (True, [at, 7])
