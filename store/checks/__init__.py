"""What the shop adds to reconciliation, one check per file: orders, returns, movements and shelves against the books."""

from store.checks.batches_equal_movements import CHECK as BATCHES_EQUAL_MOVEMENTS
from store.checks.batches_equal_shelves import CHECK as BATCHES_EQUAL_SHELVES
from store.checks.day_sheets_recompute import CHECK as DAY_SHEETS_RECOMPUTE
from store.checks.day_sheets_without_gaps import CHECK as DAY_SHEETS_WITHOUT_GAPS
from store.checks.gifts_are_posted import CHECK as GIFTS_ARE_POSTED
from store.checks.handouts_have_movements import CHECK as HANDOUTS_HAVE_MOVEMENTS
from store.checks.numbers_without_gaps import CHECK as NUMBERS_WITHOUT_GAPS
from store.checks.order_totals import CHECK as ORDER_TOTALS
from store.checks.orders_are_identified import CHECK as ORDERS_ARE_IDENTIFIED
from store.checks.orders_are_spent import CHECK as ORDERS_ARE_SPENT
from store.checks.orders_have_movements import CHECK as ORDERS_HAVE_MOVEMENTS
from store.checks.papers_are_booked import CHECK as PAPERS_ARE_BOOKED
from store.checks.reservations_match_holds import CHECK as RESERVATIONS_MATCH_HOLDS
from store.checks.returns_are_refunded import CHECK as RETURNS_ARE_REFUNDED
from store.checks.returns_fit_orders import CHECK as RETURNS_FIT_ORDERS
from store.checks.settlements_equal_books import CHECK as SETTLEMENTS_EQUAL_BOOKS
from store.checks.shelves_equal_movements import CHECK as SHELVES_EQUAL_MOVEMENTS
from store.checks.shifts_are_closed import CHECK as SHIFTS_ARE_CLOSED
from store.checks.spends_have_documents import CHECK as SPENDS_HAVE_DOCUMENTS
from store.checks.stock_numbers_without_gaps import CHECK as STOCK_NUMBERS_WITHOUT_GAPS
from store.checks.subsidies_are_owed import CHECK as SUBSIDIES_ARE_OWED
from store.checks.transfers_arrive import CHECK as TRANSFERS_ARRIVE
from store.checks.undone_sales_are_whole import CHECK as UNDONE_SALES_ARE_WHOLE
from timebank.reconcile.checks import Check

CHECKS: tuple[Check, ...] = (
    ORDERS_ARE_SPENT,
    ORDERS_ARE_IDENTIFIED,
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
    HANDOUTS_HAVE_MOVEMENTS,
    SETTLEMENTS_EQUAL_BOOKS,
    RESERVATIONS_MATCH_HOLDS,
    UNDONE_SALES_ARE_WHOLE,
    DAY_SHEETS_RECOMPUTE,
    DAY_SHEETS_WITHOUT_GAPS,
    SHIFTS_ARE_CLOSED,
    GIFTS_ARE_POSTED,
)
