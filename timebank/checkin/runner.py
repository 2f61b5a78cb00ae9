"""The work of this room that nobody has to ask for."""

from collections.abc import Mapping
from typing import Any

from timebank.access import lockouts
from timebank.checkin import spots, tickets
from timebank.clock import now
from timebank.house import House
from timebank.members import codes


def forget(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: lapsed tickets and codes and old failed tries go. Each step is safe to repeat."""
    for step in (tickets.forget, codes.forget, lockouts.forget):
        with house.database.transaction() as session:
            step(session, at=now())


def settle_spot_checks(house: House, _arguments: Mapping[str, Any]) -> None:
    """Every few minutes: spot checks that are over get the names of those who missed them. Safe to repeat."""
    with house.database.transaction() as session:
        spots.settle(session, at=now())
