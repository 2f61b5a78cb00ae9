"""Spot checks: during a long shift who is inside scans the screen once more. Missed ones are written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from timebank.access.actors import Actor
from timebank.access.keys import Keyring
from timebank.activities.models import Shift
from timebank.checkin.errors import SpotCheckImpossible
from timebank.checkin.models import SpotAnswer, SpotCheck
from timebank.hours.models import Attendance
from timebank.policy.rules import Policy

SEEN, MISSED = "seen", "missed"
# The moment is drawn between these shares of the shift, so that nobody can reckon with it.
EARLIEST_PERCENT, LATEST_PERCENT = 30, 85


@dataclass(frozen=True)
class SpotCount:
    """How a check stands: ``inside`` were there throughout so far, ``seen`` have scanned."""

    check: SpotCheck
    seen: int
    missed: int


def drawn_moment(keyring: Keyring, shift: Shift) -> datetime:
    """When the screen reminds the organiser: the same for every screen of the shift, and foreseen by nobody."""
    number = int.from_bytes(keyring.mac("spot-moment", str(shift.id).encode())[:4])
    percent = EARLIEST_PERCENT + number % (LATEST_PERCENT - EARLIEST_PERCENT)
    return shift.starts_at + (shift.ends_at - shift.starts_at) * percent / 100


def is_long_enough(shift: Shift, policy: Policy) -> bool:
    """Whether the shift is long enough for a spot check."""
    return shift.ends_at - shift.starts_at >= timedelta(minutes=policy.spot_min_shift_minutes)


def begin(session: Session, *, shift: Shift, policy: Policy, by: Actor, at: datetime) -> SpotCheck:
    """Begin a spot check; while one is open, that one again.

    The caller has locked the shift.

    Raises:
        SpotCheckImpossible: the shift is not on, or too short.
    """
    if not is_long_enough(shift, policy) or not shift.starts_at <= at < shift.ends_at:
        raise SpotCheckImpossible(minutes=policy.spot_min_shift_minutes)
    standing = open_check(session, shift.id, at=at)
    if standing is not None:
        return standing
    check = SpotCheck(
        shift_id=shift.id,
        opened_by_user_id=by.user_id,
        opened_at=at,
        closes_at=at + timedelta(minutes=policy.spot_minutes),
    )
    session.add(check)
    session.flush()
    return check


def open_check(session: Session, shift_id: int, *, at: datetime) -> SpotCheck | None:
    """The spot check that can be answered at ``at``."""
    return session.scalar(
        select(SpotCheck)
        .where(SpotCheck.shift_id == shift_id, SpotCheck.opened_at <= at, SpotCheck.closes_at > at)
        .order_by(SpotCheck.id.desc())
        .limit(1)
    )


def answered(session: Session, check_id: int, member_id: int) -> SpotAnswer | None:
    """The member's answer to a check."""
    return session.scalar(
        select(SpotAnswer).where(SpotAnswer.spot_check_id == check_id, SpotAnswer.member_id == member_id)
    )


def keep_seen(session: Session, check: SpotCheck, member_id: int, *, at: datetime) -> None:
    """The member scanned. The caller has locked the member and seen that there is no answer yet."""
    session.add(SpotAnswer(spot_check_id=check.id, member_id=member_id, outcome=SEEN, at=at))
    session.flush()


def settle(session: Session, *, at: datetime, shift_id: int | None = None) -> int:
    """Write down who missed a check that is over: inside from its opening to its end, and never seen.

    Args:
        shift_id: only checks of this shift; of all shifts by default.

    Returns:
        how many were missed.
    """
    due = select(SpotCheck).where(SpotCheck.settled_at.is_(None), SpotCheck.closes_at <= at)
    if shift_id is not None:
        due = due.where(SpotCheck.shift_id == shift_id)
    checks = session.scalars(due.order_by(SpotCheck.id).with_for_update(key_share=True)).all()
    return sum(_settle(session, check, at) for check in checks)


def _settle(session: Session, check: SpotCheck, at: datetime) -> int:
    seen = exists().where(SpotAnswer.spot_check_id == check.id, SpotAnswer.member_id == Attendance.member_id)
    missing = session.scalars(
        select(Attendance.member_id).where(
            Attendance.shift_id == check.shift_id,
            Attendance.checked_in_at <= check.opened_at,
            or_(Attendance.checked_out_at.is_(None), Attendance.checked_out_at >= check.closes_at),
            ~seen,
        )
    ).all()
    session.add_all(
        SpotAnswer(spot_check_id=check.id, member_id=member_id, outcome=MISSED, at=check.closes_at)
        for member_id in missing
    )
    check.settled_at = at
    session.flush()
    return len(missing)


def missed_by(session: Session, shift_id: int, member_id: int) -> int:
    """How many checks of the shift the member missed."""
    return (
        session.scalar(
            select(func.count())
            .select_from(SpotAnswer)
            .join(SpotCheck, SpotCheck.id == SpotAnswer.spot_check_id)
            .where(
                SpotCheck.shift_id == shift_id,
                SpotAnswer.member_id == member_id,
                SpotAnswer.outcome == MISSED,
            )
        )
        or 0
    )


def counts(session: Session, shift_id: int) -> list[SpotCount]:
    """Every check of a shift with its answers, newest first."""
    checks = session.scalars(
        select(SpotCheck).where(SpotCheck.shift_id == shift_id).order_by(SpotCheck.id.desc())
    ).all()
    rows: Sequence[tuple[int, str, int]] = [
        (row[0], row[1], row[2])
        for row in session.execute(
            select(SpotAnswer.spot_check_id, SpotAnswer.outcome, func.count())
            .where(SpotAnswer.spot_check_id.in_([check.id for check in checks]))
            .group_by(SpotAnswer.spot_check_id, SpotAnswer.outcome)
        )
    ]
    number = {(check_id, outcome): count for check_id, outcome, count in rows}
    return [
        SpotCount(check, number.get((check.id, SEEN), 0), number.get((check.id, MISSED), 0))
        for check in checks
    ]
