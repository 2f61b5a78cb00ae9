"""Sending what the outbox holds. An edge: reads the clock, opens transactions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog

from timebank.clock import now
from timebank.house import House
from timebank.notices import outbox
from timebank.notices.transports import Transport, transports
from timebank.notices.transports.failures import Refused, Unreached
from timebank.notices.wording import Letter

log = structlog.get_logger()

JOB_NAME = "notices.send"


def send(house: House, _arguments: Mapping[str, Any]) -> None:
    """Send everything that is due and has a way out."""
    send_all(house, transports(house.settings), now)


def send_all(house: House, carriers: Mapping[str, Transport], clock: Callable[[], datetime]) -> int:
    """Send what is due by ``carriers``; how many letters went. No transaction is open while a letter is handed over."""
    sent = 0
    with house.database.reading() as session:
        due = outbox.something_is_due(session, channels=carriers.keys(), at=clock())
    unreached: set[str] = set()
    while due:
        taken = _take(house, [channel for channel in carriers if channel not in unreached], clock())
        if taken is None:
            break
        delivery_id, attempt, channel, letter = taken
        if letter is None:
            with house.database.transaction() as session:
                outbox.mark_dropped(session, delivery_id, attempt=attempt, at=clock())
            continue
        try:
            carriers[channel].send(letter)
        except Unreached as problem:
            # The fault is the way's: the others need not be tried now.
            unreached.add(channel)
            _failed(house, delivery_id, attempt, str(problem), for_good=False, at=clock())
        except Refused as problem:
            _failed(house, delivery_id, attempt, str(problem), for_good=problem.for_good, at=clock())
        else:
            sent += 1
            with house.database.transaction() as session:
                outbox.mark_sent(session, delivery_id, attempt=attempt, at=clock())
    with house.database.transaction() as session:
        outbox.give_up_stale(session, at=clock())
    return sent


def _take(house: House, channels: list[str], at: datetime) -> tuple[int, int, str, Letter | None] | None:
    with house.database.transaction() as session:
        row = outbox.claim(session, channels=channels, at=at)
        if row is None:
            return None
        letter = outbox.letter(session, row, settings=house.settings, keyring=house.keyring)
        return row.id, row.attempts, row.channel, letter


def _failed(
    house: House, delivery_id: int, attempt: int, error: str, *, for_good: bool, at: datetime
) -> None:
    log.warning("notice not delivered", delivery=delivery_id, attempt=attempt, error=error)
    with house.database.transaction() as session:
        outbox.mark_failed(session, delivery_id, attempt=attempt, error=error, for_good=for_good, at=at)
