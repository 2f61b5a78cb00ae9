"""Decisions about shifts and sign-ups over plain values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SHORTEST_SHIFT = timedelta(minutes=15)
LONGEST_SHIFT = timedelta(hours=16)


@dataclass(frozen=True)
class ShiftPlan:
    """From when to when a shift is planned; ``capacity`` None welcomes everybody who comes."""

    starts_at: datetime
    ends_at: datetime
    capacity: int | None = None

    @property
    def length(self) -> timedelta:
        """How long the shift is planned to last."""
        return self.ends_at - self.starts_at


@dataclass(frozen=True)
class Standing:
    """What decides about a sign-up.

    Attributes:
        status: the activity's, ``draft``, ``published`` or ``cancelled``.
        taken: places that are taken.
        is_suspended: the member's account is suspended.
        overlaps: title of what the member is signed up for at the same time; empty for nothing.
    """

    status: str
    starts_at: datetime
    capacity: int | None
    taken: int
    is_signed_up: bool = False
    is_suspended: bool = False
    overlaps: str = ""


def shift_is_sound(plan: ShiftPlan) -> bool:
    """Ends after it begins, and lasts neither minutes nor days."""
    return SHORTEST_SHIFT <= plan.length <= LONGEST_SHIFT


def overlap(starts_at: datetime, ends_at: datetime, other_starts: datetime, other_ends: datetime) -> bool:
    """Whether two times share a moment; one may begin when the other ends."""
    return starts_at < other_ends and other_starts < ends_at


def sign_up_obstacle(standing: Standing, at: datetime, *, on_arrival: bool = False) -> str:
    """Why a sign-up is not possible, as a machine word; empty when it is possible.

    The order says the reason that the member can do least about first.
    """
    reasons: Sequence[tuple[str, bool]] = (
        ("already_signed_up", standing.is_signed_up),
        ("cancelled", standing.status == "cancelled"),
        ("not_published", standing.status != "published"),
        ("already_begun", standing.starts_at <= at and not on_arrival),
        ("suspended", standing.is_suspended),
        ("full", standing.capacity is not None and standing.taken >= standing.capacity),
        ("overlap", bool(standing.overlaps)),
    )
    return next((word for word, holds in reasons if holds), "")


def shift_state(status: str, starts_at: datetime, ends_at: datetime, at: datetime) -> str:
    """``draft``, ``cancelled``, ``upcoming``, ``running`` or ``finished``."""
    if status != "published":
        return status
    if at < starts_at:
        return "upcoming"
    return "running" if at < ends_at else "finished"
