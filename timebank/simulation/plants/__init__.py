"""Cheats that are planted in the simulated town, one file for each scenario, in an explicit registry."""

from timebank.simulation.plants.plant import Plant

__all__ = ["PLANTS", "Plant"]

PLANTS: tuple[Plant, ...] = ()
