"""F-29: somebody is credited on a decoy, where nobody can have been."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Shift
from timebank.errors import N_
from timebank.fraud.decoy_models import Decoy, DecoyEnd, DecoySignature
from timebank.fraud.rules import HALF_YEAR_DAYS, Finding, Rule, Window
from timebank.fraud.rules.reading import Line, points_of
from timebank.hours.models import Attendance, ServiceRecord


def _find(session: Session, window: Window, _limits: Mapping[str, int]) -> Iterator[Finding]:
    for decoy, signed_at, ended_at in session.execute(
        select(Decoy, DecoySignature.signed_at, DecoyEnd.ended_at)
        .join(Decoy.signature)
        .outerjoin(Decoy.end)
        .where(DecoySignature.signed_at < window.until)
        .order_by(Decoy.id)
    ):
        query = (
            select(
                ServiceRecord.id,
                ServiceRecord.member_id,
                ServiceRecord.organisation_id,
                ServiceRecord.served_on,
                ServiceRecord.minutes,
                ServiceRecord.points,
                ServiceRecord.recorded_by_user_id.label("recorder"),
                ServiceRecord.approved_by_user_id.label("approver"),
                Attendance.shift_id,
            )
            .join(Attendance, Attendance.id == ServiceRecord.attendance_id)
            .join(Shift, Shift.id == Attendance.shift_id)
            .where(
                Shift.activity_id == decoy.activity_id
                if decoy.activity_id
                else ServiceRecord.member_id == decoy.member_id,
                ServiceRecord.created_at >= max(signed_at, window.since(HALF_YEAR_DAYS)),
                ServiceRecord.created_at < min(ended_at or window.until, window.until),
            )
            .order_by(ServiceRecord.id)
        )
        by_shift: dict[int, list[Line]] = defaultdict(list)
        for row in session.execute(query):
            by_shift[row.shift_id].append(row)
        for shift_id, rows in by_shift.items():
            yield _finding(decoy, shift_id, rows)


def _finding(decoy: Decoy, shift_id: int, rows: list[Line]) -> Finding:
    acting = {row.recorder for row in rows} | {row.approver for row in rows}
    return Finding(
        key=f"decoy:{decoy.id}:shift:{shift_id}:{rows[0].id}",
        organisation_id=rows[-1].organisation_id,
        day=rows[-1].served_on,
        members=tuple(sorted({row.member_id for row in rows} - {decoy.member_id})),
        users=tuple(sorted(user for user in acting if user is not None)),
        facts={"credits": len(rows), "minutes": sum(row.minutes for row in rows)},
        evidence=tuple(f"record:{row.id}" for row in rows),
        points=points_of(rows),
    )


RULE = Rule(
    code="F-29",
    version=1,
    name=N_("Something is credited on a decoy"),
    says=N_(
        "%(credits)s services with %(minutes)s minutes were credited on a decoy, where nobody can have been."
    ),
    honest=N_("Somebody typed the number of another member or activity: then the names are alike."),
    blind=N_("Cheats who credit only people and activities that they know."),
    prevented_by=N_("Nothing: a decoy is there to be found."),
    weight=100,
    thresholds=(),
    find=_find,
    opens_alone=True,
)
