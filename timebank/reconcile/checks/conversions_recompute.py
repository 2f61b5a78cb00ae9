"""Hours became points by a rule of the county, exactly."""

import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session

from ledger.amounts import POINTS, from_scaled
from ledger.models import Account, Entry, Transaction
from timebank.errors import N_
from timebank.policy.models import PointsRule
from timebank.policy.queries import values_of
from timebank.policy.rules import RuleValues, earned_points
from timebank.reconcile.checks import Break, Check, Range

_MOVED = N_(
    "The conversion says %(minutes)s minutes for %(points)s points; posted were %(posted_minutes)s and %(posted_points)s."
)
_RULE = N_("%(minutes)s minutes do not give %(points)s points by rule %(rule)s.")


def _count(session: Session, within: Range) -> int:
    kind = (Transaction.kind == "conversion") & within.new(Transaction.id)
    return session.scalar(select(func.count()).select_from(Transaction).where(kind)) or 0


def _moved(within: Range) -> Subquery:
    """Every conversion with the minutes it took and the points it gave."""
    minutes = case((Account.code == Transaction.subject + ":time", -Entry.amount), else_=0)
    points = case((Account.code == Transaction.subject + ":points", Entry.amount), else_=0)
    return (
        select(
            Transaction.id,
            Transaction.facts,
            func.sum(minutes).label("minutes"),
            func.sum(points).label("points"),
        )
        .join(Entry, Entry.transaction_id == Transaction.id)
        .join(Account, Account.id == Entry.account_id)
        .where(Transaction.kind == "conversion", within.new(Transaction.id))
        .group_by(Transaction.id, Transaction.facts)
        .subquery()
    )


def _find(session: Session, within: Range) -> Iterator[Break]:
    rules: dict[int, list[RuleValues]] = defaultdict(list)
    for rule in session.scalars(select(PointsRule)):
        rules[rule.number].append(values_of(rule))
    moved = _moved(within)
    # What a conversion says and moved is the same in thousands of them; each of these is reckoned once.
    alike = select(moved.c.facts, moved.c.minutes, moved.c.points).distinct()
    for facts, minutes, points in session.execute(alike.execution_options(yield_per=1000)):
        if _judge("", facts, minutes, points, rules) is None:
            continue
        same = (moved.c.facts == facts) & (moved.c.minutes == minutes) & (moved.c.points == points)
        for number in session.scalars(select(moved.c.id).where(same).order_by(moved.c.id)):
            found = _judge(f"transaction:{number}", facts, minutes, points, rules)
            if found is not None:
                yield found


def _judge(
    subject: str, written: str, taken: int, given: int, rules: dict[int, list[RuleValues]]
) -> Break | None:
    said, minutes, points = json.loads(written), int(taken), from_scaled(int(given), POINTS)
    facts = {"minutes": said.get("minutes"), "points": said.get("points"), "rule": said.get("rule")}
    if (said.get("minutes"), Decimal(str(said.get("points", "0")))) != (minutes, points):
        return Break(subject, _MOVED, facts | {"posted_minutes": minutes, "posted_points": str(points)})
    if not any(earned_points(minutes, rule) == points for rule in rules.get(said.get("rule"), [])):
        return Break(subject, _RULE, facts)
    return None


CHECK = Check(
    code="conversions_recompute",
    kind="books",
    proves=N_("Every conversion took the minutes and gave the points that its rule version says."),
    broken_by=N_("A conversion or a version of a rule was changed in the database itself."),
    repair=N_(
        "Reverse the conversion and let the member convert again; compare the rule with the audit trail."
    ),
    count=_count,
    find=_find,
    everywhere_only=True,
    incremental=True,
)
