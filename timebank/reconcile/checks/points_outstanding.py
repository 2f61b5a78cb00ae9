"""The county's debt in points: what members hold is what was issued and neither redeemed nor lapsed yet."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.balances import unguarded_amounts
from ledger.models import Account, Balance, Entry
from timebank.errors import N_
from timebank.reconcile.checks import Break, Check, Range

_UNKNOWN = N_("%(points)s points lie on an account that belongs to no member and to no book of the house.")
_DIFFERS = N_(
    "Members hold %(outstanding)s points, but %(issued)s issued + %(converted)s converted − %(redeemed)s redeemed − %(lapsed)s lapsed = %(expected)s."
)


def _part() -> ColumnElement[str]:
    """Which part of the equation a points account belongs to."""
    code = Account.code
    return case(
        (code.like("member:%:points"), literal("outstanding")),
        (code.like("org:%:points-issued"), literal("issued")),
        (code.like("org:%:exchange-points"), literal("converted")),
        (code.like("org:%:points-redeemed"), literal("redeemed")),
        # What others pay of a concession price is redeemed without a member's points; what is settled stays redeemed.
        (code.like("org:%:subsidy"), literal("redeemed")),
        (code.like("org:%:points-settled"), literal("redeemed")),
        (code.like("org:%:points-expired"), literal("lapsed")),
        else_=literal("unknown"),
    )


def _count(session: Session, _within: Range) -> int:
    return session.scalar(select(func.count()).select_from(Account).where(Account.asset == POINTS.code)) or 0


def _by_entries(session: Session) -> list[tuple[str, str, int]]:
    """Account, part and scaled sum of what is not the members' own, added up entry by entry."""
    query = (
        select(Account.code, _part().label("part"), func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Account.asset == POINTS.code, _part() != "outstanding")
        .group_by(Account.code)
        .order_by(Account.code)
    )
    return [(code, part, int(amount)) for code, part, amount in session.execute(query)]


def _by_checkpoints(session: Session) -> list[tuple[str, str, int]]:
    """The same from balance rows, and for accounts that keep none from what was added up at the last seal."""
    query = (
        select(Account.id, Account.code, _part().label("part"), Balance.amount)
        .outerjoin(Balance, Balance.account_id == Account.id)
        .where(Account.asset == POINTS.code, _part() != "outstanding")
        .order_by(Account.code)
    )
    rows = session.execute(query).all()
    counted = unguarded_amounts(session.connection(), [row.id for row in rows if row.amount is None])
    return [(row.code, row.part, counted[row.id] if row.amount is None else int(row.amount)) for row in rows]


def _find(session: Session, within: Range) -> Iterator[Break]:
    unknown, sums = Decimal(0), defaultdict[str, Decimal](lambda: from_scaled(0, POINTS))
    for code, part, amount in _by_entries(session) if within.since is None else _by_checkpoints(session):
        points = from_scaled(amount, POINTS)
        if part != "unknown":
            sums[part] += points
        elif points:
            unknown += points
            yield Break(f"account:{code}", _UNKNOWN, {"points": str(points)})
    held = session.scalar(
        select(func.coalesce(func.sum(Balance.amount), 0))
        .join(Account, Account.id == Balance.account_id)
        .where(Account.asset == POINTS.code, _part() == "outstanding")
    )
    outstanding = from_scaled(int(held or 0), POINTS)
    # Issuing accounts run below zero by what they gave.
    issued, converted = -sums["issued"], -sums["converted"]
    redeemed, lapsed = sums["redeemed"], sums["lapsed"]
    expected = issued + converted - redeemed - lapsed - unknown
    if outstanding != expected:
        amounts = {
            "outstanding": outstanding,
            "issued": issued,
            "converted": converted,
            "redeemed": redeemed,
            "lapsed": lapsed,
            "expected": expected,
        }
        yield Break("points", _DIFFERS, {name: str(amount) for name, amount in amounts.items()})


CHECK = Check(
    code="points_outstanding",
    kind="books",
    proves=N_(
        "The points that members hold equal the points issued and converted, less those redeemed and lapsed."
    ),
    broken_by=N_("A balance was changed, or points were moved to an account outside the house's books."),
    repair=N_("Stop the line: find the posting that made the difference and reverse it."),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
    stops_the_line=True,
)
