"""Differences in suspense and stops, within the actor's scope."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from timebank.access import scope
from timebank.access.actors import Actor
from timebank.access.models import User
from timebank.access.permissions import DIFFERENCES_EXPLAIN, RECONCILIATION_RUN
from timebank.errors import Forbidden
from timebank.orgs.models import Organisation
from timebank.paging import Page, page
from timebank.reconcile.errors import ItemAbsent, StopAbsent
from timebank.reconcile.models import RedemptionStop, SuspenseEvent, SuspenseItem
from timebank.reconcile.queries import audits_everything
from timebank.reconcile.rules import AGES, last_day_of_band

PAGE_ROWS = 50
STATES = ("waiting", "proposed", "closed")


@dataclass(frozen=True)
class Wanted:
    """Filters of the list: first day of an age band, owner, organisation's path, and ``STATES``."""

    age: int | None = None
    owner_user_id: int | None = None
    path: str | None = None
    state: str = "waiting"
    before_id: int | None = None


def _visible(session: Session, actor: Actor) -> ColumnElement[bool]:
    seen: ColumnElement[bool] = scope.within(actor, Organisation.path, DIFFERENCES_EXPLAIN)
    if audits_everything(session, actor):
        return or_(SuspenseItem.organisation_id.is_(None), seen)
    return seen


def _items(session: Session, actor: Actor) -> Select[SuspenseItem]:
    return (
        select(SuspenseItem)
        .outerjoin(Organisation, Organisation.id == SuspenseItem.organisation_id)
        .where(_visible(session, actor))
    )


def _state(state: str) -> ColumnElement[bool]:
    if state == "closed":
        return SuspenseItem.closed_at.is_not(None)
    if state == "proposed":
        return SuspenseItem.status == "proposed"
    return SuspenseItem.closed_at.is_(None)


def _opened(first: int, day_begins: Any, today: date) -> ColumnElement[bool]:
    """Opened so many county days ago."""
    last = last_day_of_band(first)
    newer: ColumnElement[bool] = SuspenseItem.opened_at < day_begins(today - timedelta(days=first - 1))
    return (
        newer
        if last is None
        else newer & (SuspenseItem.opened_at >= day_begins(today - timedelta(days=last)))
    )


def items_page(
    session: Session, actor: Actor, wanted: Wanted, *, today: date, day_begins: Any, limit: int = PAGE_ROWS
) -> Sequence[SuspenseItem]:
    """Those that wait, the oldest difference first; closed ones, the newest first."""
    query = _filtered(_items(session, actor), wanted, today=today, day_begins=day_begins).options(
        joinedload(SuspenseItem.organisation), joinedload(SuspenseItem.owner)
    )
    if wanted.state == "closed":
        query = query.order_by(SuspenseItem.closed_at.desc(), SuspenseItem.id.desc())
    else:
        query = query.order_by(SuspenseItem.opened_at, SuspenseItem.id)
    return session.scalars(query.limit(limit)).unique().all()


def export_rows(
    session: Session, actor: Actor, wanted: Wanted, *, today: date, day_begins: Any
) -> Iterator[SuspenseItem]:
    """All of them, streamed."""
    query = _filtered(_items(session, actor), wanted, today=today, day_begins=day_begins)
    yield from session.scalars(query.order_by(SuspenseItem.id).execution_options(yield_per=500))


