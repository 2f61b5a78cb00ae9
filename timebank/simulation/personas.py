"""Ways to live in the town. Shares and rates are stated here, with their source where there is one; else they are
this project's own estimate, on the messy side."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Persona:
    """How a kind of person lives.

    Attributes:
        share: of the members, in percent.
        ages: from–to on the first day.
        phone, card: has a phone of their own; carries a paper card.
        weekly: services a week on average.
        weekdays: comes on working days too.
        forgets_out: share of services without a check-out.
        late_out: share checked out so late that nothing more is credited.
        no_show: share of sign-ups that come to nothing.
        shops_every: days between two visits to a shop.
    """

    name: str
    share: int
    ages: tuple[int, int]
    phone: bool
    card: bool
    weekly: float
    weekdays: bool
    forgets_out: float
    late_out: float
    no_show: float
    shops_every: int


# Three in ten are over sixty, one in ten has no phone: the teams that DOMAIN.md is modelled on.
PERSONAS: tuple[Persona, ...] = (
    Persona("card_holder", 14, (63, 84), False, True, 0.7, True, 0.06, 0.05, 0.05, 30),
    Persona("pensioner", 16, (60, 76), True, True, 0.9, True, 0.06, 0.05, 0.05, 28),
    Persona("zealous", 2, (60, 72), True, True, 4.5, True, 0.02, 0.03, 0.01, 12),
    Persona("worker", 30, (28, 58), True, False, 0.45, False, 0.04, 0.04, 0.08, 45),
    Persona("parent", 14, (30, 48), True, False, 0.5, False, 0.05, 0.05, 0.08, 40),
    Persona("student", 12, (17, 24), True, False, 0.6, False, 0.04, 0.03, 0.10, 50),
    Persona("scatterbrain", 3, (22, 66), True, False, 0.6, True, 0.16, 0.15, 0.15, 40),
    Persona("dormant", 9, (25, 70), True, False, 0.0, False, 0.04, 0.04, 0.05, 0),
)
BY_NAME = {persona.name: persona for persona in PERSONAS}
