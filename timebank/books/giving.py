"""Points that a member gives away: to a person, or to the account from which concession prices are paid.

What is given lapses when it would have: a gift makes no point live longer.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import journal, lots
from ledger.journal import Draft, Leg, Posting
from ledger.models import Account, Balance
from timebank.books import chart
from timebank.books.legs import moved


def give(
    session: Session,
    *,
    key: str,
    member_id: int,
    to_member_id: int,
    points: Decimal,
    at: datetime,
    actor: str,
) -> Posting:
    """Points from one member to another; each part keeps the day on which it lapses.

    Raises ``InsufficientBalance``. The caller makes each key happen once: what is left of the lots is another
    matter when it is asked again.
    """
    source, target = chart.member_points(member_id), chart.member_points(to_member_id)
    parts = list(_parts(session, source.code, points, at))
    legs = [Leg(source, -points), *(Leg(target, amount, lapses_at) for lapses_at, amount in parts)]
    return journal.post(
        session,
        _draft("gift", key, legs, member_id=member_id, at=at, actor=actor, facts={"to": to_member_id}),
    )


def donate(
    session: Session,
    *,
    key: str,
    member_id: int,
    organisation_id: int,
    points: Decimal,
    at: datetime,
    actor: str,
) -> Posting:
    """Points from a member to the account from which the organisation's concession prices are paid.

    Raises ``InsufficientBalance``, ``KeyReused``.
    """
    legs = moved(chart.member_points(member_id), chart.subsidy_owed(organisation_id), points)
    facts = {"organisation": organisation_id}
    return journal.post(
        session, _draft("donation", key, legs, member_id=member_id, at=at, actor=actor, facts=facts)
    )


def _draft(
    kind: str,
    key: str,
    legs: list[Leg],
    *,
    member_id: int,
    at: datetime,
    actor: str,
    facts: dict[str, int],
) -> Draft:
    return Draft(
        key=f"{kind}:{key}",
        kind=kind,
        legs=legs,
        at=at,
        recorded_at=at,
        actor=actor,
        subject=f"member:{member_id}",
        facts=facts,
    )


def _parts(
    session: Session, code: str, points: Decimal, at: datetime
) -> Iterator[tuple[datetime | None, Decimal]]:
    """The lots that the ledger will take ``points`` from, as days of lapsing with amounts; too few is its refusal."""
    session.execute(
        select(Balance.account_id)
        .join(Account, Account.id == Balance.account_id)
        .where(Account.code == code)
        .with_for_update(of=Balance, key_share=True)
    ).all()
    wanted, found = points, dict[datetime | None, Decimal]()
    for lot in lots.spendable_lots(session, code, at=at):
        if wanted:
            taken = min(lot.left, wanted)
            found[lot.expires_at] = found.get(lot.expires_at, Decimal(0)) + taken
            wanted -= taken
    if wanted:
        found[None] = found.get(None, Decimal(0)) + wanted
    yield from found.items()
