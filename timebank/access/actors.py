"""The actor: who is asking, as a plain value that every query and service is given."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """Roles held on a subtree. Every member is a volunteer in their own right and needs no grant."""

    COORDINATOR = "coordinator"
    ATTENDANT = "attendant"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Permission:
    """Something that a role allows. ``code`` is ``room.verb``."""

    code: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Grant:
    """A role on the organisation at ``path`` and everything below it."""

    role: Role
    organisation_id: int
    path: str


@dataclass(frozen=True)
class Actor:
    """A person, a program with a key, or the system's own command or job.

    Attributes:
        label: ``user:<id>``, ``key:<id>``, ``command`` or ``job``; goes into the audit trail.
        home_path: path of the organisation that the person is a member of.
    """

    label: str
    name: str
    user_id: int | None = None
    member_id: int | None = None
    home_path: str | None = None
    grants: tuple[Grant, ...] = ()
    locale: str = "zh"
    elder_mode: bool = False
    session_epoch: int = field(default=0, compare=False)

    def paths(self, permission: Permission) -> tuple[str, ...]:
        """Paths of the subtrees on which the actor holds ``permission``."""
        return tuple(grant.path for grant in self.grants if grant.role in permission.roles)

    def may(self, permission: Permission, path: str) -> bool:
        """Whether the actor holds ``permission`` on the organisation at ``path``."""
        return any(path.startswith(allowed) for allowed in self.paths(permission))

    def may_somewhere(self, permission: Permission) -> bool:
        """Whether the actor holds ``permission`` anywhere."""
        return bool(self.paths(permission))

    @property
    def county_paths(self) -> tuple[str, ...]:
        """Roots of the trees that the person belongs to: where public things are theirs to see."""
        known = [grant.path for grant in self.grants] + ([self.home_path] if self.home_path else [])
        return tuple(sorted({f"/{path.split('/')[1]}/" for path in known}))

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    # What Flask-Login asks of a user; plain properties, so that the domain needs no import.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """The session's word for this user: a change of password ends every session by its epoch."""
        return f"{self.user_id}.{self.session_epoch}"


def system_actor(label: str = "command") -> Actor:
    """The actor of the command line and of jobs: may do everything, everywhere."""
    grants = tuple(Grant(role, 0, "/") for role in Role)
    return Actor(label=label, name=label, grants=grants)
