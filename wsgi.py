"""The composition root: the one place that joins the time bank and the shop.

``gunicorn 'wsgi:create()'`` serves it; ``python -m timebank`` uses it for every command.
"""

from flask import Flask

import store
from timebank.app import create_app
from timebank.settings import Settings


def create(settings: Settings | None = None) -> Flask:
    """The whole house as one Flask application."""
    app = create_app(settings)
    store.init_app(app)
    return app
