"""The work of this room that nobody has to ask for."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from timebank.activities import service
from timebank.clock import now
from timebank.house import House

JOB_NAME = "activities.move_queues_on"


def move_queues_on(house: House, _arguments: Mapping[str, Any]) -> None:
    """Let unanswered offers lapse and offer the places to whoever is next. Safe to repeat."""
    with house.database.transaction() as session:
        service.move_queues_on(session, at=now(), timezone=ZoneInfo(house.settings.timezone))
