"""Assembly of the time bank: settings, database, frame, rooms. The shop is added by ``wsgi``."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_bootstrap import Bootstrap5

from timebank import rooms
from timebank.access.keys import Keyring
from timebank.access.permissions import PERMISSIONS
from timebank.db import Database, open_engine
from timebank.house import House
from timebank.settings import Settings, load
from timebank.web import errors, filters, frame, health, locale, logs, navigation, scanning

SESSION_DAYS = 30


def create_app(settings: Settings | None = None) -> Flask:
    """The time bank as a Flask application, without the shop."""
    settings = settings or load()
    logs.configure(settings.log_format)
    app = Flask(
        "timebank",
        template_folder=str(templates_folder()),
        static_folder=str(Path(__file__).parent / "static"),
    )
    keyring = Keyring(settings.secret_key)
    app.config.update(
        SECRET_KEY=keyring.key("session"),
        MAX_CONTENT_LENGTH=settings.max_request_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_request_bytes,
        SESSION_COOKIE_NAME="timebank",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(days=SESSION_DAYS),
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
    )
    app.extensions["timebank"] = House(
        settings, Database(open_engine(settings.database_url)), keyring, PERMISSIONS
    )
    Bootstrap5(app)
    locale.init_app(app)
    frame.init_app(app)
    filters.init_app(app)
    navigation.init_app(app)
    scanning.init_app(app)
    health.init_app(app)
    rooms.init_app(app)
    errors.init_app(app)
    return app


def templates_folder() -> Path:
    """Beside the package in a checkout, inside it when installed from a wheel."""
    installed = Path(__file__).parent / "templates"
    return installed if installed.is_dir() else Path(__file__).parent.parent / "templates"
