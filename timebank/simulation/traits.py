"""How messy honest people are: every trait with its rate and where the rate comes from.

``ATT §n`` is the attendance reference, whose figures come from systems in use; ``own`` is this project's own
estimate, on the messy side. ``docs/simulation.md`` shows this list; a test proves that it shows all of it.
"""

import random
from dataclasses import dataclass

OWN = "own"


@dataclass(frozen=True)
class Trait:
    """Something that honest people do, or that happens to them; ``rate`` of ``of``."""

    name: str
    rate: float
    of: str
    source: str = OWN


TRAITS: tuple[Trait, ...] = (
    # Scanning.
    Trait("slow_phone", 0.004, "scans of the changing code come too late", "ATT §2: 0.2 % of honest scans"),
    Trait("weak_network", 0.015, "members whose phone is late at every eighth scan"),
    Trait("wrong_code", 0.004, "scans hit another code first, such as the noodle shop's"),
    Trait("camera_fails", 0.03, "scans by phone are typed as six digits instead"),
    Trait("dark_hall", 0.02, "activities where a third types the digits"),
    Trait("dead_phone", 0.012, "arrivals without any scan: entered by hand afterwards", "ATT §4"),
    Trait(
        "borrowed_phone",
        0.006,
        "arrivals by phone with the phone of somebody else who is there, the own being flat",
        "ATT §8 F-03",
    ),
    Trait(
        "cards_in_a_row", 0.3, "activities where a helper scans the waiting cards, 4–8 s apart", "ATT §8 F-12"
    ),
    Trait("by_number", 0.03, "card holders without their card: the number is typed"),
    Trait("own_code", 0.05, "arrivals by phone are scanned by the organiser from the phone's own code"),
    # People.
    Trait("walk_in", 0.15, "activities to which one or two come unannounced"),
    Trait("comes_late", 0.05, "arrivals after the start, up to half an hour"),
    Trait("checks_out_early", 0.012, "check-outs by mistake half an hour early, corrected on request"),
    Trait("gives_up", 0.04, "sign-ups given back in time"),
    Trait(
        "sits_elsewhere",
        0.07,
        "answers to a spot check: missed, in the toilet or out of earshot",
        "ATT §8 F-06",
    ),
    Trait("together", 0.8, "services of a couple with one phone are done together", "ATT §8 F-03"),
    Trait("neighbours_together", 0.12, "services of two neighbours with one phone are done together"),
    Trait(
        "linked_after_asking", 0.5, "unlinked families a week are linked once somebody asks", "ATT §8 F-03"
    ),
    Trait("new_phone", 0.004, "members a week change their phone"),
    Trait("cleared_cookies", 0.006, "members a week lose their browser's cookie"),
    Trait("lost_card", 0.004, "card holders a week lose their card"),
    Trait("dormant_returns", 0.5, "dormant members who come back before the festival", "ATT §8 F-19"),
    Trait("dormant_new_phone", 0.08, "of those who come back, with a new phone"),
    Trait(
        "tablet_registration", 0.04, "members take up their account on the station's tablet", "ATT §8 F-18"
    ),
    Trait("leaves_it", 0.2, "of those do not log in on their own phone that evening", "ATT §8 F-18"),
    Trait(
        "festival_week", 1.0, "weeks of a festival a half-year: everybody serves two to three times as much"
    ),
    # Organisers.
    Trait(
        "publishes_late",
        1.0,
        "times a half-year each coordinator publishes an hour before the start",
        "ATT §8 F-08",
    ),
    Trait("starts_late", 0.05, "activities where the code is shown only after the start"),
    Trait("rain", 0.03, "activities made longer for everybody", "ATT §8 F-09"),
    Trait("called_off", 0.02, "activities called off on the day"),
    Trait("bus", 0.05, "activities from which everybody leaves by one bus", "ATT §8 F-13"),
    Trait("spot_check", 0.3, "activities of two hours and more with a spot check", "ATT §2"),
    Trait("no_network", 0.04, "activities with a list on a device without network", "ATT §6"),
    Trait(
        "clock_off", 0.5, "of those devices are some minutes off; one in forty more than ten", "ATT §8 F-28"
    ),
    Trait("paper_post", 0.05, "activities with a printed code at a post", "ATT §1"),
    Trait(
        "old_poster",
        0.15,
        "of those where an old print still hangs or the sun has bleached it",
        "ATT §8 F-26",
    ),
    Trait(
        "asks_instead",
        0.15,
        "of those who scan such a print do not look for the right one and go to the organiser",
        "ATT §8 F-26",
    ),
    Trait(
        "dark_in_the_evening",
        0.03,
        "activities whose screen is dark at the end: the organiser lets everybody out with the scanner",
        "ATT §8 F-13",
    ),
    Trait(
        "scanner_only",
        0.03,
        "activities without a screen: the organiser scans every card and phone",
        "ATT §8 F-08",
    ),
    Trait(
        "power_cut",
        0.005,
        "activities where nothing can be scanned: a few are entered by hand",
        "ATT §8 F-08",
    ),
    Trait("confirms_same_evening", 0.7, "shifts confirmed the same evening; the others the next morning"),
    Trait("counts_wrong", 0.25, "head counts are off by one"),
    Trait("enters_late", 0.12, "entries by hand come three days later"),
    Trait("exact_plan", 0.4, "entries by hand with exactly the planned times", "ATT §8 F-14"),
    Trait("rejects", 0.08, "rows that carry a reason are rejected"),
    Trait("grants", 0.75, "corrections are granted"),
    Trait("takes_back", 0.002, "records are taken back for a mistake"),
    # Counters.
    Trait("card_shown", 0.12, "redemptions by card without PIN or signature", "ATT §8 F-21"),
    Trait("always_thursday", 3, "members a shop who always come on the same attendant's day", "ATT §8 F-22"),
    Trait("undone_at_once", 0.012, "sales undone within two minutes and rung up again", "ATT §8 F-24"),
    Trait("undone_late", 0.004, "sales undone minutes later, when something is noticed at the door"),
    Trait(
        "comes_again", 0.05, "visits after which something was forgotten: one more redemption, the same day"
    ),
    Trait("brings_back", 0.02, "sales of which something comes back on a later day"),
    Trait(
        "count_differs", 0.06, "shifts whose count is one unit off, once in ten of them two", "ATT §8 F-23"
    ),
    Trait("box_unbooked", 0.004, "shifts after which a whole box is missing: broken, or never delivered"),
    Trait("overrun", 0.03, "opening days that end an hour or two late", "ATT §8 F-21"),
    Trait("festival_rice", 0.25, "members spend nearly everything before the festival", "ATT §8 F-25"),
    Trait("wrong_shop", 0.04, "redemptions at another shop than the usual one", "ATT §8 F-20"),
)
_RATES = {trait.name: trait.rate for trait in TRAITS}


def rate(name: str) -> float:
    """The rate of a trait."""
    return _RATES[name]


def happens(chance: random.Random, name: str) -> bool:
    """Whether it happens this time."""
    return chance.random() < _RATES[name]
