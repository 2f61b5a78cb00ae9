"""What a check is, and the time bank's own, one per file, in the order in which they are reported.

The shop adds its checks through ``house.checks``. A check counts what it examines and streams the
breaks it finds; its sentences are message ids, filled with the break's facts where they are shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, true
from sqlalchemy.orm import Session

from ledger import weighing

if TYPE_CHECKING:
    from timebank.reconcile.totals import Counted

T = TypeVar("T")

# 账证 ledger against evidence · 账账 ledger against ledger · 账实 ledger against what is on the shelf.
Kind = Literal["vouchers", "books", "shelf"]
KINDS: tuple[Kind, ...] = ("vouchers", "books", "shelf")


@dataclass(frozen=True)
class Since:
    """From where on an incremental run looks; everything before was found clean and is sealed.

    Attributes:
        transaction: lowest number of a transaction that was not sealed then. Numbers may commit out of order,
            so this is the lowest of all that were sealed since or still wait, not the last one seen and one more.
        seal: the last seal of then.
        at: when the last run began, an hour earlier: what was being written meanwhile is looked at again.
        numbers: table → the last number that was written before ``at``; what is numbered higher is looked at.
        records: service records that were touched since, asked for once for all checks; None where there are too
            many to be named one by one.
        near: the same members' records of those months, and of the weeks that reach into them.
    """

    transaction: int
    seal: int
    at: datetime
    numbers: Mapping[str, int] = field(default_factory=dict)
    records: tuple[int, ...] | None = None
    near: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Range:
    """What a run looks at.

    Attributes:
        at: the moment of the run; nothing later is looked at by checks that age things.
        path: path of the organisation whose subtree is examined; None for the whole installation.
        timezone: the county's own, for days.
        totals: the tables that control totals count besides the ledger.
        since: where an incremental run begins, for checks that can do so; None for a full one.
        counted: what several checks count alike, counted once for the run.
    """

    at: datetime
    timezone: ZoneInfo
    path: str | None = None
    since: Since | None = None
    totals: "tuple[Counted, ...]" = ()
    counted: dict[tuple[str, bool], Any] = field(default_factory=dict, compare=False)

    @property
    def from_transaction(self) -> int | None:
        """The first transaction to look at; None for all."""
        return self.since.transaction if self.since else None

    @cached_property
    def touched_numbers(self) -> frozenset[int]:
        """The service records that were touched, where they are known one by one."""
        return frozenset(self.since.records or ()) if self.since else frozenset()

    def new(self, transaction_id: Any) -> ColumnElement[bool]:
        """The condition that a transaction is looked at."""
        if self.since is None:
            return true()
        condition: ColumnElement[bool] = transaction_id >= self.since.transaction
        return condition

    def written(self, number: Any, *, changed: Any = None, transaction_id: Any = None) -> ColumnElement[bool]:
        """The condition that a row is looked at: it is numbered higher than what was there, changed since, or new in the books.

        Args:
            number: the table's ``id``; the table is among those that some check ``watches``.
            changed: the moment of its last change, where a row is not for good.
            transaction_id: its posting.
        """
        if self.since is None:
            return true()
        ways: list[ColumnElement[bool]] = [number > self.since.numbers.get(number.class_.__tablename__, 0)]
        if changed is not None:
            ways.append(changed >= self.since.at)
        if transaction_id is not None:
            ways.append(self.new(transaction_id))
        return or_(*ways)

    def found_whole(self, session: Session, code: str) -> bool:
        """Whether one look at all entries has answered this check of the ledger's already, in a full run."""
        return self.since is None and code in self.once(
            "weighed", lambda: weighing.found_whole(session.connection())
        )

    def once(self, what: str, count: Callable[[], T]) -> T:
        """``count()``, or what it said when another check of this run asked for ``what``."""
        key = (what, self.since is None)
        if key not in self.counted:
            self.counted[key] = count()
        said: T = self.counted[key]
        return said

    def holds(self, path_column: Any) -> ColumnElement[bool]:
        """The condition that an organisation's path lies within this range."""
        if self.path is None:
            return true()
        below: ColumnElement[bool] = path_column.startswith(self.path, autoescape=True)
        return below


@dataclass(frozen=True)
class Break:
    """One place where two records disagree.

    Attributes:
        subject: ``record:5``, ``transaction:7``, ``account:…``: what it is about.
        says: a sentence marked with ``N_``, with ``%(name)s`` places for the facts.
        facts: plain JSON values; amounts as text, moments as ISO 8601.
    """

    subject: str
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One thing that reconciliation proves.

    Attributes:
        code: stable word, part of the public interface.
        kind: which of the three kinds of comparison.
        proves: what holds when nothing is found, marked with ``N_``.
        broken_by: what usually breaks it, marked with ``N_``.
        repair: what to do about a break, marked with ``N_``.
        count: how many things the check examines in the range.
        find: the breaks, streamed or from set-based SQL; never a list of everything examined.
        everywhere_only: True for checks of the whole books, left out of a run over a subtree.
        incremental: True where ``count`` and ``find`` follow ``Range.since``: what was clean before and cannot
            change without a new transaction or a new moment on its row is left to the weekly full run.
        watches: of tables that an incremental run looks at by number: the column that says when a row was written.
        stops_the_line: a break touches the books themselves: shops may be stopped.
        opens_a_case: a break is a suspicion about people, which a person decides.
    """

    code: str
    kind: Kind
    proves: str
    broken_by: str
    repair: str
    count: Callable[[Session, Range], int]
    find: Callable[[Session, Range], Iterable[Break]]
    everywhere_only: bool = False
    incremental: bool = False
    watches: tuple[Any, ...] = ()
    stops_the_line: bool = False
    opens_a_case: bool = False
