"""F-26: somebody hung another code over the printed one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity
from timebank.checkin.models import PrintedCode, Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window

_WEEK = 7
_FALSE = ("bad_code", "wrong_activity", "expired")


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    query = (
        select(Scan.id, Scan.at, Scan.facts, Scan.device_digest)
        .where(
            Scan.method == "static",
            Scan.outcome.in_(_FALSE),
            Scan.at >= window.since(_WEEK),
            Scan.at < window.until,
        )
        .order_by(Scan.at, Scan.id)
    )
    found_it = _found_the_right_one(session, window)
    by_place: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for row in session.execute(query):
        # Whoever scans the right print a minute later stood before an old one that hangs beside it.
        soon = any(
            timedelta(0) <= later - row.at <= timedelta(minutes=limits["minutes"])
            for later in found_it.get(row.device_digest, ())
        )
        if "printed_code" in row.facts and not soon:
            by_place[int(row.facts["printed_code"])].append((row.at, row.id))
    for place, tries in by_place.items():
        run = _within_a_day(tries)
        where = session.execute(
            select(Activity.organisation_id)
            .join(PrintedCode, PrintedCode.activity_id == Activity.id)
            .where(PrintedCode.id == place)
        ).first()
        if len(run) >= limits["tries"] and where is not None:
            yield Finding(
                key=f"place:{place}:{run[0][1]}",
                organisation_id=where.organisation_id,
                day=window.day(run[-1][0]),
                facts={"tries": len(run)},
                evidence=tuple(f"scan:{number}" for _at, number in run),
            )


def _found_the_right_one(session: Session, window: Window) -> dict[str | None, list[datetime]]:
    """Browser → when it scanned a printed code that was good."""
    query = select(Scan.device_digest, Scan.at).where(
        Scan.method == "static",
        Scan.outcome.not_in(_FALSE),
        Scan.at >= window.since(_WEEK),
        Scan.at < window.until,
    )
    found: dict[str | None, list[datetime]] = defaultdict(list)
    for device, at in session.execute(query):
        found[device].append(at)
    return found


def _within_a_day(tries: list[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """The most tries within 24 hours."""
    runs = [
        [one for one in tries[index:] if one[0] - first[0] <= timedelta(hours=24)]
        for index, first in enumerate(tries)
    ]
    return max(runs, key=len, default=[])


RULE = Rule(
    code="F-26",
    version=2,
    name=N_("Another code hangs over the printed one"),
    says=N_("%(tries)s scans of a false or withdrawn code at one place within 24 hours."),
    honest=N_("An old poster that nobody took down after a new one was printed."),
    blind=N_(
        "A sticker that leads to another site altogether: nothing of it reaches us; and one that hangs beside the right print."
    ),
    prevented_by=N_("The posts are looked at every week; a new print makes the old one worthless."),
    weight=30,
    thresholds=(
        Threshold("tries", N_("false scans at one place in 24 hours"), 3, 1, 100),
        Threshold(
            "minutes", N_("minutes within which whoever scans the right print is not counted"), 10, 0, 120
        ),
    ),
    find=_find,
)
