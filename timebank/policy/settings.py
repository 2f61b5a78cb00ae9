"""What an administrator may set: label, explanation and limits of every field of ``Policy``, one list."""

from dataclasses import dataclass, fields

from timebank.errors import N_
from timebank.policy.errors import SettingUnusable
from timebank.policy.rules import ON_APPROVAL, ON_CONVERSION, WALK_INS_REFUSED, WALK_INS_WELCOME, Policy

LONGEST_WORD = 12


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        unit: ``minutes``, ``days``, ``seconds``, ``percent``, ``count``, ``choice`` or ``word``.
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
        "card_limit_points",
        POINTS,
        "count",
        N_("Points with a paper card alone"),
        N_("Above this, a shop asks for the PIN or the code on the phone as well. 0 always asks."),
        0,
        10_000,
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
