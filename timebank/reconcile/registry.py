"""The time bank's checks, all of them, in the order in which they are reported."""

from timebank.reconcile.checks import Check
from timebank.reconcile.checks.balances_equal_entries import CHECK as BALANCES_EQUAL_ENTRIES
from timebank.reconcile.checks.digests_recompute import CHECK as DIGESTS_RECOMPUTE
from timebank.reconcile.checks.entries_sum_to_zero import CHECK as ENTRIES_SUM_TO_ZERO
from timebank.reconcile.checks.floors_hold import CHECK as FLOORS_HOLD
from timebank.reconcile.checks.transactions_complete import CHECK as TRANSACTIONS_COMPLETE

CHECKS: tuple[Check, ...] = (
    ENTRIES_SUM_TO_ZERO,
    TRANSACTIONS_COMPLETE,
    BALANCES_EQUAL_ENTRIES,
    FLOORS_HOLD,
    DIGESTS_RECOMPUTE,
)
