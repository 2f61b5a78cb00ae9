"""Which root keys sign the rotating codes, and changing them.

The secrets are derived from the installation's secret, outside the database; the database holds only
which number came into use when. A leaked key is made worthless by beginning the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, cast, func, literal_column, select
from sqlalchemy.orm import Session

from timebank.checkin.errors import KeysUsedUp
from timebank.checkin.models import MOST_KEYS, ScanKey
from timebank.checkin.tokens import FIRST_KEY
from timebank.db import kept

# Screens hold codes for a minute ahead; a day leaves room for the slowest of them.
OLD_KEY_ACCEPTED = timedelta(days=1)


@dataclass(frozen=True)
class KeysInUse:
    """The number that signs now, and all whose codes are believed now."""

    current: int
    accepted: frozenset[int]


def keys_in_use(session: Session, *, at: datetime) -> KeysInUse:
    """Current and accepted key numbers at ``at``."""
    return in_use(changes(session), at)


def stamp() -> ColumnElement[str]:
    """A word that changes with every key that is begun, for a statement that asks something else besides."""
    moment = func.coalesce(cast(func.max(ScanKey.begins_at), String), "")
    space: ColumnElement[str] = literal_column("' '", String)
    return select(cast(func.count(ScanKey.id), String) + space + moment).scalar_subquery()


def keys_kept(session: Session, *, at: datetime, stamp: str) -> KeysInUse:
    """As :func:`keys_in_use`, from memory while ``stamp`` (of :func:`stamp`) stands."""
    return in_use(kept(session, "scan_keys", stamp, lambda: changes(session)), at)


def changes(session: Session) -> Sequence[ScanKey]:
    """Every change of key, oldest first."""
    return session.scalars(select(ScanKey).order_by(ScanKey.number)).all()


def in_use(rows: Sequence[ScanKey], at: datetime) -> KeysInUse:
    """The same over plain rows, oldest first."""
    current, accepted = FIRST_KEY, {FIRST_KEY}
    for row in rows:
        if row.begins_at > at:
            break
        if at >= row.previous_until:
            # With the key before, every older one has ended too.
            accepted.clear()
        current = row.number
        accepted.add(current)
    return KeysInUse(current, frozenset(accepted))


def rotate(session: Session, *, at: datetime, by: str, at_once: bool = False) -> ScanKey:
    """Begin the next key.

    Args:
        by: who did it, such as ``command``.
        at_once: refuse the old key's codes from now on, instead of a day later; screens that are on show
            fresh codes within a step.

    Raises:
        KeysUsedUp: all 255 numbers have been used; a new installation secret is needed.
    """
    newest = max((row.number for row in changes(session)), default=FIRST_KEY)
    if newest >= MOST_KEYS:
        raise KeysUsedUp
    row = ScanKey(
        number=newest + 1,
        begins_at=at,
        previous_until=at if at_once else at + OLD_KEY_ACCEPTED,
        begun_by=by,
    )
    session.add(row)
    session.flush()
    return row
