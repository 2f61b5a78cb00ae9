"""Stopping redemptions where the books are broken, if the county wants it, and letting them go on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, bindparam, func, select, update
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.orgs.models import Organisation
from timebank.policy.queries import policy_for
from timebank.policy.rules import STOP_ON_BREAKS, ids_of_path
from timebank.prepared import Prepared
from timebank.reconcile.checks import Check
from timebank.reconcile.errors import (
    ReasonMissing,
    RedemptionsStopped,
    SecondPersonForItem,
    StopNotAsked,
    StopOver,
)
from timebank.reconcile.models import RedemptionStop, SuspenseItem
from timebank.reconcile.suspense import WAITING


def standing(session: Session, organisation_path: str) -> RedemptionStop | None:
    """The stop that holds at this organisation: its own or one above it; None where goods are handed out."""
    return session.scalars(
        select(RedemptionStop)
        .where(
            RedemptionStop.organisation_id.in_(ids_of_path(organisation_path)),
            RedemptionStop.lifted_at.is_(None),
        )
        .order_by(RedemptionStop.id)
        .limit(1)
    ).first()


# Asked by every sale.
_STOPPED = Prepared(
    select(RedemptionStop.id)
    .where(
        RedemptionStop.organisation_id.in_(bindparam("places", expanding=True)),
        RedemptionStop.lifted_at.is_(None),
    )
    .limit(1)
)


def ensure_open(session: Session, organisation_path: str) -> None:
    """Raise ``RedemptionsStopped`` where the books of the county are being checked."""
    if _STOPPED.first(session, places=ids_of_path(organisation_path)) is not None:
        raise RedemptionsStopped


def judge(session: Session, checks: Sequence[Check], *, at: datetime) -> list[RedemptionStop]:
    """Stop where a difference in the books themselves waits; let go on where none does any more.

    What two people have let go on stays so until another difference is found. Returns the new stops.
    """
    codes = {check.code for check in checks if check.stops_the_line}
    broken = _broken_places(session, codes)
    for stop in session.scalars(select(RedemptionStop).where(RedemptionStop.lifted_at.is_(None))).all():
        if stop.organisation_id not in broken:
            stop.lifted_at, stop.lifted_how = at, "clean"
    new = []
    for organisation_id, found in sorted(broken.items()):
        place = session.get_one(Organisation, organisation_id)
        wanted = policy_for(session, place.path).redemptions_on_breaks == STOP_ON_BREAKS
        if wanted and standing(session, place.path) is None:
            new.append(RedemptionStop(organisation_id=organisation_id, stopped_at=at, checks=sorted(found)))
    session.add_all(new)
    session.flush()
    return new


def changed_at(session: Session, at: datetime) -> Sequence[RedemptionStop]:
    """Stops that a judgement at that moment began or ended."""
    return session.scalars(
        select(RedemptionStop)
        .where((RedemptionStop.stopped_at == at) | (RedemptionStop.lifted_at == at))
        .order_by(RedemptionStop.id)
    ).all()


def ask_to_lift(session: Session, stop: RedemptionStop, *, reason: str, by: Actor, at: datetime) -> None:
    """One person says why redeeming may go on although the books do not agree; another has to agree.

    Raises:
        StopOver: it goes on already.
        ReasonMissing: without a reason.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    _change(session, stop, asked_by_user_id=by.user_id, asked_at=at, reason=reason.strip())


def lift(session: Session, stop: RedemptionStop, *, by: Actor, at: datetime) -> None:
    """The second person agrees, and goods are handed out again.

    Raises:
        StopOver: it goes on already.
        StopNotAsked: nobody has given the reason yet.
        SecondPersonForItem: the one who asked.
    """
    if stop.lifted_at is not None:
        raise StopOver
    if stop.asked_by_user_id is None:
        raise StopNotAsked
    if stop.asked_by_user_id == by.user_id:
        raise SecondPersonForItem
    _change(session, stop, lifted_by_user_id=by.user_id, lifted_at=at, lifted_how="people")


def _change(session: Session, stop: RedemptionStop, **values: Any) -> None:
    changed = session.execute(
        update(RedemptionStop)
        .where(RedemptionStop.id == stop.id, RedemptionStop.lifted_at.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], changed).rowcount != 1:
        raise StopOver
    session.refresh(stop)


def _broken_places(session: Session, codes: set[str]) -> Mapping[int, set[str]]:
    """Where something waits that touches the books: a shop's organisation for its shelves, else the whole county."""
    let_go = _last_let_go(session)
    counties = session.scalars(select(Organisation.id).where(Organisation.parent_id.is_(None))).all()
    rows = session.execute(
        select(SuspenseItem, Organisation.path)
        .outerjoin(Organisation, Organisation.id == SuspenseItem.organisation_id)
        .where(SuspenseItem.status.in_(WAITING), SuspenseItem.check_code.in_(sorted(codes)))
    )
    broken: dict[int, set[str]] = {}
    for row in rows:
        item: SuspenseItem = row[0]
        # The outer join leaves no path beside what concerns the whole installation.
        path: str | None = row[1]
        if path is None:
            places = list(counties)
        elif item.subject.startswith("account:shop:"):
            places = [ids_of_path(path)[-1]]
        else:
            places = [ids_of_path(path)[0]]
        for place in places:
            if place not in let_go or item.opened_at > let_go[place]:
                broken.setdefault(place, set()).add(item.check_code)
    return broken


def _last_let_go(session: Session) -> dict[int, datetime]:
    rows = session.execute(
        select(RedemptionStop.organisation_id, func.max(RedemptionStop.lifted_at))
        .where(RedemptionStop.lifted_how == "people")
        .group_by(RedemptionStop.organisation_id)
    )
    return {place: at for place, at in rows if at is not None}
