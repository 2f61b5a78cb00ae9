"""Awarded points follow from the minutes and the version of the rule that the record names."""

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry, Transaction
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.policy.models import PointsRule
from timebank.policy.queries import values_of
from timebank.policy.rules import award_for, choose_rule
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import near_records

_POSTED = N_("The record says %(points)s points, posted were %(posted)s.")
_DIFFERS = N_("Awarded %(points)s points; %(minutes)s minutes by rule %(rule)s give %(expected)s.")
_ARITHMETIC = N_("The arithmetic shown is “%(shown)s”; by the rule it is “%(expected)s”.")
_OTHER_RULE = N_("Paid by rule %(rule)s, although rule %(expected)s applied on that day.")
_NO_RULE = N_("Awarded %(points)s points without any rule.")
_CHOICES_KEPT = 4096


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(("approved", "reversed")),
            ServiceRecord.points.is_not(None),
            within.holds(Organisation.path),
        )
    )


def _count(session: Session, within: Range) -> int:
    records = _records(within).where(near_records(within))
    return session.scalar(select(func.count()).select_from(records.subquery())) or 0


def _posted() -> Any:
    account = literal("member:") + cast(ServiceRecord.member_id, String) + literal(":points")
    return (
        select(func.sum(Entry.amount))
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.transaction_id == ServiceRecord.transaction_id, Account.code == account)
        .scalar_subquery()
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    rules = {rule.id: rule for rule in session.scalars(select(PointsRule))}
    choices = _Choices(list(rules.values()))
    reversal = aliased(Transaction)
    query = (
        # Of the members in question, the records of all organisations: they have caps in common.
        _records(Range(within.at, within.timezone))
        .where(near_records(within))
        .with_only_columns(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.category_id,
            ServiceRecord.served_on,
            ServiceRecord.minutes,
            ServiceRecord.points,
            ServiceRecord.arithmetic,
            ServiceRecord.rule_id,
            ServiceRecord.approved_at,
            ServiceRecord.transaction_id,
            ServiceRecord.corrects_id,
            Organisation.path,
            reversal.id.label("reversal_id"),
            _posted().label("posted"),
        )
        .outerjoin(reversal, reversal.reverses == ServiceRecord.transaction_id)
        .order_by(ServiceRecord.member_id, ServiceRecord.id)
    )
    rows = session.execute(query.execution_options(yield_per=1000))
    for _member, group in groupby(rows, key=lambda row: row.member_id):
        records = list(group)
        for row in _of_their_months(records, within):
            if within.path is None or row.path.startswith(within.path):
                found = _judge(row, records, rules, choices)
                if found is not None:
                    yield found


def _of_their_months(records: list[Any], within: Range) -> list[Any]:
    """In an incremental run, what was served in the month of a touched record: of other months not all are there."""
    if within.since is None or within.since.records is None:
        return records
    touched = within.touched_numbers
    months = {row.served_on.replace(day=1) for row in records if row.id in touched}
    return [row for row in records if row.served_on.replace(day=1) in months]


class _Choices:
    """Which rule applied, remembered for a bounded number of places and days."""

    def __init__(self, rules: list[PointsRule]) -> None:
        self._rules = rules
        self.on_day = lru_cache(_CHOICES_KEPT)(self._on_day)

    def _on_day(self, path: str, category_id: int, day: Any, known_at: Any) -> PointsRule | None:
        # Rules that were made later could not be chosen then.
        known = [rule for rule in self._rules if rule.created_at <= known_at]
        return choose_rule(known, path, category_id, day)


def _judge(row: Any, records: list[Any], rules: dict[int, PointsRule], choices: _Choices) -> Break | None:
    subject = f"record:{row.id}"
    posted = from_scaled(int(row.posted or 0), POINTS)
    if row.transaction_id is not None and posted != row.points:
        return Break(subject, _POSTED, {"points": str(row.points), "posted": str(posted)})
    if row.rule_id is None:
        return Break(subject, _NO_RULE, {"points": str(row.points)}) if row.points else None
    rule = rules[row.rule_id]
    applied = choices.on_day(row.path, row.category_id, row.served_on, row.approved_at)
    if applied is not None and applied.id != rule.id:
        return Break(subject, _OTHER_RULE, {"rule": rule.number, "expected": applied.number})
    today, this_month = _paid_before(row, records, rules)
    points, arithmetic = award_for(row.minutes, values_of(rule), today, this_month)
    facts = {"points": str(row.points), "minutes": row.minutes, "rule": rule.number, "expected": str(points)}
    if points != row.points:
        return Break(subject, _DIFFERS, facts)
    if row.transaction_id is not None and row.arithmetic != arithmetic:
        return Break(subject, _ARITHMETIC, {"shown": row.arithmetic, "expected": arithmetic})
    return None


def _paid_before(row: Any, records: list[Any], rules: dict[int, PointsRule]) -> tuple[Decimal, Decimal]:
    """Points under the same caps that the member had when the record was booked: that day, that month.

    A record that earned nothing has no posting to say when that was; then everything counts that may have,
    because only a cap that was used up explains it.
    """
    applied = rules[row.rule_id]
    today = this_month = Decimal(0)
    if applied.cap_points_per_day is None and applied.cap_points_per_month is None:
        return today, this_month
    line = (applied.organisation_id, applied.category_id)
    for other in records:
        # What a correction stands for does not count against it, though it is taken back only after it.
        if other.id in (row.id, row.corrects_id) or other.rule_id is None or not other.points:
            continue
        rule = rules[other.rule_id]
        if (rule.organisation_id, rule.category_id) != line or not _counted(other, row):
            continue
        if other.served_on.replace(day=1) == row.served_on.replace(day=1):
            this_month += other.points
        if other.served_on == row.served_on:
            today += other.points
    return today, this_month


def _counted(other: Any, row: Any) -> bool:
    if row.transaction_id is None:
        return bool(other.approved_at <= row.approved_at)
    if other.transaction_id is None or other.transaction_id > row.transaction_id:
        return False
    return other.reversal_id is None or other.reversal_id > row.transaction_id


CHECK = Check(
    code="points_recompute",
    kind="vouchers",
    proves=N_("Every award follows from its minutes and its version of the points rule, caps included."),
    broken_by=N_("Points, minutes, the rule or the posting were changed afterwards."),
    repair=N_(
        "Take the record back with its reason and approve it anew; compare the rule with the audit trail."
    ),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
