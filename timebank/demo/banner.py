"""Says on every page of a demo that its people are made up."""

from flask import Flask

from timebank.demo import queries
from timebank.web.requests import reading


def _template_words() -> dict[str, bool]:
    with reading() as session:
        return {"is_demo": queries.demo_town(session) is not None}


def init_app(app: Flask) -> None:
    """Give templates the word that draws the banner."""
    app.context_processor(_template_words)
