"""The county's settings with their limits, and the arithmetic of points. Pure.

Defaults follow the attendance reference, section 4: they are what counties do that are rarely cheated.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol, TypeVar

MINUTES_PER_HOUR = 60
HUNDREDTHS = 100
ROUNDINGS: tuple[str, ...] = ("down", "half_up", "up")
ROUNDING_STEPS: tuple[Decimal, ...] = (Decimal("1"), Decimal("0.5"), Decimal("0.1"), Decimal("0.01"))
MOST_POINTS_PER_HOUR = Decimal(1000)
ON_APPROVAL, ON_CONVERSION = "on_approval", "on_conversion"
WALK_INS_WELCOME, WALK_INS_REFUSED = "welcome", "refused"
BUDGET_SHOWN, BUDGET_BINDING = "shown", "binding"
GRADE_PAYS, GRADE_OTHER_PERSON, GRADE_HELD, GRADE_SECOND_PERSON = "pay", "other", "hold", "second"
GO_ON, STOP_ON_BREAKS = "go_on", "stop"
HEAD_COUNT_ASKED, HEAD_COUNT_NOT_ASKED = "asked", "not_asked"


@dataclass(frozen=True)
class Policy:
    """Every setting of an organisation with its default; ``policy.settings`` has label, limits and explanation.

    Attributes:
        opens_before_minutes: check-in opens so long before the shift begins.
        closes_after_minutes: check-in closes so long after it began; later only by the organiser.
        start_tolerance_minutes: who comes this much late is credited from the planned start.
        earliest_check_out_minutes: nobody checks out sooner after checking in.
        earliest_check_out_percent: nor before this share of the planned time is over.
        latest_check_out_minutes: check-out closes so long after the planned end.
        end_tolerance_minutes: credited at most so long beyond the planned end.
        rounding_minutes: credited minutes are rounded down to a multiple of this.
        forgotten_percent, forgotten_most_minutes: credited without a check-out, and at most.
        day_cap_minutes, week_cap_minutes, minor_day_cap_minutes: above these a person decides.
        manual_quota: entries by hand per activity; manual_days: until how long after the shift.
        code_step_seconds: how often the organiser's code changes.
        walk_ins: ``welcome`` (who comes without a place may sign up on arrival) or ``refused``.
        redemptions_on_breaks: ``go_on`` or ``stop`` handing out goods while the books themselves are broken.
        points_booked: ``on_approval`` (points at once) or ``on_conversion`` (hours, until converted).
        grade_a … grade_d: what a proof grade does: ``pay`` (with everybody else), ``hold`` (a person decides
            about each row), ``other`` (with everybody else, but not by whoever scanned the row), ``second`` (held, and whoever scanned or wrote the row does not decide).
        evidence_megabytes: largest file that is kept as evidence.
        head_count: ``asked`` or ``not_asked`` when a shift is confirmed.
        correction_days: how long after the decision a volunteer may ask for a correction; answer_days: how
            long the answer may take.
        no_show_days: how far back a member's missed shifts are counted.
        private_details_hours: the way in stands open to who had a place until so long after the shift.
        offer_hours: somebody on the waiting list has so long to take a place that became free.
        budget: ``shown`` before publishing, or ``binding``: publication is refused where goods do not cover points.
        budget_percent: the share of the points that goods on the shelves have to cover.
        ticket_minutes: a scan waits so long for its log-in and its tap.
        device_members: so many members may check in on one device at one activity; all but the first are flagged.
        short_tries: wrong six-digit codes before the next must wait.
        place_inside_metres: nearer than this is at the place; place_accuracy_metres: a vaguer answer says nothing.
        place_far, printed_unplaced: as ``grade_a``, for a phone that was far from the place, and for a printed
            code scanned where nothing shows that the phone was there.
        spot_min_shift_minutes: shifts this long may have spot checks; spot_minutes: how long one is open.
        card_print_days: who printed a card and scans it within so many days is flagged.
        wrong_codes_warn: so many wrong or old codes within two minutes warn on the organiser's screen.
        card_limit_points: a shop takes up to so many points for a paper card alone; above it asks for the PIN.
        write_off_alone_points: goods worth more than this are written off by two people.
        points_lapse_months: points lapse at the end of the month, so many months after they were booked; 0 never.
        lapse_notice_days: members hear so many days before that points lapse.
        card_day_redemptions: how often a member redeems by paper card in a day.
        agreement_from_points: from here on the member agrees by phone, PIN or signature; 0 never asks.
        pin_from_points: from here on a signature is not enough; 0 always takes one.
        pin_after_days: who has not redeemed for more than so many days agrees by phone or PIN at any total; 0 never.
        new_phone_days: a phone or computer new to an account asks for the PIN for so many days; 0 never.
        return_approval_from_points: from here on a second person agrees to a return; 0 never asks.
        attendant_day_points: an attendant takes up to so many points in a day; 0 sets no limit.
        reservation_hours: how long goods are kept; reservations_at_once: of one member.
    """

    opens_before_minutes: int = 30
    closes_after_minutes: int = 30
    start_tolerance_minutes: int = 5
    earliest_check_out_minutes: int = 30
    earliest_check_out_percent: int = 50
    latest_check_out_minutes: int = 60
    end_tolerance_minutes: int = 15
    rounding_minutes: int = 6
    forgotten_percent: int = 50
    forgotten_most_minutes: int = 60
    day_cap_minutes: int = 8 * 60
    week_cap_minutes: int = 24 * 60
    minor_day_cap_minutes: int = 4 * 60
    manual_quota: int = 3
    manual_days: int = 7
    code_step_seconds: int = 15
    walk_ins: str = WALK_INS_WELCOME
    offer_hours: int = 12
    private_details_hours: int = 24
    budget: str = BUDGET_SHOWN
    budget_percent: int = 100
    redemptions_on_breaks: str = GO_ON
    points_booked: str = ON_APPROVAL
    points_name_zh: str = "积分"
    points_name_en: str = "points"
    card_limit_points: int = 100
    write_off_alone_points: int = 200
    points_lapse_months: int = 0
    lapse_notice_days: int = 30
    card_day_redemptions: int = 5
    agreement_from_points: int = 200
    pin_from_points: int = 500
    pin_after_days: int = 180
    new_phone_days: int = 3
    return_approval_from_points: int = 200
    attendant_day_points: int = 10_000
    reservation_hours: int = 72
    reservations_at_once: int = 3
    ticket_minutes: int = 10
    device_members: int = 2
    short_tries: int = 5
    place_inside_metres: int = 150
    place_accuracy_metres: int = 500
    place_far: str = GRADE_HELD
    printed_unplaced: str = GRADE_HELD
    spot_min_shift_minutes: int = 120
    spot_minutes: int = 10
    card_print_days: int = 30
    wrong_codes_warn: int = 5
    grade_a: str = GRADE_PAYS
    grade_b: str = GRADE_OTHER_PERSON
    grade_c: str = GRADE_HELD
    grade_d: str = GRADE_SECOND_PERSON
    evidence_megabytes: int = 5
    head_count: str = HEAD_COUNT_ASKED
    correction_days: int = 30
    answer_days: int = 7
    no_show_days: int = 180


@dataclass(frozen=True)
class RuleValues:
    """What a version of a points rule says, without its dates.

    Attributes:
        number: of the version, as named in every award.
        rounding: ``down``, ``half_up`` or ``up`` to a multiple of ``rounding_step`` points.
        cap_points_per_day, cap_points_per_month: None where there is no cap.
    """

    number: int
    points_per_hour: Decimal
    rounding: str
    rounding_step: Decimal
    cap_points_per_day: Decimal | None = None
    cap_points_per_month: Decimal | None = None


class DatedRule(Protocol):
    """What :func:`choose_rule` has to know of a rule."""

    organisation_id: Any
    category_id: Any
    number: Any
    valid_from: Any
    valid_until: Any


Rule = TypeVar("Rule", bound=DatedRule)


def ids_of_path(path: str) -> tuple[int, ...]:
    """The ids on an organisation's path, root first."""
    return tuple(int(part) for part in path.split("/") if part)


