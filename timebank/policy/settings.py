"""What an administrator may set: label, explanation and limits of every field of ``Policy``, one list."""

from dataclasses import dataclass, fields

from timebank.errors import N_
from timebank.policy.errors import SettingUnusable
from timebank.policy.rules import (
    BUDGET_BINDING,
    BUDGET_SHOWN,
    GRADE_HELD,
    GRADE_PAYS,
    GRADE_SECOND_PERSON,
    HEAD_COUNT_ASKED,
    HEAD_COUNT_NOT_ASKED,
    ON_APPROVAL,
    ON_CONVERSION,
    WALK_INS_REFUSED,
    WALK_INS_WELCOME,
    Policy,
)

LONGEST_WORD = 12


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        unit: ``minutes``, ``hours``, ``days``, ``seconds``, ``metres``, ``percent``, ``megabytes``, ``count``, ``choice`` or ``word``.
        least, most: limits of a number, inclusive.
        choices: allowed values with their labels, for ``choice``.
    """

    name: str
    group: str
    unit: str
    label: str
    explanation: str
    least: int = 0
    most: int = 0
    choices: tuple[tuple[int | str, str], ...] = ()

    @property
    def default(self) -> int | str:
        """What holds where nobody has set it."""
        value: int | str = getattr(Policy(), self.name)
        return value


CHECK_IN, CREDIT, CAPS = N_("Checking in and out"), N_("Credited time"), N_("Limits")
MANUAL, POINTS = N_("Entries by hand"), N_("Points")
PRESENCE = N_("Proof of presence")
PLANNING = N_("Planning and signing up")
SHOP = N_("Shop and counter")

PROOF, DECIDING = N_("Proof grades"), N_("Confirming and correcting")

_GRADE_CHOICES = (
    (GRADE_PAYS, N_("Confirmed together with the others")),
    (GRADE_HELD, N_("Held: somebody decides about each row")),
    (GRADE_SECOND_PERSON, N_("Held: somebody other than whoever scanned or wrote it decides")),
)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        "points_booked",
        POINTS,
        "choice",
        N_("When points are booked"),
        N_(
            "Either a confirmed record gives its points at once, or it gives hours that the volunteer converts whenever they like. A change applies to what is confirmed from then on."
        ),
        choices=(
            (ON_APPROVAL, N_("At once, when the record is confirmed")),
            (ON_CONVERSION, N_("When the volunteer converts hours")),
        ),
    ),
    Setting(
        "points_name_zh",
        POINTS,
        "word",
        N_("Name of the points in Chinese"),
        N_("What your county calls its points, for example 积分 or 福分."),
    ),
    Setting("points_name_en", POINTS, "word", N_("Name of the points in English"), N_("For example points.")),
    Setting(
        "points_lapse_months",
        POINTS,
        "count",
        N_("Points lapse after so many months"),
        N_(
            "At the end of the month, so many months after they were booked; what lapses first is spent first. Applies to points booked from then on. 0: points never lapse."
        ),
        0,
        120,
    ),
    Setting(
        "card_limit_points",
        POINTS,
        "count",
        N_("Points with a paper card alone"),
        N_("Above this, a shop asks for the PIN or the code on the phone as well. 0 always asks."),
        0,
        10_000,
    ),
    Setting(
        "write_off_alone_points",
        POINTS,
        "count",
        N_("Points that one person may write off"),
        N_("Goods worth more than this leave the shelf only when a second person has agreed. 0 always asks."),
        0,
        100_000,
    ),
    Setting(
        "card_day_redemptions",
        SHOP,
        "count",
        N_("Redemptions with a paper card in a day"),
        N_(
            "A member redeems so often in a day with the paper card; after that with the phone or the PIN. 0 sets no limit."
        ),
        0,
        100,
    ),
    Setting(
        "agreement_from_points",
        SHOP,
        "points",
        N_("Agreement from"),
        N_(
            "From this total on, the member agrees by a tap on the phone, by PIN or by signature. 0 never asks."
        ),
        0,
        100_000,
    ),
    Setting(
        "pin_from_points",
        SHOP,
        "points",
        N_("PIN or phone from"),
        N_("From this total on, a signature is not enough. 0 always takes a signature."),
        0,
        100_000,
    ),
    Setting(
        "return_approval_from_points",
        SHOP,
        "points",
        N_("Second person for a return from"),
        N_("From this many points on, a second attendant agrees to a return. 0 never asks."),
        0,
        100_000,
    ),
    Setting(
        "attendant_day_points",
        SHOP,
        "points",
        N_("Most points an attendant takes in a day"),
        N_("What was undone is not counted. 0 sets no limit."),
        0,
        1_000_000,
    ),
    Setting(
        "reservation_hours",
        SHOP,
        "hours",
        N_("How long reserved goods are kept"),
        N_("After that the goods go back to the shelf and the points to the member."),
        1,
        720,
    ),
    Setting(
        "reservations_at_once",
        SHOP,
        "count",
        N_("Reservations of one member at a time"),
        N_("Who wants more collects or cancels one first."),
        1,
        50,
    ),
    Setting(
        "budget",
        PLANNING,
        "choice",
        N_("Budget of points"),
        N_(
            "Before publishing, the organiser sees the points that members hold, the points promised, and what the shops' goods are worth."
        ),
        choices=(
            (BUDGET_SHOWN, N_("Is shown; the organiser decides")),
            (BUDGET_BINDING, N_("Is binding: beyond it nothing is published")),
        ),
    ),
    Setting(
        "budget_percent",
        PLANNING,
        "percent",
        N_("Share of the points that goods have to cover"),
        N_("Counts only where the budget is binding."),
        1,
        500,
    ),
    Setting(
        "offer_hours",
        PLANNING,
        "hours",
        N_("Time to take a place from the waiting list"),
        N_("Who does not answer in this time loses the turn. It never ends in the night."),
        1,
        72,
    ),
    Setting(
        "opens_before_minutes",
        CHECK_IN,
        "minutes",
        N_("Check-in opens before the start"),
        N_("Who comes earlier is asked to wait."),
        0,
        240,
    ),
    Setting(
        "closes_after_minutes",
        CHECK_IN,
        "minutes",
        N_("Check-in closes after the start"),
        N_("Who comes later is let in by the organiser."),
        0,
        240,
    ),
    Setting(
        "earliest_check_out_minutes",
        CHECK_IN,
        "minutes",
        N_("Shortest stay before checking out"),
        N_("Counted from the person's own check-in."),
        0,
        240,
    ),
    Setting(
        "earliest_check_out_percent",
        CHECK_IN,
        "percent",
        N_("Share of the shift before checking out"),
        N_("Nobody checks out before this share of the planned time is over."),
        0,
        100,
    ),
    Setting(
        "latest_check_out_minutes",
        CHECK_IN,
        "minutes",
        N_("Check-out closes after the end"),
        N_("Then forgotten check-outs are closed automatically and wait for a person."),
        15,
        720,
    ),
    Setting(
        "code_step_seconds",
        CHECK_IN,
        "seconds",
        N_("How often the organiser's code changes"),
        N_("Shorter is harder to pass on, longer is kinder to slow phones."),
        10,
        60,
    ),
    Setting(
        "walk_ins",
        CHECK_IN,
        "choice",
        N_("Who comes without having signed up"),
        N_("The organiser can sign somebody up at the place either way."),
        choices=(
            (WALK_INS_WELCOME, N_("May sign up on arrival while there is room")),
            (WALK_INS_REFUSED, N_("Is asked to speak to the organiser")),
        ),
    ),
    Setting(
        "start_tolerance_minutes",
        CREDIT,
        "minutes",
        N_("Late, but credited from the start"),
        N_("Who checks in no later than this after the planned start loses nothing."),
        0,
        30,
    ),
    Setting(
        "end_tolerance_minutes",
        CREDIT,
        "minutes",
        N_("Credited beyond the planned end"),
        N_("At most; whoever plans longer extends the shift for everybody."),
        0,
        60,
    ),
    Setting(
        "rounding_minutes",
        CREDIT,
        "choice",
        N_("Minutes are rounded down to"),
        N_("6 minutes are a tenth of an hour. The arithmetic is shown on every record."),
        choices=((1, N_("1 minute")), (6, N_("6 minutes")), (30, N_("30 minutes")), (60, N_("60 minutes"))),
    ),
    Setting(
        "forgotten_percent",
        CREDIT,
        "percent",
        N_("Share of the shift credited without a check-out"),
        N_("A person still has to confirm it."),
        0,
        100,
    ),
    Setting(
        "forgotten_most_minutes",
        CREDIT,
        "minutes",
        N_("Most that is credited without a check-out"),
        N_("However long the shift was."),
        0,
        240,
    ),
    Setting(
        "day_cap_minutes",
        CAPS,
        "minutes",
        N_("Hours a day that need no second look"),
        N_("What goes beyond waits for a person with the reason beside it."),
        60,
        1440,
    ),
    Setting(
        "week_cap_minutes",
        CAPS,
        "minutes",
        N_("Hours a week that need no second look"),
        N_("Monday to Sunday."),
        60,
        10080,
    ),
    Setting(
        "minor_day_cap_minutes",
        CAPS,
        "minutes",
        N_("Hours a day for members under 18"),
        N_("What goes beyond waits for a person with the reason beside it."),
        30,
        1440,
    ),
    Setting(
        "manual_quota",
        MANUAL,
        "count",
        N_("Entries by hand per activity"),
        N_("The fraud that made the news was made of entries by hand: keep this low."),
        0,
        50,
    ),
    Setting(
        "manual_days",
        MANUAL,
        "days",
        N_("Days after the shift for entries by hand"),
        N_("Afterwards nothing more is entered."),
        1,
        60,
    ),
    Setting(
        "evidence_megabytes",
        MANUAL,
        "megabytes",
        N_("Largest photo or PDF as evidence"),
        N_("A photo of a phone has 2 to 5."),
        1,
        10,
    ),
    Setting(
        "grade_a",
        PROOF,
        "choice",
        N_("Grade A: scanned in and out"),
        N_("What happens with hours that both changing codes prove."),
        choices=_GRADE_CHOICES,
    ),
    Setting(
        "grade_b",
        PROOF,
        "choice",
        N_("Grade B: scanned by the organiser"),
        N_("The organiser scanned the member's phone code or paper card."),
        choices=_GRADE_CHOICES,
    ),
    Setting(
        "grade_c",
        PROOF,
        "choice",
        N_("Grade C: printed code, six digits, list"),
        N_("Also a shift without a check-out, and rows of a sign-in sheet."),
        choices=_GRADE_CHOICES,
    ),
    Setting(
        "grade_d",
        PROOF,
        "choice",
        N_("Grade D: entered by hand"),
        N_("Whoever enters never confirms the same row, whatever is chosen here."),
        choices=_GRADE_CHOICES[1:],
    ),
    Setting(
        "head_count",
        DECIDING,
        "choice",
        N_("Head count when a shift is confirmed"),
        N_("It is compared with how many were checked in at the fullest moment."),
        choices=((HEAD_COUNT_ASKED, N_("Asked")), (HEAD_COUNT_NOT_ASKED, N_("Not asked"))),
    ),
    Setting(
        "correction_days",
        DECIDING,
        "days",
        N_("Days in which a volunteer may say “this is wrong”"),
        N_("Counted from the day of the record's decision."),
        1,
        365,
    ),
    Setting(
        "answer_days",
        DECIDING,
        "days",
        N_("Days for the answer"),
        N_("Afterwards the request is shown as overdue."),
        1,
        60,
    ),
    Setting(
        "no_show_days",
        DECIDING,
        "days",
        N_("Missed shifts are counted back for"),
        N_("Older ones are forgotten. They cost no points."),
        30,
        730,
    ),
    Setting(
        "ticket_minutes",
        PRESENCE,
        "minutes",
        N_("A scan waits for the tap"),
        N_("The moment of the scan counts, however slow the log-in is."),
        5,
        30,
    ),
    Setting(
        "device_members",
        PRESENCE,
        "count",
        N_("Members on one phone at one activity"),
        N_("All but the first are marked for a second look, except within one household. More are refused."),
        1,
        5,
    ),
    Setting(
        "short_tries",
        PRESENCE,
        "count",
        N_("Wrong six-digit codes in a row"),
        N_("After that the next try has to wait some minutes."),
        3,
        10,
    ),
    Setting(
        "place_inside_metres",
        PRESENCE,
        "metres",
        N_("At the place means nearer than"),
        N_("Only for activities that ask for the place. What is kept is a word, never a position."),
        50,
        1000,
    ),
    Setting(
        "place_accuracy_metres",
        PRESENCE,
        "metres",
        N_("A position vaguer than this says nothing"),
        N_("Indoors phones often know no better; nobody is refused for it."),
        50,
        2000,
    ),
    Setting(
        "spot_min_shift_minutes",
        PRESENCE,
        "minutes",
        N_("Spot checks in shifts of at least"),
        N_("Who is inside is asked to scan once more."),
        60,
        480,
    ),
    Setting(
        "spot_minutes",
        PRESENCE,
        "minutes",
        N_("A spot check is open for"),
        N_("Long enough to walk to the screen."),
        5,
        30,
    ),
    Setting(
        "card_print_days",
        PRESENCE,
        "days",
        N_("Who prints a card and scans it is marked for"),
        N_("A card in the organiser's own pocket proves nobody's presence."),
        1,
        365,
    ),
    Setting(
        "wrong_codes_warn",
        PRESENCE,
        "count",
        N_("Wrong codes that warn the organiser"),
        N_("So many wrong or old codes within two minutes."),
        2,
        50,
    ),
)

assert sorted(setting.name for setting in SETTINGS) == sorted(field.name for field in fields(Policy))


def setting_named(name: str) -> Setting | None:
    """The setting called ``name``."""
    return next((setting for setting in SETTINGS if setting.name == name), None)


def read_value(setting: Setting, written: str) -> int | str:
    """The value that somebody wrote, within the setting's limits.

    Raises:
        SettingUnusable: not a whole number, outside the limits, not one of the choices, or too long.
    """
    written = written.strip()
    if setting.unit == "choice":
        for value, _label in setting.choices:
            if str(value) == written:
                return value
        raise SettingUnusable(field=setting.name, least="", most="")
    if setting.unit == "word":
        if not 0 < len(written) <= LONGEST_WORD or not written.isprintable():
            raise SettingUnusable(field=setting.name, least=1, most=LONGEST_WORD)
        return written
    if (
        not (written.isascii() and written.isdecimal())
        or not setting.least <= int(written[:9]) <= setting.most
    ):
        raise SettingUnusable(field=setting.name, least=setting.least, most=setting.most)
    return int(written)
