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
COUNTER_SELL = _allowed("counter.sell", _ATTENDANT)
ORDERS_READ = _allowed("orders.read", _ATTENDANT, _AUDITOR, _ADMINISTRATOR)
ORDERS_RETURN = _allowed("orders.return", _ATTENDANT)

PERMISSIONS: tuple[Permission, ...] = (
    SHOPS_WRITE,
    CATALOGUE_READ,
    CATALOGUE_WRITE,
    STOCK_READ,
    STOCK_MOVE,
    COUNTER_SELL,
    ORDERS_READ,
    ORDERS_RETURN,
)
