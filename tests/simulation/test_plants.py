"""Every planted cheat acts in a small town, which lives to its end whatever is refused to whom."""

from dataclasses import replace
from datetime import date

import pytest
from flask import Flask

from timebank.db import Database, open_engine
from timebank.house import House
from timebank.simulation.living import live
from timebank.simulation.plants import PLANTS
from timebank.simulation.ready import make_quick

# The others begin later than so short a life lasts, or need more people than so small a town has.
SCENARIOS_AT_LEAST = 15


@pytest.mark.parametrize("engine_kind", ["sqlite"], indirect=True)
def test_a_town_with_every_cheat_lives_to_its_end(database_url: str, whole_house: Flask) -> None:
    assembled: House = whole_house.extensions["timebank"]
    database = Database(open_engine(database_url))
    make_quick(database.engine)
    settings = replace(assembled.settings, database_url=database_url)
    house = replace(assembled, settings=settings, database=database)
    try:
        labels = live(house, seed=2, members=90, weeks=4, plants=PLANTS, starts_on=date(2025, 3, 3))
    finally:
        database.dispose()
    assert len({label.rule_code for label in labels.entries}) >= SCENARIOS_AT_LEAST
