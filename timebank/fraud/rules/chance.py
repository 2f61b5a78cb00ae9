"""How improbable it is that chance alone explains what was counted: the ground on which rules compare people."""

from math import exp, lgamma, log, log1p

# Chances are given and set in millionths: a county may set one in ten thousand as 100.
MILLION = 1_000_000
# So many of the others the expected share counts for.
_WEIGHT = 20


def at_least(times: int, tries: int, share: float) -> float:
    """The chance of ``times`` or more of ``tries`` where each has the same ``share``: the tail of the binomial."""
    if times <= 0:
        return 1.0
    if times > tries or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    # By logarithms: a county's half year has more redemptions than a float can count the ways of.
    return min(1.0, sum(exp(_log_of(k, tries, share)) for k in range(times, tries + 1)))


def _log_of(k: int, tries: int, share: float) -> float:
    ways = lgamma(tries + 1) - lgamma(k + 1) - lgamma(tries - k + 1)
    return ways + k * log(share) + (tries - k) * log1p(-share)


def usual_share(times: int, tries: int, *, least: float) -> float:
    """What is usual among everybody else, never below ``least``, which stands for twenty of them.

    A small town with a lucky month proves nothing, and three neighbours are no measure.
    """
    return max(least, (times + least * _WEIGHT) / (tries + _WEIGHT))
