"""What the room of hours and that of certificates put on the scene."""

from datetime import timedelta

from sqlalchemy.orm import Session

from tests.cast import NOON, Cast, row
from tests.hours.stage import SHANGHAI, attended, photo, published
from timebank.activities.rules import ShiftPlan
from timebank.certificates import service as certificates
from timebank.hours import service as hours
from timebank.hours.corrections import request_correction
from timebank.hours.manual import Row
from timebank.orgs.models import Organisation


def furnish_hours(session: Session, cast: Cast) -> dict[str, int | str]:
    """A confirmed service of the volunteer's, a certificate of it and a second request; a sheet; a correction."""
    start, end = NOON - timedelta(hours=6), NOON - timedelta(hours=4)
    shift = published(session, cast, ShiftPlan(start, end), title="晨练服务", at=NOON - timedelta(days=1))
    record = attended(session, shift, cast.volunteer)
    by = cast.second_coordinator.actor
    hours.confirm_shift(session, shift=shift, by=by, at=NOON)
    (row_of_sheet,) = hours.enter_sheet(
        session,
        shift=shift,
        rows=[Row(cast.neighbour.member_id, start, end)],
        photo=photo(),
        by=by,
        at=NOON,
        timezone=SHANGHAI,
    )
    correction = request_correction(
        session,
        record=record,
        came_at=start,
        left_at=end,
        reason="I left later.",
        by=cast.volunteer.actor,
        at=NOON,
    )

    def ask() -> certificates.CertificateRequest:
        return certificates.ask(
            session,
            member=row(session, cast.volunteer),
            organisation=session.get_one(Organisation, cast.team_id),
            period_from=record.served_on,
            period_until=record.served_on,
            today=record.served_on,
            at=NOON,
        )

    made = certificates.issue(session, request=ask(), by=by, at=NOON, keyring=cast.keyring)
    return {
        "asked_id": ask().id,
        "certificate_id": made.id,
        "correction_id": correction.id,
        "evidence_id": row_of_sheet.attendance.evidence_id or 0,
    }
