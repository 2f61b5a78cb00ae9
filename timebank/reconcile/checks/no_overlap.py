"""Nobody is credited at two places at once."""

from collections.abc import Iterator

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.touched import near_records

_OVERLAPS = N_(
    "Credited from %(credited_from)s, while another service of the same member lasts until %(other_until)s."
)


def _records(within: Range) -> Select[int]:
    return (
        select(ServiceRecord.id)
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status.in_(("pending", "approved")),
            # Old registers know the day and the hours, not the minute of the clock.
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            near_records(within),
        )
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_records(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    # The latest end among everything of the member that began earlier, in one pass over an ordered list.
    other_until = func.max(ServiceRecord.credited_until).over(
        partition_by=ServiceRecord.member_id,
        order_by=(ServiceRecord.credited_from, ServiceRecord.id),
        rows=(None, -1),
    )
    seen = (
        _records(within)
        .with_only_columns(
            ServiceRecord.id,
            ServiceRecord.member_id,
            ServiceRecord.credited_from,
            ServiceRecord.credited_until,
            other_until.label("other_until"),
        )
        .subquery()
    )
    query = (
        select(seen)
        .where(seen.c.other_until > seen.c.credited_from, seen.c.credited_until > seen.c.credited_from)
        .order_by(seen.c.id)
    )
    for row in session.execute(query.execution_options(yield_per=1000)):
        facts = {
            "member": f"member:{row.member_id}",
            "credited_from": row.credited_from.isoformat(),
            "other_until": row.other_until.isoformat(),
        }
        yield Break(f"record:{row.id}", _OVERLAPS, facts)


CHECK = Check(
    code="no_overlap",
    kind="vouchers",
    proves=N_("The credited times of one member do not overlap."),
    broken_by=N_("Somebody was entered at two places at once, or times were changed afterwards."),
    repair=N_("Ask the member where they were; take the other record back."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
