"""Drawing at random so that everybody can repeat it, and what a small sample says about the whole. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from math import comb

# How often the interval holds what is true.
CONFIDENCE_PERCENT = 95
_STEPS = 60


def drawn(seed: str, numbers: Iterable[int], permille: int) -> list[int]:
    """The records that ``seed`` draws: those with the smallest SHA-256 of ``seed:number``.

    Whoever knows the seed and the population gets the same records; whoever makes the population cannot
    choose which they are, when the seed is published afterwards.

    Args:
        permille: share of the population, of a thousand; at least one record is drawn from a population that is not empty.
    """
    population = sorted(set(numbers))
    if not population:
        return []
    wanted = max(1, -(-len(population) * permille // 1000))
    return sorted(sorted(population, key=lambda number: _lot(seed, number))[:wanted])


def _lot(seed: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed}:{number}".encode()).digest()


def population_digest(numbers: Iterable[int]) -> str:
    """SHA-256 over the population's numbers in order, so that a draw can be proved later."""
    return hashlib.sha256(",".join(str(number) for number in sorted(set(numbers))).encode()).hexdigest()


def interval(unsound: int, looked_at: int) -> tuple[float, float]:
    """The share of unsound records in the whole, with 95 percent confidence: the exact interval of Clopper and Pearson.

    Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case
    of the binomial", Biometrika 26 (1934).

    Returns:
        Lower and upper bound, from 0 to 1.
    """
    if looked_at == 0:
        return 0.0, 1.0
    tail = (100 - CONFIDENCE_PERCENT) / 200
    # P(X >= unsound) grows with the share; the lower bound is where it reaches the tail.
    lower = 0.0 if unsound == 0 else _where(lambda p: 1 - _at_most(unsound - 1, looked_at, p), tail)
    upper = 1.0 if unsound == looked_at else _where(lambda p: 1 - _at_most(unsound, looked_at, p), 1 - tail)
    return lower, upper


def _at_most(successes: int, tries: int, share: float) -> float:
    return sum(comb(tries, k) * share**k * (1 - share) ** (tries - k) for k in range(successes + 1))


def _where(growing: Callable[[float], float], value: float) -> float:
    """Where a growing function of a share reaches ``value``, by halving."""
    low, high = 0.0, 1.0
    for _step in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if growing(middle) < value else (low, middle)
    return (low + high) / 2


def share_text(share: float) -> str:
    """A share in percent with one decimal, as tables show it."""
    return f"{100 * share:.1f}"


def checklist(answers: Sequence[str]) -> str:
    """What follows from the checklist's answers: one no is unsound, one unclear is unclear."""
    if "no" in answers:
        return "unsound"
    return "unclear" if "unclear" in answers or not answers else "sound"
