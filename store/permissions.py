"""Every permission of the shop; the time bank's are in ``timebank.access.permissions``."""

from timebank.access.actors import Permission, Role

_ATTENDANT, _AUDITOR, _ADMINISTRATOR = Role.ATTENDANT, Role.AUDITOR, Role.ADMINISTRATOR


def _allowed(code: str, *roles: Role) -> Permission:
    return Permission(code, frozenset(roles))


SHOPS_WRITE = _allowed("shops.write", _ADMINISTRATOR)
CATALOGUE_READ = _allowed("catalogue.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
CATALOGUE_WRITE = _allowed("catalogue.write", _ADMINISTRATOR)
STOCK_READ = _allowed("stock.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
STOCK_MOVE = _allowed("stock.move", _ATTENDANT)
STOCK_APPROVE = _allowed("stock.approve", _ATTENDANT, _ADMINISTRATOR)
COUNTER_SELL = _allowed("counter.sell", _ATTENDANT)
ORDERS_READ = _allowed("orders.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
ORDERS_RETURN = _allowed("orders.return", _ATTENDANT)
# Closing a shift that somebody else forgot.
SHIFTS_FORCE = _allowed("shifts.force", _ATTENDANT, _ADMINISTRATOR)
DISPUTES_DECIDE = _allowed("disputes.decide", _AUDITOR, _ADMINISTRATOR)
# The attendants among them are a merchant's: each sees what is between the merchant and the house.
SETTLEMENTS_READ = _allowed("settlements.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
SETTLEMENTS_WRITE = _allowed("settlements.write", _ADMINISTRATOR)
SETTLEMENTS_CONFIRM = _allowed("settlements.confirm", _ATTENDANT, _ADMINISTRATOR)
CHARITY_READ = _allowed("charity.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
CHARITY_GIVE = _allowed("charity.give", _ATTENDANT)
SHEETS_PUBLISH = _allowed("sheets.publish", _ADMINISTRATOR)

PERMISSIONS: tuple[Permission, ...] = (
    SHOPS_WRITE,
    CATALOGUE_READ,
    CATALOGUE_WRITE,
    STOCK_READ,
    STOCK_MOVE,
    STOCK_APPROVE,
    COUNTER_SELL,
    ORDERS_READ,
    ORDERS_RETURN,
    SHIFTS_FORCE,
    DISPUTES_DECIDE,
    SETTLEMENTS_READ,
    SETTLEMENTS_WRITE,
    SETTLEMENTS_CONFIRM,
    CHARITY_READ,
    CHARITY_GIVE,
    SHEETS_PUBLISH,
)
