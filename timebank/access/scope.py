"""The one way to say which rows an actor may see, and the test of a permission on a row already seen.

Fetch within scope first: what lies outside does not exist for the actor (``Absent``). Then
:func:`require` the permission on the row's organisation (``Forbidden``).
"""

from typing import Any

from sqlalchemy import ColumnElement, false, or_

from timebank.access.actors import Actor, Permission
from timebank.errors import Forbidden


def _below(path: Any, roots: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(false(), *(path.startswith(root, autoescape=True) for root in roots))


def within(actor: Actor, path: Any, permission: Permission | None = None) -> ColumnElement[bool]:
    """Rows whose organisation ``path`` lies in a subtree where the actor holds a role.

    With ``permission``, only subtrees where it is held: for lists, which show what may be acted on.
    """
    roots = actor.paths(permission) if permission else tuple(grant.path for grant in actor.grants)
    return _below(path, tuple(sorted(set(roots))))


def within_or_own(actor: Actor, path: Any, member_id: Any) -> ColumnElement[bool]:
    """Rows within the actor's subtrees, and the actor's own."""
    if actor.member_id is None:
        return within(actor, path)
    return or_(within(actor, path), member_id == actor.member_id)


def within_county(actor: Actor, path: Any) -> ColumnElement[bool]:
    """Rows that everybody of the actor's county may see, such as published activities and goods."""
    return _below(path, actor.county_paths)


def require(actor: Actor, permission: Permission, path: str) -> None:
    """Raise ``Forbidden`` unless the actor holds ``permission`` on the organisation at ``path``."""
    if not actor.may(permission, path):
        raise Forbidden(permission=permission.code)


def require_somewhere(actor: Actor, permission: Permission) -> None:
    """Raise ``Forbidden`` unless the actor holds ``permission`` on some organisation."""
    if not actor.may_somewhere(permission):
        raise Forbidden(permission=permission.code)
