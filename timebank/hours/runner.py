"""The work of this room that nobody has to ask for."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from timebank.clock import now
from timebank.hours import deadlines, service
from timebank.house import House

JOB_NAME = "hours.close_forgotten"
DEADLINES = "hours.correction_deadlines"


def close_forgotten(house: House, _arguments: Mapping[str, Any]) -> None:
    """Close attendances whose check-out time is over. Safe to repeat: what is closed stays closed."""
    with house.database.transaction() as session:
        service.close_forgotten(session, at=now(), timezone=ZoneInfo(house.settings.timezone))


def correction_deadlines(house: House, _arguments: Mapping[str, Any]) -> None:
    """Tell those who may answer a request for correction before and after its last day. Safe to repeat."""
    with house.database.transaction() as session:
        deadlines.tell_of_deadlines(session, at=now())
