"""How an activity wants presence proved beyond the code: the place, spot checks, codes printed on paper."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Activity, Shift
from timebank.checkin import places, rules
from timebank.checkin.errors import PrintedCodeAbsent
from timebank.checkin.hands import PlanSeen
from timebank.checkin.models import PresencePlan, PrintedCode
from timebank.checkin.places import MICRODEGREES, Place, Position
from timebank.checkin.tokens import Kind
from timebank.policy.rules import Policy


def plan_of(session: Session, activity_id: int) -> PresencePlan | None:
    """What the activity asks for; None when nothing beyond the code."""
    return session.scalar(select(PresencePlan).where(PresencePlan.activity_id == activity_id))


def set_plan(
    session: Session,
    *,
    activity: Activity,
    asks_place: bool,
    centre: Position | None,
    spot_checks: bool,
    by: Actor,
    at: datetime,
) -> PresencePlan:
    """Say what the activity asks for.

    Args:
        centre: where everybody meets, in WGS-84; without it no place is asked for.
    """
    plan = plan_of(session, activity.id) or PresencePlan(activity_id=activity.id)
    plan.asks_place = asks_place and centre is not None
    plan.latitude_e6 = round(centre.latitude * MICRODEGREES) if centre else None
    plan.longitude_e6 = round(centre.longitude * MICRODEGREES) if centre else None
    plan.spot_checks, plan.changed_by, plan.changed_at = spot_checks, by.label, at
    session.add(plan)
    session.flush()
    return plan


def centre_of(plan: PresencePlan | PlanSeen | None) -> Position | None:
    """Where everybody meets, where the place is asked for."""
    if plan is None or not plan.asks_place or plan.latitude_e6 is None or plan.longitude_e6 is None:
        return None
    return Position(plan.latitude_e6 / MICRODEGREES, plan.longitude_e6 / MICRODEGREES)


def place_said(plan: PresencePlan | PlanSeen | None, written: str, policy: Policy) -> Place | None:
    """The bucket of what the page sent; None where the activity does not ask. The position ends here."""
    centre = centre_of(plan)
    return places.judge_place(centre, places.read_position(written), policy) if centre else None


def printed_codes(session: Session, activity_id: int) -> Sequence[PrintedCode]:
    """The codes printed for an activity, those out of use too."""
    return session.scalars(
        select(PrintedCode).where(PrintedCode.activity_id == activity_id).order_by(PrintedCode.id)
    ).all()


def printed_code(session: Session, activity_id: int, printed_code_id: int) -> PrintedCode:
    """One of them; raises ``PrintedCodeAbsent``."""
    found = session.get(PrintedCode, printed_code_id)
    if found is None or found.activity_id != activity_id:
        raise PrintedCodeAbsent
    return found


def make_printed_code(
    session: Session, *, activity: Activity, name: str, by: Actor, at: datetime
) -> PrintedCode:
    """A code for a post of the activity, to be printed and hung up."""
    code = PrintedCode(
        activity_id=activity.id, name=name, generation=1, made_by_user_id=by.user_id, made_at=at
    )
    session.add(code)
    session.flush()
    return code


def renew_printed_code(session: Session, code: PrintedCode) -> None:
    """Make lost paper worthless; what is printed from now on counts."""
    code.generation += 1
    code.withdrawn_at = None
    session.flush()


def withdraw_printed_code(session: Session, code: PrintedCode, *, at: datetime) -> None:
    """Take the code out of use; doing it twice changes nothing."""
    code.withdrawn_at = code.withdrawn_at or at
    session.flush()


def shift_meant(shifts: Sequence[Shift], kind: Kind, policy: Policy, at: datetime) -> Shift | None:
    """The shift that a printed code means at ``at``: the one whose window is open, else the nearest in time."""

    def distance(shift: Shift) -> timedelta:
        opens, closes = rules.window_of(kind, rules.windows(policy, shift.starts_at, shift.ends_at))
        return max(opens - at, at - closes, timedelta())

    return min(shifts, key=lambda shift: (distance(shift), shift.starts_at), default=None)
