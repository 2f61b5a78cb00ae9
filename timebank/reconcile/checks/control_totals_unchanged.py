"""A day that is over and frozen comes to the same today."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from timebank.errors import N_
from timebank.orgs.models import Organisation
from timebank.reconcile import totals
from timebank.reconcile.checks import Break, Check, Range
from timebank.reconcile.models import ControlTotal

_CHANGED = N_("On %(day)s the total “%(total)s” was frozen at %(frozen)s; added up again it is %(found)s.")


def _count(session: Session, within: Range) -> int:
    query = select(func.count(ControlTotal.id)).join(
        Organisation, Organisation.id == ControlTotal.organisation_id
    )
    return session.scalar(query.where(within.holds(Organisation.path), *_days(within))) or 0


def _find(session: Session, within: Range) -> Iterator[Break]:
    query = (
        select(ControlTotal.organisation_id, ControlTotal.day, ControlTotal.name, ControlTotal.amount)
        .join(Organisation, Organisation.id == ControlTotal.organisation_id)
        .where(within.holds(Organisation.path), *_days(within))
    )
    frozen = {(row[0], row[1], row[2]): row[3] for row in session.execute(query)}
    if not frozen:
        return
    days = {(county, day) for county, day, _name in frozen}
    first, last = min(day for _county, day in days), max(day for _county, day in days)
    found = totals.added_up(
        session,
        within.totals,
        since=totals.day_begins(first, within.timezone) if within.since else None,
        until=totals.day_begins(last + timedelta(days=1), within.timezone),
        timezone=within.timezone,
    )
    # A total that was nothing then is not written down; every day has its entries.
    now_too = {key: 0 for key in found if (key[0], key[1]) in days}
    for key in sorted(now_too | frozen):
        was, now = frozen.get(key, 0), found.get(key, 0)
        if was != now:
            county, day, name = key
            facts = {"day": day.isoformat(), "total": name}
            facts |= {"frozen": totals.shown(name, was), "found": totals.shown(name, now)}
            yield Break(f"day:{county}:{day}", _CHANGED, facts)


def _days(within: Range) -> tuple[ColumnElement[bool], ...]:
    """In an incremental run, the days that were frozen since; the weekly full run adds up all of them."""
    if within.since is None:
        return ()
    return (ControlTotal.day >= (within.since.at - timedelta(days=2)).astimezone(within.timezone).date(),)


CHECK = Check(
    code="control_totals_unchanged",
    kind="books",
    proves=N_(
        "What was frozen of every day that is over – entries, debits, hours, points, orders, goods – comes to the same today."
    ),
    broken_by=N_("An old row was changed, removed or slipped in behind the application's back."),
    repair=N_(
        "Open a case: the day and the total say where to look; compare that day with a backup and with the printed seals."
    ),
    count=_count,
    find=_find,
    opens_a_case=True,
    incremental=True,
)
