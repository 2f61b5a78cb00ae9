"""The job that ends what nobody has collected."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from store.reservations import service
from timebank.clock import now

if TYPE_CHECKING:
    from timebank.house import House

JOB_NAME = "store.expire_reservations"


def expire(house: "House", _arguments: Mapping[str, Any]) -> None:
    """Give back what was kept until now, a few hundred in each transaction."""
    while True:
        with house.database.transaction() as session:
            if service.expire(session, at=now()) == 0:
                return
