"""The time bank's checks, all of them, in the order in which they are reported."""

from timebank.reconcile.checks import Check
from timebank.reconcile.checks.attendances_match import CHECK as ATTENDANCES_MATCH
from timebank.reconcile.checks.awards_have_records import CHECK as AWARDS_HAVE_RECORDS
from timebank.reconcile.checks.balances_equal_entries import CHECK as BALANCES_EQUAL_ENTRIES
from timebank.reconcile.checks.certificates_stand import CHECK as CERTIFICATES_STAND
from timebank.reconcile.checks.checkpoints_equal_entries import CHECK as CHECKPOINTS_EQUAL_ENTRIES
from timebank.reconcile.checks.control_totals_unchanged import CHECK as CONTROL_TOTALS_UNCHANGED
from timebank.reconcile.checks.conversions_recompute import CHECK as CONVERSIONS_RECOMPUTE
from timebank.reconcile.checks.credited_inside_shift import CHECK as CREDITED_INSIDE_SHIFT
from timebank.reconcile.checks.digests_recompute import CHECK as DIGESTS_RECOMPUTE
from timebank.reconcile.checks.entries_sum_to_zero import CHECK as ENTRIES_SUM_TO_ZERO
from timebank.reconcile.checks.exceptions_are_approved import CHECK as EXCEPTIONS_ARE_APPROVED
from timebank.reconcile.checks.floors_hold import CHECK as FLOORS_HOLD
from timebank.reconcile.checks.four_eyes import CHECK as FOUR_EYES
from timebank.reconcile.checks.head_counts_match import CHECK as HEAD_COUNTS_MATCH
from timebank.reconcile.checks.holds_equal_balances import CHECK as HOLDS_EQUAL_BALANCES
from timebank.reconcile.checks.hours_within_caps import CHECK as HOURS_WITHIN_CAPS
from timebank.reconcile.checks.issued_by_events import CHECK as ISSUED_BY_EVENTS
from timebank.reconcile.checks.lots_equal_balances import CHECK as LOTS_EQUAL_BALANCES
from timebank.reconcile.checks.minutes_recompute import CHECK as MINUTES_RECOMPUTE
from timebank.reconcile.checks.no_overlap import CHECK as NO_OVERLAP
from timebank.reconcile.checks.points_outstanding import CHECK as POINTS_OUTSTANDING
from timebank.reconcile.checks.points_recompute import CHECK as POINTS_RECOMPUTE
from timebank.reconcile.checks.published_before_start import CHECK as PUBLISHED_BEFORE_START
from timebank.reconcile.checks.records_are_posted import CHECK as RECORDS_ARE_POSTED
from timebank.reconcile.checks.reversals_match import CHECK as REVERSALS_MATCH
from timebank.reconcile.checks.scans_prove_attendance import CHECK as SCANS_PROVE_ATTENDANCE
from timebank.reconcile.checks.seals_hold import CHECK as SEALS_HOLD
from timebank.reconcile.checks.suspense_is_itemised import CHECK as SUSPENSE_IS_ITEMISED
from timebank.reconcile.checks.time_credits_have_records import CHECK as TIME_CREDITS_HAVE_RECORDS
from timebank.reconcile.checks.transactions_complete import CHECK as TRANSACTIONS_COMPLETE

CHECKS: tuple[Check, ...] = (
    ENTRIES_SUM_TO_ZERO,
    TRANSACTIONS_COMPLETE,
    BALANCES_EQUAL_ENTRIES,
    FLOORS_HOLD,
    LOTS_EQUAL_BALANCES,
    DIGESTS_RECOMPUTE,
    SEALS_HOLD,
    CHECKPOINTS_EQUAL_ENTRIES,
    HOLDS_EQUAL_BALANCES,
    CONTROL_TOTALS_UNCHANGED,
    SUSPENSE_IS_ITEMISED,
    POINTS_OUTSTANDING,
    CONVERSIONS_RECOMPUTE,
    ISSUED_BY_EVENTS,
    AWARDS_HAVE_RECORDS,
    TIME_CREDITS_HAVE_RECORDS,
    RECORDS_ARE_POSTED,
    REVERSALS_MATCH,
    POINTS_RECOMPUTE,
    MINUTES_RECOMPUTE,
    ATTENDANCES_MATCH,
    SCANS_PROVE_ATTENDANCE,
    EXCEPTIONS_ARE_APPROVED,
    CREDITED_INSIDE_SHIFT,
    NO_OVERLAP,
    HOURS_WITHIN_CAPS,
    FOUR_EYES,
    PUBLISHED_BEFORE_START,
    HEAD_COUNTS_MATCH,
    CERTIFICATES_STAND,
)
