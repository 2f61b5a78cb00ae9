"""Who hears of differences: owners after a week, whoever reconciles there after a month; all when shops are stopped."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from timebank.access.permissions import RECONCILIATION_RUN
from timebank.errors import N_
from timebank.notices import service as notices
from timebank.orgs.models import Organisation
from timebank.reconcile.models import RedemptionStop, SuspenseItem
from timebank.reconcile.rules import TELL_ABOVE_AFTER, TELL_OWNER_AFTER, age_days

AGED, STOPPED = "reconciliation.aged", "reconciliation.stopped"
_WEEK = N_("A difference has been waiting for you for %(days)s days. Say what became of it, or ask for help.")
_MONTH = N_("A difference at %(place)s has been waiting for %(days)s days.")
_STOP = N_("Redemptions are stopped at %(place)s: the books do not agree.")


def of_ages(session: Session, *, at: datetime, timezone: ZoneInfo) -> None:
    """Tell of what has become old; nobody hears twice of the same item at the same age. Safe to repeat."""
    today = at.astimezone(timezone).date()
    aged = (
        select(SuspenseItem, Organisation)
        .outerjoin(Organisation, Organisation.id == SuspenseItem.organisation_id)
        .where(
            SuspenseItem.closed_at.is_(None), SuspenseItem.opened_at < at - timedelta(days=TELL_OWNER_AFTER)
        )
        .order_by(SuspenseItem.id)
    )
    for item, place in session.execute(aged).all():
        days = age_days(item.opened_at.astimezone(timezone).date(), today)
        href = f"/reconciliation/items/{item.id}"
        key = f"suspense:{item.id}:{item.opened_at:%Y%m%d}"
        if days > TELL_OWNER_AFTER and item.owner_user_id is not None:
            notices.tell_user(
                session,
                user_id=item.owner_user_id,
                kind=AGED,
                sentence=_WEEK,
                facts={"days": days},
                href=href,
                at=at,
                key=f"{key}:{TELL_OWNER_AFTER}:{item.owner_user_id}",
            )
        if days > TELL_ABOVE_AFTER and place is not None:
            notices.tell_holders(
                session,
                permission=RECONCILIATION_RUN,
                organisation_path=place.path,
                kind=AGED,
                sentence=_MONTH,
                facts={"place": place.name, "days": days},
                href=href,
                at=at,
                key=f"{key}:{TELL_ABOVE_AFTER}",
            )


def of_stops(session: Session, stops: Iterable[RedemptionStop], *, at: datetime) -> None:
    """Tell those who reconcile there; at the counter and in the catalogue everybody reads it on the page."""
    for stop in stops:
        place = session.get_one(Organisation, stop.organisation_id)
        notices.tell_holders(
            session,
            permission=RECONCILIATION_RUN,
            organisation_path=place.path,
            kind=STOPPED,
            sentence=_STOP,
            facts={"place": place.name},
            href="/reconciliation/stops",
            at=at,
            key=f"stop:{stop.id}",
        )
