"""Says on every page of a demo that its people are made up."""

from flask import Flask, g

from timebank.demo import queries
from timebank.web.requests import reading


def _template_words() -> dict[str, bool]:
    if g.get("database_failed"):
        return {"is_demo": False}
    with reading() as session:
        return {"is_demo": queries.demo_town(session) is not None}


def init_app(app: Flask) -> None:
    """Give templates the word that draws the banner."""
    app.context_processor(_template_words)
