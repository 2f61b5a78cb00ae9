"""Which language and which mode: the person's choice, then the session's, then Chinese."""

from flask import Flask, session
from flask_babel import Babel
from flask_login import current_user

LOCALES = ("zh", "en")
babel = Babel()


def current_locale() -> str:
    """``zh`` or ``en``."""
    chosen = session.get("locale")
    if chosen in LOCALES:
        return str(chosen)
    if current_user and current_user.is_authenticated:
        return current_user.locale if current_user.locale in LOCALES else "zh"
    return "zh"


def elder_mode() -> bool:
    """Whether the large, plain mode (长辈版) is on."""
    chosen = session.get("elder_mode")
    if chosen is not None:
        return bool(chosen)
    return bool(current_user and current_user.is_authenticated and current_user.elder_mode)


def init_app(app: Flask) -> None:
    """Set up translation."""
    app.config["BABEL_DEFAULT_LOCALE"] = "en"  # The language of the message ids.
    babel.init_app(app, locale_selector=current_locale)
