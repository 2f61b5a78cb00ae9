"""Nobody is paid for more hours of a day or a week than the county allows, unless a person has agreed with a reason."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.hours.models import ServiceRecord
from timebank.orgs.models import Organisation
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.settings_then import SettingsThen
from timebank.reconcile.sieve import monday_of
from timebank.reconcile.touched import near_records

CAPS = ("day_cap_minutes", "week_cap_minutes")
_DAY = N_(
    "%(member)s was credited %(minutes)s minutes on %(day)s; more than %(most)s need a reason, and there is none."
)
_WEEK = N_(
    "%(member)s was credited %(minutes)s minutes in the week of %(day)s; more than %(most)s need a reason, and there is none."
)


def _days(within: Range) -> Select[*tuple[Any, ...]]:
    """Minutes of each member and day, of what was scanned or entered here; old registers state their own."""
    return (
        select(
            ServiceRecord.member_id,
            ServiceRecord.served_on,
            func.sum(ServiceRecord.minutes).label("minutes"),
            func.max(ServiceRecord.decision_reason).label("reason"),
            func.min(Organisation.path).label("path"),
            func.max(ServiceRecord.created_at).label("made_at"),
        )
        .join(Organisation, Organisation.id == ServiceRecord.organisation_id)
        .where(
            ServiceRecord.status == "approved",
            ServiceRecord.import_run_id.is_(None),
            within.holds(Organisation.path),
            near_records(within),
        )
        .group_by(ServiceRecord.member_id, ServiceRecord.served_on)
    )


def _count(session: Session, within: Range) -> int:
    return session.scalar(select(func.count()).select_from(_days(within).subquery())) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    settings = SettingsThen(session, CAPS)
    # Weeks with less than any limit that there ever was need no look.
    full = (
        _days(within)
        .with_only_columns(ServiceRecord.member_id, monday_of(ServiceRecord.served_on).label("monday"))
        .group_by(None)
        .group_by(ServiceRecord.member_id, monday_of(ServiceRecord.served_on))
        .having(func.sum(ServiceRecord.minutes) > settings.least(*CAPS))
        .subquery()
    )
    rows = session.execute(
        _days(within)
        .join(
            full,
            (full.c.member_id == ServiceRecord.member_id)
            & (full.c.monday == monday_of(ServiceRecord.served_on)),
        )
        .order_by(ServiceRecord.member_id, ServiceRecord.served_on)
        .execution_options(yield_per=1000)
    )
    for (member_id, monday), days in groupby(rows, key=_week_of):
        subject, in_week, explained = f"member:{member_id}", 0, False
        facts, most = {"member": subject}, 0
        for row in days:
            policy = settings.at(row.path, row.made_at)
            in_week, explained = in_week + int(row.minutes), explained or bool(row.reason)
            most = max(most, policy.week_cap_minutes)
            if row.minutes > policy.day_cap_minutes and not row.reason:
                over = {"day": row.served_on.isoformat(), "minutes": int(row.minutes)}
                yield Break(subject, _DAY, facts | over | {"most": policy.day_cap_minutes})
        if in_week > most and not explained:
            over = {"day": monday.isoformat(), "minutes": in_week}
            yield Break(subject, _WEEK, facts | over | {"most": most})


def _week_of(row: Any) -> tuple[int, date]:
    return row.member_id, row.served_on - timedelta(days=row.served_on.weekday())


CHECK = Check(
    code="hours_within_caps",
    kind="vouchers",
    proves=N_(
        "Nobody was credited more hours of a day or of a week than the county's limits, unless a person gave the reason."
    ),
    broken_by=N_(
        "Records were approved past the page that holds them back, or changed in the database itself."
    ),
    repair=N_("Ask the member and the coordinators of that day; take back what was not served."),
    count=_count,
    find=_find,
    incremental=True,
    watches=(ServiceRecord.created_at,),
)
