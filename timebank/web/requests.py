"""What a page needs from the running request: the house, a transaction, the actor."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar, cast
from urllib.parse import urlsplit

from flask import current_app, g, url_for
from flask import session as cookie
from flask_login import current_user
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.audit import service as audit
from timebank.clock import now
from timebank.house import House

View = TypeVar("View", bound=Callable[..., object])


def house() -> House:
    """The running installation."""
    return cast(House, current_app.extensions["timebank"])


@contextmanager
def transaction() -> Iterator[Session]:
    """One writing transaction: committed when the block ends, rolled back when it raises."""
    with house().database.transaction() as session:
        yield session


@contextmanager
def reading() -> Iterator[Session]:
    """One reading session."""
    with house().database.reading() as session:
        yield session


def arrived() -> datetime:
    """When the running request reached the server, before it waited for anything.

    For what is true of a moment and not of a queue: a code that was on the screen when it was scanned.
    """
    return cast(datetime, g.get("arrived") or now())


def actor() -> Actor:
    """Who is asking. Only pages marked :func:`public` may be reached without one."""
    return cast(Actor, current_user._get_current_object())


def actor_or_none() -> Actor | None:
    """Who is asking, or None for a visitor who has not logged in."""
    return actor() if current_user.is_authenticated else None


def carries_log_in() -> bool:
    """Whether the browser carries a log-in; nobody has looked whether it still holds, which costs a question."""
    return "_user_id" in cookie


def own_address(target: str | None) -> str:
    """``target`` when it is a path of this site, else the home page: no open redirect, nothing but one line."""
    if (
        target
        and target.isprintable()
        and target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not urlsplit(target).netloc
    ):
        return target
    return url_for("desks.home")


def public(view: View) -> View:
    """Mark a view that visitors may reach; all others ask for a log-in first."""
    view.is_public = True  # type: ignore[attr-defined]  # Flask views are plain functions with attributes.
    return view


def audited(
    session: Session, action: str, subject: str, *, organisation_id: int | None = None, **facts: object
) -> None:
    """Write the actor's act into the audit trail, in the act's own transaction."""
    who = actor()
    audit.record(
        session,
        at=now(),
        actor=who.label,
        actor_name=who.name,
        action=action,
        subject=subject,
        organisation_id=organisation_id,
        request_id=g.get("request_id", ""),
        **facts,
    )
