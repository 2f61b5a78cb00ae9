"""Breaks that are a suspicion about people become cases, each once: somebody has to decide, not only to explain."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud import cases
from timebank.fraud.models import Case
from timebank.hours.models import ServiceRecord
from timebank.reconcile.checks import Check
from timebank.reconcile.models import SuspenseItem

SEVERAL = N_(
    "Reconciliation found %(count)s differences of one kind that lead to the same person. Each is in suspense."
)


def open_cases(session: Session, checks: Sequence[Check], *, at: datetime) -> list[Case]:
    """Open a case for the differences of such a check that were found at ``at`` and lie at one place.

    It is about whoever brought them about, as far as the rows say, and about the members of the records.
    """
    codes = sorted(check.code for check in checks if check.opens_a_case)
    found = select(SuspenseItem).where(
        SuspenseItem.check_code.in_(codes),
        SuspenseItem.opened_at == at,
        SuspenseItem.status == "open",
        SuspenseItem.organisation_id.is_not(None),
    )
    together: dict[tuple[str, int | None, int | None], list[SuspenseItem]] = defaultdict(list)
    for item in session.scalars(found.order_by(SuspenseItem.id)):
        together[item.check_code, item.organisation_id, item.cause_user_id].append(item)
    return [_open(session, items, at=at) for items in together.values()]


def _open(session: Session, items: Sequence[SuspenseItem], *, at: datetime) -> Case:
    first = items[0]
    assert first.organisation_id is not None, "what concerns the whole installation opens no case"
    named = [_named(item.subject) for item in items]
    records = [number for word, number in named if word == "record"]
    members = session.scalars(select(ServiceRecord.member_id).where(ServiceRecord.id.in_(records)))
    return cases.open_case(
        session,
        origin="reconciliation",
        member_ids=sorted(set(members)),
        user_ids=[first.cause_user_id] if first.cause_user_id is not None else [],
        organisation_id=first.organisation_id,
        sentence=first.says if len(items) == 1 else SEVERAL,
        facts=first.facts if len(items) == 1 else {"count": len(items)},
        evidence=[one for one in named if one[0]] + [("difference", item.id) for item in items],
        at=at,
        key=f"difference:{first.id}:{at:%Y%m%d}",
    )


def _named(subject: str) -> tuple[str, int]:
    """``record:5`` as a pair; an empty word where the subject is no single row."""
    word, _colon, number = subject.partition(":")
    return (word, int(number)) if number.isascii() and number.isdecimal() else ("", 0)
