"""F-26: somebody hung another code over the printed one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from timebank.activities.models import Activity
from timebank.checkin.models import PrintedCode, Scan
from timebank.errors import N_
from timebank.fraud.rules import Finding, Rule, Threshold, Window

_WEEK = 7
_FALSE = ("bad_code", "wrong_activity", "expired")


@dataclass(frozen=True)
class _Try:
    """A scan of a printed code: of the right print, or of one that is none of ours or was withdrawn."""

    number: int
    at: datetime
    browser: str | None


def _find(session: Session, window: Window, limits: Mapping[str, int]) -> Iterator[Finding]:
    false, right = (
        _scanned(session, window, Scan.outcome.in_(_FALSE)),
        _scanned(session, window, Scan.outcome.not_in(_FALSE)),
    )
    found_it: dict[str | None, list[datetime]] = defaultdict(list)
    for tries in right.values():
        for one in tries:
            found_it[one.browser].append(one.at)
    # A token that names no place is somebody's joke, however often it is scanned.
    false.pop(None, None)
    for place, all_tries in false.items():
        # Whoever scans the right print a minute later stood before an old one that hangs beside it.
        tries = [one for one in all_tries if not _soon(one, found_it[one.browser], limits["minutes"])]
        run = _within_a_day(tries)
        if len(run) >= limits["tries"] or (
            len({one.browser for one in run}) >= limits["phones"] and not _reached(right[place], run)
        ):
            yield from _finding(session, window, place, run)


def _scanned(session: Session, window: Window, outcome: ColumnElement[bool]) -> dict[int | None, list[_Try]]:
    """Printed code → its scans with these outcomes, the oldest first; none where the token names no place."""
    query = (
        select(Scan.id, Scan.at, Scan.facts, Scan.device_digest)
        .where(Scan.method == "static", outcome, Scan.at >= window.since(_WEEK), Scan.at < window.until)
        .order_by(Scan.at, Scan.id)
    )
    found: dict[int | None, list[_Try]] = defaultdict(list)
    for row in session.execute(query):
        found[row.facts.get("printed_code")].append(_Try(row.id, row.at, row.device_digest))
    return found


def _soon(one: _Try, later: list[datetime], minutes: int) -> bool:
    return any(timedelta(0) <= at - one.at <= timedelta(minutes=minutes) for at in later)


def _reached(right: list[_Try], run: list[_Try]) -> bool:
    """Whether anybody got at the right print between the first and the last false scan: then nothing hangs over it."""
    return any(run[0].at <= one.at <= run[-1].at for one in right)


def _within_a_day(tries: list[_Try]) -> list[_Try]:
    """The most tries within 24 hours."""
    runs = [
        [one for one in tries[index:] if one.at - first.at <= timedelta(hours=24)]
        for index, first in enumerate(tries)
    ]
    return max(runs, key=len, default=[])


def _finding(session: Session, window: Window, place: int | None, run: list[_Try]) -> Iterator[Finding]:
    where = session.execute(
        select(Activity.organisation_id)
        .join(PrintedCode, PrintedCode.activity_id == Activity.id)
        .where(PrintedCode.id == place)
    ).first()
    # Nor does a sticker hang at a place that never was.
    if where is not None:
        yield Finding(
            key=f"place:{place}:{run[0].number}",
            organisation_id=where.organisation_id,
            day=window.day(run[-1].at),
            facts={"tries": len(run), "phones": len({one.browser for one in run})},
            evidence=tuple(f"scan:{one.number}" for one in run),
        )


RULE = Rule(
    code="F-26",
    version=3,
    name=N_("Another code hangs over the printed one"),
    says=N_(
        "%(tries)s scans of a false or withdrawn code at one place within 24 hours, by %(phones)s phones."
    ),
    honest=N_("An old poster that nobody took down after a new one was printed."),
    blind=N_(
        "A sticker that leads to another site altogether: nothing of it reaches us; and one that hangs beside the right print."
    ),
    prevented_by=N_("The posts are looked at every week; a new print makes the old one worthless."),
    weight=30,
    thresholds=(
        Threshold("tries", N_("false scans at one place in 24 hours"), 3, 1, 100),
        Threshold(
            "phones", N_("or by so many phones, while nobody scanned the right print in between"), 2, 1, 100
        ),
        Threshold(
            "minutes", N_("minutes within which whoever scans the right print is not counted"), 10, 0, 120
        ),
    ),
    find=_find,
)