def merged(found: Iterable[tuple[int, str, Any]], path: str) -> Policy:
    """The policy at ``path`` from settings ``(organisation id, name, value)``: the nearest ancestor's wins.

    Args:
        found: oldest first; of one organisation the last value holds, and None follows the one above again.
    """
    depth = {organisation_id: place for place, organisation_id in enumerate(ids_of_path(path))}
    newest = {
        (depth[organisation_id], name): value
        for organisation_id, name, value in found
        if organisation_id in depth and name in Policy.__dataclass_fields__
    }
    # From the root down, so that a nearer organisation's value replaces a farther one's.
    fitting = sorted((key, value) for key, value in newest.items() if value is not None)
    return Policy(**{name: value for (_depth, name), value in fitting})


def choose_rule(rules: Iterable[Rule], path: str, category_id: int | None, day: date) -> Rule | None:
    """The rule for a service: of the category before general, nearer before farther, then the later number."""
    depth = {organisation_id: place for place, organisation_id in enumerate(ids_of_path(path))}
    fitting = [
        rule
        for rule in rules
        if rule.organisation_id in depth
        and rule.category_id in (None, category_id)
        and rule.valid_from <= day
        and (rule.valid_until is None or day <= rule.valid_until)
    ]
    if not fitting:
        return None
    return max(
        fitting, key=lambda rule: (rule.category_id is not None, depth[rule.organisation_id], rule.number)
    )


def rounded_down(minutes: int, step: int) -> int:
    """The largest multiple of ``step`` that is not above ``minutes``."""
    return minutes - minutes % step


