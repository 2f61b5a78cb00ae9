"""What the floors bring together at the composition root: explicit lists, joined once at start-up.

The time bank fills the lists with its own; the shop adds to them in ``store.init_app``. Nothing is
discovered by magic: a list names everything in it, and ``tests/house`` proves that none is forgotten.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from timebank.access.actors import Actor, Permission
from timebank.access.keys import Keyring
from timebank.db import Database
from timebank.settings import Settings

if TYPE_CHECKING:
    from timebank.activities.budget import StockValue
    from timebank.activities.calling_off import CallingOff
    from timebank.desks.setup import SetupStep
    from timebank.fraud.rules import Rule
    from timebank.fraud.ties import Tie
    from timebank.fraud.timeline import Moment
    from timebank.jobs.registry import JobKind
    from timebank.reconcile.checks import Check
    from timebank.reconcile.concerns import Lookup
    from timebank.reconcile.models import RedemptionStop
    from timebank.reconcile.suspense import CountedDifference
    from timebank.reconcile.totals import Counted
    from timebank.simulation.market import Market


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
    # Where a break lies and who brought it about, by the word of its subject; and what is counted every day.
    concerns: "dict[str, Lookup]" = field(default_factory=dict)
    control_totals: "tuple[Counted, ...]" = ()
    # Differences that honest counts have found: (session, at) → those that are not in suspense yet.
    counted_differences: "tuple[Callable[[Session, datetime], Iterable[CountedDifference]], ...]" = ()
    # Who hears that redeeming is paused, or goes on: (session, stop, at).
    stop_hearers: "tuple[Callable[[Session, RedemptionStop, datetime], None], ...]" = ()
    fraud_rules: "tuple[Rule, ...]" = ()
    # What a word of evidence such as ``scan`` points at.
    evidence: dict[str, Any] = field(default_factory=dict)
    # What happened around members, for a case's timeline: (session, member ids, since) → moments.
    timelines: "tuple[Callable[[Session, Sequence[int], datetime], Iterable[Moment]], ...]" = ()
    # Who gave whom what no machine saw, for the weekly graph: (session, since, until) → ties.
    ties: "tuple[Callable[[Session, datetime, datetime], Iterable[Tie]], ...]" = ()
    jobs: "tuple[JobKind, ...]" = ()
    # What lies on the shelves below an organisation, for the budget before publishing; the shop adds its own.
    stock_values: "tuple[StockValue, ...]" = ()
    # What becomes of those inside when a running activity is called off; rooms above ``activities`` add theirs.
    calling_off: "tuple[CallingOff, ...]" = ()
    # Register name → importer; the shop adds ``goods``.
    importers: dict[str, Any] = field(default_factory=dict)
    # What a new county needs first, in order; the administrator's home page shows the one that is due.
    setup_steps: "tuple[SetupStep, ...]" = ()
    # Steps of the demo town, in order; each is called with the session and the town, for every day of its year.
    demo_steps: tuple[Callable[..., None], ...] = ()
    # The shop's side of the simulated town.
    simulated_market: "Market | None" = None
    # Subjects such as ``case:5`` that an actor may not know of: what is done about them is kept from their trail.
    kept_from: "tuple[Callable[[Session, Actor], Sequence[str]], ...]" = ()
    # What is kept about a member, for the member's own export: section → rows, computed per member id.
    own_records: dict[str, Callable[[Session, int], list[dict[str, Any]]]] = field(default_factory=dict)
    # Action code → the sentence that the audit trail's page shows for it (English message id).
    audit_sentences: dict[str, str] = field(default_factory=dict)
