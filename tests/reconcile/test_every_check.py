"""Every check has two tests: one that plants its break, one with honest rows that it leaves alone. The list of them."""

import inspect
from importlib import import_module

from store.checks import CHECKS as OF_THE_SHOP
from timebank.reconcile.registry import CHECKS

_BOOKS, _VOUCHERS = "tests.reconcile.test_books_checks", "tests.reconcile.test_voucher_checks"
_SEALED, _SUSPENSE = "tests.reconcile.test_sealed_and_frozen", "tests.reconcile.test_suspense"
_LOOK_ALIKES = "tests.reconcile.test_look_alikes", "LOOK_ALIKES"
_TOWN = _VOUCHERS, "test_a_lived_in_town_reconciles_clean_and_everything_was_looked_at"
_SHOP, _COUNTER = "tests.store.checks.test_checks", "tests.store.checks.test_counter_checks"
_STOCK, _SETTLING = "tests.store.checks.test_stock_checks", "tests.store.checks.test_settlement_checks"
_PEOPLE = "tests.store.checks.test_people_at_counters"
_ALONE = {
    _SHOP: "test_a_shop_that_was_left_alone_is_clean_and_everything_was_looked_at",
    _COUNTER: "test_a_shop_that_was_left_alone_is_clean_and_all_of_it_was_looked_at",
    _STOCK: "test_papers_of_every_kind_are_clean_and_everything_was_looked_at",
    _SETTLING: "test_what_was_left_alone_is_clean_and_all_of_it_was_looked_at",
}

Place = tuple[str, str]

