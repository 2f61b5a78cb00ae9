"""From a scanned code to a ticket: verify first, before anybody is asked to log in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring, digest, new_secret
from timebank.activities.models import Shift
from timebank.checkin import log, printed, queries, scan_keys, tokens
from timebank.checkin.models import PrintedCode, Scan, ScanTicket
from timebank.checkin.reasons import Reason
from timebank.checkin.tokens import Code, Kind, TokenFalse
from timebank.errors import Refusal
from timebank.members.codes import Identified
from timebank.policy import queries as policies
from timebank.prepared import PreparedRows

LAPSED_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Minted:
    """The answer to a scanned code: a ticket's secret and how long it is good, or why there is none."""

    reason: Reason
    kind: Kind = Kind.IN
    secret: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Verified:
    """What a scanned rotating code turned out to be; nothing has been written yet.

    Attributes:
        code: None for no code of this house.
        shift_id: None where there is no such shift.
        display_session_id: whose screen showed it.
    """

    at: datetime
    code: Code | None = None
    shift_id: int | None = None
    display_session_id: int | None = None
    ticket_minutes: int = 0

    @property
    def reason(self) -> Reason:
        """Yes, or why not."""
        if self.code is None or self.shift_id is None:
            return Reason.BAD_CODE
        return Reason.OK if self.code.fresh else Reason.EXPIRED


def verify(session: Session, keyring: Keyring, token: str, *, at: datetime) -> Verified:
    """Whether a rotating code was on the screen at ``at``; only reads, so that nobody waits for a writer."""
    named = tokens.named(token)
    if named is None:
        return Verified(at)
    seen = queries.code_seen(session, *named)
    keys = scan_keys.keys_kept(session, at=at, stamp=seen.keys_stamp)
    try:
        code = tokens.read(keyring, token, at=at, accepted=keys.accepted)
    except TokenFalse:
        return Verified(at)
    if seen.shift_id is None or seen.path is None:
        return Verified(at, code)
    display_id = seen.display_id
    if display_id is None:
        # The code holds the lower 24 bits of the number, which are nearly always all of them.
        display_id = queries.display_shown(session, seen.shift_id, code.display)
    policy = policies.policy_kept(session, seen.path, at, seen.settings_stamp)
    return Verified(at, code, seen.shift_id, display_id, policy.ticket_minutes)


def keep(session: Session, verified: Verified, *, device: str) -> Minted:
    """The ticket for a code that was right, or its line in the log.

    Args:
        device: digest of this browser's cookie, to which the ticket is bound.
    """
    at, code, reason = verified.at, verified.code, verified.reason
    kind = code.kind if code else Kind.IN
    if reason is Reason.OK:
        return _keep_ticket(
            session,
            shift_id=verified.shift_id,
            kind=kind,
            method="rotating",
            browser_digest=device,
            display_session_id=verified.display_session_id,
            scanned_at=at,
            expires_at=at + timedelta(minutes=verified.ticket_minutes),
        )
    said: dict[str, object] = (
        {"age_seconds": code.age_seconds, "display": code.display, "step": code.step} if code else {}
    )
    log.keep(
        session,
        at=at,
        kind=kind,
        method="rotating",
        outcome=reason,
        device_digest=device,
        shift_id=verified.shift_id,
        facts=said,
    )
    return Minted(reason, kind)


def scan_token(session: Session, keyring: Keyring, token: str, *, device: str, at: datetime) -> Minted:
    """Verify a scanned code before anything else, and mint a ticket for it.

    Args:
        device: digest of this browser's cookie, to which the ticket is bound.
        at: when the code reached the server; the ticket keeps it as the moment of the scan.
    """
    if printed.looks_printed(token):
        return _scan_printed(session, keyring, token, device=device, at=at)
    return keep(session, verify(session, keyring, token, at=at), device=device)


def _scan_printed(session: Session, keyring: Keyring, token: str, *, device: str, at: datetime) -> Minted:
    """The same for a code on paper: of its activity's shifts, the one that is on now."""
    try:
        words = printed.read(keyring, token)
    except TokenFalse:
        log.keep(session, at=at, kind="in", method="static", outcome=Reason.BAD_CODE, device_digest=device)
        return Minted(Reason.BAD_CODE)
    hangs = session.get(PrintedCode, words.printed_code_id)
    shift = queries.shift_of_printed(session, hangs, words.kind, at=at) if hangs else None
    is_current = hangs is not None and hangs.withdrawn_at is None
    if hangs is None or shift is None or not is_current or hangs.generation != words.generation:
        log.keep(
            session,
            at=at,
            kind=words.kind,
            method="static",
            outcome=Reason.BAD_CODE,
            device_digest=device,
            shift_id=shift.id if shift else None,
            facts={"printed_code": words.printed_code_id, "generation": words.generation},
        )
        return Minted(Reason.BAD_CODE, words.kind)
    return _mint(
        session,
        shift=shift,
        kind=words.kind,
        method="static",
        device=device,
        at=at,
        printed_code_id=hangs.id,
    )


