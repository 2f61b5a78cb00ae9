"""The time rules: from scans to credited minutes, proof grades, and the reasons why a person must look.

Source: attendance reference, section 4. Pure. All moments are aware; arithmetic is done in UTC, so that
neither midnight nor a change of clocks matters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from timebank.errors import N_
from timebank.policy.rules import GRADE_HELD, GRADE_OTHER_PERSON, GRADE_SECOND_PERSON, Policy, rounded_down

PENDING, APPROVED, REJECTED, REVERSED = "pending", "approved", "rejected", "reversed"
AGE_OF_MAJORITY = 18
HEAD_COUNT_LEAST = 2

# From the strongest proof to the weakest.
GRADES: tuple[str, ...] = ("A", "B", "C", "D")
_GRADE_OF_METHOD = {
    "rotating": "A",
    "member": "B",
    "static": "C",
    "short": "C",
    "offline": "C",
    "sheet": "C",
    "manual": "D",
}
METHOD_WORDS: dict[str, str] = {
    "rotating": N_("Scanned the changing code"),
    "member": N_("Scanned by the organiser"),
    "static": N_("Scanned a printed code"),
    "short": N_("Typed the six digits"),
    "offline": N_("Organiser's list without network"),
    "sheet": N_("Row of a sign-in sheet"),
    "manual": N_("Entered by hand"),
}

MISSING_CHECK_OUT, NO_MINUTES, MANUAL, SHEET = "missing_check_out", "no_minutes", "manual", "sheet"
GRADE_LOOKED_AT, SECOND_PERSON, STATED = "grade_held", "second_person", "stated"
OVER_DAY_CAP, OVER_WEEK_CAP, OVER_MINOR_CAP = "over_day_cap", "over_week_cap", "over_minor_cap"
CALLED_OFF = "called_off"
FLAG_WORDS: dict[str, str] = {
    CALLED_OFF: N_("The activity was called off while they were there"),
    MISSING_CHECK_OUT: N_("No check-out: closed automatically"),
    NO_MINUTES: N_("No time is left after the rules"),
    MANUAL: N_("Entered by hand"),
    SHEET: N_("Entered from the sign-in sheet"),
    GRADE_LOOKED_AT: N_("This grade of proof is looked at one by one"),
    SECOND_PERSON: N_("Somebody other than whoever scanned or wrote it decides"),
    STATED: N_("The times are as the member says"),
    OVER_DAY_CAP: N_("More hours on this day than the limit"),
    OVER_WEEK_CAP: N_("More hours in this week than the limit"),
    OVER_MINOR_CAP: N_("More hours on this day than members under 18 may serve"),
    "device_other_member": N_("The same phone checked somebody else in"),
    "device_shared": N_("The same phone checked somebody else in"),
    "short_code": N_("Typed the six digits instead of scanning"),
    "not_signed_up": N_("Came without signing up"),
    "too_late": N_("Came after check-in had closed"),
    "too_early": N_("Left before check-out had opened"),
    "by_number": N_("Found by number: no card and no phone code"),
    "needs_coordinator": N_("Let in by the organiser"),
    "offline_conflict": N_("Odd on the list without network; somebody else let it count"),
    "own_display": N_("Scanned a code that they had put on the screen themselves"),
    "place_far": N_("The phone was far from the place"),
    "static_unplaced": N_("Scanned a printed code, and nothing shows that it was at the place"),
    "own_print": N_("The card was printed by the same person who scanned it"),
    "card_unattended": N_("Paper card read by the tablet with nobody beside it"),
    "spot_missed": N_("Missed a spot check"),
    "left_elsewhere": N_("Did not check out here, but checked in elsewhere at that time"),
}


#: From when to when.
Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Plan:
    """From when to when the shift is planned, for everybody alike."""

    starts_at: datetime
    ends_at: datetime

    @property
    def length(self) -> timedelta:
        """Planned time; in UTC, because moments of one zone are subtracted by their clocks alone."""
        return self.ends_at.astimezone(UTC) - self.starts_at.astimezone(UTC)


@dataclass(frozen=True)
class Credit:
    """What is credited: ``minutes`` is the time between, rounded down."""

    credited_from: datetime
    credited_until: datetime
    minutes: int

    @property
    def full_minutes(self) -> int:
        """Whole minutes before rounding."""
        return whole_minutes(self.credited_until - self.credited_from)


def credit(
    plan: Plan,
    *,
    scanned_in: datetime,
    scanned_out: datetime,
    policy: Policy,
    elsewhere: Iterable[Span] = (),
) -> Credit:
    """Credited time of somebody who scanned in and out.

    From the planned start (or the scan, beyond the tolerance) to the scan, at most the tolerance beyond the
    planned end. Seconds are dropped at both ends, so that the page's times give its minutes.

    Args:
        elsewhere: from when to when the member is credited at other shifts; no minute counts twice.
    """
    start = _credited_start(plan, scanned_in, policy)
    latest = plan.ends_at + timedelta(minutes=policy.end_tolerance_minutes)
    return _credit(*_besides(start, min(scanned_out, latest), elsewhere), policy)


def credit_without_check_out(
    plan: Plan, *, scanned_in: datetime, policy: Policy, elsewhere: Iterable[Span] = ()
) -> Credit:
    """Credited time of somebody who forgot to check out: half the plan, at most an hour, never past its end."""
    start = _credited_start(plan, scanned_in, policy)
    share = whole_minutes(plan.length) * policy.forgotten_percent // 100
    allowed = timedelta(minutes=min(share, policy.forgotten_most_minutes))
    free_from, _ = _besides(start, plan.ends_at, spans := list(elsewhere))
    return _credit(*_besides(free_from, min(free_from + allowed, plan.ends_at), spans), policy)


def _credited_start(plan: Plan, scanned_in: datetime, policy: Policy) -> datetime:
    in_time = scanned_in <= plan.starts_at + timedelta(minutes=policy.start_tolerance_minutes)
    return plan.starts_at if in_time else scanned_in


def _besides(start: datetime, end: datetime, elsewhere: Iterable[Span]) -> Span:
    # A service that was going on at the start moves the start; one that begins later cuts the end.
    for began, ended in sorted(elsewhere):
        if began > start:
            return start, min(end, began)
        start = max(start, ended)
    return start, end


def _credit(start: datetime, end: datetime, policy: Policy) -> Credit:
    credited_from = _to_the_minute(start)
    credited_until = max(_to_the_minute(end), credited_from)
    minutes = rounded_down(whole_minutes(credited_until - credited_from), policy.rounding_minutes)
    return Credit(credited_from, credited_until, minutes)


def _to_the_minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def whole_minutes(length: timedelta) -> int:
    """Minutes of ``length`` without the seconds."""
    return int(length.total_seconds()) // 60


def check_out_opens_at(plan: Plan, *, scanned_in: datetime, policy: Policy) -> datetime:
    """Nobody checks out before: a shortest stay after coming, and a share of the planned time."""
    share = plan.length * policy.earliest_check_out_percent / 100
    return max(scanned_in + timedelta(minutes=policy.earliest_check_out_minutes), plan.starts_at + share)


def check_out_closes_at(plan: Plan, policy: Policy) -> datetime:
    """After this, whoever is still inside has forgotten to check out."""
    return plan.ends_at + timedelta(minutes=policy.latest_check_out_minutes)


def proof_grade(check_in_method: str, check_out_method: str | None) -> str:
    """The weaker of both ends; an end that nobody saw proves as little as a list."""
    grades = [
        _GRADE_OF_METHOD[check_in_method],
        _GRADE_OF_METHOD[check_out_method] if check_out_method else "C",
    ]
    return max(grades)


def limit_flags(
    minutes: int, *, minutes_that_day: int, minutes_that_week: int, is_minor: bool, policy: Policy
) -> tuple[str, ...]:
    """Limits that ``minutes`` more would break, given what the member has that day and that week."""
    day, week = minutes_that_day + minutes, minutes_that_week + minutes
    broken = (
        (NO_MINUTES, minutes == 0),
        (OVER_MINOR_CAP, is_minor and day > policy.minor_day_cap_minutes),
        (OVER_DAY_CAP, day > policy.day_cap_minutes),
        (OVER_WEEK_CAP, week > policy.week_cap_minutes),
    )
    return tuple(flag for flag, holds in broken if holds)


def grade_flags(grade: str, policy: Policy, *, standing: Iterable[str]) -> tuple[str, ...]:
    """What the county's policy for ``grade`` adds to the flags that are there already.

    A row that a person looks at anyway needs no second flag that says only that.
    """
    ways: dict[str, str] = {
        "A": policy.grade_a,
        "B": policy.grade_b,
        "C": policy.grade_c,
        "D": policy.grade_d,
    }
    if ways[grade] == GRADE_SECOND_PERSON and not {MANUAL, SHEET, STATED} & set(standing):
        return (SECOND_PERSON,)
    return (GRADE_LOOKED_AT,) if ways[grade] == GRADE_HELD and not list(standing) else ()


def needs_second_person(grade: str, policy: Policy) -> bool:
    """Whether whoever scanned or wrote a row of ``grade`` is kept from deciding about it."""
    ways = {"A": policy.grade_a, "B": policy.grade_b, "C": policy.grade_c, "D": policy.grade_d}
    return ways[grade] in (GRADE_OTHER_PERSON, GRADE_SECOND_PERSON)


def inside_at_peak(stays: Iterable[tuple[datetime, datetime]]) -> int:
    """How many were inside at the fullest moment; who leaves makes room before somebody comes at that instant."""
    steps = sorted(step for came, left in stays for step in ((came, 1), (left, -1)))
    inside = peak = 0
    for _moment, step in steps:
        inside += step
        peak = max(peak, inside)
    return peak


def allowed_difference(inside: int) -> int:
    """How far a head count may be from those checked in: two people, or a tenth of them."""
    return max(HEAD_COUNT_LEAST, inside // 10)


def head_count_differs(counted: int, inside: int) -> bool:
    """Whether a head count is too far from those who were checked in."""
    return abs(counted - inside) > allowed_difference(inside)


def is_minor_on(born_on: date | None, day: date) -> bool:
    """Under 18 on ``day``; somebody born on 29 February comes of age on 1 March. Unknown counts as grown up."""
    if born_on is None:
        return False
    age = day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
    return age < AGE_OF_MAJORITY


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the day's week."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def united(*groups: Iterable[str]) -> list[str]:
    """All flags once, in the order in which they were raised."""
    return list(dict.fromkeys(flag for group in groups for flag in group))
