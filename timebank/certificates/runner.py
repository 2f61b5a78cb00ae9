"""The work of this room that nobody has to ask for."""

from collections.abc import Mapping
from typing import Any

from timebank.certificates import service
from timebank.clock import now
from timebank.house import House

JOB_NAME = "certificates.tell_fallen"


def tell_fallen(house: House, _arguments: Mapping[str, Any]) -> None:
    """Tell holders whose certificate fell with one of its records. Safe to repeat: each hears of it once."""
    with house.database.transaction() as session:
        service.tell_fallen(session, at=now())
