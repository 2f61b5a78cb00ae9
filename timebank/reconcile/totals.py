"""Frozen daily control totals: what each county's books came to on each of its days, written once when the day is over.

A day is the county's own, and its figures are what was *recorded* on it (``recorded_at`` of a transaction, the
moment of approval of a record, of completion of an order): whatever is entered late belongs to the day on which
it was written down, so that a day that is over can never honestly change.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, literal, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from ledger.amounts import POINTS, TIME
from ledger.models import Account, Entry, SealLeaf, SealRow, Transaction, Unsealed
from timebank.hours.models import ServiceRecord
from timebank.members.models import Member
from timebank.orgs.models import Organisation
from timebank.policy.rules import ids_of_path
from timebank.reconcile.models import ControlTotal

ENTRIES, APPROVED = "entries", "minutes_approved"
# A day is frozen when it has been over for so long: what was begun before midnight is written by then.
SETTLED_AFTER = timedelta(hours=1)
_CLOCKS_DISAGREE = timedelta(days=1)
# Local times differ from UTC by whole quarters of an hour, so figures are added up by these and then by day.
_QUARTER_SECONDS = 900
_OF_POINTS = (
    ("points_issued", ("points-issued", "exchange-points")),
    ("points_redeemed", ("points-redeemed",)),
    ("points_lapsed", ("points-expired",)),
)

Key = tuple[int, date, str]


@dataclass(frozen=True)
class Counted:
    """A table that is counted for the totals; rooms above list theirs in ``house.control_totals``.

    Attributes:
        moment: the column that says when a row was written.
        path: the column with the path of its organisation.
        sums: name of the total → what is added up, as whole numbers.
        query: the rows, joined to their organisation.
    """

    query: Select[Any]
    moment: Any
    path: Any
    sums: tuple[tuple[str, ColumnElement[Any]], ...]


class quarter(FunctionElement[int]):  # noqa: N801 - written like a function of the database.
    """Quarters of an hour since 1970 of a moment."""

    inherit_cache = True
    type = BigInteger()


@compiles(quarter, "postgresql")
def _quarter_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    inner = compiler.process(element.clauses, **words)
    return f"CAST(floor(extract(epoch FROM {inner}) / {_QUARTER_SECONDS}) AS BIGINT)"


@compiles(quarter, "sqlite")
def _quarter_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    inner = compiler.process(element.clauses, **words)
    return f"(CAST(strftime('%s', {inner}) AS INTEGER) / {_QUARTER_SECONDS})"


class owner_number(FunctionElement[int]):  # noqa: N801 - written like a function of the database.
    """The number between the first two colons of an account's code."""

    inherit_cache = True
    type = BigInteger()


@compiles(owner_number, "postgresql")
def _owner_postgresql(element: Any, compiler: Any, **words: Any) -> str:
    return f"CAST(split_part({compiler.process(element.clauses, **words)}, ':', 2) AS BIGINT)"


@compiles(owner_number, "sqlite")
def _owner_sqlite(element: Any, compiler: Any, **words: Any) -> str:
    code = compiler.process(element.clauses, **words)
    rest = f"substr({code}, instr({code}, ':') + 1)"
    return f"CAST(substr({rest}, 1, instr({rest}, ':') - 1) AS INTEGER)"


def day_begins(day: date, timezone: ZoneInfo) -> datetime:
    """The moment at which the county's day begins."""
    return datetime.combine(day, time.min, timezone).astimezone(UTC)


def settled_until(at: datetime, timezone: ZoneInfo) -> date:
    """The first day that cannot be frozen yet."""
    return (at - SETTLED_AFTER).astimezone(timezone).date()


def added_up(
    session: Session, more: Sequence[Counted], *, since: datetime | None, until: datetime, timezone: ZoneInfo
) -> dict[Key, int]:
    """Every total by county, day and name, of what was recorded from ``since`` to before ``until``."""
    counties = _counties(session)
    first = None if since is None else _first_recorded(session, since)
    totals: dict[Key, int] = defaultdict(int)
    days: dict[int, date] = {}
    for number, county, name, amount in (
        *_of_books(session, counties, since, until, first),
        *_of_tables(session, (_approved(), *more), since, until),
    ):
        if number not in days:
            moment = datetime.fromtimestamp(number * _QUARTER_SECONDS, UTC)
            days[number] = moment.astimezone(timezone).date()
        totals[county, days[number], name] += amount
    return {key: amount for key, amount in totals.items() if amount}


def freeze(session: Session, more: Sequence[Counted], *, at: datetime, timezone: ZoneInfo) -> int:
    """Write the totals of every day that is over and not frozen yet; how many days that were.

    On a new installation, and after nights without a run, these are several days at once.
    """
    counties, until = sorted(_counties(session)), settled_until(at, timezone)
    if not counties:
        return 0
    last = session.scalar(select(func.max(ControlTotal.day)))
    first = last + timedelta(days=1) if last else _first_day(session, timezone)
    if first is None or first >= until:
        return 0
    totals = added_up(
        session,
        more,
        since=day_begins(first, timezone),
        until=day_begins(until, timezone),
        timezone=timezone,
    )
    days = [first + timedelta(days=number) for number in range((until - first).days)]
    # Every day has its number of entries, so that a day without any is known to be frozen.
    for county in counties:
        for day in days:
            totals.setdefault((county, day, ENTRIES), 0)
    session.add_all(
        ControlTotal(organisation_id=county, day=day, name=name, amount=amount, frozen_at=at)
        for (county, day, name), amount in sorted(totals.items())
    )
    session.flush()
    return len(days)


