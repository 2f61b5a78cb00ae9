"""Says on every page of a demo that its people are made up."""

from flask import Flask, g

from timebank.demo import queries
from timebank.web.requests import house


class _IsDemo:
    """Asked only by pages that have room for the banner; full-screen answers have not."""

    def __bool__(self) -> bool:
        if g.get("database_failed"):
            return False
        with house().database.glance() as session:
            return queries.demo_town(session) is not None


def _template_words() -> dict[str, _IsDemo]:
    return {"is_demo": _IsDemo()}


def init_app(app: Flask) -> None:
    """Give templates the word that draws the banner."""
    app.context_processor(_template_words)
