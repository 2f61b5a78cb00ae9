"""F-15: one person in two places at once."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped, points_of, records
from timebank.hours.models import ServiceRecord

_DAYS = 60


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    one, other = aliased(ServiceRecord), aliased(ServiceRecord)
    counts = ("pending", "approved")
    doubled = (
        select(one.member_id)
        .join(
            other,
            and_(
                other.member_id == one.member_id,
                other.id != one.id,
                other.served_on >= window.day(window.since(_DAYS)),
                other.credited_from >= one.credited_from,
                other.credited_from < one.credited_until,
                other.status.in_(counts),
            ),
        )
        .where(one.credited_from >= window.since(_DAYS), one.status.in_(counts))
    )
    rows = records(
        session,
        window.since(_DAYS),
        window.until,
        ServiceRecord.member_id.in_(doubled),
        order=(ServiceRecord.member_id, ServiceRecord.credited_from, ServiceRecord.id),
    )
    allowed = timedelta(minutes=limits["minutes"])
    for member_id, own in grouped(rows, lambda row: row.member_id):
        for earlier, later in pairwise(own):
            shared = min(earlier.credited_until, later.credited_until) - later.credited_from
            if shared <= allowed:
                continue
            yield Finding(
                key=f"records:{earlier.id}:{later.id}",
                organisation_id=later.organisation_id,
                day=later.served_on,
                members=(member_id,),
                users=tuple(sorted({row.recorder for row in (earlier, later) if row.recorder})),
                facts={"minutes": int(shared.total_seconds()) // 60},
                evidence=(f"record:{earlier.id}", f"record:{later.id}"),
                points=points_of((later,)),
            )


RULE = Rule(
    code="F-15",
    version=1,
    name=N_("One person in two places at once"),
    says=N_("Two services of one person overlap by %(minutes)s minutes."),
    honest=N_("Somebody left the first place early and nobody noted it: a few minutes, not an hour."),
    blind=N_("Two places one after the other that are too far apart to travel, where no place is kept."),
    prevented_by=N_("One open attendance per member; an overlapping entry is refused."),
    weight=60,
    thresholds=(Threshold("minutes", N_("minutes of overlap that are let pass"), 15, 0, 120),),
    find=_find,
)
