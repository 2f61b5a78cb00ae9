"""Items in suspense: taking in what a run found, and what people say about it. Two people close an item; a run may, too."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.books import suspense as books
from timebank.errors import N_
from timebank.orgs.models import Organisation
from timebank.reconcile import owners
from timebank.reconcile.checks import Break, Range
from timebank.reconcile.concerns import Concern, Lookup, concerns_of
from timebank.reconcile.errors import (
    ItemClosed,
    OwnDifference,
    OwnerUnknown,
    ReasonMissing,
    SecondPersonForItem,
)
from timebank.reconcile.models import SuspenseEvent, SuspenseItem
from timebank.reconcile.rules import fingerprint
from timebank.reconcile.service import Result

WAITING = ("open", "proposed")
_AT_ONCE = 500
_JOB = "job"
COUNTED_MISSING = N_("%(product)s: %(units)s units fewer on the shelf than in the books, by count.")
COUNTED_MORE = N_("%(product)s: %(units)s units more on the shelf than in the books, by count.")
STOCK_COUNT = "stock_count"


@dataclass(frozen=True)
class CountedDifference:
    """A difference that an honest count has found and the books have taken over already.

    Attributes:
        subject: ``movement:5``; the same count is taken in once.
        difference: units above zero more than the book (长款), below zero fewer (短款).
        asset: code of the ledger's asset.
        at: when it was counted, from which its age runs.
        cause_user_id: who counted.
    """

    subject: str
    organisation_id: int
    product_id: int
    product: str
    asset: str
    difference: int
    at: datetime
    cause_user_id: int | None


def take_in(
    session: Session, result: Result, within: Range, lookups: Mapping[str, Lookup], *, at: datetime
) -> None:
    """Open items for what was found for the first time, know the others again, close what is gone."""
    for outcome in result.outcomes:
        said: dict[str, list[Break]] = defaultdict(list)
        for one in outcome.breaks:
            said[one.subject].append(one)
        known = _standing(session, outcome.check.code, said)
        fresh = [subject for subject in said if subject not in known]
        concerns = concerns_of(session, fresh, lookups)
        for subject, breaks in said.items():
            if subject in known:
                _see_again(session, known[subject], breaks, at)
            else:
                _open(session, outcome.check.code, subject, breaks, concern=concerns[subject], at=at)
        if not outcome.unlisted:
            _close_what_is_gone(session, outcome.check.code, said, within, at)
    session.flush()


def take_in_counts(session: Session, counted: Iterable[CountedDifference], *, at: datetime) -> int:
    """Put counted differences that nobody has explained into suspense, in the books too; how many were new."""
    new = 0
    for one in counted:
        says = COUNTED_MORE if one.difference > 0 else COUNTED_MISSING
        facts = {"product": one.product, "units": abs(one.difference)}
        booked = books.suspend_goods(
            session,
            key=one.subject,
            organisation_id=one.organisation_id,
            product_id=one.product_id,
            missing=-one.difference,
            subject=one.subject,
            at=at,
            actor="system",
        )
        item = SuspenseItem(
            origin="count",
            check_code=STOCK_COUNT,
            subject=one.subject,
            says=says,
            facts=facts | {"product_id": one.product_id},
            fingerprint=fingerprint([(says, facts)]),
            organisation_id=one.organisation_id,
            owner_user_id=owners.responsible(session, one.organisation_id, besides=one.cause_user_id),
            cause_user_id=one.cause_user_id,
            status="open",
            opened_at=one.at,
            last_seen_at=at,
            asset=one.asset,
            amount=one.difference,
            booked_transaction_id=booked.id,
        )
        session.add(item)
        session.flush()
        _happened(session, item, "opened", by=_JOB, at=at)
        new += 1
    return new


def give_to(session: Session, item: SuspenseItem, *, user_id: int, by: Actor, at: datetime) -> None:
    """Make somebody else responsible.

    Raises:
        ItemClosed: it no longer waits.
        OwnerUnknown: that person has no role on the organisation concerned.
    """
    _ensure_waiting(item)
    person = next(
        (one for one in owners.candidates(session, item.organisation_id) if one.id == user_id), None
    )
    if person is None:
        raise OwnerUnknown
    item.owner_user_id = user_id
    _happened(session, item, "given", by=by.label, at=at, note=person.name)


def note(session: Session, item: SuspenseItem, *, words: str, by: Actor, at: datetime) -> None:
    """Write down what was found out; everybody who sees the item may, its cause too.

    Raises:
        ReasonMissing: nothing was written.
    """
    _happened(session, item, "noted", by=by.label, at=at, note=_reason(words))


def propose(
    session: Session, item: SuspenseItem, *, outcome: str, reason: str, by: Actor, at: datetime
) -> None:
    """One person says what became of it: ``explained`` or ``written_off``; it waits for another.

    Raises:
        ItemClosed, OwnDifference, ReasonMissing.
    """
    assert outcome in ("explained", "written_off"), "one of the two ways to close an item"
    words = _reason(reason)
    _ensure_not_cause(item, by)
    values = {"status": "proposed", "outcome": outcome, "reason": words, "proposed_by_user_id": by.user_id}
    _change(session, item, ("open",), **values, proposed_at=at)
    _happened(session, item, "proposed", by=by.label, at=at, note=words)


def refuse(session: Session, item: SuspenseItem, *, words: str, by: Actor, at: datetime) -> None:
    """Another person does not agree; the item is open again.

    Raises:
        ItemClosed, OwnDifference, SecondPersonForItem, ReasonMissing.
    """
    said = _reason(words)
    _ensure_second(item, by)
    _change(session, item, ("proposed",), **_undecided())
    _happened(session, item, "refused", by=by.label, at=at, note=said)


def agree(session: Session, item: SuspenseItem, *, by: Actor, at: datetime) -> None:
    """A second person agrees, and the item is closed, in the books too.

    Raises:
        ItemClosed, OwnDifference, SecondPersonForItem.
    """
    _ensure_second(item, by)
    cleared = _cleared(session, item, by=by.label, at=at)
    _change(
        session,
        item,
        ("proposed",),
        status=item.outcome,
        decided_by_user_id=by.user_id,
        decided_at=at,
        closed_at=at,
        cleared_transaction_id=cleared,
    )
    _happened(session, item, item.outcome, by=by.label, at=at)


def _standing(session: Session, code: str, subjects: Iterable[str]) -> dict[str, SuspenseItem]:
    wanted, found = sorted(subjects), dict[str, SuspenseItem]()
    for first in range(0, len(wanted), _AT_ONCE):
        rows = session.scalars(
            select(SuspenseItem).where(
                SuspenseItem.check_code == code,
                SuspenseItem.status != "repaired",
                SuspenseItem.subject.in_(wanted[first : first + _AT_ONCE]),
            )
        )
        found.update({item.subject: item for item in rows})
    return found


def _open(
    session: Session, code: str, subject: str, breaks: Sequence[Break], *, concern: Concern, at: datetime
) -> None:
    item = SuspenseItem(
        origin="break",
        check_code=code,
        subject=subject,
        says=breaks[0].says,
        facts=dict(breaks[0].facts),
        fingerprint=_fingerprint(breaks),
        organisation_id=concern.organisation_id,
        owner_user_id=owners.responsible(session, concern.organisation_id, besides=concern.cause_user_id),
        cause_user_id=concern.cause_user_id,
        status="open",
        opened_at=at,
        last_seen_at=at,
    )
    session.add(item)
    session.flush()
    _happened(session, item, "opened", by=_JOB, at=at)


def _see_again(session: Session, item: SuspenseItem, breaks: Sequence[Break], at: datetime) -> None:
    item.last_seen_at = at
    if item.fingerprint == _fingerprint(breaks):
        return
    item.says, item.facts = breaks[0].says, dict(breaks[0].facts)
    item.fingerprint = _fingerprint(breaks)
    # What two people have agreed to was another difference than this.
    if item.status != "open":
        opened_at = item.opened_at if item.status == "proposed" else at
        _change(session, item, (item.status,), **_undecided(), closed_at=None, opened_at=opened_at)
        _happened(session, item, "reopened", by=_JOB, at=at)


def _close_what_is_gone(
    session: Session, code: str, said: Mapping[str, Any], within: Range, at: datetime
) -> None:
    waiting = (
        select(SuspenseItem)
        .outerjoin(Organisation, Organisation.id == SuspenseItem.organisation_id)
        .where(
            SuspenseItem.check_code == code,
            SuspenseItem.status.in_(WAITING),
            within.holds(Organisation.path),
        )
    )
    for item in session.scalars(waiting).all():
        if item.subject not in said:
            _change(session, item, WAITING, **_undecided() | {"status": "repaired", "closed_at": at})
            _happened(session, item, "repaired", by=_JOB, at=at)


def _cleared(session: Session, item: SuspenseItem, *, by: str, at: datetime) -> int | None:
    if item.amount is None or item.organisation_id is None:
        return None
    return books.clear_goods(
        session,
        key=item.subject,
        organisation_id=item.organisation_id,
        product_id=int(item.facts["product_id"]),
        missing=-item.amount,
        subject=item.subject,
        at=at,
        actor=by,
    ).id


def _undecided() -> dict[str, Any]:
    return {
        "status": "open",
        "outcome": "",
        "reason": "",
        "proposed_by_user_id": None,
        "proposed_at": None,
        "decided_by_user_id": None,
        "decided_at": None,
    }


def _change(session: Session, item: SuspenseItem, from_status: Sequence[str], **values: Any) -> None:
    """Decided by the database: of two people who act at once, one changes the row, and only the proposal that was read."""
    session.flush()
    changed = session.execute(
        update(SuspenseItem)
        .where(
            SuspenseItem.id == item.id,
            SuspenseItem.status.in_(from_status),
            SuspenseItem.proposed_at.is_not_distinct_from(item.proposed_at),
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], changed).rowcount != 1:
        raise ItemClosed
    session.refresh(item)


def _ensure_waiting(item: SuspenseItem) -> None:
    if item.status not in WAITING:
        raise ItemClosed


def _ensure_not_cause(item: SuspenseItem, by: Actor) -> None:
    if item.cause_user_id is not None and by.user_id == item.cause_user_id:
        raise OwnDifference


def _ensure_second(item: SuspenseItem, by: Actor) -> None:
    _ensure_not_cause(item, by)
    if by.user_id == item.proposed_by_user_id:
        raise SecondPersonForItem


def _reason(words: str) -> str:
    if not words.strip():
        raise ReasonMissing(field="reason")
    return words.strip()


def _fingerprint(breaks: Sequence[Break]) -> str:
    return fingerprint((one.says, one.facts) for one in breaks)


def _happened(
    session: Session, item: SuspenseItem, verb: str, *, by: str, at: datetime, note: str = ""
) -> None:
    session.add(SuspenseEvent(item_id=item.id, at=at, verb=verb, by=by, note=note))
    session.flush()
