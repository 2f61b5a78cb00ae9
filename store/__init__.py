"""The love supermarket (爱心超市): goods, stock, orders, the counter (floor 3, stands on ``timebank``)."""

from flask import Blueprint, Flask

from timebank.house import Door, House

BLUEPRINTS: tuple[Blueprint, ...] = ()
DOORS: tuple[Door, ...] = ()


def init_app(app: Flask) -> None:
    """Open the shop in a house that already has its time bank."""
    house: House = app.extensions["timebank"]
    house.doors += DOORS
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
