"""Nobody makes hours alone: recorder, approver and beneficiary are three."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from timebank.access.models import User
from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import touched_records

_NOBODY = N_("The record counts as approved, but nobody approved it.")
_OWN = N_("The approver profits: %(approver)s approved their own service.")
_OWN_ENTRY = N_("The member who profits typed the service in themselves: %(recorder)s.")
_SAME = N_("One person both entered and approved the service: %(approver)s.")


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(("approved", "reversed")),
            # Old registers were approved when the file was imported; the run says by whom.
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            touched_records(within),
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    approver, recorder = aliased(User), aliased(User)
    query = (
        _records(within)
        .with_only_columns(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.approved_by_user_id,
            ServiceRecord.recorded_by_user_id,
            # Who they are as members, by the users' own rows: the record's columns might have been emptied.
            approver.member_id.label("approver_member_id"),
            recorder.member_id.label("recorder_member_id"),
        )
        .outerjoin(approver, approver.id == ServiceRecord.approved_by_user_id)
        .outerjoin(recorder, recorder.id == ServiceRecord.recorded_by_user_id)
        .where(
            ServiceRecord.approved_by_user_id.is_(None)
            | (approver.member_id == ServiceRecord.member_id)
            | (recorder.member_id == ServiceRecord.member_id)
            | (ServiceRecord.recorded_by_user_id == ServiceRecord.approved_by_user_id)
            | (ServiceRecord.second_recorder_user_id == ServiceRecord.approved_by_user_id)
        )
        .order_by(ServiceRecord.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        subject = f"record:{row.id}"
        by, typed_by = f"user:{row.approved_by_user_id}", f"user:{row.recorded_by_user_id}"
        if row.approved_by_user_id is None:
            yield Break(subject, _NOBODY)
        elif row.approver_member_id == row.member_id:
            yield Break(subject, _OWN, {"approver": by})
        elif row.recorder_member_id == row.member_id:
            yield Break(subject, _OWN_ENTRY, {"recorder": typed_by})
        else:
            yield Break(subject, _SAME, {"approver": by})


CHECK = Check(
    code="four_eyes",
    kind="vouchers",
    proves=N_("Whoever approves a service neither typed it in nor profits from it."),
    broken_by=N_("The database's own rule was switched off, or a person has two accounts."),
    repair=N_("Take the record back; somebody else looks at the case and decides anew."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
