"""What the county calls its points: asked once a request."""

from dataclasses import dataclass

from flask import g
from flask_login import AnonymousUserMixin
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.orgs.queries import only_county
from timebank.policy.queries import policy_for
from timebank.policy.rules import Policy
from timebank.web.locale import current_locale
from timebank.web.requests import actor_or_none, reading


@dataclass(frozen=True)
class HouseWords:
    """The county's own words: what stands behind a number of points in each language."""

    points_zh: str
    points_en: str


def house_words() -> HouseWords:
    """The words for this request."""
    if "house_words" not in g:
        with reading() as session:
            policy = policy_for(session, _path(session, actor_or_none()))
            g.house_words = HouseWords(policy.points_name_zh, policy.points_name_en)
    words: HouseWords = g.house_words
    return words


def _path(session: Session, who: Actor | None) -> str:
    """Where the reader belongs; a visitor belongs to the county when there is only one."""
    if who is not None and who.home_path:
        return who.home_path
    if who is not None and who.grants:
        return who.grants[0].path
    county = only_county(session)
    return county.path if county else ""


def ask_the_database_nothing_more() -> None:
    """For the page that says that the database failed: defaults, and nobody logged in."""
    default = Policy()
    g.database_failed = True
    g.house_words = HouseWords(default.points_name_zh, default.points_name_en)
    g._login_user = AnonymousUserMixin()


def points_unit() -> str:
    """The word that stands behind a number of points, in the reader's language."""
    words = house_words()
    return words.points_en if current_locale() == "en" else words.points_zh
