"""Honest scans that are refused, by simulation through the real code that makes and verifies codes.

The delay model is that of the attendance reference, section 2, whose two published results it is fitted to:
0.2 % of honest scans refused at 15 s with the step before accepted, and 79 % if people had to log in before
the code is verified. From the moment at which somebody sees the code until the server's first hit:

- aiming, recognising and tapping the notice: log-normal, median 3 s, sigma 0.5;
- opening the browser and the network: log-normal, median 1.5 s, sigma 0.7;
- one phone in twenty is slow: 4 s more on average, exponential;
- the screen is up to 0.3 s behind the server.

The log-in, where it comes first, takes 25 s in the median (log-normal, sigma 0.4).
"""

import math
import random
from datetime import UTC, datetime, timedelta

from timebank.access.keys import Keyring
from timebank.checkin import tokens
from timebank.checkin.tokens import Kind

_MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)


def delay_seconds(chance: random.Random) -> float:
    """From seeing the code to the server's first hit."""
    aiming = chance.lognormvariate(math.log(3.0), 0.5)
    opening = chance.lognormvariate(math.log(1.5), 0.7)
    slow = chance.expovariate(1 / 4.0) if chance.random() < 0.05 else 0.0
    return aiming + opening + slow


def log_in_seconds(chance: random.Random) -> float:
    """Name and password on a phone, for those who have to."""
    return chance.lognormvariate(math.log(25.0), 0.4)


def refused_share(scans: int, *, step_seconds: int = 15, log_in_first: bool = False, seed: int = 11) -> float:
    """The share of honest scans that the verification refuses."""
    chance, keyring = random.Random(seed), Keyring("a secret of at least thirty-two characters")
    refused = 0
    for _scan in range(scans):
        seen = _MORNING + timedelta(seconds=chance.uniform(0, 3600))
        # A screen that is behind still shows the code of a moment ago.
        shown = seen - timedelta(seconds=chance.uniform(0, 0.3))
        token = tokens.mint(
            keyring,
            kind=Kind.IN,
            shift_id=7,
            display=3,
            step=tokens.step_at(shown, seconds=step_seconds),
            step_seconds=step_seconds,
        )
        waited = delay_seconds(chance) + (log_in_seconds(chance) if log_in_first else 0)
        refused += not tokens.read(keyring, token, at=seen + timedelta(seconds=waited)).fresh
    return refused / scans
