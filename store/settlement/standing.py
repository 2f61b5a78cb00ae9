"""Whether a merchant redeems under a contract today: without one nobody could ever settle what it hands out."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.catalogue.calendar import local_day
from store.catalogue.models import Shop
from store.settlement import queries
from store.settlement.errors import ContractLacking
from store.settlement.models import Merchant, SettlementContract


def contract_today(
    session: Session, shop: Shop, *, at: datetime, timezone: ZoneInfo
) -> SettlementContract | None:
    """The contract that holds between the merchant of this counter and its house on the county's day."""
    merchant = queries.merchant_of_shop(session, shop.id)
    if merchant is None:
        return None
    day = local_day(at, timezone)
    return queries.contract_between(
        session,
        kind="merchant",
        party_id=merchant.organisation_id,
        house_id=merchant.house_organisation_id,
        first_day=day,
        last_day=day,
    )


def lacks_contract(session: Session, shop: Shop, *, at: datetime, timezone: ZoneInfo) -> bool:
    """Whether it is a merchant's counter that may hand nothing out today."""
    return shop.is_merchants and contract_today(session, shop, at=at, timezone=timezone) is None


def ensure_contract(session: Session, shop: Shop, *, at: datetime, timezone: ZoneInfo) -> None:
    """Raises ``ContractLacking``. A shop that is no merchant's needs none, and costs no statement."""
    if lacks_contract(session, shop, at=at, timezone=timezone):
        raise ContractLacking(shop=shop.name)


def without_contract(
    session: Session, merchants: Sequence[Merchant], *, at: datetime, timezone: ZoneInfo
) -> frozenset[int]:
    """Ids of those of the merchants with whom no contract holds on the county's day."""
    day = local_day(at, timezone)
    standing = select(
        SettlementContract.party_organisation_id, SettlementContract.house_organisation_id
    ).where(
        SettlementContract.kind == "merchant",
        SettlementContract.first_day <= day,
        SettlementContract.last_day >= day,
    )
    held = {(party, house) for party, house in session.execute(standing)}
    return frozenset(
        one.id for one in merchants if (one.organisation_id, one.house_organisation_id) not in held
    )
