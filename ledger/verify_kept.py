"""The checks of what is kept beside the journal: running balances, limits, statuses, closed periods, numbers."""

from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Over, case, func, null, select, union_all
from sqlalchemy.orm import aliased

from ledger.amounts import Asset, from_scaled
from ledger.audit import Break
from ledger.models import (
    Account,
    AssetRow,
    Balance,
    Entry,
    LimitChange,
    Period,
    PeriodBalance,
    SealRow,
    StatusChange,
    Transaction,
)


def running_balances_follow(connection: Connection) -> list[Break]:
    """Each entry of an account with limits says the balance that it left; entries of the others say none."""
    before = func.coalesce(
        func.lag(Entry.balance_after).over(
            partition_by=Entry.account_id, order_by=(Entry.transaction_id, Entry.line)
        ),
        0,
    )
    stated = (
        select(
            Entry.account_id,
            Entry.transaction_id,
            Entry.balance_after,
            case((Account.guarded, before + Entry.amount), else_=null()).label("follows"),
        )
        .join(Account, Account.id == Entry.account_id)
        .subquery()
    )
    query = (
        select(Account.code, func.min(stated.c.transaction_id), func.count())
        .join(Account, Account.id == stated.c.account_id)
        .where(stated.c.balance_after.is_distinct_from(stated.c.follows))
        .group_by(Account.code)
        .order_by(Account.code)
    )
    return [
        Break(f"account:{code}", "running balances do not follow", {"first": first, "entries": entries})
        for code, first, entries in connection.execute(query)
    ]


def limits_follow_changes(connection: Connection) -> list[Break]:
    """The limits of an account are those of its last change, each change begins where the one before ended, and lots never owe."""

    def before(column: Any) -> Over[Any]:
        return func.lag(column).over(partition_by=LimitChange.account_id, order_by=LimitChange.id)

    changes = select(
        LimitChange,
        before(LimitChange.id).label("earlier"),
        before(LimitChange.floor).label("floor_was"),
        before(LimitChange.ceiling).label("ceiling_was"),
    ).subquery()
    torn = select(changes.c.account_id).where(
        changes.c.earlier.is_not(None),
        changes.c.floor_was.is_distinct_from(changes.c.floor_before)
        | changes.c.ceiling_was.is_distinct_from(changes.c.ceiling_before),
    )
    last = select(func.max(LimitChange.id)).group_by(LimitChange.account_id)
    other = (
        select(Balance.account_id)
        .join(LimitChange, LimitChange.account_id == Balance.account_id)
        .where(
            LimitChange.id.in_(last),
            Balance.floor.is_distinct_from(LimitChange.floor)
            | Balance.ceiling.is_distinct_from(LimitChange.ceiling),
        )
    )
    owing = (
        select(Balance.account_id)
        .join(Account, Account.id == Balance.account_id)
        .where(Account.lots, Balance.floor.is_distinct_from(0))
    )
    found = []
    for query, says in (
        (torn, "a change of limits does not begin where the one before ended"),
        (other, "limits are not those of the last change"),
        (owing, "keeps lots and may owe"),
    ):
        codes = select(Account.code).where(Account.id.in_(query)).order_by(Account.code)
        found += [Break(f"account:{code}", says) for code in connection.scalars(codes)]
    return found


def status_follows_changes(connection: Connection) -> list[Break]:
    """An account begins open, each change of its status begins where the one before ended, and the last one stands."""
    before = func.lag(StatusChange.status).over(
        partition_by=StatusChange.account_id, order_by=StatusChange.id
    )
    changes = select(
        StatusChange.account_id, StatusChange.status_before, func.coalesce(before, "open").label("was")
    ).subquery()
    torn = select(changes.c.account_id).where(changes.c.status_before != changes.c.was)
    last = select(func.max(StatusChange.id)).group_by(StatusChange.account_id)
    other = (
        select(Account.id)
        .outerjoin(StatusChange, (StatusChange.account_id == Account.id) & StatusChange.id.in_(last))
        .where(Account.status != func.coalesce(StatusChange.status, "open"))
    )
    return [
        Break(f"account:{code}", says)
        for query, says in (
            (torn, "a change of its status does not begin where the one before ended"),
            (other, "its status is not that of its last change"),
        )
        for code in connection.scalars(
            select(Account.code).where(Account.id.in_(query)).order_by(Account.code)
        )
    ]


