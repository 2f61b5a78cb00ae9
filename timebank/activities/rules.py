"""Decisions about shifts, conditions, sign-ups and waiting lists over plain values. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from timebank.policy.rules import Policy, rounded_down

SHORTEST_SHIFT = timedelta(minutes=15)
LONGEST_SHIFT = timedelta(hours=16)
# Where nobody says otherwise; pages, jobs and the interface pass the installation's own.
USUAL_TIMEZONE = ZoneInfo("Asia/Shanghai")

WAITING, OFFERED, SIGNED_UP, CANCELLED, LAPSED = "waiting", "offered", "signed_up", "cancelled", "lapsed"
# Who has a place, or has one kept for them.
HOLDING = (SIGNED_UP, OFFERED)
# Who is concerned when something changes.
CONCERNED = (SIGNED_UP, OFFERED, WAITING)
AS_FAMILY, AS_ORGANISER = "family", "organiser"

# Nobody has to answer in the night; an offer is worth making while there is this much time before the start.
NIGHT_BEGINS, NIGHT_ENDS = time(21, 0), time(8, 0)
SHORTEST_OFFER = timedelta(minutes=30)


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
class Conditions:
    """What an activity asks of those who take part; empty or None asks for nothing.

    Attributes:
        skills: every one of them.
        age_from, age_until: in completed years on the day of the shift, both inclusive.
        sex: ``male``, ``female`` or empty.
    """

    skills: tuple[str, ...] = ()
    age_from: int | None = None
    age_until: int | None = None
    sex: str = ""
    needs_insurance: bool = False


@dataclass(frozen=True)
class Candidate:
    """What conditions look at. ``insured_until``: the last day that a note of insurance covers."""

    skills: tuple[str, ...] = ()
    born_on: date | None = None
    sex: str = "unknown"
    insured_until: date | None = None


@dataclass(frozen=True)
class Standing:
    """What decides about a sign-up.

    Attributes:
        status: the activity's, ``draft``, ``published`` or ``cancelled``.
        closes_at: when sign-up ends; None for the start itself.
        taken: places that are taken, or kept for somebody who was offered one.
        place: the member's own status on the shift: empty, ``waiting``, ``offered`` or ``signed_up``.
        is_suspended: the member's account is suspended.
        is_other_county: the activity is another county's.
        unmet: the first condition that the member does not meet, as :func:`unmet_condition` says it.
        overlaps: title of what the member is signed up for at the same time; empty for nothing.
        waiting: how many stand on the waiting list.
    """

    status: str
    starts_at: datetime
    capacity: int | None
    taken: int
    is_signed_up: bool = False
    is_suspended: bool = False
    overlaps: str = ""
    closes_at: datetime | None = None
    place: str = ""
    is_other_county: bool = False
    unmet: str = ""
    waiting: int = 0
    posts: tuple["PostStanding", ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class PostStanding:
    """A post of the shift as one member finds it; ``lacks_skill``: they have not the skill it asks for."""

    post_id: int
    name: str
    capacity: int
    taken: int
    skill: str = ""
    lacks_skill: bool = False
    waiting: int = 0

    @property
    def free(self) -> int:
        """Places left."""
        return max(0, self.capacity - self.taken)

    @property
    def obstacle(self) -> str:
        """``condition_skill``, ``full`` or empty."""
        if self.lacks_skill:
            return "condition_skill"
        return "" if self.free else "full"


def shift_is_sound(plan: ShiftPlan) -> bool:
    """Ends after it begins, and lasts neither minutes nor days."""
    return SHORTEST_SHIFT <= plan.length <= LONGEST_SHIFT


def overlap(starts_at: datetime, ends_at: datetime, other_starts: datetime, other_ends: datetime) -> bool:
    """Whether two times share a moment; one may begin when the other ends."""
    return starts_at < other_ends and other_starts < ends_at


def minutes_as_planned(starts_at: datetime, ends_at: datetime, policy: Policy) -> int:
    """What whoever stays from beginning to end is credited, rounded down as credits are."""
    return rounded_down((ends_at - starts_at) // timedelta(minutes=1), policy.rounding_minutes)


def age_on(born_on: date, day: date) -> int:
    """Completed years; who was born on 29 February completes a year on 1 March of a common year."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def has_skill(skills: Sequence[str], wanted: str) -> bool:
    """Whether ``wanted`` is among ``skills``, written in whatever case."""
    return wanted.strip().casefold() in {skill.strip().casefold() for skill in skills}


