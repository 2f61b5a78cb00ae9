"""The values that go into a posting, and the state they are decided on."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from ledger.amounts import Asset

LotName = tuple[int, int]
"""The transaction and line of the entry that made a lot; inside a batch, -1 - index stands for a draft's transaction."""

EntryName = tuple[int, int]
"""The index of a draft in its batch and the line of one of its entries."""

UsableLots = Literal["valid", "any", "expired"]

LAPSE = "lapse"
"""The kind of the postings that take away what has expired."""


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """What an account is. Floor and ceiling are amounts of the asset; None means unlimited and unlocked.

    With `lots`, what comes in is kept in lots that may expire, and goes out oldest expiry first.
    """

    code: str
    asset: Asset
    floor: Decimal | None = None
    ceiling: Decimal | None = None
    lots: bool = False

    def __post_init__(self) -> None:
        if self.lots and self.floor != 0:
            raise ValueError("an account with lots needs a floor of zero: nothing can be owed out of a lot")

    @property
    def guarded(self) -> bool:
        """Whether the account keeps a balance row that is locked and checked at each posting."""
        return self.floor is not None or self.ceiling is not None


@dataclass(frozen=True, slots=True)
class Leg:
    """One signed amount on one account; a positive amount is what the account's owner gains.

    `expires_at` is when what comes in lapses, on an account with lots.
    """

    account: AccountSpec | str
    amount: Decimal
    expires_at: dt.datetime | None = None

    @property
    def code(self) -> str:
        """The code of the account."""
        return self.account if isinstance(self.account, str) else self.account.code


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it is posted.

    `key` makes it happen once; `at` is when it took effect, `recorded_at` when it was written down;
    `subject` is what it is about; `facts` are kept with it and sealed (JSON without floats).
    """

    key: str
    kind: str
    legs: Sequence[Leg]
    at: dt.datetime
    recorded_at: dt.datetime
    actor: str
    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    reverses: int | None = None

    @property
    def stated_at(self) -> dt.datetime | None:
        """The effective time, if somebody stated it rather than letting it be the moment of recording."""
        return None if self.at == self.recorded_at else self.at


@dataclass(slots=True)
class OpenLot:
    """A lot with something left; scaled."""

    name: LotName
    expires_at: dt.datetime | None
    left: int

    def valid(self, at: dt.datetime) -> bool:
        """Whether it has not expired at that moment."""
        return self.expires_at is None or self.expires_at > at


@dataclass(frozen=True, slots=True)
class StandingHold:
    """What is held on an account with lots, and since when; scaled. A hold that is only being made has no number."""

    id: int | None
    since: dt.datetime
    amount: int


@dataclass(slots=True)
class AccountState:
    """An account as read under its lock; amounts are scaled.

    `open_lots` are sorted, oldest expiry first; `standing` are the holds of an account with lots, as they were made.
    """

    id: int
    code: str
    asset: Asset
    status: str
    guarded: bool
    keeps_lots: bool = False
    amount: int = 0
    held: int = 0
    floor: int | None = None
    ceiling: int | None = None
    open_lots: list[OpenLot] = field(default_factory=list)
    standing: list[StandingHold] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LotMove:
    """What an entry took from a lot (negative) or gave back to it; scaled.

    `returns` is the transaction that had taken what is given back.
    """

    entry: EntryName
    lot: LotName
    amount: int
    returns: int | None = None


@dataclass(frozen=True, slots=True)
class NewLot:
    """A lot that an entry makes; scaled."""

    entry: EntryName
    account_id: int
    expires_at: dt.datetime | None
    amount: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What is different about one posting.

    Which lots it may empty; the holds that it captures and what they give free, by account; how much it gives back to
    which lots, by line; the transaction that it undoes; the one of which it gives back a part; and how much it may take
    out of which lots although they have expired, because what it replaces had done so.
    """

    lots: UsableLots = "valid"
    captures: Mapping[str, int] = field(default_factory=dict)
    released: Mapping[str, int] = field(default_factory=dict)
    returned: Mapping[int, Sequence[OpenLot]] = field(default_factory=dict)
    undone: int | None = None
    gives_back: int | None = None
    again: Mapping[LotName, int] = field(default_factory=dict)


ORDINARY = Terms()


@dataclass(slots=True)
class Books:
    """What was read under the lock: which keys stand, what the accounts hold, until when the books are closed."""

    standing: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, AccountState] = field(default_factory=dict)
    closed_until: dt.datetime | None = None


TransactionRow = tuple[str, bytes, str, int, dt.datetime, dt.datetime, str, str, int | None, str]
"""Key, digest, kind, lines, effective and recorded time, actor, subject, reverses, facts."""

EntryRow = tuple[int, int, int, int, int | None, dt.datetime | None]
"""Draft (counted from 1), line, account, amount, balance after, expiry."""


@dataclass(slots=True)
class Plan:
    """Rows to write, in the order of the tables' columns, and by how much each balance row changes."""

    transactions: list[TransactionRow] = field(default_factory=list)
    entries: list[EntryRow] = field(default_factory=list)
    changes: dict[int, int] = field(default_factory=dict)
    new_lots: list[NewLot] = field(default_factory=list)
    lot_moves: list[LotMove] = field(default_factory=list)
