"""What every template knows: the doors open to the actor, the language, the mode."""

from typing import Any

from flask import Flask, current_app
from flask_login import current_user

from timebank.access.actors import Actor
from timebank.house import Door
from timebank.web.locale import LOCALES, current_locale, elder_mode
from timebank.web.requests import actor_or_none, house


def open_doors(actor: Actor) -> list[Door]:
    """The doors that ``actor`` may go through, in the order of the house."""
    return [
        door for door in house().doors if door.open_to(actor) and door.endpoint in current_app.view_functions
    ]


def _template_words() -> dict[str, Any]:
    visitor = actor_or_none() if current_user else None
    return {
        "actor": visitor,
        "doors": open_doors(visitor) if visitor else [],
        "locale": current_locale(),
        "locales": LOCALES,
        "elder_mode": elder_mode(),
        "public_url": house().settings.public_url,
    }


def init_app(app: Flask) -> None:
    """Give templates their words."""
    app.context_processor(_template_words)
