"""What the shop adds to reconciliation, one check per file: orders, returns, movements and shelves against the books."""

from store.checks.batches_equal_movements import CHECK as BATCHES_EQUAL_MOVEMENTS
from store.checks.batches_equal_shelves import CHECK as BATCHES_EQUAL_SHELVES
from store.checks.numbers_without_gaps import CHECK as NUMBERS_WITHOUT_GAPS
from store.checks.order_totals import CHECK as ORDER_TOTALS
from store.checks.orders_are_spent import CHECK as ORDERS_ARE_SPENT
from store.checks.orders_have_movements import CHECK as ORDERS_HAVE_MOVEMENTS
from store.checks.papers_are_booked import CHECK as PAPERS_ARE_BOOKED
from store.checks.returns_are_refunded import CHECK as RETURNS_ARE_REFUNDED
from store.checks.returns_fit_orders import CHECK as RETURNS_FIT_ORDERS
from store.checks.shelves_equal_movements import CHECK as SHELVES_EQUAL_MOVEMENTS
from store.checks.spends_have_documents import CHECK as SPENDS_HAVE_DOCUMENTS
from store.checks.stock_numbers_without_gaps import CHECK as STOCK_NUMBERS_WITHOUT_GAPS
from store.checks.subsidies_are_owed import CHECK as SUBSIDIES_ARE_OWED
from store.checks.transfers_arrive import CHECK as TRANSFERS_ARRIVE
from timebank.reconcile.checks import Check

CHECKS: tuple[Check, ...] = (
    ORDERS_ARE_SPENT,
    SPENDS_HAVE_DOCUMENTS,
    ORDER_TOTALS,
    ORDERS_HAVE_MOVEMENTS,
    RETURNS_ARE_REFUNDED,
    RETURNS_FIT_ORDERS,
    SHELVES_EQUAL_MOVEMENTS,
    BATCHES_EQUAL_MOVEMENTS,
    BATCHES_EQUAL_SHELVES,
    PAPERS_ARE_BOOKED,
    STOCK_NUMBERS_WITHOUT_GAPS,
    SUBSIDIES_ARE_OWED,
    TRANSFERS_ARRIVE,
    NUMBERS_WITHOUT_GAPS,
)
