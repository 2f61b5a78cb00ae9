"""The county's debt in points: what members hold is what was issued and neither redeemed nor lapsed yet."""

from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
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


def _find(session: Session, _within: Range) -> Iterator[Break]:
    of_points = select(func.sum(Entry.amount)).join(Account, Account.id == Entry.account_id)
    of_points = of_points.where(Account.asset == POINTS.code)
    lost = (
        of_points.add_columns(Account.code)
        .where(_part() == "unknown")
        .group_by(Account.code)
        .having(func.sum(Entry.amount) != 0)
        .order_by(Account.code)
    )
    unknown = Decimal(0)
    for amount, code in session.execute(lost):
        points = from_scaled(int(amount), POINTS)
        unknown += points
        yield Break(f"account:{code}", _UNKNOWN, {"points": str(points)})
    sums = {
        part: from_scaled(int(amount), POINTS)
        for amount, part in session.execute(of_points.add_columns(_part().label("part")).group_by("part"))
    }
    held = session.scalar(
        select(func.coalesce(func.sum(Balance.amount), 0))
        .join(Account, Account.id == Balance.account_id)
        .where(Account.asset == POINTS.code, _part() == "outstanding")
    )
    outstanding = from_scaled(int(held or 0), POINTS)
    zero = from_scaled(0, POINTS)
    # Issuing accounts run below zero by what they gave.
    issued, converted = -sums.get("issued", zero), -sums.get("converted", zero)
    redeemed, lapsed = sums.get("redeemed", zero), sums.get("lapsed", zero)
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
)
