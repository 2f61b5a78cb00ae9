"""What a reservation is to the books: a hold on the member's points and one on the shelf of each product. Reading."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from ledger.holds import Hold, holds_about
from timebank.errors import N_, Absent

STANDING, COLLECTED, RELEASED, LAPSED = "standing", "collected", "released", "lapsed"
_STATES = {"held": STANDING, "captured": COLLECTED, "voided": RELEASED, "lapsed": LAPSED}


class ReservationAbsent(Absent):
    """No reservation has this key."""

    code = "reservation_not_found"
    sentence = N_("This reservation was not found.")
    next_step = N_("Check the pick-up code, or go back to the list.")


@dataclass(frozen=True, slots=True)
class Reserved:
    """Points and goods that wait for somebody until a deadline.

    Attributes:
        points: what the member pays; ``subsidies`` what organisations owe for concession prices.
        goods: product ids with pieces.
        state: ``standing``, ``collected``, ``released`` or ``lapsed``.
        transaction_id: of the sale, once it is collected.
        replayed: it stood already; nothing was written.
    """

    key: str
    member_id: int
    shop_id: int
    organisation_id: int
    points: Decimal
    goods: tuple[tuple[int, int], ...]
    deadline: datetime
    state: str
    transaction_id: int | None
    hold_ids: tuple[int, ...]
    subsidies: tuple[tuple[int, Decimal], ...] = ()
    replayed: bool = False


def subject_of(key: str) -> str:
    """What the holds of a reservation say that they are about."""
    return f"reservation:{key}"


def reservation(session: Session, key: str, *, at: datetime) -> Reserved | None:
    """The reservation under ``key`` as it is at that moment, whether or not the job has let it lapse."""
    holds = holds_about(session, subject_of(key))
    return reserved_of(key, holds, at=at) if holds else None


def reserved_of(key: str, holds: list[Hold], *, at: datetime) -> Reserved:
    """The holds of one reservation as one thing."""
    first = holds[0]
    state = LAPSED if any(hold.status == "lapsed" for hold in holds) else _STATES[first.status]
    if state == STANDING and first.deadline <= at:
        state = LAPSED
    return Reserved(
        key=key,
        member_id=int(first.facts["member"]),
        shop_id=int(first.facts["shop"]),
        organisation_id=int(first.facts["organisation"]),
        points=Decimal(first.facts["points"]),
        goods=tuple((int(product), int(quantity)) for product, quantity in first.facts["goods"]),
        deadline=first.deadline,
        state=state,
        transaction_id=first.transaction_id,
        hold_ids=tuple(hold.id for hold in holds),
        subsidies=tuple((int(funder), Decimal(owed)) for funder, owed in first.facts.get("subsidies", ())),
        replayed=first.replayed,
    )
