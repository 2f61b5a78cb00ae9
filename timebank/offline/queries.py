"""Reading rosters, what came from them, and what waits to be decided, within what the actor may see."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from timebank.access import scope
from timebank.access.actors import Actor, Role
from timebank.access.models import RoleGrant, User
from timebank.access.permissions import ATTENDANCE_RECORD, HOURS_CONFIRM
from timebank.activities.models import Activity, Shift, SignUp
from timebank.activities.rules import SIGNED_UP
from timebank.members.cards import looks_like_card, read_card
from timebank.members.models import Member
from timebank.offline.errors import ConflictAbsent, RosterAbsent
from timebank.offline.models import OfflineAssignment, OfflineConflict, OfflineRoster, OfflineScan
from timebank.offline.rules import TAKEN_AT_MOST_BEFORE
from timebank.orgs.models import Organisation

OPEN = "open"


def is_assigned(session: Session, shift: Shift, actor: Actor) -> bool:
    """Whether the actor planned the activity, or somebody assigned them to the shift."""
    if shift.activity.created_by == actor.label:
        return True
    query = select(OfflineAssignment.id).where(
        OfflineAssignment.shift_id == shift.id, OfflineAssignment.user_id == actor.user_id
    )
    return session.scalar(query) is not None


def assigned_users(session: Session, shift: Shift) -> Sequence[User]:
    """Who was assigned to the shift by somebody else."""
    return session.scalars(
        select(User)
        .join(OfflineAssignment, OfflineAssignment.user_id == User.id)
        .where(OfflineAssignment.shift_id == shift.id)
        .order_by(OfflineAssignment.id)
    ).all()


def coordinators_of(session: Session, path: str) -> Sequence[User]:
    """Coordinators whose role reaches the organisation at ``path``, by name."""
    parts = path.strip("/").split("/")
    above = ["/" + "/".join(parts[:length]) + "/" for length in range(1, len(parts) + 1)]
    return session.scalars(
        select(User)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(
            RoleGrant.role == Role.COORDINATOR,
            RoleGrant.revoked_at.is_(None),
            User.suspended_at.is_(None),
            Organisation.path.in_(above),
        )
        .distinct()
        .order_by(User.name, User.id)
    ).all()


def shifts_to_take(session: Session, actor: Actor, *, at: datetime) -> Sequence[Shift]:
    """Shifts whose list the actor may take now: assigned, within a day, not over; the next first."""
    assigned = select(OfflineAssignment.shift_id).where(OfflineAssignment.user_id == actor.user_id)
    return session.scalars(
        _shifts()
        .where(
            Activity.status == "published",
            Shift.cancelled_at.is_(None),
            Shift.starts_at <= at + TAKEN_AT_MOST_BEFORE,
            Shift.ends_at > at,
            scope.within(actor, Organisation.path, ATTENDANCE_RECORD),
            or_(Activity.created_by == actor.label, Shift.id.in_(assigned)),
        )
        .order_by(Shift.starts_at, Shift.id)
    ).all()


def _shifts() -> Select[Shift]:
    return (
        select(Shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(contains_eager(Shift.activity).contains_eager(Activity.organisation))
    )


def members_of(session: Session, shift: Shift) -> Sequence[Member]:
    """Everybody with a place on the shift, in pinyin order."""
    return session.scalars(
        select(Member)
        .join(SignUp, SignUp.member_id == Member.id)
        .where(SignUp.shift_id == shift.id, SignUp.status == SIGNED_UP)
        .order_by(Member.sort_name, Member.id)
    ).all()


def ever_signed_up(session: Session, shift_id: int) -> Sequence[int]:
    """Ids of members who have, or had, a place: a row of a list may have been given up since."""
    return session.scalars(select(SignUp.member_id).where(SignUp.shift_id == shift_id).distinct()).all()


def card_holder(session: Session, digits: str) -> Member | None:
    """Whose number stands on a card, where the card itself does not count any more."""
    if not looks_like_card(digits):
        return None
    return session.scalar(select(Member).where(Member.number == read_card(digits).number))


def own_roster(session: Session, actor: Actor, public_word: str, *, lock: bool = False) -> OfflineRoster:
    """The roster that the actor took; raises ``RosterAbsent`` for anybody else's."""
    query = select(OfflineRoster).where(
        OfflineRoster.public_word == public_word, OfflineRoster.taken_by_user_id == actor.user_id
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise RosterAbsent
    return found


def roster_of_shift(session: Session, shift_id: int, roster_id: int) -> OfflineRoster:
    """A roster of the shift; raises ``RosterAbsent``."""
    found = session.scalar(
        select(OfflineRoster)
        .where(OfflineRoster.id == roster_id, OfflineRoster.shift_id == shift_id)
        .with_for_update()
    )
    if found is None:
        raise RosterAbsent
    return found


def rosters_of_shift(session: Session, shift_id: int) -> Sequence[tuple[OfflineRoster, int]]:
    """The rosters that were taken for a shift, each with the number of scans that came from it."""
    rows = session.execute(
        select(OfflineRoster, func.count(OfflineScan.id))
        .outerjoin(OfflineScan, OfflineScan.roster_id == OfflineRoster.id)
        .options(joinedload(OfflineRoster.taken_by))
        .where(OfflineRoster.shift_id == shift_id)
        .group_by(OfflineRoster.id)
        .order_by(OfflineRoster.id)
    ).unique()
    return [(row[0], row[1]) for row in rows]


def scans_of(session: Session, roster_id: int) -> Sequence[OfflineScan]:
    """Everything that came from a roster, in the device's own order."""
    return session.scalars(
        select(OfflineScan)
        .where(OfflineScan.roster_id == roster_id)
        .order_by(OfflineScan.counter, OfflineScan.id)
    ).all()


def scans_of_member(session: Session, shift_id: int, member_id: int) -> Sequence[OfflineScan]:
    """Every scan of the member at the shift from any device, by the devices' time."""
    return session.scalars(
        select(OfflineScan)
        .join(OfflineScan.roster)
        .options(contains_eager(OfflineScan.roster).joinedload(OfflineRoster.taken_by))
        .where(OfflineRoster.shift_id == shift_id, OfflineScan.member_id == member_id)
        .order_by(OfflineScan.device_at, OfflineScan.id)
    ).all()


def neighbours(session: Session, scan: OfflineScan) -> Sequence[OfflineScan]:
    """The scans before and after in the device's own counting, and others under the same number."""
    return session.scalars(
        select(OfflineScan)
        .options(joinedload(OfflineScan.member))
        .where(
            OfflineScan.roster_id == scan.roster_id,
            OfflineScan.counter.between(scan.counter - 1, scan.counter + 1),
            OfflineScan.id != scan.id,
        )
        .order_by(OfflineScan.counter, OfflineScan.id)
    ).all()


def _conflicts() -> Select[OfflineConflict]:
    return (
        select(OfflineConflict)
        .join(OfflineConflict.shift)
        .join(Shift.activity)
        .join(Activity.organisation)
        .options(
            contains_eager(OfflineConflict.shift)
            .contains_eager(Shift.activity)
            .contains_eager(Activity.organisation),
            joinedload(OfflineConflict.scan).joinedload(OfflineScan.roster),
            joinedload(OfflineConflict.member),
            joinedload(OfflineConflict.recorded_by),
            joinedload(OfflineConflict.decided_by),
        )
    )


def conflict(session: Session, actor: Actor, conflict_id: int) -> OfflineConflict:
    """One conflict within scope; raises ``ConflictAbsent``."""
    found = session.scalar(
        _conflicts().where(OfflineConflict.id == conflict_id, scope.within(actor, Organisation.path))
    )
    if found is None:
        raise ConflictAbsent
    return found


def locked_conflict(session: Session, conflict_id: int) -> OfflineConflict:
    """The row for a decision: of two who decide at once, the second waits and then sees the first."""
    return session.scalars(
        select(OfflineConflict)
        .where(OfflineConflict.id == conflict_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def open_conflicts(session: Session, actor: Actor, *, limit: int = 200) -> Sequence[OfflineConflict]:
    """What waits for a decision where the actor may decide, oldest first."""
    return session.scalars(
        _conflicts()
        .where(OfflineConflict.status == OPEN, scope.within(actor, Organisation.path, HOURS_CONFIRM))
        .order_by(OfflineConflict.opened_at, OfflineConflict.id)
        .limit(limit)
    ).all()


def conflicts_of_shift(session: Session, shift_id: int) -> Sequence[OfflineConflict]:
    """All conflicts of a shift, decided ones too."""
    return session.scalars(
        _conflicts().where(OfflineConflict.shift_id == shift_id).order_by(OfflineConflict.id)
    ).all()


def waiting_departures(session: Session, shift_id: int, member_id: int) -> Sequence[OfflineConflict]:
    """Open conflicts of a member that only lack an arrival, in the order of the devices' time."""
    rows = session.scalars(
        select(OfflineConflict)
        .join(OfflineConflict.scan)
        .where(
            OfflineConflict.shift_id == shift_id,
            OfflineConflict.member_id == member_id,
            OfflineConflict.status == OPEN,
            OfflineScan.kind == "out",
        )
        .order_by(OfflineScan.device_at, OfflineScan.id)
        .with_for_update(of=OfflineConflict)
    ).all()
    return [row for row in rows if row.reasons == ["not_inside"]]
