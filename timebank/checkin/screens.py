"""What a screen with the code is told, the organiser's own and the tablet's at the door alike."""

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.activities.models import Shift
from timebank.checkin import displays, presence, queries, rules, scan_keys, spots
from timebank.checkin.models import Kiosk
from timebank.checkin.rules import Windows
from timebank.checkin.tokens import Kind
from timebank.policy.queries import policy_for
from timebank.policy.rules import Policy
from timebank.web.codes import link_qr
from timebank.web.filters import clock_time, masked_name
from timebank.web.requests import house

# The screen around the code is white and gives the rest of the four, so that the code itself is larger.
SCREEN_QUIET_MODULES = 2
WRONG_CODES_WITHIN = timedelta(minutes=2)


def _windows(policy: Policy, shift: Shift) -> Windows:
    return rules.windows(policy, shift.starts_at, shift.ends_at)


def due(session: Session, shift: Shift, at: datetime) -> Kind:
    """The code that is wanted now: of an open spot check, else for leaving once people may leave."""
    if spots.open_check(session, shift.id, at=at) is not None:
        return Kind.SPOT
    return rules.kind_due(_windows(policy_for(session, shift.activity.organisation.path), shift), at)


def kind_asked(written: object, wanted: Kind) -> Kind:
    """The kind that the screen asked for, else the one that is due."""
    return Kind(written) if written in ("in", "out", "spot") else wanted


def codes_told(
    session: Session,
    shift: Shift,
    kind: Kind,
    *,
    display: object,
    by: Actor,
    at: datetime,
    kiosk: Kiosk | None = None,
) -> dict[str, Any]:
    """The code on show and the next ones, or why there is none; keeps the display session's record.

    ``began`` is set when a display session began by this.
    """
    policy = policy_for(session, shift.activity.organisation.path)
    windows = _windows(policy, shift)
    state = _state(session, shift, kind, windows, at)
    if shift.status != "published" or state != "open":
        return {"state": "closed", "kind": kind, "said": _closed(shift, kind, state, windows)}
    known = display if isinstance(display, int) and 0 < display < 2**62 else None
    shown = displays.keep_showing(
        session,
        shift=shift,
        kind=kind,
        display_id=known,
        by=by,
        at=at,
        kiosk_id=kiosk.id if kiosk else None,
    )
    coming = displays.coming_codes(
        house().keyring,
        shift_id=shift.id,
        display_id=shown.id,
        kind=kind,
        step_seconds=policy.code_step_seconds,
        at=at,
        key_number=scan_keys.keys_in_use(session, at=at).current,
    )
    return {
        "state": "open",
        "kind": kind,
        "began": known is None,
        "display": shown.id,
        "step": policy.code_step_seconds * 1000,
        "codes": [_drawn(code) for code in coming],
    }


def _state(session: Session, shift: Shift, kind: Kind, windows: Windows, at: datetime) -> str:
    if kind is not Kind.SPOT:
        return rules.display_state(kind, windows, at)
    return "open" if spots.open_check(session, shift.id, at=at) else "late"


def _drawn(code: displays.ShownCode) -> dict[str, object]:
    address = f"{house().settings.public_url}/s/"
    return {
        "svg": link_qr(address, tail=code.token, level="M", quiet=SCREEN_QUIET_MODULES),
        "short": code.short,
        "begins": code.begins_in,
        "ends": code.ends_in,
    }


def _closed(shift: Shift, kind: Kind, state: str, windows: Windows) -> str:
    if shift.cancelled_at is not None:
        return str(_("This shift was called off: %(reason)s", reason=shift.cancel_reason))
    if shift.activity.status != "published":
        return str(_("This activity is not open: it is a draft or was cancelled."))
    if kind is Kind.SPOT:
        return str(_("No spot check is open. Begin one beside the code."))
    opens, closes = (clock_time(moment) for moment in rules.window_of(kind, windows))
    if kind is Kind.IN:
        if state == "early":
            return str(_("Check-in opens at %(time)s.", time=opens))
        return str(_("Check-in closed at %(time)s. Who comes now is checked in by you, below.", time=closes))
    if state == "early":
        return str(_("The code for leaving can be shown from %(time)s.", time=opens))
    return str(_("Check-out closed at %(time)s.", time=closes))


def arrivals_told(session: Session, shift: Shift, *, at: datetime) -> dict[str, Any]:
    """Heads, the latest names, and what the organiser should know now."""
    count = queries.head_count(session, shift.id)
    return {
        "inside": count.inside,
        "arrived": count.arrived,
        "left": count.left,
        "expected": count.expected,
        "rows": arrivals(session, shift.id),
        "warning": _warning(session, shift, at),
        "reminder": _reminder(session, shift, at),
    }


def _warning(session: Session, shift: Shift, at: datetime) -> str:
    """Said when many wrong or old codes are tried within a short time: somebody passes the code on, or guesses."""
    policy = policy_for(session, shift.activity.organisation.path)
    tried = queries.wrong_codes(session, shift.id, since=at - WRONG_CODES_WITHIN)
    if tried < policy.wrong_codes_warn:
        return ""
    said = _(
        "%(count)s wrong or old codes in two minutes. Is somebody passing the code on? Count the people here.",
        count=tried,
    )
    return str(said)


def _reminder(session: Session, shift: Shift, at: datetime) -> str:
    plan = presence.plan_of(session, shift.activity_id)
    if (
        plan is None
        or not plan.spot_checks
        or not spots.drawn_moment(house().keyring, shift) <= at < shift.ends_at
    ):
        return ""
    policy = policy_for(session, shift.activity.organisation.path)
    if not spots.is_long_enough(shift, policy) or spots.counts(session, shift.id):
        return ""
    return str(_("Time for a spot check: everybody here scans once more."))


def arrivals(session: Session, shift_id: int) -> list[dict[str, str]]:
    """The latest comings and goings, masked to the surname."""
    return [
        {
            "name": masked_name(line.name),
            "at": clock_time(line.at),
            "kind": line.kind.value,
            "word": _("came") if line.kind is Kind.IN else _("left"),
        }
        for line in queries.arrivals(session, shift_id)
    ]