# Check → where its break is planted, and where honest rows are left alone. A list of plants is named as a whole.
TESTS: dict[str, tuple[Place, Place]] = {
    "entries_sum_to_zero": (
        (_BOOKS, "test_a_changed_entry_is_named_because_its_transaction_no_longer_sums_to_zero"),
        _TOWN,
    ),
    "transactions_complete": (
        (_BOOKS, "test_a_transaction_closed_with_another_number_of_entries_is_named"),
        _TOWN,
    ),
    "balances_equal_entries": (
        (_BOOKS, "test_a_changed_balance_is_named_with_the_sum_of_its_entries"),
        _TOWN,
    ),
    "floors_hold": ((_BOOKS, "test_a_balance_below_its_floor_is_named"), _LOOK_ALIKES),
    "lots_equal_balances": (
        (_BOOKS, "test_a_lot_that_holds_more_than_its_entries_is_named_with_its_account"),
        _TOWN,
    ),
    "digests_recompute": (
        (_BOOKS, "test_a_changed_word_of_a_transaction_is_named_by_its_digest"),
        _LOOK_ALIKES,
    ),
    "seals_hold": ((_SEALED, "test_a_seal_that_was_changed_is_named"), _TOWN),
    "checkpoints_equal_entries": ((_SEALED, "test_a_sum_at_a_seal_that_was_changed_is_named"), _TOWN),
    "holds_equal_balances": ((_SEALED, "test_a_reserved_amount_without_its_reservation_is_named"), _TOWN),
    "control_totals_unchanged": (
        (_SEALED, "test_a_changed_past_is_an_alarm_that_names_the_day_and_the_total"),
        (
            _SEALED,
            "test_a_late_posting_for_an_earlier_day_belongs_to_the_day_on_which_it_was_written_down",
        ),
    ),
    "suspense_is_itemised": (
        (_SEALED, "test_what_was_posted_to_suspense_without_an_item_is_named"),
        (_SUSPENSE, "test_the_town_has_a_counted_difference_in_suspense_booked_to_the_piece"),
    ),
    "points_outstanding": ((_BOOKS, "test_points_on_an_account_of_nobody_are_named"), _TOWN),
    "conversions_recompute": ((_BOOKS, "test_a_conversion_at_another_rate_is_named"), _TOWN),
    "issued_by_events": ((_BOOKS, "test_points_posted_past_the_houses_events_are_named"), _TOWN),
    "awards_have_records": ((_BOOKS, "test_an_award_without_a_record_is_named"), _TOWN),
    "time_credits_have_records": ((_BOOKS, "test_a_credit_of_time_without_a_record_is_named"), _TOWN),
    "records_are_posted": (
        (_VOUCHERS, "test_a_record_approved_in_the_database_without_its_posting_is_named"),
        _LOOK_ALIKES,
    ),
    "reversals_match": (
        (_VOUCHERS, "test_a_record_taken_back_that_counts_as_approved_again_is_named"),
        _TOWN,
    ),
    "points_recompute": (
        (_VOUCHERS, "test_a_rule_that_is_changed_afterwards_betrays_itself_on_every_record_that_it_paid"),
        _TOWN,
    ),
    "minutes_recompute": ((_VOUCHERS, "test_minutes_that_the_scans_do_not_give_are_named"), _TOWN),
    "attendances_match": ((_VOUCHERS, "test_a_better_proof_grade_than_the_scans_give_is_named"), _TOWN),
    "scans_prove_attendance": (
        (_VOUCHERS, "test_an_attendance_whose_scan_is_missing_is_named"),
        _LOOK_ALIKES,
    ),
    "exceptions_are_approved": ((_VOUCHERS, "test_an_exception_without_a_reason_is_named"), _TOWN),
    "credited_inside_shift": (
        (_VOUCHERS, "test_time_credited_long_after_the_planned_end_is_named"),
        _LOOK_ALIKES,
    ),
    "no_overlap": ((_VOUCHERS, "test_one_member_at_two_places_at_once_is_named"), _LOOK_ALIKES),
    "hours_within_caps": (
        (_SEALED, "test_more_hours_of_a_day_than_allowed_without_a_reason_are_named"),
        _LOOK_ALIKES,
    ),
    "four_eyes": (
        (_VOUCHERS, "test_an_approver_who_profits_is_named_although_the_record_hides_it"),
        _LOOK_ALIKES,
    ),
    "published_before_start": (
        (_VOUCHERS, "test_an_activity_published_after_it_began_is_named"),
        _LOOK_ALIKES,
    ),
    "head_counts_match": (
        (_VOUCHERS, "test_a_head_count_far_from_those_checked_in_is_named"),
        _TOWN,
    ),
    "certificates_stand": ((_VOUCHERS, "test_a_certificate_that_outlives_its_record_is_named"), _TOWN),
    "orders_are_identified": (
        (_PEOPLE, "test_an_order_of_somebody_whom_nobody_identified_is_named"),
        _LOOK_ALIKES,
    ),
    "shifts_are_closed": (
        (
            _PEOPLE,
            "test_a_counter_that_has_been_open_overnight_is_named_and_one_of_an_afternoon_is_not",
        ),
        (
            _PEOPLE,
            "test_a_counter_that_has_been_open_overnight_is_named_and_one_of_an_afternoon_is_not",
        ),
    ),
    **{
        code: ((module, "TAMPERINGS"), (module, _ALONE[module]))
        for module, codes in {
            _SHOP: "orders_are_spent spends_have_documents order_totals orders_have_movements "
            "returns_are_refunded returns_fit_orders shelves_equal_movements numbers_without_gaps",
            _STOCK: "batches_equal_movements batches_equal_shelves papers_are_booked "
            "stock_numbers_without_gaps subsidies_are_owed transfers_arrive",
            _SETTLING: "handouts_have_movements settlements_equal_books",
            _COUNTER: "reservations_match_holds undone_sales_are_whole day_sheets_recompute "
            "day_sheets_without_gaps gifts_are_posted",
        }.items()
        for code in codes.split()
    },
}


def test_every_check_has_a_planted_break_and_honest_rows() -> None:
    assert set(TESTS) == {check.code for check in (*CHECKS, *OF_THE_SHOP)}
    for code, (planted, honest) in TESTS.items():
        for module, name in (planted, honest):
            assert hasattr(import_module(module), name), (code, name)
        # The break is planted for this very check, and so is a look-alike.
        named = [planted] + [honest] * (honest == _LOOK_ALIKES)
        assert all(code in _words(*place) for place in named), code


def _words(module: str, name: str) -> str:
    found = getattr(import_module(module), name)
    return inspect.getsource(found) if callable(found) else repr(found)
