"""Attendants hear that nothing is handed out, and that it goes on: whoever is not at the counter just then, too."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.models import Shop
from store.permissions import COUNTER_SELL
from timebank.errors import N_
from timebank.notices import service as notices
from timebank.orgs.models import Organisation
from timebank.reconcile.models import RedemptionStop

PAUSED, GOES_ON = "counter.paused", "counter.goes_on"
_PAUSED = N_(
    "Redeeming is paused at %(place)s: the books are being checked. Hand out nothing until it goes on; members' points are safe."
)
_GOES_ON = N_("Redeeming goes on at %(place)s.")


def tell_counters(session: Session, stop: RedemptionStop, at: datetime) -> None:
    """Tell whoever sells in a shop below the stop that it began, or ended; nobody hears twice of either."""
    place = stop.organisation
    is_over = stop.lifted_at is not None
    below = (
        select(Organisation.path)
        .join(Shop, Shop.organisation_id == Organisation.id)
        .where(Organisation.path.startswith(place.path, autoescape=True))
        .distinct()
        .order_by(Organisation.path)
    )
    for path in session.scalars(below).all():
        notices.tell_holders(
            session,
            permission=COUNTER_SELL,
            organisation_path=path,
            kind=GOES_ON if is_over else PAUSED,
            sentence=_GOES_ON if is_over else _PAUSED,
            facts={"place": place.name},
            href="/counter",
            at=at,
            key=f"stop:{stop.id}:counters:{'over' if is_over else 'begun'}",
        )
