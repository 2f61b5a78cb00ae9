"""Taking in what a device recorded without network: kept as it came, judged again, credited once.

Lock order: roster, shift, members by id; then what the rooms below lock, which begins with the same rows.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring, digest
from timebank.activities.models import Shift
from timebank.checkin import log
from timebank.checkin import queries as checkin_queries
from timebank.checkin import rules as checkin_rules
from timebank.checkin.models import ScanTicket
from timebank.checkin.reasons import Reason
from timebank.checkin.rules import Judgement
from timebank.errors import Refusal
from timebank.hours import queries as hours_queries
from timebank.hours.afterwards import awaits_check_out
from timebank.members.codes import try_identify
from timebank.members.models import Member
from timebank.offline import queries, rules, sealing
from timebank.offline.models import OfflineConflict, OfflineRoster, OfflineScan
from timebank.offline.rules import Bounds, Link, Said
from timebank.offline.sealing import SealBroken
from timebank.offline.service import OFFLINE, arrive, leave
from timebank.policy.queries import policy_for

# Ten years of seconds: what a clock can be off in the column.
LARGEST_OFF = 315_360_000

# Answers that leave nothing to decide: it happened, had happened before, or can happen for nobody.
_PLAIN = frozenset(
    {
        Reason.OK,
        Reason.ALREADY_IN,
        Reason.ALREADY_OUT,
        Reason.NEEDS_COORDINATOR,
        Reason.BAD_CODE,
        Reason.EXPIRED,
    }
)
_REASON_OF_REFUSAL = {
    "code_expired": Reason.EXPIRED,
    "code_used": Reason.EXPIRED,
    "card_revoked": Reason.CARD_REVOKED,
    "member_suspended": Reason.MEMBER_SUSPENDED,
}


@dataclass(frozen=True)
class Upload:
    """One delivery from a device.

    Attributes:
        roster: locked by the caller.
        keyring: the installation's, from which the roster's keys are derived.
        sent_at: the device's time when it sent this.
        at: the server's.
    """

    roster: OfflineRoster
    keyring: Keyring
    sent_at: datetime
    at: datetime
    by: Actor
    timezone: ZoneInfo


@dataclass(frozen=True)
class Met:
    """Whom a scan means, and by what; or why nobody is known."""

    member: Member | None
    how: str = ""
    refusal: Reason | None = None


def upload(session: Session, delivery: Upload, scans: Sequence[Said]) -> list[OfflineScan]:
    """Take ``scans`` in; each row says what came of it. What was taken in before gets its first answer again.

    Returns:
        the rows, in the order of ``scans``.
    """
    known = {row.fingerprint: row for row in queries.scans_of(session, delivery.roster.id)}
    shift = delivery.roster.shift
    session.refresh(shift, ["starts_at", "ends_at", "capacity"], with_for_update={"key_share": True})
    prints = [fingerprint(said) for said in scans]
    fresh = {
        mark: (said, _met(session, delivery, said))
        for mark, said in zip(prints, scans, strict=True)
        if mark not in known
    }
    hours_queries.lock_members(session, [met.member.id for _said, met in fresh.values() if met.member])
    for mark, (said, met) in fresh.items():
        known[mark] = _take_in(session, delivery, said, met, list(known.values()))
    delivery.roster.last_upload_at = delivery.at
    session.flush()
    return [known[mark] for mark in prints]


def fingerprint(said: Said) -> str:
    """All that the device said, as one word: the same again is the same row, anything edited is another."""
    return hashlib.sha256("\n".join((*said.parts, said.seal)).encode()).hexdigest()


def _met(session: Session, delivery: Upload, said: Said) -> Met:
    word = delivery.roster.public_word
    if said.how == "tick":
        for member_id in queries.ever_signed_up(session, delivery.roster.shift_id):
            if sealing.row_token(delivery.keyring, word, member_id) == said.entry:
                return Met(session.get_one(Member, member_id), "number")
        return Met(None, refusal=Reason.BAD_CODE)
    try:
        digits = sealing.open_sealed(delivery.keyring, word, said.entry)
    except SealBroken:
        return Met(None, refusal=Reason.BAD_CODE)
    found = try_identify(
        session, delivery.keyring, digits, by=f"shift:{delivery.roster.shift_id}", at=said.at
    )
    if not isinstance(found, Refusal):
        return Met(found.member, found.how)
    reason = _REASON_OF_REFUSAL.get(found.code, Reason.BAD_CODE)
    holder = queries.card_holder(session, digits) if reason not in _PLAIN else None
    return Met(holder, "card", reason if holder else Reason.BAD_CODE if reason not in _PLAIN else reason)


def _take_in(
    session: Session,
    delivery: Upload,
    said: Said,
    met: Met,
    known: Sequence[OfflineScan],
) -> OfflineScan:
    links = [Link(row.counter, row.nonce, row.device_at, row.seal) for row in known]
    seal = sealing.chain_seal(delivery.keyring, delivery.roster.public_word, *said.parts)
    odd = rules.oddities(said, links, _bounds(delivery), true_seal=seal)
    judgement, odd = _judged(session, delivery, said, met, odd)
    outcome = judgement.reason
    if outcome not in _PLAIN or (odd and outcome is not Reason.NEEDS_COORDINATOR):
        outcome = Reason.OFFLINE_CONFLICT
    if outcome is Reason.OK:
        assert met.member is not None, "the rules say yes to somebody only"
        _credit(session, delivery, said, met.member, judgement)
    row = _keep(session, delivery, said, met, outcome=outcome, odd=odd)
    if outcome is Reason.OFFLINE_CONFLICT:
        _ask(session, delivery, row)
    return row


def _bounds(delivery: Upload) -> Bounds:
    roster = delivery.roster
    return Bounds(
        taken_at=roster.taken_at,
        received_at=delivery.at,
        uploads_close_at=roster.shift.ends_at + rules.UPLOADED_AT_MOST_AFTER,
        clock_off=delivery.sent_at - delivery.at,
        seed=sealing.chain_seed(delivery.keyring, roster.public_word),
        is_lost=roster.lost_at is not None,
    )


def _judged(
    session: Session, delivery: Upload, said: Said, met: Met, odd: list[str]
) -> tuple[Judgement, list[str]]:
    """The answer of the rules of checking in, and everything odd with it."""
    if met.member is None:
        return Judgement(met.refusal or Reason.BAD_CODE), odd
    if met.member.id == delivery.by.member_id:
        return Judgement(Reason.NEEDS_COORDINATOR), odd
    if met.refusal is not None:
        return Judgement(met.refusal), [*odd, met.refusal.value]
    judgement = _by_the_rules(session, delivery, said, met)
    if judgement.reason in (Reason.ALREADY_IN, Reason.ALREADY_OUT):
        is_other = _is_other_moment(session, delivery.roster.shift, said, met.member.id)
        return judgement, [*odd, rules.TWO_LISTS] if is_other else odd
    if judgement.reason in _PLAIN:
        return judgement, odd
    return judgement, [*odd, judgement.reason.value]


def _by_the_rules(session: Session, delivery: Upload, said: Said, met: Met) -> Judgement:
    shift = delivery.roster.shift
    assert met.member is not None, "asked about somebody"
    # A ticket that is never stored: what the rules ask about one scan.
    ticket = ScanTicket(
        browser_digest=digest(delivery.roster.public_word),
        shift_id=shift.id,
        kind=said.kind,
        method=OFFLINE,
        for_member_id=met.member.id,
        identified_by=met.how,
        scanned_at=said.at,
    )
    policy = policy_for(session, shift.activity.organisation.path)
    with session.no_autoflush:
        situation = checkin_queries.situation(
            session,
            ticket=ticket,
            shift=shift,
            member=met.member,
            policy=policy,
            by=delivery.by,
            operator=delivery.by,
        )
    # Where she was when it was scanned, not where she is now that the device has come home.
    situation = replace(situation, is_elsewhere=_was_elsewhere(session, shift, said, met.member.id))
    if said.kind == "out" and situation.here == "left" and _closed_by_itself(session, shift, met.member.id):
        situation = replace(situation, here="inside")
    judgement = checkin_rules.judge(situation)
    if said.kind == "out" and judgement.reason is Reason.OK and situation.is_elsewhere:
        return Judgement(Reason.OVERLAP)
    return judgement


def _was_elsewhere(session: Session, shift: Shift, said: Said, member_id: int) -> bool:
    """Whether she was at another shift at the moment of the scan; of a leaving, since her arrival here."""
    here = hours_queries.attendance_of(session, shift.id, member_id) if said.kind == "out" else None
    since = min(here.checked_in_at, said.at) if here is not None else said.at
    other = hours_queries.attendance_elsewhere(
        session, member_id, shift_id=shift.id, since=since, until=said.at
    )
    return other is not None


def _closed_by_itself(session: Session, shift: Shift, member_id: int) -> bool:
    """Nobody was seen leaving: the attendance was closed at night, before this device came home."""
    attendance = hours_queries.attendance_of(session, shift.id, member_id)
    return attendance is not None and awaits_check_out(session, attendance)


def _is_other_moment(session: Session, shift: Shift, said: Said, member_id: int) -> bool:
    """Whether what is known already is more than minutes away from what this scan says."""
    attendance = hours_queries.attendance_of(session, shift.id, member_id)
    assert attendance is not None, "the rules spoke of an attendance"
    seen = attendance.checked_in_at if said.kind == "in" else attendance.checked_out_at
    return seen is None or not rules.is_same_moment(said.at, seen)


def _credit(session: Session, delivery: Upload, said: Said, member: Member, judgement: Judgement) -> None:
    shift = delivery.roster.shift
    if said.kind == "in":
        arrive(
            session,
            shift=shift,
            member_id=member.id,
            at=said.at,
            timezone=delivery.timezone,
            flags=judgement.flags,
            recorder=delivery.by,
        )
        return
    attendance = hours_queries.attendance_of(session, shift.id, member.id)
    assert attendance is not None, "the rules let only those leave who are inside"
    leave(
        session,
        attendance=attendance,
        at=said.at,
        timezone=delivery.timezone,
        flags=judgement.flags,
        recorder=delivery.by,
    )


def _keep(
    session: Session, delivery: Upload, said: Said, met: Met, *, outcome: Reason, odd: list[str]
) -> OfflineScan:
    """The scan as it came, and its line in the log of all scans."""
    clock_off = round((delivery.sent_at - delivery.at).total_seconds())
    row = OfflineScan(
        roster_id=delivery.roster.id,
        roster=delivery.roster,
        fingerprint=fingerprint(said),
        counter=said.counter,
        nonce=said.nonce,
        device_at=said.at,
        kind=said.kind,
        how=said.how,
        entry=said.entry,
        previous=said.previous,
        seal=said.seal,
        received_at=delivery.at,
        clock_off_seconds=max(-LARGEST_OFF, min(LARGEST_OFF, clock_off)),
        member_id=met.member.id if met.member else None,
        outcome=outcome,
        oddities=odd,
    )
    session.add(row)
    session.flush()
    log.keep(
        session,
        at=said.at,
        kind=said.kind,
        method=OFFLINE,
        outcome=outcome,
        device_digest=digest(delivery.roster.public_word),
        shift_id=delivery.roster.shift_id,
        member_id=row.member_id,
        operator_user_id=delivery.by.user_id,
        facts={"offline_scan": row.id, "counter": said.counter, "how": met.how or said.how, "odd": odd},
    )
    return row


def _ask(session: Session, delivery: Upload, row: OfflineScan) -> None:
    session.add(
        OfflineConflict(
            scan_id=row.id,
            shift_id=delivery.roster.shift_id,
            member_id=row.member_id,
            reasons=row.oddities,
            status=queries.OPEN,
            recorded_by_user_id=delivery.roster.taken_by_user_id,
            opened_at=delivery.at,
        )
    )
    session.flush()
