"""What is odd about a scan that a device uploads. Pure.

Defaults follow the attendance reference, section 6: at most a day before, ten minutes of clock, one chain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from timebank.checkin.reasons import Reason
from timebank.errors import N_

TAKEN_AT_MOST_BEFORE = timedelta(hours=24)
# Check-outs come in until here; then the device forgets the cards and names, never its unsent scans.
KEPT_AFTER_END = timedelta(hours=12)
UPLOADED_AT_MOST_AFTER = timedelta(days=7)
CLOCK_TOLERANCE = timedelta(minutes=10)
SCANS_PER_UPLOAD = 100

EDITED, CHAIN_BREAK, REORDERED, CLOCK_OFF = "edited", "chain_break", "reordered", "clock_off"
LOST_DEVICE, LATE_UPLOAD, TWO_LISTS = "lost_device", "late_upload", "two_lists"

# Said to whoever decides. The words of ``checkin.reasons`` join these where the rules themselves say no.
ODDITY_WORDS: dict[str, str] = {
    EDITED: N_("The entry was changed after it was made, or stands in the list twice."),
    CHAIN_BREAK: N_("The entry before this one is missing, or is another one."),
    REORDERED: N_("The order is wrong: it says an earlier time, or came later, than its neighbour."),
    CLOCK_OFF: N_("The device's clock is more than ten minutes off."),
    LOST_DEVICE: N_("The device was reported lost before this came in."),
    LATE_UPLOAD: N_("It was uploaded more than seven days after the shift."),
    TWO_LISTS: N_("Another scan has this member at another time."),
    Reason.NOT_SIGNED_UP: N_("The member had not signed up for this shift."),
    Reason.WRONG_ACTIVITY: N_("The member belongs to another county."),
    Reason.TOO_EARLY: N_("It was too early for that."),
    Reason.TOO_LATE: N_("It was too late for that."),
    Reason.NOT_INSIDE: N_("There is a leaving, but no arrival."),
    Reason.OVERLAP: N_("The member was checked in somewhere else."),
    Reason.FULL: N_("The member had not signed up, and all places were taken."),
    Reason.CANCELLED: N_("The activity was cancelled."),
    Reason.MEMBER_SUSPENDED: N_("The membership is suspended."),
    Reason.CARD_REVOKED: N_("It was an old card that had been replaced."),
}


@dataclass(frozen=True)
class Said:
    """One scan as the device says it.

    Attributes:
        at_word: the device's time exactly as written, for the seal.
        how: ``code`` (``entry`` is the scanned code, sealed) or ``tick`` (``entry`` names a row of the list).
    """

    counter: int
    nonce: str
    at: datetime
    at_word: str
    kind: str
    how: str
    entry: str
    previous: str
    seal: str

    @property
    def parts(self) -> tuple[str, ...]:
        """What the seal covers, in its order."""
        return (str(self.counter), self.nonce, self.at_word, self.kind, self.how, self.entry, self.previous)


@dataclass(frozen=True)
class Link:
    """A scan of the roster that is known already."""

    counter: int
    nonce: str
    at: datetime
    seal: str


@dataclass(frozen=True)
class Bounds:
    """What the server knows about an upload.

    Attributes:
        clock_off: how far the device's clock is ahead of the server's, at this upload.
        seed: what the first scan names as the one before it.
    """

    taken_at: datetime
    received_at: datetime
    uploads_close_at: datetime
    clock_off: timedelta
    seed: str
    is_lost: bool = False


def may_be_taken(starts_at: datetime, closes_at: datetime, at: datetime) -> bool:
    """A roster leaves at most a day before the shift, and not after its check-out has closed."""
    return starts_at - TAKEN_AT_MOST_BEFORE <= at < closes_at


def oddities(said: Said, known: Sequence[Link], bounds: Bounds, *, true_seal: str) -> list[str]:
    """Why the scan is no plain one; empty for a plain one.

    Args:
        known: scans of this roster taken in before, in any order.
        true_seal: what the seal should be.
    """
    before = next((link for link in known if link.counter == said.counter - 1), None)
    expected = bounds.seed if said.counter == 1 else before.seal if before else None
    raised = (
        (EDITED, said.seal != true_seal or _stands_twice(said, known)),
        (CHAIN_BREAK, expected is None or said.previous != expected),
        (REORDERED, any(link.counter > said.counter for link in known) or _goes_back(said, before)),
        (CLOCK_OFF, _is_clock_off(said, bounds)),
        (LOST_DEVICE, bounds.is_lost),
        (LATE_UPLOAD, bounds.received_at > bounds.uploads_close_at),
    )
    return [word for word, holds in raised if holds]


def is_same_moment(one: datetime, other: datetime) -> bool:
    """Two devices at one door see a member within minutes of each other."""
    return abs(one - other) <= CLOCK_TOLERANCE


def _stands_twice(said: Said, known: Sequence[Link]) -> bool:
    return any(said.counter == link.counter or said.nonce == link.nonce for link in known)


def _goes_back(said: Said, before: Link | None) -> bool:
    return before is not None and said.at < before.at


def _is_clock_off(said: Said, bounds: Bounds) -> bool:
    return (
        abs(bounds.clock_off) > CLOCK_TOLERANCE
        or said.at < bounds.taken_at - CLOCK_TOLERANCE
        or said.at > bounds.received_at + CLOCK_TOLERANCE
    )
