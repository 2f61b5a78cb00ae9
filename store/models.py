"""Every table of the shop, named in one place so that migrations and tests see them all."""

from store.appointments import models as appointments
from store.catalogue import models as catalogue
from store.charity import models as charity
from store.counter import models as counter
from store.disputes import models as disputes
from store.giving import models as giving
from store.lists import models as lists
from store.orders import models as orders
from store.reservations import models as reservations
from store.settlement import models as settlement
from store.stock import models as stock
from store.stock import paper_models as stock_papers

__all__ = [
    "appointments",
    "catalogue",
    "charity",
    "counter",
    "disputes",
    "giving",
    "lists",
    "orders",
    "reservations",
    "settlement",
    "stock",
    "stock_papers",
]
