"""What the floors bring together at the composition root: explicit lists, joined once at start-up.

The time bank fills the lists with its own; the shop adds to them in ``store.init_app``. Nothing is
discovered by magic: a list names everything in it, and ``tests/house`` proves that none is forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from timebank.access.actors import Actor, Permission
from timebank.access.keys import Keyring
from timebank.db import Database
from timebank.settings import Settings

if TYPE_CHECKING:
    from timebank.desks.setup import SetupStep
    from timebank.jobs.registry import JobKind
    from timebank.reconcile.checks import Check


@dataclass(frozen=True)
class Door:
    """A way into a page from the home page and the navigation.

    Attributes:
        endpoint: Flask endpoint without required arguments.
        label: English message id; translated where shown.
        icon: name in Bootstrap Icons, without the ``bi-`` prefix.
        permission: who sees it; None for every member.
        audience: ``volunteer``, ``coordinator``, ``attendant``, ``auditor`` or ``administrator``.
    """

    endpoint: str
    label: str
    icon: str
    audience: str
    permission: Permission | None = None

    def open_to(self, actor: Actor) -> bool:
        """Whether ``actor`` may go through."""
        if self.permission is None:
            return actor.member_id is not None
        return actor.may_somewhere(self.permission)


@dataclass
class House:
    """One running installation."""

    settings: Settings
    database: Database
    keyring: Keyring
    permissions: tuple[Permission, ...] = ()
    doors: tuple[Door, ...] = ()
    checks: "tuple[Check, ...]" = ()
    jobs: "tuple[JobKind, ...]" = ()
    # Register name → importer; the shop adds ``goods``.
    importers: dict[str, Any] = field(default_factory=dict)
    # What a new county needs first, in order; the administrator's home page shows the one that is due.
    setup_steps: "tuple[SetupStep, ...]" = ()
    # Steps of the demo town, in order; each is called with the session and the town, for every day of its year.
    demo_steps: tuple[Callable[..., None], ...] = ()
    # What is kept about a member, for the member's own export: section → rows, computed per member id.
    own_records: dict[str, Callable[[Session, int], list[dict[str, Any]]]] = field(default_factory=dict)
    # Action code → the sentence that the audit trail's page shows for it (English message id).
    audit_sentences: dict[str, str] = field(default_factory=dict)
