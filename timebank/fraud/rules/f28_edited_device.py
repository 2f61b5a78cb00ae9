"""F-28: the list on a device without network was edited before it was uploaded."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity, Shift
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window
from timebank.fraud.rules.reading import grouped
from timebank.offline.models import OfflineConflict, OfflineRoster, OfflineScan

_MONTH = 30
_EDITED = {"chain_break", "edited", "reordered"}


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    query = (
        select(
            OfflineScan.id,
            OfflineScan.member_id,
            OfflineScan.received_at,
            OfflineScan.clock_off_seconds,
            OfflineScan.oddities,
            OfflineScan.roster_id,
            OfflineRoster.taken_by_user_id,
            OfflineConflict.id.label("conflict_id"),
            Activity.organisation_id,
        )
        .join(OfflineRoster, OfflineRoster.id == OfflineScan.roster_id)
        .join(Shift, Shift.id == OfflineRoster.shift_id)
        .join(Activity, Activity.id == Shift.activity_id)
        .outerjoin(OfflineConflict, OfflineConflict.scan_id == OfflineScan.id)
        .where(OfflineScan.received_at >= window.since(_MONTH), OfflineScan.received_at < window.until)
        .order_by(OfflineScan.roster_id, OfflineScan.id)
    )
    for roster_id, scans in grouped(session.execute(query), lambda row: row.roster_id):
        edited = [row for row in scans if _EDITED & set(row.oddities)]
        off = [row for row in scans if abs(row.clock_off_seconds) > 60 * limits["minutes"]]
        conflicts = [row for row in scans if row.conflict_id is not None]
        many = len(conflicts) > 1 and 100 * len(conflicts) > limits["percent"] * len(scans)
        odd = {row.id: row for row in (*edited, *off, *(conflicts if many else []))}
        if not odd:
            continue
        rows = list(odd.values())
        yield Finding(
            key=f"roster:{roster_id}",
            organisation_id=rows[0].organisation_id,
            day=window.day(rows[-1].received_at),
            members=tuple(sorted({row.member_id for row in rows if row.member_id})),
            users=(rows[0].taken_by_user_id,),
            facts={
                "edited": len(edited),
                "clock": len(off),
                "conflicts": len(conflicts),
                "scans": len(scans),
            },
            evidence=tuple(f"offline_scan:{row.id}" for row in rows),
        )


RULE = Rule(
    code="F-28",
    version=1,
    name=N_("The list on a device was edited"),
    says=N_(
        "Of %(scans)s scans uploaded, %(edited)s break the chain, %(clock)s have a wrong time, %(conflicts)s are in conflict."
    ),
    honest=N_("A tablet with an empty battery whose clock began anew."),
    blind=N_("Scans of cards that lay on the table while their owners were elsewhere."),
    prevented_by=N_("Every scan seals the one before; what comes from a device waits for a person."),
    weight=60,
    thresholds=(
        Threshold("minutes", N_("minutes by which the device's clock may be off"), 10, 1, 240),
        Threshold("percent", N_("share of scans in conflict, in percent"), 20, 1, 100),
    ),
    find=_find,
)
