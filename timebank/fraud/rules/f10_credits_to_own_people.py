"""F-10: somebody approves or enters hours for themselves or their household."""

from collections.abc import Iterator, Mapping

from sqlalchemy import or_
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.fraud.rules import HALF_YEAR_DAYS, NOTHING, Finding, Rule, Window
from timebank.fraud.rules.reading import households, linked_since, records, staff_members
from timebank.hours.models import ServiceRecord


def _find(session: Session, window: Window, _limits: Mapping[str, int]) -> Iterator[Finding]:
    homes, since, own = households(session), linked_since(session), staff_members(session)
    rows = records(
        session,
        window.since(HALF_YEAR_DAYS),
        window.until,
        ServiceRecord.member_id.in_(_near(own, homes)),
        or_(ServiceRecord.approved_by_user_id.is_not(None), ServiceRecord.recorded_by_user_id.is_not(None)),
        order=(ServiceRecord.id,),
    )
    for row in rows:
        # By the users' own rows: the record's columns might have been emptied behind the application's back.
        acting = {row.approver: row.approved_at, row.recorder: row.created_at}
        near = [
            user
            for user, acted_at in acting.items()
            if user in own
            and _is_near(own[user], row.member_id, homes)
            # Before the link nobody could know; who links honestly is not met by last month's confirmations.
            and (own[user] == row.member_id or acted_at is None or acted_at >= since[row.member_id])
        ]
        if near:
            yield Finding(
                key=f"record:{row.id}",
                organisation_id=row.organisation_id,
                day=row.served_on,
                members=(row.member_id,),
                users=tuple(sorted(near)),
                facts={"minutes": row.minutes, "grade": row.proof_grade},
                evidence=(f"record:{row.id}",),
                points=row.points or NOTHING,
            )


def _near(own: Mapping[int, int], homes: Mapping[int, int]) -> set[int]:
    """Whoever is staff, or lives with staff: only their services can be their own people's."""
    staff_homes = {homes[member_id] for member_id in own.values() if member_id in homes}
    return {*own.values(), *(member_id for member_id, home in homes.items() if home in staff_homes)}


def _is_near(one: int, other: int, homes: Mapping[int, int]) -> bool:
    return one == other or (one in homes and homes[one] == homes.get(other))


RULE = Rule(
    code="F-10",
    version=2,
    name=N_("Hours for oneself or one's own household"),
    says=N_(
        "%(minutes)s minutes (grade %(grade)s) were entered or approved by the member's own hand or household."
    ),
    honest=N_("In a small village everybody is related: another coordinator approves, once is enough."),
    blind=N_(
        "Relatives who are not linked as a household, what was done before they were, and favours between friends."
    ),
    prevented_by=N_(
        "Recorder, approver and beneficiary are three people: the database itself refuses anything else."
    ),
    weight=100,
    thresholds=(),
    find=_find,
    opens_alone=True,
)
