"""Who may ask what at the counter, as ``addresses`` lists it for the whole house."""

from store import permissions as shop
from tests.house.parts import EVERYBODY, May

COUNTER_ADDRESSES: dict[str, tuple[May | None, May | None]] = {
    "counter.abandon": (None, shop.COUNTER_SELL),
    "counter.choose": (shop.COUNTER_SELL, None),
    "counter.complete": (None, shop.COUNTER_SELL),
    "counter.done": (shop.COUNTER_SELL, None),
    "counter.forget_member": (None, shop.COUNTER_SELL),
    "counter.identify": (None, shop.COUNTER_SELL),
    "counter.line": (None, shop.COUNTER_SELL),
    "counter.scan": (None, shop.COUNTER_SELL),
    "counter.scans": (None, shop.COUNTER_SELL),
    "counter.show": (shop.COUNTER_SELL, None),
    "late_counts.count": (shop.COUNTER_SELL, shop.COUNTER_SELL),
    "late_counts.settle": (shop.COUNTER_SELL, shop.COUNTER_SELL),
    "pickups.hand_out": (None, shop.COUNTER_SELL),
    "pickups.index": (shop.COUNTER_SELL, None),
    "pickups.look_up": (None, shop.COUNTER_SELL),
    "pickups.withdraw": (shop.COUNTER_SELL, shop.COUNTER_SELL),
    "shifts.close": (shop.COUNTER_SELL, shop.COUNTER_SELL),
    "shifts.count": (shop.COUNTER_SELL, shop.COUNTER_SELL),
    "shifts.force": (shop.SHIFTS_FORCE, shop.SHIFTS_FORCE),
    "shifts.index": (shop.ORDERS_READ, None),
    "shifts.interim": (shop.COUNTER_SELL, None),
    "shifts.lock": (None, shop.COUNTER_SELL),
    "shifts.open_shift": (None, shop.COUNTER_SELL),
    "shifts.report": (shop.ORDERS_READ, None),
    "shifts.stay": (None, shop.COUNTER_SELL),
    "shifts.unlock": (None, shop.COUNTER_SELL),
    "vouchers.check": (shop.COUNTER_SELL, None),
    "vouchers.mine": (EVERYBODY, None),
    "vouchers.receive": (shop.STOCK_MOVE, shop.STOCK_MOVE),
    "vouchers.use": (None, shop.COUNTER_SELL),
}
