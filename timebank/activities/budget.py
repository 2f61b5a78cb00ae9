"""What an activity may issue, and whether goods on the shelves cover it: the budget before publishing.

Points are a promise of goods. The budget of an organisation counts what its members hold, what published
activities may still issue, and what the stock of its shops is worth in points.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from timebank.activities import errors, queries
from timebank.activities.models import Activity, Shift
from timebank.activities.rules import minutes_as_planned
from timebank.books.queries import points_outstanding
from timebank.db import queue_for
from timebank.orgs.models import Organisation
from timebank.policy import queries as policy_queries
from timebank.policy.models import PointsRule
from timebank.policy.rules import BUDGET_BINDING, ON_CONVERSION, Policy, award_for, choose_rule, ids_of_path

# Shifts that nobody confirmed for longer than this are no promise any more; somebody forgot them.
PROMISE_LASTS = timedelta(days=30)


@dataclass(frozen=True)
class Stock:
    """How many shops there are below an organisation, and what their goods are worth in points."""

    shops: int
    points: Decimal


# The shop adds one to ``house.stock_values``: (session, path) → what lies on the shelves below it.
StockValue = Callable[[Session, str], Stock]


@dataclass(frozen=True)
class Budget:
    """What the coordinator sees before publishing. All amounts are points.

    Attributes:
        organisation: whose budget: the nearest organisation above the activity that has a shop below it.
        may_issue: what this activity issues when every place is served as planned; None without a limit.
        outstanding: what members hold now.
        promised: what activities published before may still issue.
        stock: what the goods of its shops are worth.
        percent: the share of the points that the county wants covered; counts where ``is_binding``.
    """

    organisation: str
    may_issue: Decimal | None
    outstanding: Decimal
    promised: Decimal
    stock: Decimal
    shops: int
    is_binding: bool
    percent: int

    @property
    def liable(self) -> Decimal:
        """Everything that goods would have to cover once this activity is published."""
        return self.outstanding + self.promised + (self.may_issue or Decimal(0))

    @property
    def coverage_percent(self) -> int | None:
        """Stock as a share of ``liable``, rounded down; None where there is nothing to cover."""
        return int(self.stock * 100 // self.liable) if self.liable else None

    @property
    def is_covered(self) -> bool:
        """Whether the goods cover the wanted share; never for an activity without a limit."""
        return self.may_issue is not None and self.stock * 100 >= self.liable * self.percent


def budget_of(
    session: Session,
    activity: Activity,
    *,
    stock_values: Iterable[StockValue],
    at: datetime,
    timezone: ZoneInfo,
) -> Budget:
    """The budget that the activity would draw on. Published, its own points count as ``may_issue`` still."""
    organisation, stock = _home_of_budget(session, activity.organisation, tuple(stock_values))
    policy = policy_queries.policy_for(session, activity.organisation.path)
    rates = _Rates(session, timezone)
    return Budget(
        organisation=organisation.name,
        may_issue=_may_issue(activity.held_shifts, rates),
        outstanding=points_outstanding(session, organisation.path),
        promised=_promised(session, organisation.path, rates, at=at, besides=activity.id),
        stock=stock.points,
        shops=stock.shops,
        is_binding=policy.budget == BUDGET_BINDING,
        percent=policy.budget_percent,
    )


def queue_for_budget(session: Session, activity: Activity) -> None:
    """One publication at a time where the county made its budget binding; before any lock on the activity.

    Two coordinators at once would both see room for themselves alone.
    """
    path = activity.organisation.path
    if policy_queries.policy_for(session, path).budget == BUDGET_BINDING:
        queue_for(session, f"budget:{path.split('/')[1]}")


def ensure_covered(
    session: Session,
    activity: Activity,
    *,
    stock_values: Sequence[StockValue],
    at: datetime,
    timezone: ZoneInfo,
) -> None:
    """Where the county made its budget binding: refuse what the goods do not cover; after :func:`queue_for_budget`.

    Raises:
        PlacesUnlimited, OverBudget.
    """
    policy = policy_queries.policy_for(session, activity.organisation.path)
    if policy.budget != BUDGET_BINDING:
        return
    found = budget_of(session, activity, stock_values=stock_values, at=at, timezone=timezone)
    if found.may_issue is None:
        raise errors.PlacesUnlimited
    if not found.is_covered:
        raise errors.OverBudget(
            organisation=found.organisation,
            liable=f"{found.liable:.0f}",
            stock=f"{found.stock:.0f}",
            percent=found.percent,
        )


def _home_of_budget(
    session: Session, organisation: Organisation, stock_values: Sequence[StockValue]
) -> tuple[Organisation, Stock]:
    """The nearest organisation from here upwards that has a shop; the county where there is none."""
    ids = ids_of_path(organisation.path)
    for organisation_id in reversed(ids):
        place = session.get_one(Organisation, organisation_id)
        found = [value(session, place.path) for value in stock_values]
        stock = Stock(sum(part.shops for part in found), sum((part.points for part in found), Decimal(0)))
        if stock.shops or organisation_id == ids[0]:
            return place, stock
    raise AssertionError("a path has at least its root")


class _Rates:
    """Points of a place at a shift, with the rules of each organisation read once."""

    def __init__(self, session: Session, timezone: ZoneInfo) -> None:
        self._session, self._timezone = session, timezone
        self._along: dict[str, tuple[Sequence[PointsRule], Policy]] = {}

    def points_of(self, shift: Shift) -> Decimal:
        """What one person earns who serves the shift as planned; 0 where no rule applies."""
        activity, path = shift.activity, shift.activity.organisation.path
        if path not in self._along:
            self._along[path] = (
                policy_queries.rules_along(self._session, path),
                policy_queries.policy_for(self._session, path),
            )
        rules, policy = self._along[path]
        day = shift.starts_at.astimezone(self._timezone).date()
        rule = choose_rule(
            rules, path, None if policy.points_booked == ON_CONVERSION else activity.category_id, day
        )
        if rule is None:
            return Decimal(0)
        minutes = minutes_as_planned(shift.starts_at, shift.ends_at, policy)
        return award_for(minutes, policy_queries.values_of(rule), Decimal(0), Decimal(0))[0]


def _may_issue(shifts: Iterable[Shift], rates: _Rates) -> Decimal | None:
    total = Decimal(0)
    for shift in shifts:
        if shift.capacity is None:
            return None
        total += shift.capacity * rates.points_of(shift)
    return total


def _promised(session: Session, path: str, rates: _Rates, *, at: datetime, besides: int) -> Decimal:
    """What published shifts may still issue: all their places before they begin, those taken afterwards."""
    shifts = session.scalars(
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
        .where(
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
            Activity.id != besides,
            Organisation.path.startswith(path, autoescape=True),
            Shift.confirmed_at.is_(None),
            Shift.ends_at > at - PROMISE_LASTS,
        )
    ).all()
    taken = queries.places_taken(session, [shift.id for shift in shifts])
    total = Decimal(0)
    for shift in shifts:
        is_open = shift.capacity is not None and shift.starts_at > at
        places = shift.capacity if is_open else taken[shift.id]
        total += (places or 0) * rates.points_of(shift)
    return total
