"""Shifts as pages show them to one person: state, places, points, and why a sign-up is not possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask_babel import format_date
from sqlalchemy.orm import Session

from timebank.activities import service
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import (
    PostStanding,
    Standing,
    minutes_as_planned,
    shift_state,
    sign_up_obstacle,
)
from timebank.activities.signing_up import refusal
from timebank.activities.standings import standings
from timebank.policy import queries as policy
from timebank.policy.models import PointsRule
from timebank.policy.rules import award_for
from timebank.web.errors import said, said_with_step
from timebank.web.requests import house


@dataclass(frozen=True)
class ShiftOnPage:
    """A shift as pages show it to somebody.

    Attributes:
        free: places left, None where everybody is welcome.
        obstacle: why this person cannot sign up now, empty when they can.
        reason: the obstacle in the reader's words, with the next step.
        place: this person's row on the shift, while it stands.
        turn: the person's number on the waiting list, where they wait.
    """

    shift: Shift
    standing: Standing
    state: str
    obstacle: str
    reason: str = ""
    place: SignUp | None = None
    turn: int = 0
    points: Decimal | None = None
    arithmetic: str = ""
    rule: PointsRule | None = None

    @property
    def taken(self) -> int:
        """Places taken."""
        return self.standing.taken

    @property
    def free(self) -> int | None:
        """Places left, None where everybody is welcome."""
        if self.shift.capacity is None:
            return None
        return max(0, self.shift.capacity - self.standing.taken)

    @property
    def is_signed_up(self) -> bool:
        """Whether this person has a place."""
        return self.standing.is_signed_up

    @property
    def posts(self) -> tuple[PostStanding, ...]:
        """The posts of the shift as this person finds them."""
        return self.standing.posts

    @property
    def may_wait(self) -> bool:
        """Whether standing in the queue is what is left to do."""
        return self.obstacle == "full" and not self.standing.place


def timezone() -> ZoneInfo:
    """The county's time zone."""
    return ZoneInfo(house().settings.timezone)


def shift_time(shift: Shift) -> str:
    """``2026-03-02 Mon 14:00–16:30`` in the county's time; says so when it ends on the next day."""
    starts, ends = shift.starts_at.astimezone(timezone()), shift.ends_at.astimezone(timezone())
    day = f"{starts:%Y-%m-%d} {format_date(starts.date(), 'EEE')}"
    if ends.date() == starts.date():
        return f"{day} {starts:%H:%M}–{ends:%H:%M}"
    last = format_date(ends.date(), "EEE")
    return f"{day} {starts:%H:%M} – {last} {ends:%H:%M}"


def shown_shifts(
    db: Session,
    shifts: Sequence[Shift],
    at: datetime,
    *,
    member_id: int | None,
    places: dict[int, SignUp] | None = None,
) -> list[ShiftOnPage]:
    """The shifts with this person's standing; ``places`` are their rows by shift id."""
    found = standings(db, shifts, member_id, timezone=timezone())
    return [_shown(shift, found[shift.id], at, (places or {}).get(shift.id)) for shift in shifts]


def _shown(shift: Shift, standing: Standing, at: datetime, place: SignUp | None) -> ShiftOnPage:
    obstacle = sign_up_obstacle(standing, at)
    is_said = obstacle not in ("", "already_signed_up")
    # Where the queue is open, its button is the next step.
    speak = said if obstacle == "full" else said_with_step
    return ShiftOnPage(
        shift=shift,
        standing=standing,
        state=shift_state(shift.status, shift.starts_at, shift.ends_at, at),
        obstacle=obstacle,
        reason=speak(refusal(obstacle, standing, shift)) if is_said else "",
        place=place,
    )


def with_points(db: Session, shown: ShiftOnPage) -> ShiftOnPage:
    """The shift with what it earns when it is served as planned."""
    shift = shown.shift
    rule = service.paying_rule(
        db,
        organisation_path=shift.activity.organisation.path,
        category_id=shift.activity.category_id,
        starts_at=shift.starts_at,
        timezone=timezone(),
    )
    if rule is None:
        return shown
    settings = policy.policy_for(db, shift.activity.organisation.path)
    minutes = minutes_as_planned(shift.starts_at, shift.ends_at, settings)
    points, arithmetic = award_for(minutes, policy.values_of(rule), Decimal(0), Decimal(0))
    return ShiftOnPage(**(vars(shown) | {"points": points, "arithmetic": arithmetic, "rule": rule}))


def shifts_with_points(
    db: Session, activity: Activity, at: datetime, *, member_id: int | None
) -> list[ShiftOnPage]:
    """The activity's shifts with what each one earns when it is served as planned."""
    shown = shown_shifts(db, activity.shifts, at, member_id=member_id)
    return [with_points(db, row) for row in shown]
