"""A short run of the simulator on each engine; the long one is `python -m tests.ledger.simulate`."""

import os

from sqlalchemy import Engine

from tests.ledger.simulate import fresh_books, simulate

STEPS = int(os.environ.get("LEDGER_STEPS", "250"))


def test_a_simulated_town_stays_sound_under_faults(books: Engine) -> None:
    simulation = simulate(books, seed=20260302, steps=STEPS)
    assert simulation.counted["spend: ok"] > STEPS // 20
    assert any("insufficient" in name for name in simulation.counted)


def test_the_same_seed_gives_the_same_run_on_any_engine(books: Engine) -> None:
    here = simulate(books, seed=5, steps=60)
    with fresh_books("sqlite") as others:
        there = simulate(others, seed=5, steps=60)
    assert (here.trace, here.made, here.counted) == (there.trace, there.made, there.counted)
