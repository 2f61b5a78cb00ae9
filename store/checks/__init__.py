"""What the shop adds to reconciliation, one check per file: orders, returns, movements and shelves against the books."""

from store.checks.numbers_without_gaps import CHECK as NUMBERS_WITHOUT_GAPS
from store.checks.order_totals import CHECK as ORDER_TOTALS
from store.checks.orders_are_spent import CHECK as ORDERS_ARE_SPENT
from store.checks.orders_have_movements import CHECK as ORDERS_HAVE_MOVEMENTS
from store.checks.returns_are_refunded import CHECK as RETURNS_ARE_REFUNDED
from store.checks.returns_fit_orders import CHECK as RETURNS_FIT_ORDERS
from store.checks.shelves_equal_movements import CHECK as SHELVES_EQUAL_MOVEMENTS
from store.checks.spends_have_documents import CHECK as SPENDS_HAVE_DOCUMENTS
from timebank.reconcile.checks import Check

CHECKS: tuple[Check, ...] = (
    ORDERS_ARE_SPENT,
    SPENDS_HAVE_DOCUMENTS,
    ORDER_TOTALS,
    ORDERS_HAVE_MOVEMENTS,
    RETURNS_ARE_REFUNDED,
    RETURNS_FIT_ORDERS,
    SHELVES_EQUAL_MOVEMENTS,
    NUMBERS_WITHOUT_GAPS,
)
