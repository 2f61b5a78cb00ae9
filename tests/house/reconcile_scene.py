"""A difference that waits at the station, and a pause of redemptions that was lifted, for the walk over all addresses."""

from sqlalchemy.orm import Session

from tests.cast import NOON, Cast
from timebank.reconcile.models import RedemptionStop, SuspenseItem


def furnish_differences(session: Session, cast: Cast) -> dict[str, int | str]:
    """Item and stop by the names of their arguments."""
    item = SuspenseItem(
        origin="break",
        check_code="records_are_posted",
        subject="record:4711",
        says="The record was approved and earns something, but nothing was posted for it.",
        facts={},
        fingerprint="0" * 64,
        organisation_id=cast.station_id,
        status="open",
        opened_at=NOON,
        last_seen_at=NOON,
    )
    # Over already, so that the scene's shop hands out goods.
    stop = RedemptionStop(
        organisation_id=cast.station_id,
        stopped_at=NOON,
        checks=["seals_hold"],
        lifted_at=NOON,
        lifted_how="clean",
    )
    session.add_all([item, stop])
    session.flush()
    return {"item_id": item.id, "stop_id": stop.id}