def scan_short_code(
    session: Session, keyring: Keyring, digits: str, *, by: Actor, device: str, at: datetime
) -> Minted:
    """The same for six typed digits, which are looked for on every screen of the county that is on now."""
    accepted = scan_keys.keys_in_use(session, at=at).accepted
    on_show = queries.shifts_on_show(session, by, at=at)
    for shift, display in on_show:
        kind = Kind(display.kind)
        if tokens.short_code_matches(keyring, digits, kind=kind, shift_id=shift.id, at=at, accepted=accepted):
            return _mint(
                session,
                shift=shift,
                kind=kind,
                method="short",
                device=device,
                at=at,
                display_session_id=display.id,
            )
    log.keep(
        session,
        at=at,
        kind="in",
        method="short",
        outcome=Reason.BAD_CODE,
        device_digest=device,
        # Where only one screen is on, it is that one whose organiser has to know.
        shift_id=on_show[0][0].id if len({shift.id for shift, _display in on_show}) == 1 else None,
        member_id=by.member_id,
    )
    return Minted(Reason.BAD_CODE)


def scan_member(
    session: Session,
    *,
    shift: Shift,
    kind: Kind,
    found: Identified,
    device: str,
    at: datetime,
    kiosk_id: int | None = None,
) -> Minted:
    """A ticket for a member whom the organiser recognised; the tap on it confirms the face.

    Args:
        kiosk_id: the tablet at the door that read the card, where it was not the organiser's own hand.
    """
    return _mint(
        session,
        shift=shift,
        kind=kind,
        method="member",
        device=device,
        at=at,
        for_member_id=found.member.id,
        identified_by=found.how,
        kiosk_id=kiosk_id,
    )


def log_unrecognised(
    session: Session, *, shift: Shift, kind: Kind, refusal: Refusal, by: Actor, device: str, at: datetime
) -> Reason:
    """Keep an attempt of the organiser's in which nobody was recognised; returns its reason."""
    reason = {
        "code_expired": Reason.EXPIRED,
        "card_revoked": Reason.CARD_REVOKED,
        "member_suspended": Reason.MEMBER_SUSPENDED,
    }.get(refusal.code, Reason.BAD_CODE)
    log.keep(
        session,
        at=at,
        kind=kind,
        method="member",
        outcome=reason,
        device_digest=device,
        shift_id=shift.id,
        operator_user_id=by.user_id,
        facts={"code": refusal.code},
    )
    return reason


def forget(session: Session, *, at: datetime) -> int:
    """Remove tickets that lapsed more than a day ago and left no line in the log of scans.

    A ticket that somebody tapped, or was refused with, is named there, and stays with its line.

    Returns:
        how many were removed.
    """
    named = exists().where(Scan.ticket_id == ScanTicket.id)
    removed = session.execute(
        delete(ScanTicket)
        .where(ScanTicket.used_at.is_(None), ScanTicket.expires_at < at - LAPSED_KEPT, ~named)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], removed).rowcount


def _mint(
    session: Session,
    *,
    shift: Shift,
    kind: Kind,
    method: str,
    device: str,
    at: datetime,
    display_session_id: int | None = None,
    for_member_id: int | None = None,
    identified_by: str | None = None,
    printed_code_id: int | None = None,
    kiosk_id: int | None = None,
) -> Minted:
    policy = policies.policy_for(session, shift.activity.organisation.path, at)
    return _keep_ticket(
        session,
        shift_id=shift.id,
        kind=kind,
        method=method,
        browser_digest=device,
        display_session_id=display_session_id,
        for_member_id=for_member_id,
        identified_by=identified_by,
        printed_code_id=printed_code_id,
        kiosk_id=kiosk_id,
        scanned_at=at,
        expires_at=at + timedelta(minutes=policy.ticket_minutes),
    )


# What a ticket is from the beginning; how it is used is written later, by the tap.
_BEGINS = dict.fromkeys(
    (
        "ticket_digest",
        "browser_digest",
        "shift_id",
        "kind",
        "method",
        "display_session_id",
        "printed_code_id",
        "kiosk_id",
        "for_member_id",
        "identified_by",
        "scanned_at",
        "expires_at",
    )
)
_TICKET = PreparedRows(ScanTicket, tuple(_BEGINS))


def _keep_ticket(session: Session, *, kind: Kind, expires_at: datetime, **columns: Any) -> Minted:
    secret = new_secret()
    row = {**_BEGINS, "ticket_digest": digest(secret), "kind": kind, "expires_at": expires_at, **columns}
    _TICKET.write(session, [row])
    return Minted(Reason.OK, kind, secret, expires_at)