def api_page(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    cursor: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[SuspenseItem]:
    """One page of the items that the actor may see, newest first."""
    query = _items(session, actor)
    if status is not None:
        query = query.where(SuspenseItem.status == status)
    return page(session, query, key=(SuspenseItem.id,), cursor=cursor, limit=limit, descending=True)


def _filtered(
    query: Select[SuspenseItem], wanted: Wanted, *, today: date, day_begins: Any
) -> Select[SuspenseItem]:
    query = query.where(_state(wanted.state))
    if wanted.age is not None:
        query = query.where(_opened(wanted.age, day_begins, today))
    if wanted.owner_user_id is not None:
        query = query.where(SuspenseItem.owner_user_id == wanted.owner_user_id)
    if wanted.path is not None:
        query = query.where(Organisation.path.startswith(wanted.path, autoescape=True))
    return query


def ages(session: Session, actor: Actor, wanted: Wanted, *, today: date, day_begins: Any) -> dict[int, int]:
    """How many wait in each age band, of the same owner and organisation."""
    counts = {}
    for first, _label in AGES:
        query = _filtered(
            _items(session, actor),
            Wanted(first, wanted.owner_user_id, wanted.path, "waiting"),
            today=today,
            day_begins=day_begins,
        )
        counts[first] = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    return counts


def owners_of_waiting(session: Session, actor: Actor) -> Sequence[User]:
    """Everybody for whom something waits."""
    mine = (
        _items(session, actor)
        .where(SuspenseItem.closed_at.is_(None))
        .with_only_columns(SuspenseItem.owner_user_id)
    )
    return session.scalars(select(User).where(User.id.in_(mine)).order_by(User.name, User.id)).all()


def waiting_count(session: Session, actor: Actor) -> int:
    """How many wait in all."""
    query = _items(session, actor).where(SuspenseItem.closed_at.is_(None))
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def numbers_of(session: Session, actor: Actor, code: str, subjects: Sequence[str]) -> dict[str, int]:
    """Subject → number of the item of this check that stands."""
    query = _items(session, actor).where(
        SuspenseItem.check_code == code,
        SuspenseItem.status != "repaired",
        SuspenseItem.subject.in_(subjects[:500]),
    )
    return {item.subject: item.id for item in session.scalars(query)}


def item(session: Session, actor: Actor, item_id: int, *, decide: bool = False) -> SuspenseItem:
    """One item.

    Raises:
        ItemAbsent: none within the actor's scope.
        Forbidden: it is, but the actor may not work on differences there (``decide``: not agree).
    """
    row = session.execute(
        select(SuspenseItem, Organisation.path)
        .outerjoin(Organisation, Organisation.id == SuspenseItem.organisation_id)
        .where(
            SuspenseItem.id == item_id,
            or_(
                scope.within(actor, Organisation.path),
                SuspenseItem.organisation_id.is_(None)
                if audits_everything(session, actor, None)
                else false(),
            ),
        )
    ).one_or_none()
    if row is None:
        raise ItemAbsent
    permission = RECONCILIATION_RUN if decide else DIFFERENCES_EXPLAIN
    if row.path is not None:
        scope.require(actor, permission, row.path)
    elif not audits_everything(session, actor):
        raise Forbidden(permission=permission.code)
    found: SuspenseItem = row[0]
    return found


def history(session: Session, item_id: int) -> Sequence[SuspenseEvent]:
    """What happened to an item, oldest first."""
    return session.scalars(
        select(SuspenseEvent).where(SuspenseEvent.item_id == item_id).order_by(SuspenseEvent.id)
    ).all()


def stops(session: Session, actor: Actor) -> Sequence[RedemptionStop]:
    """Stops where the actor reconciles, those that hold first."""
    return session.scalars(
        select(RedemptionStop)
        .join(Organisation, Organisation.id == RedemptionStop.organisation_id)
        .where(scope.within(actor, Organisation.path, RECONCILIATION_RUN))
        .options(joinedload(RedemptionStop.organisation), joinedload(RedemptionStop.asked_by))
        .order_by(RedemptionStop.lifted_at.is_not(None), RedemptionStop.id.desc())
        .limit(PAGE_ROWS)
    ).all()


def stop(session: Session, actor: Actor, stop_id: int) -> RedemptionStop:
    """One stop.

    Raises:
        StopAbsent: none within the actor's scope.
        Forbidden: the actor does not reconcile there.
    """
    found = session.scalar(
        select(RedemptionStop)
        .join(Organisation, Organisation.id == RedemptionStop.organisation_id)
        .where(RedemptionStop.id == stop_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise StopAbsent
    scope.require(actor, RECONCILIATION_RUN, found.organisation.path)
    return found
