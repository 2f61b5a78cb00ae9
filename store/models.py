"""Every table of the shop, named in one place so that migrations and tests see them all."""

from store.catalogue import models as catalogue
from store.counter import models as counter
from store.orders import models as orders
from store.stock import models as stock

__all__ = ["catalogue", "counter", "orders", "stock"]
