"""The organiser's screen: who shows which code from when to when, and the codes for the next minute."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.checkin import rules, tokens
from timebank.checkin.errors import DisplayForeign
from timebank.checkin.models import DisplaySession
from timebank.checkin.tokens import Kind


@dataclass(frozen=True)
class ShownCode:
    """One code with its time on the screen, in milliseconds from the moment of the answer.

    The screen counts from there and never asks its own clock what time it is. ``begins_in`` is below
    zero for the code that is on show already.
    """

    token: str
    short: str
    begins_in: int
    ends_in: int


def keep_showing(
    session: Session,
    *,
    shift: Shift,
    kind: Kind,
    display_id: int | None,
    by: Actor,
    at: datetime,
    kiosk_id: int | None = None,
) -> DisplaySession:
    """The display session of a screen that is on now; begins one where ``display_id`` is None.

    Args:
        kiosk_id: the tablet at the door that shows it, where it is not somebody's own screen.

    Raises:
        DisplayForeign: the session is somebody else's, or of another shift or kind.
    """
    if display_id is None:
        display = DisplaySession(
            shift_id=shift.id,
            kind=kind,
            shown_by_user_id=by.user_id,
            opened_at=at,
            last_seen_at=at,
            kiosk_id=kiosk_id,
        )
        session.add(display)
    else:
        found = session.get(DisplaySession, display_id)
        if found is None or (found.shift_id, found.kind, found.shown_by_user_id) != (
            shift.id,
            kind,
            by.user_id,
        ):
            raise DisplayForeign
        display = found
        display.last_seen_at = max(at, display.last_seen_at)
    session.flush()
    return display


def coming_codes(
    keyring: Keyring,
    *,
    shift_id: int,
    display_id: int,
    kind: Kind,
    step_seconds: int,
    at: datetime,
    key_number: int = tokens.FIRST_KEY,
) -> list[ShownCode]:
    """The code on show at ``at`` and those that follow, for a screen that may lose the network."""
    now = tokens.step_at(at, seconds=step_seconds)
    length = step_seconds * 1000
    shown = []
    for step in range(now, now + rules.CODES_SENT):
        begins = tokens.step_begins(step, seconds=step_seconds)
        begins_in = round((begins - at).total_seconds() * 1000)
        token = tokens.mint(
            keyring,
            kind=kind,
            shift_id=shift_id,
            display=tokens.display_number(display_id),
            step=step,
            step_seconds=step_seconds,
            key_number=key_number,
        )
        short = tokens.short_code(
            keyring, kind=kind, shift_id=shift_id, at=max(at, begins), key_number=key_number
        )
        shown.append(ShownCode(token, short, begins_in, begins_in + length))
    return shown
