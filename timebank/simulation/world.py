"""The simulated town while it lives: its state (``ground``) and the acts of everybody (``doors``, ``desk``, ``market``)."""

from timebank.simulation.desk import Desk
from timebank.simulation.doors import Doors
from timebank.simulation.ground import Occasion, Person, Stand
from timebank.simulation.market import Shopping

__all__ = ["Occasion", "Person", "Stand", "World"]


class World(Doors, Desk, Shopping):
    """The town on one of its days, as honest habits and plants see it."""
