"""The ways in which a notice leaves the house, one per file, each in this list."""

from collections.abc import Callable
from typing import Protocol

from timebank.notices.transports import smtp
from timebank.notices.wording import Letter
from timebank.settings import Settings


class Transport(Protocol):
    """One way out. ``send`` returns when the other side has taken the letter over, and not before."""

    channel: str

    def send(self, letter: Letter) -> None:
        """Hand ``letter`` over.

        Raises:
            Unreached: the other side cannot be reached; nothing else need be tried now.
            Refused: it does not take this letter, for now or for good.
        """


# Another way (a messaging app's official account, SMS) is a file beside ``smtp.py`` and a line here.
TRANSPORTS: tuple[Callable[[Settings], Transport | None], ...] = (smtp.transport,)


def transports(settings: Settings) -> dict[str, Transport]:
    """Channel → transport, for those that the installation has set up."""
    made = (make(settings) for make in TRANSPORTS)
    return {one.channel: one for one in made if one is not None}