def _first_day(session: Session, timezone: ZoneInfo) -> date | None:
    moments = [
        session.scalar(select(func.min(Transaction.recorded_at))),
        session.scalar(select(func.min(ServiceRecord.approved_at))),
    ]
    known = [moment for moment in moments if moment is not None]
    return min(known).astimezone(timezone).date() if known else None


def _counties(session: Session) -> dict[int, int]:
    """Organisation → its county, the root above it."""
    rows = session.execute(select(Organisation.id, Organisation.path)).all()
    return {number: ids_of_path(path)[0] for number, path in rows}


def _between(moment: Any, since: datetime | None, until: datetime) -> ColumnElement[bool]:
    return moment < until if since is None else and_(moment >= since, moment < until)


def _numbered_from(first: int | None) -> ColumnElement[bool]:
    return true() if first is None else and_(Transaction.id >= first, Entry.transaction_id >= first)


def _first_recorded(session: Session, since: datetime) -> int:
    """A number below which no transaction was recorded ``since``: those below were sealed a day earlier already.

    The journal has no index by time. What a seal holds was recorded before it; clocks may disagree by a day.
    """
    sealed = session.scalar(select(func.max(SealRow.id)).where(SealRow.sealed_at < since - _CLOCKS_DISAGREE))
    lowest = [
        # Plus nothing, so that the server goes by the seals and not up from the first transaction of all.
        session.scalar(select(func.min(SealLeaf.transaction_id + 0)).where(SealLeaf.seal_id > (sealed or 0))),
        session.scalar(select(func.min(Unsealed.transaction_id))),
    ]
    known = [number for number in lowest if number is not None]
    return min(known) if known else 0


def _home() -> ColumnElement[int]:
    """The organisation of an account: its member's, its own, its shop's (a table of the floor above)."""
    shops = Account.metadata.tables["shops"]
    number = owner_number(Account.code)
    of_member = select(Member.organisation_id).where(Member.id == number).scalar_subquery()
    of_shop = select(shops.c.organisation_id).where(shops.c.id == number).scalar_subquery()
    return case(
        (Account.code.like("org:%"), number),
        (Account.code.like("member:%"), of_member),
        (Account.code.like("shop:%"), of_shop),
        else_=literal(None),
    )


def _name() -> ColumnElement[str | None]:
    """Which of the named totals of points an account adds to."""
    ways = ((Account.code.like(f"org:%:{end}"), name) for name, ends in _OF_POINTS for end in ends)
    return case(*((condition, literal(name)) for condition, name in ways), else_=literal(None))


def _of_books(
    session: Session, counties: dict[int, int], since: datetime | None, until: datetime, first: int | None
) -> Iterator[tuple[int, int, str, int]]:
    accounts = select(Account.id, Account.asset, _home().label("home"), _name().label("name"))
    if len(set(counties.values())) == 1:
        # In an installation of one county, nothing needs to be asked of sixty thousand accounts.
        accounts = select(
            Account.id, Account.asset, literal(next(iter(counties))).label("home"), _name().label("name")
        )
    known = accounts.subquery()
    when = quarter(Transaction.recorded_at)
    debit = func.sum(case((Entry.amount < 0, -Entry.amount), else_=0))
    query = (
        select(
            when.label("quarter"),
            known.c.home,
            known.c.asset,
            known.c.name,
            func.count().label("entries"),
            debit.label("debits"),
            func.sum(Entry.amount).label("net"),
        )
        .select_from(Transaction)
        .join(Entry, Entry.transaction_id == Transaction.id)
        .join(known, known.c.id == Entry.account_id)
        .where(_between(Transaction.recorded_at, since, until), _numbered_from(first))
        .group_by(when, known.c.home, known.c.asset, known.c.name)
    )
    first = min(counties.values(), default=0)
    for row in session.execute(query.execution_options(yield_per=2000)):
        # Goods on the way between shops belong to nobody; they are counted in the first county.
        county = counties.get(row.home, first)
        yield row.quarter, county, ENTRIES, int(row.entries)
        yield row.quarter, county, f"debits:{row.asset}", int(row.debits)
        if row.name is not None:
            # Issuing accounts run below zero by what they gave, the others above by what they took.
            yield row.quarter, county, row.name, int(-row.net if row.name == "points_issued" else row.net)


def _approved() -> Counted:
    return Counted(
        query=select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        # What was taken back later was approved all the same; the taking back is in the books of its own day.
        .where(ServiceRecord.status.in_(("approved", "reversed"))),
        moment=ServiceRecord.approved_at,
        path=Organisation.path,
        sums=((APPROVED, func.sum(ServiceRecord.minutes)),),
    )


def _of_tables(
    session: Session,
    tables: Sequence[Counted],
    since: datetime | None,
    until: datetime,
) -> Iterator[tuple[int, int, str, int]]:
    for table in tables:
        when = quarter(table.moment)
        sums = [cast(amount, BigInteger) for _name, amount in table.sums]
        query = (
            table.query.with_only_columns(when, table.path, *sums)
            .where(_between(table.moment, since, until))
            .group_by(when, table.path)
        )
        for row in session.execute(query.execution_options(yield_per=2000)):
            county = ids_of_path(row[1])[0]
            for place, (name, _amount) in enumerate(table.sums):
                yield row[0], county, name, int(row[2 + place] or 0)


def shown(name: str, amount: int) -> str:
    """A total as people read it: points with two decimals, hours and minutes, pieces."""
    if name.startswith("points_") or name == f"debits:{POINTS.code}":
        return f"{amount / 100:,.2f}" if amount % 100 else f"{amount // 100:,}"
    if name in (APPROVED, f"debits:{TIME.code}"):
        return f"{amount // 60}:{amount % 60:02d}"
    return f"{amount:,}"
