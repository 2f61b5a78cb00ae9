"""Whatever is done to the books in whatever order, they answer as the reference model does, on both engines."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.ledger.twins import MEMBERS, Move, Twins, legs_of

# More of them on demand: LEDGER_EXAMPLES=500 pytest tests/ledger/test_state_machine.py
EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "10"))

member = st.sampled_from(MEMBERS)
cents = st.integers(1, 900)
days = st.integers(0, 12)
expiry = st.none() | st.integers(1, 20)


class Books(RuleBasedStateMachine):
    """Acts on both books; `open_session` is given by the test."""

    open_session: Callable[[], Session]

    def __init__(self) -> None:
        super().__init__()
        self.session = type(self).open_session()
        self.twins = Twins(self._in_savepoint)
        self.made = 0
        self.moves: list[Move] = []

    def _in_savepoint(self, act: Callable[[Session], Any]) -> Any:
        return act(self.session)

    def _key(self) -> str:
        self.made += 1
        return f"k{self.made}"

    def _move(
        self, source: str, target: str, amount: int, *, back: int = 0, expires: int | None = None
    ) -> Move:
        at = max(self.twins.now - back, 0)
        move = Move(
            self._key(), legs_of(source, target, amount, None if expires is None else at + expires), at
        )
        self.moves.append(move)
        return move

    @rule(name=member, amount=cents, back=days, expires=expiry)
    def award(self, name: str, amount: int, back: int, expires: int | None) -> None:
        self.twins.post(self._move("issued", name, amount, back=back, expires=expires))

    @rule(source=member, amount=cents)
    def spend(self, source: str, amount: int) -> None:
        self.twins.post(self._move(source, "redeemed", amount))

    @rule(source=member, to=member, amount=cents, expires=expiry)
    def give(self, source: str, to: str, amount: int, expires: int | None) -> None:
        if source != to:
            self.twins.post(self._move(source, to, amount, expires=expires))

    @rule(acts=st.lists(st.tuples(member, cents, st.booleans()), min_size=2, max_size=6))
    def batch(self, acts: list[tuple[str, int, bool]]) -> None:
        moves = [
            self._move("issued", name, amount, expires=5) if gains else self._move(name, "redeemed", amount)
            for name, amount, gains in acts
        ]
        self.twins.post(*moves)

    @precondition(lambda self: self.moves)
    @rule(data=st.data(), change=st.integers(0, 1))
    def say_again(self, data: st.DataObject, change: int) -> None:
        move = data.draw(st.sampled_from(self.moves))
        (source, amount, none), (target, _, expires) = move.legs
        legs = [(source, amount - change, none), (target, -amount + change, expires)]
        if move.key in self.twins.model.posted:
            self.twins.post(Move(move.key, legs, move.at))

    @precondition(lambda self: self.twins.numbers)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        self.twins.reverse(data.draw(st.sampled_from(sorted(self.twins.numbers))))

    @precondition(lambda self: self.twins.numbers)
    @rule(data=st.data(), amount=cents)
    def give_some_back(self, data: st.DataObject, amount: int) -> None:
        self.twins.give_back(self._key(), data.draw(st.sampled_from(sorted(self.twins.numbers))), amount)

    @precondition(lambda self: any(move.key in self.twins.numbers for move in self.moves))
    @rule(data=st.data(), amount=cents, on_terms=st.booleans())
    def put_right(self, data: st.DataObject, amount: int, on_terms: bool) -> None:
        """What was posted plainly, or what gave back or lapsed."""
        known = [move.key for move in self.moves if move.key in self.twins.numbers]
        if on_terms and self.twins.on_terms:
            known = self.twins.on_terms
        self.twins.correct(data.draw(st.sampled_from(known)), amount, self._key())

    @rule(wanted=st.lists(st.tuples(member, cents), min_size=1, max_size=4), length=st.integers(1, 6))
    def hold(self, wanted: list[tuple[str, int]], length: int) -> None:
        """One amount or several at once; of one account perhaps twice."""
        self.twins.reserve([(f"h{self._key()}", name, amount) for name, amount in wanted], length)

    @precondition(lambda self: self.twins.model.holds)
    @rule(data=st.data(), amounts=st.lists(cents, min_size=1, max_size=4))
    def take_held(self, data: st.DataObject, amounts: list[int]) -> None:
        """Out of one hold or of several on different accounts; of some of them nothing."""
        holds = self.twins.model.holds
        drawn = data.draw(st.lists(st.sampled_from(sorted(holds)), min_size=1, max_size=len(amounts)))
        alone = list({holds[key].account: key for key in drawn}.values())
        taken = {key: amount if amount % 3 else 0 for key, amount in zip(alone, amounts, strict=False)}
        taken[alone[0]] = amounts[0]
        self.twins.capture(self._key(), taken)

    @precondition(lambda self: self.twins.model.holds)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        some = st.lists(st.sampled_from(sorted(self.twins.model.holds)), min_size=1, max_size=3)
        self.twins.void(data.draw(some))

    @rule(length=st.integers(1, 5))
    def time_passes(self, length: int) -> None:
        self.twins.now += length

    @rule()
    def night(self) -> None:
        self.twins.jobs()

    @rule(back=days)
    def close_the_books(self, back: int) -> None:
        self.twins.close(back)

    @invariant()
    def both_say_the_same(self) -> None:
        self.twins.compare()

    def teardown(self) -> None:
        try:
            self.twins.verify()
        finally:
            self.session.rollback()
            self.session.close()


@pytest.fixture
def machine(books: Engine) -> type[Books]:
    """A machine over fresh books of this engine; each example is rolled back."""

    class Machine(Books):
        open_session = staticmethod(lambda: Session(books))

    return Machine


def test_the_books_answer_as_the_model_does(machine: type[Books]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
            # A failure is reproducible as it is; making it small would take minutes.
            phases=[Phase.generate],
        ),
    )
