"""Why this many minutes: the time rules retold in sentences, step by step. Pure."""

from datetime import datetime, timedelta
from typing import Any

from timebank.errors import N_
from timebank.hours.rules import Credit, Plan
from timebank.policy.rules import Policy

# A sentence with ``%(name)s`` places, and what fills them; moments stay moments for the reader's own clock.
Step = tuple[str, dict[str, Any]]


def minutes_explained(
    plan: Plan, credited: Credit, policy: Policy, *, came_at: datetime, left_at: datetime | None
) -> list[Step]:
    """From arrival to credited minutes, as three sentences.

    Args:
        left_at: None where nobody saw the member leave.
    """
    return [
        _beginning(plan, credited, policy, came_at),
        _end(plan, credited, policy, left_at),
        _rounding(credited, policy),
    ]


def _beginning(plan: Plan, credited: Credit, policy: Policy, came_at: datetime) -> Step:
    tolerated = plan.starts_at + timedelta(minutes=policy.start_tolerance_minutes)
    start = plan.starts_at if came_at <= tolerated else came_at
    facts: dict[str, Any] = {"came": came_at, "start": plan.starts_at, "time": credited.credited_from}
    if credited.credited_from >= start + timedelta(minutes=1):
        return N_("Credited from %(time)s: until then another service of yours is credited."), facts
    if came_at <= plan.starts_at:
        return N_("Came at %(came)s, before the start: credited from the planned start at %(start)s."), facts
    if came_at <= tolerated:
        facts["minutes"] = policy.start_tolerance_minutes
        return N_(
            "Came at %(came)s, at most %(minutes)s minutes late: credited from the planned start at %(start)s."
        ), facts
    return N_("Came at %(came)s, later than the tolerance allows: credited from then."), facts


def _end(plan: Plan, credited: Credit, policy: Policy, left_at: datetime | None) -> Step:
    facts: dict[str, Any] = {"time": credited.credited_until, "end": plan.ends_at}
    if left_at is None:
        facts |= {"percent": policy.forgotten_percent, "most": policy.forgotten_most_minutes}
        return N_(
            "Nobody saw you leave: %(percent)s %% of the plan is credited, at most %(most)s minutes, until %(time)s."
        ), facts
    facts["left"] = left_at
    latest = plan.ends_at + timedelta(minutes=policy.end_tolerance_minutes)
    if credited.credited_until + timedelta(minutes=1) <= min(left_at, latest):
        return N_("Credited until %(time)s: from then on another service of yours is credited."), facts
    if left_at > plan.ends_at + timedelta(minutes=policy.end_tolerance_minutes):
        facts["minutes"] = policy.end_tolerance_minutes
        return N_(
            "Left at %(left)s: credited until %(time)s, at most %(minutes)s minutes beyond the planned end at %(end)s."
        ), facts
    return N_("Left at %(left)s: credited until then."), facts


def _rounding(credited: Credit, policy: Policy) -> Step:
    facts = {"full": credited.full_minutes, "step": policy.rounding_minutes, "minutes": credited.minutes}
    if credited.full_minutes == credited.minutes:
        return N_("That is %(minutes)s minutes."), facts
    return N_("That is %(full)s minutes, rounded down to a multiple of %(step)s: %(minutes)s minutes."), facts