def periods_recompute(connection: Connection) -> list[Break]:
    """What each close of the books kept is what the journal says of the time before it."""
    if connection.scalar(select(Period.id).limit(1)) is None:
        return []
    return [*_period_balances(connection), *_first_numbers(connection)]


def _closed_by() -> Any:
    """The moment of the first close after which a transaction's effective time is fixed."""
    moment = func.min(Period.closed_until)
    return select(moment).where(Period.closed_until > Transaction.effective_at).correlate(Transaction)


def _period_balances(connection: Connection) -> list[Break]:
    """What moved between two closes is the difference of what they kept: three sums that are nothing together."""
    times = select(Transaction.id, _closed_by().scalar_subquery().label("until")).subquery()
    moved = (
        select(Entry.account_id, times.c.until, func.sum(Entry.amount).label("amount"))
        .join(times, times.c.id == Entry.transaction_id)
        .where(times.c.until.is_not(None))
        .group_by(Entry.account_id, times.c.until)
    )
    kept = select(PeriodBalance.account_id, Period.closed_until, -PeriodBalance.amount).join(
        Period, Period.id == PeriodBalance.period_id
    )
    later = aliased(Period)
    next_close = select(func.min(later.closed_until)).where(later.closed_until > Period.closed_until)
    carried = (
        select(PeriodBalance.account_id, next_close.scalar_subquery(), PeriodBalance.amount)
        .join(Period, Period.id == PeriodBalance.period_id)
        .where(next_close.scalar_subquery().is_not(None))
    )
    parts = union_all(moved, kept, carried).subquery()
    query: Any = (
        select(Account.code, Account.asset, AssetRow.scale, Period.id, func.sum(parts.c.amount))
        .join(Account, Account.id == parts.c.account_id)
        .join(AssetRow, AssetRow.code == Account.asset)
        .join(Period, Period.closed_until == parts.c.until)
        .group_by(Account.code, Account.asset, AssetRow.scale, Period.id, Period.closed_until)
        .having(func.sum(parts.c.amount) != 0)
        .order_by(Account.code, Period.closed_until)
    )
    breaks = []
    for (code, asset, scale), rows in groupby(connection.execute(query), key=itemgetter(0, 1, 2)):
        missing = 0
        for *_, period, difference in rows:
            # A balance that is wrong once makes the difference to the next one wrong as well.
            missing += int(difference)
            if missing:
                facts = {"account": code, "missing": str(from_scaled(missing, Asset(asset, scale)))}
                breaks.append(
                    Break(f"period:{period}", "balance at the close differs from its entries", facts)
                )
    return breaks


def _first_numbers(connection: Connection) -> list[Break]:
    """No transaction before a close's `first_id` took effect after it: balances of later days look at nothing older."""
    lowest = (
        select(_closed_by().scalar_subquery().label("until"), Transaction.id)
        .select_from(Transaction)
        .subquery()
    )
    query = select(lowest.c.until, func.min(lowest.c.id)).group_by(lowest.c.until)
    first = {row[0]: row[1] for row in connection.execute(query)}
    return [
        Break(f"period:{period}", "leaves out what took effect later", {"first_id": first_id, "earlier": number})
        for period, closed_until, first_id in connection.execute(
            select(Period.id, Period.closed_until, Period.first_id).order_by(Period.id)
        )
        for number in [min((n for until, n in first.items() if until is None or until > closed_until), default=None)]
        if number is not None and number < first_id
    ]  # fmt: skip


def numbers_have_no_holes(connection: Connection) -> list[Break]:
    """SQLite's one writer numbers transactions without holes. PostgreSQL's numbers have holes by themselves."""
    if connection.dialect.name == "postgresql":
        return []
    before = func.coalesce(func.lag(Transaction.id).over(order_by=Transaction.id), 0).label("before")
    numbers = select(Transaction.id, before).subquery()
    query = select(numbers.c.before + 1, numbers.c.id - 1).where(numbers.c.id != numbers.c.before + 1)
    return [
        Break(f"transaction:{first}", "is missing in the numbers", {"until": last})
        for first, last in connection.execute(query)
    ]


def head_is_among_seals(connection: Connection, head: bytes) -> list[Break]:
    """A head that was published is one of the chain's; if not, the chain was rewritten or cut since."""
    if connection.scalar(select(SealRow.id).where(SealRow.head == head)) is not None:
        return []
    return [
        Break(
            f"head:{head.hex()}", "was published and is not among the seals: the chain was rewritten or cut"
        )
    ]
