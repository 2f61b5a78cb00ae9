"""Whom a break concerns: from its subject to the organisation, and to the user who brought it about.

Rooms above name their own words in ``house.concerns``. A subject that leads nowhere concerns the whole installation.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from ledger.models import Account, Entry, Transaction
from timebank.access.models import User
from timebank.activities.models import Activity, Shift
from timebank.certificates.models import Certificate
from timebank.hours.models import Attendance, ServiceRecord
from timebank.members.models import Member

_AT_ONCE = 500


@dataclass(frozen=True)
class Concern:
    """Attributes:
    organisation_id: where it lies; None for the whole installation.
    cause_user_id: who brought it about, as far as the rows say.
    """

    organisation_id: int | None = None
    cause_user_id: int | None = None


# From numbers to rows of (number, organisation, user: number, label such as ``user:5``, or None).
Lookup = Callable[[list[int]], Any]

LOOKUPS: Mapping[str, Lookup] = {
    "record": lambda numbers: select(
        ServiceRecord.id, ServiceRecord.organisation_id, ServiceRecord.approved_by_user_id
    ).where(ServiceRecord.id.in_(numbers)),
    "attendance": lambda numbers: (
        select(Attendance.id, Activity.organisation_id, Attendance.recorded_by_user_id)
        .join(Shift, Shift.id == Attendance.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Attendance.id.in_(numbers))
    ),
    "shift": lambda numbers: (
        select(Shift.id, Activity.organisation_id, Activity.created_by)
        .join(Activity, Activity.id == Shift.activity_id)
        .where(Shift.id.in_(numbers))
    ),
    "activity": lambda numbers: select(Activity.id, Activity.organisation_id, Activity.created_by).where(
        Activity.id.in_(numbers)
    ),
    "certificate": lambda numbers: select(Certificate.id, Certificate.organisation_id, literal(None)).where(
        Certificate.id.in_(numbers)
    ),
    "member": lambda numbers: select(Member.id, Member.organisation_id, literal(None)).where(
        Member.id.in_(numbers)
    ),
}


def concerns_of(
    session: Session, subjects: Iterable[str], lookups: Mapping[str, Lookup]
) -> dict[str, Concern]:
    """The concern of each subject, a few statements for all of one kind."""
    wanted: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    found: dict[str, Concern] = {}
    causes: dict[str, int | None] = {}
    for subject in sorted(set(subjects)):
        where, causes[subject] = _named(session, subject)
        word, _colon, number = where.partition(":")
        if word == "organisation" and number.isdecimal():
            found[subject] = Concern(int(number), causes[subject])
        elif number.isascii() and number.isdecimal() and word in lookups:
            wanted[word][int(number)].append(subject)
        else:
            found[subject] = Concern(None, causes[subject])
    for word, numbers in wanted.items():
        rows = _looked_up(session, lookups[word], sorted(numbers))
        for one, about in numbers.items():
            organisation_id, cause = rows.get(one) or (None, None)
            found |= {subject: Concern(organisation_id, causes[subject] or cause) for subject in about}
    return found


def _looked_up(
    session: Session, lookup: Lookup, numbers: list[int]
) -> dict[int, tuple[int | None, int | None]]:
    """Number → organisation and user."""
    rows: dict[int, tuple[int | None, int | None]] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        for row in session.execute(lookup(numbers[first : first + _AT_ONCE])):
            rows[row[0]] = (row[1], user_number(row[2]))
    return rows


def user_number(label: int | str | None) -> int | None:
    """The user behind ``user:5``; None for jobs and other words."""
    if label is None or isinstance(label, int):
        return label
    kind, _colon, number = label.partition(":")
    return int(number) if kind == "user" and number.isascii() and number.isdecimal() else None


def _named(session: Session, subject: str) -> tuple[str, int | None]:
    """The row that leads to the organisation, and the user who wrote a transaction."""
    word, _colon, rest = subject.partition(":")
    if word == "account":
        return _owner_of_account(rest), None
    if word == "shelf":
        return f"shop:{rest.partition(':')[0]}", None
    if word == "day":
        return f"organisation:{rest.partition(':')[0]}", None
    if word == "lot":
        return _of_transaction(session, rest.partition(".")[0])
    if word == "transaction":
        return _of_transaction(session, rest)
    return subject, None


def _owner_of_account(code: str) -> str:
    """``member:5``, ``organisation:3`` or ``shop:2`` of an account's code."""
    word, number, *_more = [*code.split(":"), ""]
    return f"{'organisation' if word == 'org' else word}:{number}"


def _of_transaction(session: Session, number: str) -> tuple[str, int | None]:
    if not (number.isascii() and number.isdecimal()):
        return "", None
    actor = session.scalar(select(Transaction.actor).where(Transaction.id == int(number)))
    user_id = user_number(actor)
    cause = session.scalar(select(User.id).where(User.id == user_id)) if user_id else None
    codes = session.scalars(
        select(Account.code)
        .join(Entry, Entry.account_id == Account.id)
        .where(Entry.transaction_id == int(number))
        .order_by(Entry.line)
    ).all()
    owners = [_owner_of_account(code) for code in codes]
    shops = [owner for owner in owners if owner.startswith("shop:")]
    return next(iter([*shops, *owners]), ""), cause
