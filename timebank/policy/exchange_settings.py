"""Settings of points, of planning, and of the shop."""

from timebank.errors import N_
from timebank.policy.rules import (
    BUDGET_BINDING,
    BUDGET_SHOWN,
    GO_ON,
    ON_APPROVAL,
    ON_CONVERSION,
    STOP_ON_BREAKS,
)
from timebank.policy.setting import PLANNING, POINTS, SHOP, Setting

EXCHANGE_SETTINGS: tuple[Setting, ...] = (
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
        "lapse_notice_days",
        POINTS,
        "count",
        N_("Members hear so many days before points lapse"),
        N_("Long enough for the next market day, and for somebody who is asked to go along."),
        1,
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
        "redemptions_on_breaks",
        SHOP,
        "choice",
        N_("When the books do not agree"),
        N_(
            "Whether the shops go on handing out goods when the nightly comparison finds that the books themselves are broken."
        ),
        choices=(
            (GO_ON, N_("Shops go on; auditors are told")),
            (STOP_ON_BREAKS, N_("Redeeming is paused until the books agree, or two people lift the pause")),
        ),
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
        "pin_after_days",
        SHOP,
        "days",
        N_("PIN or phone after quiet days"),
        N_(
            "Who has not redeemed for more than so many days agrees by phone or PIN at any total, and a signature is not enough. 0 never asks."
        ),
        0,
        3650,
    ),
    Setting(
        "new_phone_days",
        SHOP,
        "days",
        N_("PIN on a new phone"),
        N_(
            "On a phone or computer that is new to an account, points are spent only after the PIN was entered once, for so many days. The first one, and members without a PIN, are not asked. 0 never asks."
        ),
        0,
        90,
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
        "private_details_hours",
        PLANNING,
        "hours",
        N_("The way in can be read after the shift"),
        N_(
            "Door codes and addresses are shown to who has a place, and hidden so long after the shift ended."
        ),
        0,
        720,
    ),
)
