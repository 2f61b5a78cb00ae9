"""A list that was taken onto a device, and something odd that came from it."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.cast import Cast
from tests.offline.device import card_of, taken_by
from timebank.activities.models import Shift
from timebank.offline.models import OfflineConflict


def furnish_offline(session: Session, cast: Cast, shift: Shift) -> dict[str, int | str]:
    """What the arguments of the addresses of the offline roster are filled with."""
    device = taken_by(session, cast, cast.coordinator, shift, at=shift.starts_at - timedelta(hours=1))
    device.scan(card_of(session, cast, cast.neighbour), "out", shift.ends_at)
    device.upload(session, at=shift.ends_at + timedelta(hours=1))
    conflict = session.scalars(select(OfflineConflict)).one()
    return {"conflict_id": conflict.id, "roster_id": device.taken.roster.id}
