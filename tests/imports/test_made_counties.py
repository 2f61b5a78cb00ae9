"""Registers never seen before, of the same untidy kind, are judged exactly."""

import pytest

from tests.imports.made_county import MadeCounty
from tests.imports.memory import REGISTERS_IN_ORDER, Memory
from timebank.imports.headers import RECORDS


@pytest.mark.parametrize("seed", range(12))
def test_a_made_county_is_judged_as_its_planted_faults_say(seed: int) -> None:
    county, memory = MadeCounty(seed), Memory()
    for register in REGISTERS_IN_ORDER:
        made = county.registers[register.code]
        verdict = memory.judge(register, made.content)
        sent_back = [
            {"row": row.row, "column": row.column, "code": row.code.value} for row in verdict.rejected
        ]
        assert sent_back == made.rejected, register.code
        assert len(verdict.accepted) == len(verdict.new) == made.accepted, register.code
        if register is RECORDS:
            assert sum(row.value.minutes for row in verdict.accepted) == county.minutes


def test_a_made_county_read_twice_is_known_the_second_time() -> None:
    county, memory = MadeCounty(99), Memory()
    for register in REGISTERS_IN_ORDER * 2:
        made = county.registers[register.code]
        verdict = memory.judge(register, made.content)
        assert len(verdict.accepted) == made.accepted
        assert [row.row for row in verdict.rejected] == [row["row"] for row in made.rejected]
    assert verdict.new == []