def unmet_condition(conditions: Conditions, person: Candidate, day: date) -> str:
    """``skill``, ``age_unknown``, ``age``, ``sex``, ``insurance`` or empty, for a shift on ``day``."""
    bands = (conditions.age_from is not None, conditions.age_until is not None)
    age = age_on(person.born_on, day) if person.born_on else None
    reasons = (
        ("skill", not all(has_skill(person.skills, skill) for skill in conditions.skills)),
        ("age_unknown", any(bands) and age is None),
        ("age", age is not None and not _in_band(age, conditions)),
        ("sex", bool(conditions.sex) and person.sex != conditions.sex),
        ("insurance", conditions.needs_insurance and not _is_insured(person, day)),
    )
    return next((word for word, holds in reasons if holds), "")


def _in_band(age: int, conditions: Conditions) -> bool:
    above = conditions.age_from is None or age >= conditions.age_from
    return above and (conditions.age_until is None or age <= conditions.age_until)


def _is_insured(person: Candidate, day: date) -> bool:
    return person.insured_until is not None and person.insured_until >= day


def sign_up_obstacle(standing: Standing, at: datetime, *, on_arrival: bool = False) -> str:
    """Why a sign-up is not possible, as a machine word; empty when it is possible.

    The order says the reason that the member can do least about first.
    """
    begun, closed = standing.starts_at <= at, standing.closes_at is not None and standing.closes_at <= at
    reasons: Sequence[tuple[str, bool]] = (
        ("already_signed_up", standing.is_signed_up),
        ("cancelled", standing.status == "cancelled"),
        ("not_published", standing.status != "published"),
        ("already_begun", begun and not on_arrival),
        ("closed", closed and not on_arrival),
        ("other_county", standing.is_other_county),
        ("suspended", standing.is_suspended),
        (f"condition_{standing.unmet}", bool(standing.unmet)),
        ("full", is_full(standing) and standing.place != OFFERED),
        ("overlap", bool(standing.overlaps)),
    )
    return next((word for word, holds in reasons if holds), "")


def is_full(standing: Standing) -> bool:
    """Whether no place is left that this member could take."""
    if standing.posts:
        return not any(post.free and not post.lacks_skill for post in standing.posts)
    return standing.capacity is not None and standing.taken >= standing.capacity


def shift_state(status: str, starts_at: datetime, ends_at: datetime, at: datetime) -> str:
    """``draft``, ``cancelled``, ``upcoming``, ``running`` or ``finished``."""
    if status != "published":
        return status
    if at < starts_at:
        return "upcoming"
    return "running" if at < ends_at else "finished"


def offer_deadline(
    at: datetime, *, starts_at: datetime, hours: int, timezone: ZoneInfo = USUAL_TIMEZONE
) -> datetime | None:
    """Until when an offer of ``at`` is kept: ``hours`` later, not in the night, never beyond the start.

    None when too little time is left to offer anything: whoever comes first may then take the place.
    """
    if starts_at - at < SHORTEST_OFFER:
        return None
    ends = (at + timedelta(hours=hours)).astimezone(timezone)
    if ends.time() >= NIGHT_BEGINS:
        ends = datetime.combine(ends.date() + timedelta(days=1), NIGHT_ENDS, timezone)
    elif ends.time() < NIGHT_ENDS:
        ends = datetime.combine(ends.date(), NIGHT_ENDS, timezone)
    return min(ends.astimezone(starts_at.tzinfo), starts_at)


def may_extend(
    *, starts_at: datetime, ends_at: datetime, until: datetime, at: datetime, tolerance_minutes: int
) -> str:
    """Why a shift's plan cannot be made to last ``until``: ``not_begun``, ``too_late``, ``not_longer``, ``too_long``.

    Extending ends ``tolerance_minutes`` after the planned end: until then everybody who left is credited
    up to their own check-out, so that a longer plan changes nobody's minutes behind their back.
    """
    reasons = (
        ("not_begun", at < starts_at),
        ("too_late", at > ends_at + timedelta(minutes=tolerance_minutes)),
        ("not_longer", until <= ends_at),
        ("too_long", until - starts_at > LONGEST_SHIFT),
    )
    return next((word for word, holds in reasons if holds), "")
