"""What is known of a setting: its label, explanation and limits, and the group in which the page shows it."""

from dataclasses import dataclass

from timebank.errors import N_
from timebank.policy.rules import Policy

CHECK_IN, CREDIT, CAPS = N_("Checking in and out"), N_("Credited time"), N_("Limits")
MANUAL, POINTS = N_("Entries by hand"), N_("Points")
PRESENCE = N_("Proof of presence")
PLANNING = N_("Planning and signing up")
SHOP = N_("Shop and counter")
PROOF, DECIDING = N_("Proof grades"), N_("Confirming and correcting")


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
