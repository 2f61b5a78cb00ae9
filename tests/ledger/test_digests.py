"""What a transaction says beside its entries, written so that there is one way to write it."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.digests import facts_text
from ledger.errors import FactsInvalid

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@given(st.dictionaries(texts, texts | st.integers(), max_size=4))
def test_plain_facts_are_written_as_the_standard_library_writes_them(facts: dict[str, str | int]) -> None:
    expected = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert facts_text(facts) == expected


@pytest.mark.parametrize(
    "facts",
    [{"x": 1.5}, {"x": Decimal(1)}, {1: "x"}, {"x": "half \ud800"}, {"x": "\0"}, {"\ud800": 1}, {"x": [0.5]}],
)
def test_facts_that_cannot_be_written_in_one_way_are_refused(facts: dict[Any, Any]) -> None:
    with pytest.raises(FactsInvalid):
        facts_text(facts)


@pytest.mark.parametrize(
    "value", ['"', "\\", "\n", "\x7f", "中文", "\x1f", "\\u0000", True, None, [1], {"a": "b"}]
)
def test_facts_of_any_look_come_back_as_they_went_in(value: Any) -> None:
    assert json.loads(facts_text({"x": value})) == {"x": value}
