"""The work of this room that nobody has to ask for."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from timebank.clock import now
from timebank.hours import service
from timebank.house import House

JOB_NAME = "hours.close_forgotten"


def close_forgotten(house: House, _arguments: Mapping[str, Any]) -> None:
    """Close attendances whose check-out time is over. Safe to repeat: what is closed stays closed."""
    with house.database.transaction() as session:
        service.close_forgotten(session, at=now(), timezone=ZoneInfo(house.settings.timezone))
