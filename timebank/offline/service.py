"""Taking a roster, assigning people to it, reporting a device lost, and deciding what was odd."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.access.models import User
from timebank.activities import queries as activities_queries
from timebank.activities import service as activities
from timebank.activities.models import Shift
from timebank.checkin import rules as checkin
from timebank.hours import queries as hours_queries
from timebank.hours import service as hours
from timebank.hours.afterwards import arrive_afterwards, awaits_check_out, check_out_afterwards
from timebank.hours.models import Attendance
from timebank.members.cards import card_code
from timebank.members.models import Member
from timebank.offline import errors, queries, rules, sealing
from timebank.offline.models import OfflineAssignment, OfflineConflict, OfflineRoster
from timebank.offline.sealing import Entry
from timebank.policy.queries import policy_for

ACCEPTED, REFUSED = "accepted", "refused"
OFFLINE = "offline"
CONFLICT_FLAG = "offline_conflict"
# The end of a volunteer number, to tell two of one name apart.
NUMBER_END = 4


@dataclass
class Taken:
    """A roster with what goes to the device, once.

    Attributes:
        rows: the digits of each card and what they open: token, name, end of the volunteer number. The device
            gets them locked; as names to tick, it locks them itself under a number that it never sends.
    """

    roster: OfflineRoster
    windows: checkin.Windows
    salt: bytes
    rows: list[tuple[str, dict[str, str]]]

    @property
    def names(self) -> list[dict[str, str]]:
        """The rows to tick, where they were asked for."""
        return [row for _digits, row in self.rows] if self.roster.has_names else []

    @cached_property
    def entries(self) -> list[Entry]:
        """The locked rows: some milliseconds each, so asked for when the transaction is over."""
        return [sealing.entry_for(digits, salt=self.salt, content=row) for digits, row in self.rows]


def assign(session: Session, *, shift: Shift, user: User, by: Actor, at: datetime) -> OfflineAssignment:
    """``user`` may take the roster of the shift; a second time changes nothing.

    Raises:
        NobodyAssignsThemselves: not even a coordinator.
        CannotBeAssigned: the user is no coordinator there.
    """
    if user.id == by.user_id:
        raise errors.NobodyAssignsThemselves
    if user not in queries.coordinators_of(session, shift.activity.organisation.path):
        raise errors.CannotBeAssigned
    found = session.scalar(
        select(OfflineAssignment).where(
            OfflineAssignment.shift_id == shift.id, OfflineAssignment.user_id == user.id
        )
    )
    if found is not None:
        return found
    assignment = OfflineAssignment(
        shift_id=shift.id, user_id=user.id, assigned_by_user_id=by.user_id, assigned_at=at
    )
    session.add(assignment)
    session.flush()
    return assignment


def take(
    session: Session, keyring: Keyring, *, shift: Shift, with_names: bool, by: Actor, at: datetime
) -> Taken:
    """The roster of a shift for one device.

    The taker's own row is left out: nobody scans themselves.

    Raises:
        NotAssigned, NotOpen, NotTheTime.
    """
    if not queries.is_assigned(session, shift, by):
        raise errors.NotAssigned
    if shift.status != "published":
        raise errors.NotOpen
    windows = _windows(session, shift)
    if not rules.may_be_taken(shift.starts_at, windows.out_closes, at):
        raise errors.NotTheTime
    members = [row for row in queries.members_of(session, shift) if row.id != by.member_id]
    roster = OfflineRoster(
        public_word=secrets.token_hex(16),
        shift_id=shift.id,
        shift=shift,
        taken_by_user_id=by.user_id,
        taken_at=at,
        expires_at=windows.out_closes + rules.KEPT_AFTER_END,
        members=len(members),
        has_names=with_names,
    )
    session.add(roster)
    session.flush()
    return Taken(
        roster,
        windows,
        salt=sealing.salt(keyring, roster.public_word),
        rows=[(card_code(keyring, member), _row(keyring, roster.public_word, member)) for member in members],
    )


def _windows(session: Session, shift: Shift) -> checkin.Windows:
    policy = policy_for(session, shift.activity.organisation.path)
    return checkin.windows(policy, shift.starts_at, shift.ends_at)


def _row(keyring: Keyring, public_word: str, member: Member) -> dict[str, str]:
    token = sealing.row_token(keyring, public_word, member.id)
    return {"token": token, "name": member.name, "number": member.number[-NUMBER_END:]}


def report_lost(roster: OfflineRoster, *, at: datetime) -> None:
    """The device is gone. From now on nothing that comes from it counts without a decision."""
    roster.lost_at = roster.lost_at or at


def decide(
    session: Session,
    conflict: OfflineConflict,
    *,
    accept: bool,
    reason: str,
    by: Actor,
    at: datetime,
    timezone: ZoneInfo,
) -> Sequence[OfflineConflict]:
    """Let an odd scan count, or not. The record that comes of it still waits to be confirmed, by a third look.

    Accepting an arrival also settles the member's leavings that lacked nothing but the arrival.

    Returns:
        the conflicts decided, ``conflict`` first.

    Raises:
        DeciderRecorded, DecidedAlready, NobodyKnown, HoursStand, ArrivalMissing; what signing up raises.
    """
    if by.user_id == conflict.recorded_by_user_id or (
        by.member_id is not None and by.member_id == conflict.member_id
    ):
        raise errors.DeciderRecorded
    row = queries.locked_conflict(session, conflict.id)
    if row.status != queries.OPEN:
        raise errors.DecidedAlready
    if not accept:
        _settle(row, REFUSED, reason, by, at)
        session.flush()
        return [row]
    if row.member_id is None:
        raise errors.NobodyKnown
    _count(session, row, by, at, timezone)
    _settle(row, ACCEPTED, reason, by, at)
    settled = [row]
    if row.scan.kind == "in":
        for departure in queries.waiting_departures(session, row.shift_id, row.member_id)[:1]:
            _count(session, departure, by, at, timezone)
            _settle(departure, ACCEPTED, reason, by, at)
            settled.append(departure)
    session.flush()
    return settled


def _settle(row: OfflineConflict, status: str, reason: str, by: Actor, at: datetime) -> None:
    row.status, row.decision_reason = status, reason
    row.decided_by_user_id, row.decider_member_id, row.decided_at = by.user_id, by.member_id, at


def _count(session: Session, row: OfflineConflict, by: Actor, at: datetime, timezone: ZoneInfo) -> None:
    shift, member_id = row.shift, row.member_id
    assert member_id is not None, "only a scan of somebody known can count"
    session.refresh(shift, ["starts_at", "ends_at", "capacity"], with_for_update={"key_share": True})
    hours_queries.lock_members(session, [member_id])
    if row.scan.kind == "in":
        _count_arrival(session, row, member_id, by=by, at=at, timezone=timezone)
        return
    attendance = hours_queries.attendance_of(session, shift.id, member_id)
    if attendance is None:
        raise errors.ArrivalMissing
    if attendance.checked_out_at is not None and not awaits_check_out(session, attendance):
        raise errors.HoursStand
    leave(
        session,
        attendance=attendance,
        at=row.scan.device_at,
        timezone=timezone,
        flags=[CONFLICT_FLAG],
        recorder=_recorder(session, row),
    )


def arrive(
    session: Session,
    *,
    shift: Shift,
    member_id: int,
    at: datetime,
    timezone: ZoneInfo,
    flags: Sequence[str],
    recorder: Actor,
) -> None:
    """The member comes by the recorder's list, also where she has gone on to another shift since.

    Raises:
        InsideElsewhere: she was at another shift at that moment, and has not left it.
    """
    later = hours_queries.open_attendance_of(session, member_id)
    if later is not None and later.shift_id != shift.id and later.checked_in_at > at:
        arrive_afterwards(
            session,
            shift=shift,
            member_id=member_id,
            at=at,
            until=later.checked_in_at,
            method=OFFLINE,
            timezone=timezone,
            flags=flags,
            typist=recorder,
        )
        return
    hours.open_attendance(
        session,
        shift=shift,
        member_id=member_id,
        at=at,
        method=OFFLINE,
        flags=flags,
        typist=recorder,
        operator=recorder,
    )


def leave(
    session: Session,
    *,
    attendance: Attendance,
    at: datetime,
    timezone: ZoneInfo,
    flags: Sequence[str],
    recorder: Actor,
) -> None:
    """The member leaves by the recorder's list, also where the night had closed the attendance already."""
    if attendance.checked_out_at is not None:
        check_out_afterwards(
            session, attendance=attendance, at=at, method=OFFLINE, flags=flags, typist=recorder
        )
        return
    hours.close_attendance(
        session,
        attendance=attendance,
        at=at,
        method=OFFLINE,
        timezone=timezone,
        flags=flags,
        typist=recorder,
        operator=recorder,
    )