def earned_points(minutes: int, rule: RuleValues) -> Decimal:
    """Points for ``minutes`` by rate and rounding, before any cap. Exact: whole numbers inside."""
    rate, step = _hundredths(rule.points_per_hour), _hundredths(rule.rounding_step)
    divisor = MINUTES_PER_HOUR * step
    steps, rest = divmod(minutes * rate, divisor)
    if rest and (rule.rounding == "up" or (rule.rounding == "half_up" and 2 * rest >= divisor)):
        steps += 1
    return Decimal(steps * step) / HUNDREDTHS


def award_for(
    minutes: int, rule: RuleValues, paid_today: Decimal, paid_this_month: Decimal
) -> tuple[Decimal, str]:
    """Points for ``minutes`` after the caps, and the arithmetic as shown: "2.5 h × 10 = 25, rule 3".

    Args:
        paid_today: points that the member already has for services of that day under the rule's caps.
        paid_this_month: the same for the calendar month.
    """
    earned = earned_points(minutes, rule)
    points, cap = _capped(earned, rule, paid_today, paid_this_month)
    shown = _equation(minutes, rule, earned)
    if cap:
        shown += f" → {written(points)} ({cap})"
    return points, f"{shown}, rule {rule.number}"


def _capped(
    earned: Decimal, rule: RuleValues, paid_today: Decimal, paid_this_month: Decimal
) -> tuple[Decimal, str]:
    """What is left under the caps, and the words of the cap that bound."""
    points, words = earned, ""
    caps = (
        ("day", rule.cap_points_per_day, paid_today),
        ("month", rule.cap_points_per_month, paid_this_month),
    )
    for period, cap, paid in caps:
        if cap is not None and points > max(cap - paid, Decimal(0)):
            points, words = max(cap - paid, Decimal(0)), f"{period} cap {written(cap)}"
    return points, words


def _equation(minutes: int, rule: RuleValues, earned: Decimal) -> str:
    product = minutes * _hundredths(rule.points_per_hour)
    whole, rest = divmod(product, MINUTES_PER_HOUR)
    exact = Decimal(whole) / HUNDREDTHS
    per_hour = " / 60" if minutes % 6 else ""
    shown = f"{written_hours(minutes)} × {written(rule.points_per_hour)}{per_hour} {'≈' if rest else '='} {written(exact)}"
    return shown if exact == earned else f"{shown} → {written(earned)}"


def written(amount: Decimal) -> str:
    """A number without idle zeros: ``25``, ``12.5``."""
    return f"{amount.normalize():f}" if amount else "0"


def written_hours(minutes: int) -> str:
    """``2.5 h`` where tenths of an hour are exact, else ``155 min``."""
    if minutes % 6:
        return f"{minutes} min"
    return f"{written(Decimal(minutes) / MINUTES_PER_HOUR)} h"


def largest_conversion(minutes: int, rule: RuleValues, room: Decimal | None) -> int:
    """The most of ``minutes`` that may be converted when ``room`` points are left under the caps (None: no cap)."""
    if room is None or earned_points(minutes, rule) <= room:
        return minutes
    low, high = 0, minutes
    # Points never fall when minutes grow, so halving finds the edge.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if earned_points(middle, rule) <= room else (low, middle)
    return low - low % 6


def room_under_caps(rule: RuleValues, paid_today: Decimal, paid_this_month: Decimal) -> Decimal | None:
    """Points that the caps still leave, None where the rule has none."""
    rooms = [
        max(cap - paid, Decimal(0))
        for cap, paid in (
            (rule.cap_points_per_day, paid_today),
            (rule.cap_points_per_month, paid_this_month),
        )
        if cap is not None
    ]
    return min(rooms) if rooms else None


def rewrites_past(
    standing: Iterable[DatedRule], path: str, category_id: int | None, valid_from: date, today: date
) -> bool:
    """Whether a new rule from ``valid_from`` would win over one that has applied on a day gone by.

    Days without any rule may be filled afterwards, which is how a county brings in its old registers.
    """
    ancestors = set(ids_of_path(path))
    return valid_from < today and any(
        rule.organisation_id in ancestors
        and rule.category_id in (None, category_id)
        and rule.valid_from < today
        and (rule.valid_until is None or rule.valid_until >= valid_from)
        for rule in standing
    )


def rule_state(rule: DatedRule, among: Iterable[DatedRule], today: date) -> str:
    """``future``, ``current`` or ``past``; a version is past as soon as a newer one of its kind has taken over."""
    if rule.valid_from > today:
        return "future"
    if rule.valid_until is not None and rule.valid_until < today:
        return "past"
    newer = (other for other in among if _is_newer_version(other, rule))
    taken_over = any(other.valid_from <= today <= (other.valid_until or today) for other in newer)
    return "past" if taken_over else "current"


def _is_newer_version(one: DatedRule, other: DatedRule) -> bool:
    same_kind = (one.organisation_id, one.category_id) == (other.organisation_id, other.category_id)
    return same_kind and one.number > other.number


def _hundredths(amount: Decimal) -> int:
    scaled = amount * HUNDREDTHS
    assert scaled == scaled.to_integral_value(), "points have two decimals"
    return int(scaled)
