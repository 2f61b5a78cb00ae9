"""Night work of the price list. An edge: opens the transaction and reads the clock."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from store.catalogue.prices import put_in_force
from timebank.clock import now
from timebank.house import House


def put_prices_in_force(house: House, _arguments: Mapping[str, Any]) -> None:
    """The nightly job: write the price of the new day onto the products whose price list says another."""
    with house.database.transaction() as session:
        put_in_force(session, now().astimezone(ZoneInfo(house.settings.timezone)).date())