def _count_arrival(
    session: Session, row: OfflineConflict, member_id: int, *, by: Actor, at: datetime, timezone: ZoneInfo
) -> None:
    attendance = hours_queries.attendance_of(session, row.shift_id, member_id)
    moment = row.scan.device_at
    if attendance is not None:
        if attendance.checked_out_at is not None:
            raise errors.HoursStand
        # The other scan stays on file; this one says from when.
        attendance.checked_in_at, attendance.check_in_method = moment, OFFLINE
        attendance.flags = [*attendance.flags, *({CONFLICT_FLAG} - set(attendance.flags))]
        attendance.recorded_by_user_id = attendance.recorded_by_user_id or row.recorded_by_user_id
        return
    if activities_queries.current_sign_up(session, row.shift_id, member_id) is None:
        activities.sign_up(
            session,
            shift=row.shift,
            member_id=member_id,
            by=by,
            at=at,
            on_arrival=True,
            timezone=timezone,
        )
    arrive(
        session,
        shift=row.shift,
        member_id=member_id,
        at=moment,
        timezone=timezone,
        flags=[CONFLICT_FLAG],
        recorder=_recorder(session, row),
    )


def _recorder(session: Session, row: OfflineConflict) -> Actor:
    user = session.get_one(User, row.recorded_by_user_id)
    return Actor(f"user:{user.id}", user.name, user_id=user.id, member_id=user.member_id)
