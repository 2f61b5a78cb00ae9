"""The chart of accounts: what each account is called and which floor it has, as functions.

Member accounts and shelves never fall below zero. The organisation's own accounts have no floor and
therefore no balance row that everybody would have to wait for.
"""

from decimal import Decimal

from ledger.accounts import AccountSpec
from ledger.amounts import POINTS, TIME, units_asset

_NEVER_BELOW_ZERO = Decimal(0)
MEMBER, _POINTS = "member:", ":points"


def member_points(member_id: int) -> AccountSpec:
    """Points that a member can spend, in lots: those that lapse first are spent first."""
    return AccountSpec(f"{MEMBER}{member_id}{_POINTS}", POINTS, floor=_NEVER_BELOW_ZERO, lots=True)


def member_of_points(code: str) -> int:
    """The member whose points account this is. Raises ValueError for any other account."""
    if not (code.startswith(MEMBER) and code.endswith(_POINTS)):
        raise ValueError(f"{code} is no member's points account")
    return int(code[len(MEMBER) : -len(_POINTS)])


def member_time(member_id: int) -> AccountSpec:
    """Confirmed minutes that a member has not converted yet."""
    return AccountSpec(f"member:{member_id}:time", TIME, floor=_NEVER_BELOW_ZERO)


def points_issued(organisation_id: int) -> AccountSpec:
    """Where awarded points come from: below zero by what the organisation has issued."""
    return AccountSpec(f"org:{organisation_id}:points-issued", POINTS)


def points_redeemed(organisation_id: int) -> AccountSpec:
    """Where spent points go."""
    return AccountSpec(f"org:{organisation_id}:points-redeemed", POINTS)


def points_settled(organisation_id: int) -> AccountSpec:
    """Redeemed points that were paid to merchants, less the subsidies that funders have paid in."""
    return AccountSpec(f"org:{organisation_id}:points-settled", POINTS)


def subsidy_owed(organisation_id: int) -> AccountSpec:
    """Below zero by what the organisation owes for concession prices that it has promised to pay."""
    return AccountSpec(f"org:{organisation_id}:subsidy", POINTS)


def points_expired(organisation_id: int) -> AccountSpec:
    """Where points go that nobody spent in time."""
    return AccountSpec(f"org:{organisation_id}:points-expired", POINTS)


def time_issued(organisation_id: int) -> AccountSpec:
    """Where credited minutes come from."""
    return AccountSpec(f"org:{organisation_id}:time-issued", TIME)


def exchange_time(organisation_id: int) -> AccountSpec:
    """The time side of the exchange: minutes that were given for points."""
    return AccountSpec(f"org:{organisation_id}:exchange-time", TIME)


def exchange_points(organisation_id: int) -> AccountSpec:
    """The points side of the exchange: below zero by the points that were given for minutes."""
    return AccountSpec(f"org:{organisation_id}:exchange-points", POINTS)


def shelf(shop_id: int, product_id: int) -> AccountSpec:
    """Pieces of a product in a shop."""
    return AccountSpec(
        f"{shelf_prefix(shop_id)}{product_id}", units_asset(product_id), floor=_NEVER_BELOW_ZERO
    )


def shelf_prefix(shop_id: int) -> str:
    """What the codes of all shelves of a shop begin with; the product's id follows."""
    return f"shop:{shop_id}:stock:"


def goods_in(organisation_id: int, product_id: int) -> AccountSpec:
    """Where received pieces come from."""
    return AccountSpec(f"org:{organisation_id}:goods-in:{product_id}", units_asset(product_id))


def goods_out(organisation_id: int, product_id: int) -> AccountSpec:
    """Where handed-over pieces go."""
    return AccountSpec(f"org:{organisation_id}:goods-out:{product_id}", units_asset(product_id))


def goods_lost(organisation_id: int, product_id: int) -> AccountSpec:
    """Where pieces go that were written off or were missing when the shelf was counted."""
    return AccountSpec(f"org:{organisation_id}:goods-lost:{product_id}", units_asset(product_id))


def transit(transfer_key: str, product_id: int) -> AccountSpec:
    """Pieces on the way from one shop to another."""
    return AccountSpec(
        f"transfer:{transfer_key}:{product_id}", units_asset(product_id), floor=_NEVER_BELOW_ZERO
    )


def goods_suspense(organisation_id: int, product_id: int) -> AccountSpec:
    """Pieces missing (above zero) or too many (below zero) that nobody has explained yet (待处理财产损溢)."""
    return AccountSpec(f"org:{organisation_id}:goods-suspense:{product_id}", units_asset(product_id))
